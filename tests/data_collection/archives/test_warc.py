"""WARC files: written, read, and read on after damage."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from course_utils.data_collection.archives.warc import WarcWriter, read


@pytest.fixture
def archive(tmp_path: Path) -> tuple[Path, list[int]]:
    """A file of five pages, and where each record ends."""
    writer = WarcWriter(tmp_path / "five.warc.gz")
    headers = [("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("X-Ä", "ü\r\nx")]
    ends = [
        writer.write(f"http://a.test/{n}", 200 + n, headers, b"body %d " % n * 500)
        for n in range(5)
    ]
    writer.close()
    return tmp_path / "five.warc.gz", ends


def test_what_is_written_is_read_back(archive) -> None:
    pages = list(read(archive[0]))
    assert [page.url for page in pages] == [f"http://a.test/{n}" for n in range(5)]
    assert [page.status for page in pages] == [200, 201, 202, 203, 204]
    assert pages[3].body == b"body 3 " * 500
    assert pages[3].headers["content-type"] == "text/html"


def test_warcio_reads_our_files_with_good_digests(archive) -> None:
    with archive[0].open("rb") as file:
        kinds = []
        for record in ArchiveIterator(file, check_digests="raise"):
            record.content_stream().read()
            kinds.append(record.rec_type)
    assert kinds == ["warcinfo"] + ["response"] * 5


def test_a_file_that_is_not_packed_is_read_too(archive, tmp_path: Path) -> None:
    plain = tmp_path / "plain.warc"
    plain.write_bytes(gzip.decompress(archive[0].read_bytes()))
    assert [page.body for page in read(plain)] == [page.body for page in read(archive[0])]


@pytest.mark.parametrize("version", [b"WARC/0.17", b"WARC/0.18", b"WARC/1.1"])
def test_other_versions_of_the_format_are_read_too(
    version: bytes, archive, tmp_path: Path
) -> None:
    other = tmp_path / "other.warc"
    other.write_bytes(gzip.decompress(archive[0].read_bytes()).replace(b"WARC/1.0", version))
    urls = [page.url for page in read(archive[0])]
    assert [page.url for page in read(other)] == urls
    # After a damaged record the next one is found: the fourth, after the file's own, is lost.
    pieces = other.read_bytes().split(version)
    other.write_bytes(version.join(pieces[:4]) + b"?" + version.join(pieces[4:]))
    assert [page.url for page in read(other)] == [*urls[:2], *urls[3:]]


def test_a_record_that_is_cut_short_is_reported_and_the_others_are_read(archive) -> None:
    path, ends = archive
    path.write_bytes(path.read_bytes()[: ends[3] + 40])
    problems: list[str] = []
    assert len(list(read(path, problems.append))) == 4
    assert len(problems) == 1 and f"byte {ends[3]:,}" in problems[0]


def test_a_damaged_record_in_the_middle_costs_only_itself(archive) -> None:
    path, ends = archive
    data = bytearray(path.read_bytes())
    data[ends[1] + 30 : ends[1] + 60] = b"\xff" * 30
    path.write_bytes(data)
    problems: list[str] = []
    endings = [page.url[-1] for page in read(path, problems.append)]
    assert endings == ["0", "1", "3", "4"]
    assert problems


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x1f\x8b\x08",
        b"no archive at all",
        b"\x00" * 5_000,
        gzip.compress(b"x\r\n", mtime=0),
    ],
)
def test_a_file_that_is_no_archive_gives_nothing_and_no_error(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.warc.gz"
    path.write_bytes(data)
    assert list(read(path)) == []


def test_a_record_that_is_no_http_answer_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "odd.warc"
    body = b"not http at all\r\n\r\n"
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.test/\r\n"
        "WARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
        f"Content-Type: application/http\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    path.write_bytes(head.encode() + body + b"\r\n\r\n")
    problems: list[str] = []
    assert list(read(path, problems.append)) == []
    assert len(problems) == 1


HTML = "Content-Type: text/html\r\n"


def record(kind: str, body: bytes, more: str = "", url: str = "http://a.test/") -> bytes:
    """A record by hand; `more` are further headers of the record."""
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\n"
        "WARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
        f"{more}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def answer(body: bytes, headers: str = "", more: str = "") -> bytes:
    """A record of a server's answer."""
    said = f"HTTP/1.1 200 OK\r\n{HTML}{headers}\r\n".encode()
    return record("response", said + body, f"Content-Type: application/http\r\n{more}")


def bodies(data: bytes, folder: Path) -> tuple[list[bytes], list[str]]:
    """The bodies of an archive's pages, and the problems."""
    path, problems = folder / "a.warc", []
    path.write_bytes(data)
    return [page.body for page in read(path, problems.append)], problems


PAGE = b"<p>The harbour of the old town.</p>"
PACKED = gzip.compress(PAGE * 20, mtime=0)


@pytest.mark.parametrize(
    ("body", "headers", "whole"),
    [
        (PACKED + gzip.compress(PAGE, mtime=0), "Content-Encoding: gzip\r\n", PAGE * 21),
        (PAGE, "Content-Encoding: gzip\r\n", PAGE),  # kept unpacked under its old headers
        (PAGE, "Transfer-Encoding: chunked\r\n", PAGE),
        (b"3\r\n<p>\r\n1\r\nx\r\n0\r\n\r\n", "Transfer-Encoding: Chunked\r\n", b"<p>x"),
    ],
)
def test_a_body_is_unpacked_to_its_end(
    body: bytes, headers: str, whole: bytes, tmp_path: Path
) -> None:
    assert bodies(answer(body, headers), tmp_path) == ([whole], [])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (answer(PACKED[:-20], "Content-Encoding: gzip\r\n"), "is cut short"),
        (answer(PACKED[:20] + b"x" * 20, "Content-Encoding: gzip\r\n"), "is damaged"),
        (answer(b"99\r\n<p>half", "Transfer-Encoding: chunked\r\n"), "is cut short"),
        (answer(PAGE, more="WARC-Truncated: length\r\n"), "is not whole (WARC-Truncated: length)"),
        (answer(PAGE, more="WARC-Segment-Number: 1\r\n"), "is not whole"),
    ],
)
def test_half_a_page_is_never_taken_without_a_word(
    data: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got, (problem,) = bodies(data + answer(PAGE), tmp_path)
    assert got == [PAGE]
    assert f"http://a.test/ {said}" in problem
    assert capsys.readouterr() == ("", "")


def test_a_page_that_was_kept_as_a_resource_is_a_page(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    notes = record(
        "resource", b"wget's own log", "Content-Type: text/plain\r\n", "metadata://x/log"
    )
    path.write_bytes(record("resource", PAGE, HTML) + notes)
    problems: list[str] = []
    (page,) = read(path, problems.append)
    assert (page.url, page.status, page.media_type) == ("http://a.test/", 200, "text/html")
    assert (page.body, problems) == (PAGE, [])


def test_revisits_are_left_out_with_a_word(tmp_path: Path) -> None:
    revisit = record("revisit", b"HTTP/1.1 200 OK\r\n\r\n", "Content-Type: application/http\r\n")
    got, problems = bodies(revisit + answer(PAGE) + revisit, tmp_path)
    assert got == [PAGE]
    assert problems == [
        "a.warc: 2 record(s) of revisits left out; what they repeat stands in other records."
    ]
