"""What a site asks of robots: which pages, how fast, and where its list of pages is.

Left out: meta robots tags and X-Robots-Tag, which are about indexing, not about fetching.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree
from protego import Protego

from course_utils.data_collection.archives.packing import TooLarge, unpack
from course_utils.data_collection.crawl.fetch import (
    FAILED,
    NO_NAME,
    NOT_PUBLIC,
    REDIRECTS,
    FetchResult,
)
from course_utils.data_collection.crawl.urls import host_of, normalise

MAX_HOPS = 5  # as RFC 9309 asks for at least
ROBOTS_BYTES = 512 << 10  # of which RFC 9309 asks for 500 KiB at least; the rest is not looked at
MAX_SITEMAPS = 50
SITEMAP_BYTES = 50 << 20  # the protocol's own limit
ALLOW, DISALLOW, FILE = "allow", "disallow", "file"
CLOSED = "robots.txt"  # why a page is not asked for, where the file says so
OF_HOST = (FAILED, NO_NAME, NOT_PUBLIC)  # what would happen to any page of the host, too
ATOM = "{http://www.w3.org/2005/Atom}"
PLAIN_URL = re.compile(rb"https?://\S+$", re.I)


# Asks for a URL; of what is longer than a number of bytes, unless that is None, their beginning.
Get = Callable[[str, int | None], FetchResult]


@dataclass(frozen=True)
class SiteRules:
    """What is known of a host before its first page is asked for.

    Args:
        rule: ALLOW or DISALLOW for everything, or FILE where robots decides.
        robots: the text of robots.txt.
        sitemap: the host's own pages as its sitemap lists them, sorted.
        problem: why everything is closed, where it is not the file that says so.
    """

    rule: str
    robots: str = ""
    sitemap: tuple[str, ...] = ()
    problem: str = ""


def follow(
    url: str, get: Get, any_host: bool = False, first_bytes: int | None = None
) -> FetchResult:
    """Asks for a small file and follows redirects, at most five.

    Args:
        url: where the file should be.
        get: asks for a page.
        any_host: also off to another host.
        first_bytes: see Get.
    """
    # Each answer is the file itself, or says where it is now.
    for _ in range(MAX_HOPS + 1):
        result = get(url, first_bytes)
        if result.status not in REDIRECTS:
            return result
        following = normalise(result.location, url)
        if following is None:
            return FetchResult(url, problem="redirect to nowhere")
        if host_of(following) != host_of(url) and not any_host:
            return FetchResult(url, problem="redirect to another host")
        url = following
    return FetchResult(url, problem="too many redirects")


def site_rules(url: str, get: Get) -> SiteRules:
    """Reads a host's robots.txt and sitemaps.

    Args:
        url: any page of the host.
        get: asks for a page.

    Returns:
        A missing robots.txt (4xx) allows everything; one that cannot be had (5xx, no answer)
        forbids everything, because the site may well have something to say. One that has moved
        is read where it is, on another host too, and counts for the host that was asked.

    Source: RFC 9309, sections 2.3.1 and 2.5.
    """
    # No such file: everything is open. No word from the server: everything is closed.
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    result = follow(f"{root}/robots.txt", get, any_host=True, first_bytes=ROBOTS_BYTES)
    # 429 says "too often", so the file may well be there.
    if 400 <= result.status < 500 and result.status != 429:
        return SiteRules(ALLOW, "", sitemap_pages([f"{root}/sitemap.xml"], root, get))
    if not 200 <= result.status < 300:
        return SiteRules(DISALLOW, problem=_why_closed(result, root))
    # A byte order mark must not hide the first rule, and half a line at the end is no rule.
    body = result.body
    if len(body) >= ROBOTS_BYTES:
        body = body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]
    text = body.decode("utf-8-sig", "replace")
    # Without a word about sitemaps, the usual place is tried.
    listed = list(Protego.parse(text).sitemaps) or [f"{root}/sitemap.xml"]
    return SiteRules(FILE, text, sitemap_pages(listed, root, get))


def _why_closed(result: FetchResult, root: str) -> str:
    """What happened to a robots.txt that could not be had."""
    if result.problem in OF_HOST and host_of(result.url) == host_of(root):
        return result.problem
    return f"{CLOSED}: {result.problem or f'status {result.status}'}"


def sitemap_pages(sitemaps: list[str], root: str, get: Get) -> tuple[str, ...]:
    """The pages of a host that its sitemaps list; an index of sitemaps is read too.

    Source: the sitemaps protocol, sitemaps.org, version 0.9: XML, RSS 2.0, Atom or plain text.
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
        # A plain text has one URL a line.
        lines = body.removeprefix(b"\xef\xbb\xbf").split()
        if lines and PLAIN_URL.match(lines[0]):
            return False, [line.decode("utf-8", "replace") for line in lines]
        # Nothing outside the file is read, and of broken XML as much as makes sense.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
        tree = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, TooLarge, ValueError, zlib.error):
        return False, []
    if tree is None:
        return False, []
    # A page's own address, one level down; deeper ones are those of its images.
    places = [element.text for element in tree.iterfind("{*}*/{*}loc")]
    # RSS has it in <link>, Atom in the attribute of one.
    places += [element.text for element in tree.iterfind("channel/item/link")]
    places += [element.get("href") for element in tree.iterfind(f"{ATOM}entry/{ATOM}link")]
    locations = [place.strip() for place in places if place]
    return str(tree.tag).endswith("sitemapindex"), locations
