"""Which letters the bytes of a page stand for; servers and pages often say it wrongly.

Left out: guessing the charset of a page that announces none and is neither UTF-8 nor Western.
Taught in notebook 01, section "From pages to documents".
"""

from __future__ import annotations

import codecs
import re

import webencodings

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"))
MARKS += ((codecs.BOM_UTF16_BE, "utf-16-be"),)
CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
HEAD_BYTES = 2_048
HIGH_BYTES = bytes(range(0x80, 0x100))  # what ASCII has no letter for
MAX_BAD_BYTES = 3  # in UTF-8 under another label; more, and it may be that charset encoded twice
FOREIGN = re.compile(r"[\udc80-\udcff]")  # a byte that is no UTF-8, as "surrogateescape" notes it
BINARY = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b")
CONTROL_BYTES = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
MAX_CONTROLS, MAX_CONTROL_SHARE = 4, 0.05  # random bytes have 11 % of them, a text none or a few
# What no XML file can hold: lxml reads such letters, and refuses to write them.
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# The same, written as &#27; or &#x1B;
NO_XML_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)"
    r"|x0*(?:[0-8bcef]|1[0-9a-f]|fff[ef])(?![0-9a-f]));?",
    re.I,
)


def declared_charset(body: bytes, content_type: str = "") -> list[str]:
    """The charsets that header and page announce, in this order, as browsers understand them."""
    head = body[:HEAD_BYTES].decode("latin-1")
    labels = [match.group(1).lower() for match in CHARSET.finditer(f"{content_type} {head}")]
    return [_meant(label) for label in labels]


def _meant(label: str) -> str:
    """What browsers take a charset's label to mean; one that they do not know stays as it is.

    Source: WHATWG, Encoding Standard, section 4.2.
    """
    known = webencodings.lookup(label)
    if known is None or known.name == "replacement":
        return label
    return "gb18030" if known.name == "gbk" else known.codec_info.name


def decode(body: bytes, content_type: str = "") -> str:
    """The page's letters.

    Args:
        body: the page's bytes.
        content_type: the header of that name, "text/html; charset=utf-8" or empty.

    Returns:
        Text by the first of these that fits: a byte order mark; UTF-8, if the bytes are UTF-8
        throughout (by chance they never are), or but for a bad byte or two where the page claims
        a charset that fits any bytes; what the header, then the page announces; mostly UTF-8 with
        single foreign bytes; windows-1252.

    Source: WHATWG Encoding Standard (labels); the order is our own.
    """
    # A byte order mark says it, and nobody writes one by mistake.
    for mark, name in MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    # Whatever fits without an error: UTF-8 first, then what is announced.
    for name in ["utf-8", *declared_charset(body, content_type)]:
        try:
            text = body.decode(name)
            text.encode("utf-8")  # which halves of signs cannot be; some codecs make those
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
        # One bad byte must not turn all letters into those of a charset that fits any bytes.
        if name != "utf-8" and _one_byte_a_letter(name):
            return _mostly_utf8(body, MAX_BAD_BYTES) or text
        return text
    # Nothing does: mostly UTF-8, or else windows-1252.
    return _mostly_utf8(body) or body.decode("cp1252", "replace")


def _one_byte_a_letter(charset: str) -> bool:
    """Whether a charset has a letter for each byte, so that it says nothing that it fits."""
    return len(HIGH_BYTES.decode(charset, "replace")) == len(HIGH_BYTES)


def _mostly_utf8(body: bytes, max_foreign: int | None = None) -> str | None:
    """UTF-8 with single bytes of windows-1252 in it, or None where there are too many of those.

    Args:
        body: the page's bytes.
        max_foreign: so many at most, but never more than letters of UTF-8 beyond ASCII.
    """
    text = body.decode("utf-8", "surrogateescape")
    foreign = len(FOREIGN.findall(text))
    if max_foreign is not None and foreign > max_foreign:
        return None
    if 2 * foreign > sum(letter > "\x7f" for letter in text):
        return None
    return FOREIGN.sub(_single_byte, text)


def _single_byte(match: re.Match[str]) -> str:
    return bytes([ord(match.group()) - 0xDC00]).decode("cp1252", "replace")


def is_text(body: bytes) -> bool:
    """Whether a body can be a page at all; pictures, archives and raw bytes are not.

    Source: WHATWG, MIME Sniffing Standard, "binary data byte"; the shares are our own.
    """
    if body.startswith(BINARY):
        return False
    head = body[:HEAD_BYTES]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    controls = len(head) - len(head.translate(None, CONTROL_BYTES))
    few = controls <= max(MAX_CONTROLS, MAX_CONTROL_SHARE * len(head))
    return few and head.count(0) <= len(head) // 100


def xml_letters(text: str) -> str:
    """A text without the control characters that no XML can hold, written out or as references.

    Those that part words, such as a form feed, become spaces.
    """
    text = NO_XML.sub(lambda match: " " if match.group().isspace() else "", text)
    return NO_XML_REFERENCE.sub(" ", text)
