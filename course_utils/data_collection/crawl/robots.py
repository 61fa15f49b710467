"""What a site asks of robots: which pages, how fast, and where its list of pages is.

Left out: meta robots tags and X-Robots-Tag, which are about indexing, not about fetching.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree
from protego import Protego

from course_utils.data_collection.crawl.fetch import REDIRECTS, FetchResult, TooLarge, unpack
from course_utils.data_collection.crawl.urls import host_of, normalise

MAX_HOPS = 5  # as RFC 9309 asks for at least
MAX_SITEMAPS = 50
SITEMAP_BYTES = 50 << 20  # the protocol's own limit
ALLOW, DISALLOW, FILE = "allow", "disallow", "file"


@dataclass(frozen=True)
class SiteRules:
    """What is known of a host before its first page is asked for.

    Args:
        rule: ALLOW or DISALLOW for everything, or FILE where robots decides.
        robots: the text of robots.txt.
        sitemap: the host's own pages as its sitemap lists them, sorted.
    """

    rule: str
    robots: str = ""
    sitemap: tuple[str, ...] = ()


def follow(url: str, get: Callable[[str], FetchResult]) -> FetchResult:
    """Asks for a small file and follows redirects, at most five and never off to another host."""
    # Each answer is the file itself, or says where it is now.
    for _ in range(MAX_HOPS + 1):
        result = get(url)
        if result.status not in REDIRECTS:
            return result
        following = normalise(result.header("Location"), url)
        if following is None or host_of(following) != host_of(url):
            return FetchResult(url, problem="redirect to another host")
        url = following
    return FetchResult(url, problem="too many redirects")


def site_rules(url: str, get: Callable[[str], FetchResult]) -> SiteRules:
    """Reads a host's robots.txt and sitemaps.

    Args:
        url: any page of the host.
        get: asks for a page.

    Returns:
        A missing robots.txt (4xx) allows everything; one that cannot be had (5xx, no answer)
        forbids everything, because the site may well have something to say.

    Source: RFC 9309, section 2.3.1.
    """
    # No such file: everything is open. No word from the server: everything is closed.
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    result = follow(f"{root}/robots.txt", get)
    # 429 says "too often", so the file may well be there.
    if 400 <= result.status < 500 and result.status != 429:
        return SiteRules(ALLOW, "", sitemap_pages([f"{root}/sitemap.xml"], root, get))
    if result.status != 200:
        return SiteRules(DISALLOW)
    # A byte order mark must not hide the first rule.
    text = result.body.decode("utf-8-sig", "replace")
    # Without a word about sitemaps, the usual place is tried.
    listed = list(Protego.parse(text).sitemaps) or [f"{root}/sitemap.xml"]
    return SiteRules(FILE, text, sitemap_pages(listed, root, get))


def sitemap_pages(
    sitemaps: list[str], root: str, get: Callable[[str], FetchResult]
) -> tuple[str, ...]:
    """The pages of a host that its sitemaps list; an index of sitemaps is read too.

    Source: the sitemaps protocol, sitemaps.org, version 0.9.
    """
    waiting, read, pages = list(sitemaps), set(), set()
    # A queue, for an index names further sitemaps; the cap ends one that never ends.
    while waiting and len(read) < MAX_SITEMAPS:
        url = normalise(waiting.pop(0), root)
        if url is None or url in read or host_of(url) != host_of(root):
            continue
        read.add(url)
        result = follow(url, get)
        if result.status != 200:
            continue
        # Only what is on this host counts: a site cannot speak for another.
        is_index, locations = _locations(result.body)
        for location in locations:
            target = normalise(location, url)
            if target is not None and host_of(target) == host_of(root):
                waiting.append(target) if is_index else pages.add(target)
    return tuple(sorted(pages))


def _locations(body: bytes) -> tuple[bool, list[str]]:
    """Whether a sitemap is an index, and the URLs in it; nothing from a broken one."""
    try:
        # By its first bytes: the ending of the name proves nothing.
        if body[:2] == b"\x1f\x8b":
            body = unpack(body, "gzip", SITEMAP_BYTES)
        # Nothing outside the file is read, and of broken XML as much as makes sense.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
        tree = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, TooLarge, ValueError, zlib.error):
        return False, []
    if tree is None:
        return False, []
    # A page's own address, one level down; deeper ones are those of its images.
    places = tree.iterfind("{*}*/{*}loc")
    locations = [element.text.strip() for element in places if element.text]
    return str(tree.tag).endswith("sitemapindex"), locations
