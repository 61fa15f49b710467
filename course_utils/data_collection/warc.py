"""Reads and writes WARC, the file format in which web archives keep what servers said.

A WARC file is a row of records, each packed on its own; a damaged one loses itself, not the file.
Left out: WET and ARC files, indexes, records of requests.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

MAX_BODY_BYTES = 64 << 20
MAX_MEMBER_BYTES = 128 << 20
READ_BYTES = 1 << 18
MEMBER_START = b"\x1f\x8b\x08"
# Headers about the packing of a body that is kept unpacked.
PACKING = ("content-encoding", "transfer-encoding", "content-length")


@dataclass(frozen=True)
class Response:
    """One answer of a server.

    Args:
        url: the address that was asked.
        status: the HTTP status code.
        headers: names in lower case; the last of several values.
        body: the bytes of the page.
    """

    url: str
    status: int
    headers: dict[str, str]
    body: bytes


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
    """Yields the responses of a WARC file, and goes on after what is damaged.

    Args:
        path: a .warc or .warc.gz file; one record is held in memory at a time.
        report: called with a sentence for each record that had to be skipped.

    Raises:
        FileNotFoundError: there is no such file.
    """
    with path.open("rb") as file:
        packed = file.read(len(MEMBER_START)) == MEMBER_START
        file.seek(0)
        streams = map(io.BytesIO, _members(file, path, report)) if packed else [file]
        for stream in streams:
            try:
                for record in ArchiveIterator(stream):
                    response = _response(record, path, report)
                    if response is not None:
                        yield response
            except (ArchiveLoadFailed, EOFError, ValueError, OSError, AttributeError) as error:
                report(f"{path.name}: a record is damaged and skipped ({_brief(error)}).")


def _members(file: BinaryIO, path: Path, report: Callable[[str], None]) -> Iterator[bytes]:
    """The unpacked gzip members of a file; after a damaged one it looks for the next."""
    buffer, offset = b"", 0  # offset: where in the file the buffer begins
    while buffer or (buffer := file.read(READ_BYTES)):
        member, buffer, used = _member(file, buffer)
        if isinstance(member, bytes):
            yield member
        else:
            report(f"{path.name}: the record at byte {offset:,} is damaged ({member}); skipped.")
            while (used := buffer.find(MEMBER_START, 1)) < 0:
                more = file.read(READ_BYTES)
                if not more:
                    return
                buffer += more
        buffer, offset = buffer[used:], offset + used


def _member(file: BinaryIO, buffer: bytes) -> tuple[bytes | str, bytes, int]:
    """Unpacks the member at the start of the buffer.

    Returns:
        Its bytes (or what is wrong with it, as a string), the buffer with all that was read, and
        how many of the buffer's bytes the member takes.
    """
    unpacker, pieces, size, fed = zlib.decompressobj(zlib.MAX_WBITS | 16), [], 0, 0
    while not unpacker.eof:
        if fed == len(buffer):
            more = file.read(READ_BYTES)
            if not more:
                return "cut short", buffer, fed
            buffer += more
        try:
            pieces.append(unpacker.decompress(buffer[fed:], MAX_MEMBER_BYTES - size + 1))
        except zlib.error:
            return "not gzip", buffer, fed
        size, fed = size + len(pieces[-1]), len(buffer)
        if size > MAX_MEMBER_BYTES:
            return f"more than {MAX_MEMBER_BYTES:,} bytes", buffer, fed
    return b"".join(pieces), buffer, fed - len(unpacker.unused_data)


def _brief(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:80]


def _response(record: object, path: Path, report: Callable[[str], None]) -> Response | None:
    """The response of one record, None for records of another kind."""
    if record.rec_type != "response" or record.http_headers is None:
        return None
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    code = record.http_headers.get_statuscode() or ""
    if not url or not code.isdigit():
        report(f"{path.name}: a record without address or status is skipped ({url[:80]!r}).")
        return None
    body = record.content_stream().read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        report(f"{path.name}: {url} is longer than {MAX_BODY_BYTES:,} bytes and is skipped.")
        return None
    headers = {name.lower(): value for name, value in record.http_headers.headers}
    expected = headers.get("content-length", "")
    if expected.isdigit() and "content-encoding" not in headers and len(body) < int(expected):
        report(f"{path.name}: {url} is cut short ({len(body):,} of {expected} bytes); skipped.")
        return None
    return Response(url, int(code), headers, body)
