"""Finds the URLs that a page links to.

Left out: links made by scripts, in forms and in style sheets.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from lxml import etree, html

from course_utils.data_collection.crawl.urls import normalise

MAX_LINKS = 5_000


def links(body: bytes, url: str) -> list[str]:
    """The normalised URLs in a page's links, each once, sorted.

    Args:
        body: the page's bytes.
        url: the page's own, unless the page names another base.

    Returns:
        No more than MAX_LINKS, the first in the page; links marked rel="nofollow" are left out.
    """
    try:
        tree = html.document_fromstring(body, parser=html.HTMLParser(huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    base = url
    for element in tree.iter("base"):
        base = normalise(element.get("href") or "", url) or url
        break
    targets: dict[str, None] = {}  # in the page's order, each once
    for element in tree.iter("a", "area"):
        if "nofollow" in (element.get("rel") or "").lower():
            continue
        target = normalise(element.get("href") or "", base) if element.get("href") else None
        if target is not None:
            targets[target] = None
        if len(targets) >= MAX_LINKS:
            break
    return sorted(targets)
