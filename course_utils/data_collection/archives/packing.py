"""Unpacks a body that a server has packed, never beyond a limit, and never half of it in silence.

Left out: packings that need a package of their own (br, zstd).
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import re
import zlib

KNOWN = ("gzip", "x-gzip", "deflate")
GZIP_START = b"\x1f\x8b"
CHUNK_SIZE, MAX_CHUNK_LINE = re.compile(rb"[0-9a-fA-F]{1,8}"), 256


class TooLarge(ValueError):
    """A body that is longer than the limit, packed or unpacked."""


class CutShort(ValueError):
    """A body whose end is missing."""


def unpack(body: bytes, encoding: str, limit: int, cut: bool = False) -> bytes:
    """Unpacks a gzip or deflate body, of as many pieces as it has, never beyond the limit.

    Args:
        body: the bytes as they came.
        encoding: the Content-Encoding header; what is packed in another way comes as it is.
        limit: the most bytes to unpack; a kilobyte of zeros can hold a megabyte.
        cut: of what is longer than the limit, or cut short, give the beginning.

    Raises:
        TooLarge: there is more than the limit.
        CutShort: the end is missing.
        ValueError: the bytes are not what the header says.
    """
    # What is not packed in a way we know comes as it is.
    if encoding.strip().lower() not in KNOWN or not body:
        return body
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # a zip header of either kind, or none
        try:
            return _unpacked(body, window, limit, cut)
        except zlib.error:
            continue
    raise ValueError(f"body is not {encoding}")


def _unpacked(body: bytes, window: int, limit: int, cut: bool) -> bytes:
    """See unpack; of bytes whose pieces begin with the header that zlib's `window` stands for."""
    pieces, size = [], 0
    while body:
        unpacker = zlib.decompressobj(window)
        # One byte more than allowed tells that there is more, without unpacking it.
        pieces.append(unpacker.decompress(body, limit - size + 1))
        size += len(pieces[-1])
        if (size > limit or unpacker.unconsumed_tail) and not cut:
            raise TooLarge(f"more than {limit:,} bytes unpacked")
        # The end of the packed data is missing: the rest would be lost in silence.
        if not unpacker.eof and not cut:
            raise CutShort("packed body is cut short")
        # Several gzip members in a row are one body; what else follows the end is no part of it.
        rest = unpacker.unused_data
        body = rest if rest.startswith(GZIP_START) and size <= limit else b""
    return b"".join(pieces)[:limit]


def unchunk(body: bytes) -> bytes:
    """Joins the chunks in which a server sent a body; one that is not in chunks stays as it is.

    Raises:
        CutShort: the end is missing.
    """
    chunks, at = [], 0
    while True:
        # Each chunk is led by its size and followed by a line end; the last one has size 0.
        line_end = body.find(b"\r\n", at, at + MAX_CHUNK_LINE)
        size = body[at : max(at, line_end)].split(b";")[0].strip()
        if not CHUNK_SIZE.fullmatch(size):
            if not chunks:
                return body
            raise CutShort("a chunk of the body is missing")
        start, length = line_end + 2, int(size, 16)
        chunks.append(body[start : start + length])
        if len(chunks[-1]) < length:
            raise CutShort("a chunk of the body is cut short")
        if length == 0:
            return b"".join(chunks)
        at = start + length + 2
