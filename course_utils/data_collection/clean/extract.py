"""Takes the text out of a page: bytes and a header in, paragraphs out.

Two questions: which letters do the bytes stand for (letters.py), and which part of the page did a
person come to read. The second is answered twice, by ten lines that you can follow and by
trafilatura, which knows thousands of sites.
Left out: PDF, scripts that build the page, tables.
Taught in notebook 01, section "From pages to documents".
"""

from __future__ import annotations

import re

import trafilatura
from lxml import etree, html

from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.clean.letters import NO_XML, decode, is_text, xml_letters

MAX_PAGE_BYTES = 8 << 20  # a second or two for each 4 MB; no page that a person reads is longer
XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
HTML_START = re.compile(r"\s*<(?:!doctype\s+html|html)\b", re.I)
BOILERPLATE = ("nav", "header", "footer", "aside", "form", "script", "style", "noscript", "table")
LINE_BREAK, INDENT = "\u23ce", "\u2423"  # the signs of a return key and of an open box
MAX_LINK_SHARE = 0.5
MIN_WORDS = 4


def extract_by_hand(page: str) -> str:
    """The main text in ten lines: paragraphs that are not part of a menu and not mostly links.

    Args:
        page: HTML.
    """
    tree = parse(page)
    for element in list(tree.iter(*BOILERPLATE)):
        element.drop_tree()
    paragraphs = []
    for element in tree.iter("p", "li", "pre", "blockquote"):
        text = " ".join(element.text_content().split())
        linked = sum(len(link.text_content()) for link in element.iter("a"))
        if len(text.split()) >= MIN_WORDS and linked < MAX_LINK_SHARE * len(text):
            paragraphs.append(text)
    return "\n\n".join(paragraphs)


def parse(page: str) -> html.HtmlElement:
    """The tree of an HTML page; an empty one where the page holds nothing."""
    page = XML_DECLARATION.sub("", xml_letters(page))
    try:
        return html.document_fromstring(page, parser=html.HTMLParser(encoding=None))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return html.Element("html")


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
    page = decode(response.body, response.headers.get("content-type", ""))
    # What a server calls plain text is one, and its "<stdio.h>" no tag, unless it begins as HTML.
    if response.plain or (response.media_type == "text/plain" and not HTML_START.match(page)):
        return tidy(page)
    return extract_page(page)


def too_long(response: Response) -> bool:
    """Whether a page is longer than extraction has patience for."""
    return len(response.body) > MAX_PAGE_BYTES


def tidy(text: str) -> str:
    """A plain text with one empty line between paragraphs and no spaces at the ends of lines."""
    lines = (NO_XML.sub("", line).rstrip() for line in text.splitlines())  # a form feed ends one
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def extract_page(page: str) -> str:
    """The main text of an HTML page, by trafilatura.

    Args:
        page: HTML as text.
    """
    tree = parse(page)
    if not len(tree):
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
