"""Cuts an archive file into its records, and finds the next one after a damaged one.

A packed archive is a row of gzip members, a record each; one that is not packed is a row of
records that say how long they are. Either way one record is held in memory at a time.
Left out: what a record says (warc.py), and archives packed as one single member that is large.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

MAX_MEMBER_BYTES = 128 << 20  # a larger record is taken for damage
READ_BYTES = 1 << 18
MAX_HEAD_BYTES = 1 << 16
MEMBER_START = b"\x1f\x8b\x08"  # of a gzip member, the packing "deflate"
RECORD_STARTS = (b"WARC/1.", b"WARC/0.1")  # 1.0, 1.1 and their drafts 0.17 and 0.18
RECORD_LINE = re.compile(rb"WARC/(?:1\.\d|0\.1[78])\r?\n")
MAX_LINE_BYTES = 11  # of such a line
NEXT_BYTES = 16  # enough to see whether another record follows


def records(path: Path, report: Callable[[str], None] = lambda sentence: None) -> Iterator[bytes]:
    """Yields the records of a WARC file, unpacked.

    Args:
        path: a file, packed or not; its first bytes tell.
        report: called with a sentence, and where in the file it is, for each damaged record.

    Raises:
        FileNotFoundError: there is no such file.
    """
    with path.open("rb") as file:
        # The first bytes tell whether it is packed, whatever the name says.
        packed = file.read(len(MEMBER_START)) == MEMBER_START
        file.seek(0)
        if not packed:
            yield from _records(file, path.name, report)
            return
        # Each member is unpacked alone, and may hold more than one record.
        for offset, member in _members(file, path.name, report):
            yield from _records(io.BytesIO(member), path.name, report, offset)


def _records(
    file: BinaryIO, name: str, report: Callable[[str], None], member_at: int | None = None
) -> Iterator[bytes]:
    """The records of what is not packed; after a damaged one it looks for the next.

    Args:
        file: a file, or an unpacked member of one.
        name: the file's name.
        report: called for each damaged record.
        member_at: where in the file the member begins; None for the file itself.
    """
    start: int | None = 0
    while (start := _after_blank_lines(file, start)) is not None:
        record, wrong = _record(file)
        if wrong:
            # Inside a member only the place of the member means something to a reader.
            at = start if member_at is None else member_at
            report(f"{name}: the record at byte {at:,} is damaged ({wrong}); skipped.")
            start = _next_start(file, start + 1)  # past the start that failed
            if start is None:
                return
        else:
            start = file.tell()
            yield record


def _after_blank_lines(file: BinaryIO, start: int) -> int | None:
    """Goes to the first byte from `start` on that ends no line, None at the end of the file."""
    file.seek(start)
    while line := file.readline(MAX_HEAD_BYTES):
        if line.strip(b"\r\n"):
            file.seek(start)
            return start
        start += len(line)
    return None


def _record(file: BinaryIO) -> tuple[bytes, str]:
    """The record that begins here, and what is wrong with it, an empty string for nothing."""
    # Its head says how long it is.
    head, size = file.readline(MAX_HEAD_BYTES), -1
    if not head.startswith(RECORD_STARTS):
        return b"", "no record begins here"
    while (line := file.readline(MAX_HEAD_BYTES)).strip() and len(head) < MAX_HEAD_BYTES:
        head += line
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            size = int(value)
    if size < 0:
        return b"", "it does not say how long it is"
    if size > MAX_MEMBER_BYTES:
        return b"", f"more than {MAX_MEMBER_BYTES:,} bytes"
    # So many bytes belong to it; then two line ends and the next record, or nothing.
    body = file.read(size)
    if len(body) < size:
        return b"", "cut short"
    end = file.tell()
    after = file.read(NEXT_BYTES)
    rest = after.lstrip(b"\r\n")
    odd = rest and not rest.startswith(RECORD_STARTS)
    # A length that is too small leaves text behind the body; one too large swallows a record.
    swallowed = odd and any(b"\r\n\r\n" + start in body for start in RECORD_STARTS)
    if rest == after != b"" or swallowed:
        return b"", "its length is wrong"
    # Back to where the body ends: what was read ahead belongs to the next record.
    file.seek(end)
    return b"".join((head, line, body, b"\r\n\r\n")), ""


def _next_start(file: BinaryIO, start: int) -> int | None:
    """Where from `start` on the next record begins, None where none does."""
    file.seek(start)
    tail = b""
    while block := file.read(READ_BYTES):
        match = RECORD_LINE.search(tail + block)
        if match:
            return start - len(tail) + match.start()
        start += len(block)
        # What may be the beginning of such a line stays for the next block.
        tail = (tail + block)[-MAX_LINE_BYTES + 1 :]
    return None


def _members(
    file: BinaryIO, name: str, report: Callable[[str], None]
) -> Iterator[tuple[int, bytes]]:
    """Where each gzip member begins, and the member unpacked; damaged ones are left out."""
    buffer, offset = b"", 0  # offset: where in the file the buffer begins
    while buffer or (buffer := file.read(READ_BYTES)):
        member, buffer, used = _member(file, buffer)
        if isinstance(member, bytes):
            yield offset, member
        else:
            report(f"{name}: the record at byte {offset:,} is damaged ({member}); skipped.")
            # On to where the next one seems to begin.
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
            # One byte more than allowed, so that a bomb is noticed before it fills the memory.
            pieces.append(unpacker.decompress(buffer[fed:], MAX_MEMBER_BYTES - size + 1))
        except zlib.error:
            return "not gzip", buffer, fed
        size, fed = size + len(pieces[-1]), len(buffer)
        if size > MAX_MEMBER_BYTES:
            return f"more than {MAX_MEMBER_BYTES:,} bytes", buffer, fed
    # What the unpacker did not use belongs to the next member.
    return b"".join(pieces), buffer, fed - len(unpacker.unused_data)
