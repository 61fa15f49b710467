"""What makes a web hard to crawl: robots rules, redirects, loops, errors, slow and endless pages.

Front pages, lists and the sitemap are here too. Left out: the pages themselves (web.py), the
socket (server.py).
Nothing here needs a label, except that a page may also be reached with a query
(`Plan.duplicates`).
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import escape
from urllib.parse import unquote

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stream import SIZES
from course_utils.littleweb.web import LittleWeb

SLOW_SECONDS = 0.3
DRAFT = "<html><title>Draft</title><p>Nobody may fetch this page, robots.txt says so.</p></html>"
FORUM, STORIES = "http://forum.littleweb.test", "http://stories.littleweb.test"
CALENDAR = re.compile(re.escape(FORUM) + r"/calendar/(\d{4})/(\d\d)/(\d\d)\.html$")
PNG = bytes.fromhex(  # one grey pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
PLAIN_RULES = "User-agent: *\nDisallow: /drafts/\nDisallow: /private/*.pdf$\n"
ROBOTS = {
    "atlas": PLAIN_RULES + "Sitemap: http://atlas.littleweb.test/sitemap.xml\n",
    "factbook": "# written by hand\r\nuser-agent:*\r\nDISALLOW: /drafts/  # not ready\r\n"
    "Disallow: /private/*.pdf$\r\n\r\nSitemap: http://factbook.littleweb.test/sitemap.xml\r\n",
    "stories": "User-agent: hungrybot\nDisallow: /\n\n"
    + PLAIN_RULES
    + "Disallow: /*?sort=\nSitemap: http://stories.littleweb.test/sitemap.xml\n",
    "forum": PLAIN_RULES + "Disallow: /*?print=\nAllow: /drafts/public/\n",
    "code": PLAIN_RULES + "Crawl-delay: 0.02\n",
    "mirror": PLAIN_RULES,
    "world": PLAIN_RULES,
    "school": PLAIN_RULES,
    "copybook": PLAIN_RULES,
    "news": PLAIN_RULES,
}  # spam has none: 404 means that everything may be fetched


@dataclass(frozen=True)
class FixedResponse:
    """An HTTP response that is not a page of the web.

    Args:
        status: HTTP status code.
        body: what is sent.
        content_type: value of the header of that name.
        location: where a redirect leads, absolute or relative.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    location: str | None = None


@dataclass(frozen=True)
class Plan:
    """Everything that the server does beside serving pages.

    Args:
        responses: fixed responses by address.
        failures: how often a page's address answers 500 before it works.
        delays: seconds to wait before a page is sent.
        duplicates: address with a query -> address of the same page without it.
    """

    responses: Mapping[str, FixedResponse]
    failures: Mapping[str, int] = field(default_factory=dict)
    delays: Mapping[str, float] = field(default_factory=dict)
    duplicates: Mapping[str, str] = field(default_factory=dict)


def plan(web: LittleWeb) -> Plan:
    """The hazards of a web, the same for the same seed and scale."""
    rng = Rng(f"{web.seed}/hazards")
    threads = [page.url for page in web.pages() if page.site == "forum"]
    stories = [page.url for page in web.pages() if page.site == "stories"]
    responses: dict[str, FixedResponse] = {}
    front_links: dict[str, list[str]] = {host: [] for host in web.hosts}
    _robots(web, responses, front_links)
    _redirects(web, rng, responses, front_links)
    _faults(responses, front_links)
    # One page under two addresses: a query that changes nothing.
    chosen = rng.sample(threads, max(2, len(threads) // 25))
    duplicates = {f"{url}?utm_source=letter": url for url in chosen}
    duplicates |= {f"{url}?print=1": url for url in chosen[::2]}  # robots.txt forbids these
    front_links["forum.littleweb.test"] += list(duplicates)
    # The fronts come last, as they link to every hazard.
    for url, body in {**lists(web, front_links), **sitemaps(web)}.items():
        kind = "application/xml" if url.endswith(".xml") else "text/html; charset=utf-8"
        responses[url] = FixedResponse(body=body, content_type=kind)
    failures = dict.fromkeys(stories[3::97], 1)
    slow = rng.sample(stories, 1 if web.scale == "tiny" else 3)
    return Plan(responses, failures, dict.fromkeys(slow, SLOW_SECONDS), duplicates)


def _robots(
    web: LittleWeb, responses: dict[str, FixedResponse], front_links: dict[str, list[str]]
) -> None:
    """robots.txt of the hosts, and what it forbids."""
    for host in web.hosts:
        base, site = f"http://{host}", host.split(".")[0]
        if site not in ROBOTS:
            continue
        # One host's rules are reached by a redirect, as some real ones are.
        path = "/rules/robots.txt" if site == "world" else "/robots.txt"
        if site == "world":
            responses[f"{base}/robots.txt"] = FixedResponse(301, location=path)
        body = ROBOTS[site].encode("ascii")
        responses[base + path] = FixedResponse(body=body, content_type="text/plain; charset=utf-8")
        # What the rules forbid exists, so that a crawler that breaks them is seen.
        responses[f"{base}/drafts/secret.html"] = FixedResponse(body=DRAFT.encode("ascii"))
        responses[f"{base}/private/report.pdf"] = FixedResponse(
            body=b"%PDF-", content_type="application/pdf"
        )
        # allowed, because the rule's $ ends the address at .pdf
        responses[f"{base}/private/report.pdf.html"] = FixedResponse(
            302, location="../list/1.html"
        )
        responses[f"{base}/go/draft"] = FixedResponse(302, location="/drafts/secret.html")
        front_links[host] += ["/drafts/secret.html", "/private/report.pdf"]
        front_links[host] += ["/private/report.pdf.html", "/go/draft"]


def _redirects(
    web: LittleWeb,
    rng: Rng,
    responses: dict[str, FixedResponse],
    front_links: dict[str, list[str]],
) -> None:
    """Pages that have moved, and redirects that lead nowhere."""
    # The spam site links to itself through redirects only.
    for number in range(SIZES[web.scale].spam):
        location = f"/{number}.html"
        responses[f"http://spam.littleweb.test/go/{number}"] = FixedResponse(
            302, location=location
        )
    # Moved pages: every status code, and locations that are absolute or relative.
    pages = [page.url for page in web.pages() if page.site in ("atlas", "stories", "forum")]
    for number, url in enumerate(rng.sample(pages, max(4, len(pages) // 100))):
        host, path = url.removeprefix("http://").split("/", 1)
        location = (url, f"/{path}", f"../{path}")[number % 3]
        status = (301, 302, 307, 308)[number % 4]
        responses[f"http://{host}/old/{number}.html"] = FixedResponse(status, location=location)
        front_links[host].append(f"/old/{number}.html")
    # Loops of two and of one, and a chain longer than a client should follow.
    responses[f"{FORUM}/loop/a"] = FixedResponse(302, location="/loop/b")
    responses[f"{FORUM}/loop/b"] = FixedResponse(302, location="a")
    responses[f"{STORIES}/loop/self"] = FixedResponse(301, location="/loop/self")
    for step in range(40):
        responses[f"{STORIES}/further/{step}"] = FixedResponse(302, location=f"{step + 1}")
    front_links["forum.littleweb.test"].append("/loop/a")
    front_links["stories.littleweb.test"] += ["/loop/self", "/further/0"]


def _faults(responses: dict[str, FixedResponse], front_links: dict[str, list[str]]) -> None:
    """Dead links, errors, pictures, the outside and the calendar without end."""
    error = b"<html><title>Error</title><p>Something went wrong on our side.</p></html>"
    # Every host has the same faults, so that a crawl of any one meets them all.
    for host, links in front_links.items():
        responses[f"http://{host}/broken.html"] = FixedResponse(500, body=error)
        responses[f"http://{host}/logo.png"] = FixedResponse(body=PNG, content_type="image/png")
        links += ["/missing.html", "/broken.html", "/logo.png", "http://www.example.com/"]
        links += ["mailto:nobody@example.com", "javascript:void(0)", "https://" + host + "/"]
    front_links["forum.littleweb.test"].append("/calendar/2001/01/01.html")


def calendar(url: str) -> FixedResponse | None:
    """A day of the calendar, which links to the next day for ever; None for other addresses."""
    match = CALENDAR.match(url)
    if not match:
        return None
    try:
        day = date(*map(int, match.groups()))
    except ValueError:  # such as 30 February
        return FixedResponse(404, body=b"<p>There is no such day.</p>")
    after = day + timedelta(days=1) if day < date.max else date.min
    link = f"/calendar/{after.isoformat().replace('-', '/')}.html"
    text = f'<p>Nothing is planned for {day.isoformat()}.</p><a href="{link}">Next day</a>'
    return FixedResponse(body=f"<html><title>Calendar</title>{text}</html>".encode("ascii"))


PER_LIST = 60  # links
ORPHAN_EVERY = 40
SITEMAP_HOSTS = ("atlas.littleweb.test", "factbook.littleweb.test", "stories.littleweb.test")


def lists(web: LittleWeb, front_links: dict[str, list[str]]) -> dict[str, bytes]:
    """The HTML of every front page and list.

    Args:
        web: whose pages are listed.
        front_links: more links for the front page of a host, as they stand in the HTML.

    Returns:
        address -> HTML in UTF-8.
    """
    html: dict[str, bytes] = {}
    for host, urls in _by_host(web).items():
        # Some pages are left to the sitemap, so that links alone do not lead everywhere.
        listed = urls
        if host in SITEMAP_HOSTS:
            listed = [url for i, url in enumerate(urls) if i % ORPHAN_EVERY != 7]
        runs = [listed[i : i + PER_LIST] for i in range(0, len(listed), PER_LIST)]
        # The front leads to every list, to the hazards and to the other hosts.
        paths = [f"/list/{number + 1}.html" for number in range(len(runs))]
        others = [seed for seed in web.seeds if host not in seed]
        links = [*paths, *front_links.get(host, []), *others]
        html[f"http://{host}/"] = _link_page(f"Welcome to {host}", links)
        # A list leads to its pages and to the next list.
        for number, run in enumerate(runs):
            links = [_as_written(url, i) for i, url in enumerate(run)]
            links += paths[number + 1 : number + 2]
            title = f"Pages {number * PER_LIST + 1} to {number * PER_LIST + len(run)}"
            html[f"http://{host}{paths[number]}"] = _link_page(title, links)
    return html


def sitemaps(web: LittleWeb) -> dict[str, bytes]:
    """The sitemap.xml of the hosts that have one.

    Returns:
        address -> XML in UTF-8, in the form of sitemaps.org's protocol 0.9.
    """
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset '
    start += 'xmlns="http://www.sitemaps.org/schemas'
    xml = {}
    for host, urls in _by_host(web).items():
        if host in SITEMAP_HOSTS:
            rows = "\n".join(f"<url><loc>{escape(url)}</loc></url>" for url in urls)
            text = f'{start}/sitemap/0.9">\n{rows}\n</urlset>\n'
            xml[f"http://{host}/sitemap.xml"] = text.encode("utf-8")
    return xml


def _by_host(web: LittleWeb) -> dict[str, list[str]]:
    """The addresses of every host's pages."""
    urls: dict[str, list[str]] = {host: [] for host in web.hosts}
    for page in web.pages():
        urls[page.url.split("/")[2]].append(page.url)
    return urls


def _as_written(url: str, number: int) -> str:
    """An address as authors write it: whole, without its host, with a fragment or not encoded."""
    # By the page's number in turn: all spellings occur, and none needs a draw.
    path = "/" + url.split("/", 3)[3]
    spellings = (path, url, path + "#top", unquote(path), "/list/.." + path, path)
    return spellings[number % len(spellings)]


def _link_page(title: str, links: Sequence[str]) -> bytes:
    """A plain page of links."""
    rows = "\n".join(f'<li><a href="{escape(link)}">{escape(link)}</a></li>' for link in links)
    text = f'<meta charset="utf-8"><title>{title}</title>\n<h1>{title}</h1>\n<ul>\n{rows}\n</ul>\n'
    return f"<!DOCTYPE html>\n<html>{text}</html>\n".encode()
