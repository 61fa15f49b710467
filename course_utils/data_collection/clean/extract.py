"""Takes the text out of a page: bytes and a header in, paragraphs out.

Two questions: which letters do the bytes stand for (servers and pages often say it wrongly), and
which part of the page did a person come to read. The second is answered twice, by ten lines that
you can follow and by trafilatura, which knows thousands of sites.
Left out: PDF, scripts that build the page, tables.
Taught in notebook 01, section "From pages to documents".
"""

from __future__ import annotations

import codecs
import re

import trafilatura
import webencodings
from lxml import etree, html

from course_utils.data_collection.archives.warc import Response

MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"))
MARKS += ((codecs.BOM_UTF16_BE, "utf-16-be"),)
CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
HEAD_BYTES = 2_048
MAX_PAGE_BYTES = 8 << 20  # a second or two for each 4 MB; no page that a person reads is longer
BINARY = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"\x1f\x8b")
BOILERPLATE = ("nav", "header", "footer", "aside", "form", "script", "style", "noscript", "table")
LINE_BREAK, INDENT = "\u23ce", "\u2423"  # the signs of a return key and of an open box
MAX_LINK_SHARE = 0.5
MIN_WORDS = 4


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
        throughout (by chance they never are), whatever the page claims; what the header, then
        the page announces; mostly UTF-8 with single foreign bytes; windows-1252.

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
            return text
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    # Nothing does: mostly UTF-8, or else windows-1252.
    text = body.decode("utf-8", "surrogateescape")
    foreign = len(re.findall(r"[\udc80-\udcff]", text))
    if 2 * foreign > sum(letter > "\x7f" for letter in text):
        return body.decode("cp1252", "replace")
    return re.sub(r"[\udc80-\udcff]", _single_byte, text)


def _single_byte(match: re.Match[str]) -> str:
    return bytes([ord(match.group()) - 0xDC00]).decode("cp1252", "replace")


def is_text(body: bytes) -> bool:
    """Whether a body can be a page at all; pictures, archives and raw bytes are not."""
    if body.startswith(BINARY):
        return False
    head = body[:HEAD_BYTES]
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return utf16 or head.count(0) <= len(head) // 100


def extract_by_hand(page: str) -> str:
    """The main text in ten lines: paragraphs that are not part of a menu and not mostly links.

    Args:
        page: HTML.
    """
    tree = html.document_fromstring(page)
    for element in list(tree.iter(*BOILERPLATE)):
        element.drop_tree()
    paragraphs = []
    for element in tree.iter("p", "li", "pre", "blockquote"):
        text = " ".join(element.text_content().split())
        linked = sum(len(link.text_content()) for link in element.iter("a"))
        if len(text.split()) >= MIN_WORDS and linked < MAX_LINK_SHARE * len(text):
            paragraphs.append(text)
    return "\n\n".join(paragraphs)


def extract(response: Response) -> str:
    """The main text of a response, as paragraphs with an empty line between them.

    Args:
        response: a page as the crawler kept it.

    Returns:
        An empty string for what has no text: an empty page, a picture, nothing but tags, more
        than MAX_PAGE_BYTES. What is plain text already stays as it is, except for its spaces.
    """
    if not response.body or too_long(response) or not is_text(response.body):
        return ""
    if response.plain:
        return tidy(decode(response.body, response.headers.get("content-type", "")))
    return extract_page(decode(response.body, response.headers.get("content-type", "")))


def too_long(response: Response) -> bool:
    """Whether a page is longer than extraction has patience for."""
    return len(response.body) > MAX_PAGE_BYTES


def tidy(text: str) -> str:
    """A plain text with one empty line between paragraphs and no spaces at the ends of lines."""
    lines = (line.rstrip() for line in text.replace("\x00", "").splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def extract_page(page: str) -> str:
    """The main text of an HTML page, by trafilatura.

    Args:
        page: HTML as text.
    """
    page = re.sub(r"^\s*<\?xml[^>]*\?>", "", page.replace("\x00", ""))
    try:
        tree = html.document_fromstring(page, parser=html.HTMLParser(encoding=None))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    for block in tree.iter("pre"):
        _keep_layout(block)
    try:
        text = trafilatura.extract(
            tree,
            fast=True,
            include_comments=False,
            include_tables=False,
            prune_xpath=["//h1"],  # the title is not part of the text
        )
    except RecursionError:
        return ""
    lines = (line.strip() for line in (text or "").splitlines())
    joined = "\n\n".join(line for line in lines if line)
    return joined.replace(LINE_BREAK, "\n").replace(INDENT, " ")


def _keep_layout(block: etree._Element) -> None:
    """Puts signs for the line breaks and indents of a program, which extraction would fold."""
    for element in block.iter():
        for name in ("text", "tail") if element is not block else ("text",):
            words = getattr(element, name)
            if words:
                words = re.sub(r"(?m)^[ ]+", lambda match: INDENT * len(match.group()), words)
                setattr(element, name, words.strip("\n").replace("\n", LINE_BREAK))
