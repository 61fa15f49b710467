"""Bodies unpacked and joined: all of it, or a word about what is missing."""

from __future__ import annotations

import gzip
import zlib

import pytest

from course_utils.data_collection.archives.packing import CutShort, TooLarge, unchunk, unpack

BODY = b"<p>The harbour of the old town.</p>" * 50


def deflate(body: bytes) -> bytes:
    """Without a header, as some servers take "deflate"."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKINGS = {"gzip": gzip.compress, "deflate": zlib.compress, "Deflate ": deflate}


@pytest.mark.parametrize("encoding", PACKINGS)
def test_what_is_packed_is_unpacked_only_up_to_the_limit(encoding: str) -> None:
    pack = PACKINGS[encoding]
    assert unpack(pack(b"x" * 1_000), encoding, 1_000) == b"x" * 1_000
    with pytest.raises(TooLarge, match="1,000"):
        unpack(pack(b"x" * 50_000_000), encoding, 1_000)
    assert unpack(pack(b"x" * 5_000), encoding, 1_000, cut=True) == b"x" * 1_000


def test_several_gzip_members_are_one_body() -> None:
    members = b"".join(gzip.compress(BODY[start::3]) for start in range(3))
    assert unpack(members, "gzip", 10_000) == BODY[0::3] + BODY[1::3] + BODY[2::3]
    with pytest.raises(TooLarge):
        unpack(members, "gzip", 1_000)
    with pytest.raises(CutShort):
        unpack(members[:-9], "gzip", 10_000)


def test_what_follows_the_end_of_the_packed_bytes_is_no_part_of_the_body() -> None:
    assert unpack(gzip.compress(BODY) + b"\0" * 9, "gzip", 10_000) == BODY


@pytest.mark.parametrize("encoding", PACKINGS)
def test_a_packed_body_whose_end_is_missing_is_no_body(encoding: str) -> None:
    with pytest.raises(CutShort):
        unpack(PACKINGS[encoding](BODY)[:-5], encoding, 10_000)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity", ""])
def test_an_empty_body_is_empty_whatever_it_is_said_to_be_packed_with(encoding: str) -> None:
    assert unpack(b"", encoding, 1_000) == b""


def test_bytes_that_are_not_packed_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="not gzip"):
        unpack(BODY, "gzip", 10_000)


CHUNKED = b"4\r\n<p>o\r\n6;note=x\r\nne</p>\r\n0\r\n\r\n"


@pytest.mark.parametrize("after", [b"", b"Trailer: x\r\n"])
def test_chunks_are_joined(after: bytes) -> None:
    assert unchunk(CHUNKED + after) == b"<p>one</p>"


@pytest.mark.parametrize("end", range(3, len(CHUNKED) - 5))
def test_a_chunk_that_is_missing_is_noticed(end: int) -> None:
    with pytest.raises(CutShort):
        unchunk(CHUNKED[:end])


@pytest.mark.parametrize("body", [b"", BODY, b"\r\n", b"dead letters\r\n"])
def test_a_body_that_is_not_in_chunks_stays_as_it_is(body: bytes) -> None:
    assert unchunk(body) == body
