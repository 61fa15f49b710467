"""Reads and writes WARC, the file format in which web archives keep what servers said.

A WARC file is a row of records, each packed on its own; a damaged one loses itself, not the file.
A WET file is one whose records hold the pages' text instead of what the servers said.
Left out: ARC files, indexes, records of requests; how a file is cut into records (records.py).
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from course_utils.data_collection import failures
from course_utils.data_collection.archives.packing import (
    GZIP_START,
    CutShort,
    TooLarge,
    unchunk,
    unpack,
)
from course_utils.data_collection.archives.records import records

MAX_BODY_BYTES = 64 << 20  # a longer page is skipped
# Headers about the packing of a body that is kept unpacked.
PACKING = ("content-encoding", "transfer-encoding", "content-length")


@dataclass(frozen=True)
class Response:
    """One answer of a server.

    Args:
        url: what was asked for.
        status: the HTTP status code.
        headers: names in lower case; the last of several values.
        body: the bytes of the page.
        plain: the body is the page's text already, as in a WET file.
    """

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    plain: bool = False

    @property
    def media_type(self) -> str:
        """What kind of file it is, such as "text/html"; empty where nothing is said."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class WarcWriter:
    """Appends responses to a gzipped WARC file.

    Args:
        path: the file; made where there is none.
        end: where the good part of an existing file ends; what lies behind is cut away.
        software: who wrote it, for the first record.
    """

    def __init__(self, path: Path, end: int = 0, software: str = "course_utils") -> None:
        self.path = path
        self.file = path.open("r+b" if path.exists() else "w+b")
        self.writer = WARCWriter(self.file, gzip=True)
        # What lies behind the good part is left from a write that was stopped.
        self.cut(end)
        if end == 0:
            info = {"software": software, "format": "WARC File Format 1.0"}
            self.writer.write_record(self.writer.create_warcinfo_record(path.name, info))
            self.file.flush()

    def cut(self, end: int) -> None:
        """Cuts the file off after its first `end` bytes and goes on writing there."""
        self.file.seek(end)
        self.file.truncate()

    def write(self, url: str, status: int, headers: list[tuple[str, str]], body: bytes) -> int:
        """Writes one response and returns where in the file it ends, in bytes."""
        # The body is unpacked, so what is said of its packing gets another name.
        kept = [
            (f"X-Crawler-{name}" if name.lower() in PACKING else name, value)
            for name, value in headers
        ]
        kept.append(("Content-Length", str(len(body))))
        http = StatusAndHeaders(f"{status} -", _one_line(kept), protocol="HTTP/1.1")
        record = self.writer.create_warc_record(
            url, "response", payload=io.BytesIO(body), length=len(body), http_headers=http
        )
        self.writer.write_record(record)
        self.file.flush()
        return self.file.tell()

    def close(self) -> None:
        """Closes the file."""
        self.file.close()


def _one_line(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers as one line of printable ASCII each, whatever a server sent."""
    return [(_printable(name), _printable(value)) for name, value in headers]


def _printable(text: str) -> str:
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)


def read(path: Path, report: Callable[[str], None] = lambda sentence: None) -> Iterator[Response]:
    """Yields the responses of a WARC or WET file, and goes on after what is damaged.

    Args:
        path: a .warc or .warc.gz file, a .wet or .wet.gz one; one record is held in memory at a
            time.
        report: called with a sentence for each record that had to be skipped.

    Raises:
        FileNotFoundError: there is no such file.
    """
    # Record by record, so that a damaged one loses itself, not the file.
    revisits, failed = 0, []
    for piece in records(path, report):
        for record in _parsed(piece, path, report):
            revisits += record.rec_type == "revisit"
            try:
                response = _response(record, path, report)
            except Exception as error:
                url = record.rec_headers.get_header("WARC-Target-URI") or ""
                failed.append(failures.sentence(url, f"reading {path.name}", error))
                report(failed[-1])
                continue
            if response is not None:
                yield response
    failures.warn(f"reading {path.name}", failed)
    if revisits:
        report(
            f"{path.name}: {revisits:,} record(s) of revisits left out; what they repeat stands "
            "in other records."
        )


def _parsed(piece: bytes, path: Path, report: Callable[[str], None]) -> Iterator[ArcWarcRecord]:
    """The records of some bytes as warcio reads them; what it raises has no common class."""
    try:
        yield from ArchiveIterator(io.BytesIO(piece))
    except Exception as error:
        report(f"{path.name}: a record is damaged and skipped ({_brief(error)}).")


def _brief(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:80]


def _response(record: ArcWarcRecord, path: Path, report: Callable[[str], None]) -> Response | None:
    """The response of one record, None for records of another kind."""
    if record.rec_type not in ("response", "resource", "conversion"):
        return None
    # Half a page is none: the crawler stopped in the middle, or the rest is another record.
    for name in ("WARC-Truncated", "WARC-Segment-Number"):
        value = record.rec_headers.get_header(name)
        if value:
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            report(f"{path.name}: {url} is not whole ({name}: {value}); skipped.")
            return None
    kinds = {"conversion": _conversion, "resource": _resource, "response": _answer}
    return kinds[record.rec_type](record, path, report)


def _answer(record: ArcWarcRecord, path: Path, report: Callable[[str], None]) -> Response | None:
    """What a server said, headers and body."""
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    code = record.http_headers.get_statuscode() if record.http_headers else None
    if not url or not (code or "").isdecimal():
        report(f"{path.name}: a record without address or status is skipped ({url[:80]!r}).")
        return None
    body = _body(record, url, path, report)
    if body is None:
        return None
    # A body may be cut short without its record being so: the server stopped in the middle.
    headers = {name.lower(): value for name, value in record.http_headers.headers}
    expected = headers.get("content-length", "")
    if expected.isdecimal() and "content-encoding" not in headers and len(body) < int(expected):
        report(f"{path.name}: {url} is cut short ({len(body):,} of {expected} bytes); skipped.")
        return None
    return Response(url, int(code), headers, body)


def _resource(record: ArcWarcRecord, path: Path, report: Callable[[str], None]) -> Response | None:
    """A page that was kept without what the server said; None for notes of the crawler's own."""
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    if not url.startswith(("http://", "https://")):
        return None
    body = _body(record, url, path, report)
    if body is None:
        return None
    kind = record.rec_headers.get_header("Content-Type") or ""
    return Response(url, 200, {"content-type": kind}, body)


def _conversion(
    record: ArcWarcRecord, path: Path, report: Callable[[str], None]
) -> Response | None:
    """The text of a WET record; each of its lines was a block of the page, so a paragraph here."""
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    kind = (record.rec_headers.get_header("Content-Type") or "").split(";")[0].strip().lower()
    if not url or kind != "text/plain":
        report(f"{path.name}: a conversion without address or text is skipped ({url[:80]!r}).")
        return None
    body = _body(record, url, path, report)
    if body is None:
        return None
    lines = (line.strip() for line in body.splitlines())
    text = b"\n\n".join(line for line in lines if line)
    return Response(url, 200, {"content-type": "text/plain; charset=utf-8"}, text, plain=True)


def _body(
    record: ArcWarcRecord, url: str, path: Path, report: Callable[[str], None]
) -> bytes | None:
    """The unpacked body of a record, None for one that is too long or not whole."""
    # One byte more than allowed tells that there is more.
    raw = record.raw_stream.read(MAX_BODY_BYTES + 1)
    said = record.http_headers
    try:
        if len(raw) > MAX_BODY_BYTES:
            raise TooLarge
        if said and (said.get_header("transfer-encoding") or "").lower() == "chunked":
            raw = unchunk(raw)
        return unpack(raw, (said and said.get_header("content-encoding")) or "", MAX_BODY_BYTES)
    except TooLarge:
        report(f"{path.name}: {url} is longer than {MAX_BODY_BYTES:,} bytes and is skipped.")
    except CutShort as error:
        report(f"{path.name}: {url} is cut short ({error}); skipped.")
    except ValueError as error:
        # Many archives keep a body unpacked under the header of the packed one.
        if not raw.startswith(GZIP_START):
            return raw
        report(f"{path.name}: {url} is damaged ({error}); skipped.")
    return None
