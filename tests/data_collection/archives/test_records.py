"""An archive cut into its records, packed or not."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from course_utils.data_collection.archives.records import READ_BYTES, records

HEAD = "WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: {}\r\n\r\n"


def record(body: bytes) -> bytes:
    return HEAD.format(len(body)).encode() + body + b"\r\n\r\n"


BODIES = [b"", b"one", b"\r\n\r\nWARC/1.0\r\n", b"x" * (3 * READ_BYTES), b"\n" * 50]


@pytest.mark.parametrize("packed", [True, False])
def test_every_record_comes_out_whole_whatever_its_body_holds(
    packed: bool, tmp_path: Path
) -> None:
    whole, problems = [record(body) for body in BODIES], []
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join(gzip.compress(piece) if packed else piece for piece in whole))
    assert list(records(path, problems.append)) == whole
    assert problems == []


def test_several_records_in_one_packed_piece_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(b"".join(map(record, BODIES))))
    assert list(records(path)) == [record(body) for body in BODIES]


@pytest.mark.parametrize("packed", [True, False])
def test_a_damaged_record_is_reported_with_its_place_in_the_file(
    packed: bool, tmp_path: Path
) -> None:
    damaged = record(b"body").replace(b"Length: 4", b"Length: 4x")
    pieces = [record(b"one"), damaged, record(b"two")]
    pieces = [gzip.compress(piece) if packed else piece for piece in pieces]
    path, problems = tmp_path / "a.warc", []
    path.write_bytes(b"".join(pieces))
    assert list(records(path, problems.append)) == [record(b"one"), record(b"two")]
    assert problems == [
        f"a.warc: the record at byte {len(pieces[0]):,} is damaged "
        "(it does not say how long it is); skipped."
    ]


def test_a_record_that_begins_between_two_reads_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    for shift in range(12):
        path.write_bytes(b"x" * (READ_BYTES - shift) + b"\n" + record(b"one"))
        assert list(records(path)) == [record(b"one")]
