"""What makes a web hard to crawl: robots rules, redirects, loops, errors, slow and endless pages.

Left out: the pages themselves (web.py), the socket (server.py). Nothing here needs a label,
except that a page may also be reached with a query (`Plan.duplicates`).
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites import lists
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
}  # spam has none: 404 means that everything may be fetched


@dataclass(frozen=True)
class Answer:
    """An HTTP answer that is not a page of the web.

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
        answers: fixed answers by address.
        failures: how often a page's address answers 500 before it works.
        delays: seconds to wait before a page is sent.
        duplicates: address with a query -> address of the same page without it.
    """

    answers: Mapping[str, Answer]
    failures: Mapping[str, int] = field(default_factory=dict)
    delays: Mapping[str, float] = field(default_factory=dict)
    duplicates: Mapping[str, str] = field(default_factory=dict)


def plan(web: LittleWeb) -> Plan:
    """The hazards of a web, the same for the same seed and scale."""
    rng = Rng(f"{web.seed}/hazards")
    threads = [page.url for page in web.pages() if page.site == "forum"]
    tales = [page.url for page in web.pages() if page.site == "stories"]
    answers: dict[str, Answer] = {}
    extra: dict[str, list[str]] = {host: [] for host in web.hosts}
    _robots(web, answers, extra)
    _redirects(web, rng, answers, extra)
    _faults(answers, extra)
    chosen = rng.sample(threads, max(2, len(threads) // 25))
    duplicates = {f"{url}?utm_source=letter": url for url in chosen}
    duplicates |= {f"{url}?print=1": url for url in chosen[::2]}  # robots.txt forbids these
    extra["forum.littleweb.test"] += list(duplicates)
    for url, body in {**lists.lists(web, extra), **lists.sitemaps(web)}.items():
        kind = "application/xml" if url.endswith(".xml") else "text/html; charset=utf-8"
        answers[url] = Answer(body=body, content_type=kind)
    failures = dict.fromkeys(tales[3::97], 1)
    slow = rng.sample(tales, 1 if web.scale == "tiny" else 3)
    return Plan(answers, failures, dict.fromkeys(slow, SLOW_SECONDS), duplicates)


def _robots(web: LittleWeb, answers: dict[str, Answer], extra: dict[str, list[str]]) -> None:
    """robots.txt of the hosts, and what it forbids."""
    for host in web.hosts:
        base, site = f"http://{host}", host.split(".")[0]
        if site not in ROBOTS:
            continue
        place = "/rules/robots.txt" if site == "world" else "/robots.txt"
        if site == "world":
            answers[f"{base}/robots.txt"] = Answer(301, location=place)
        body = ROBOTS[site].encode("ascii")
        answers[base + place] = Answer(body=body, content_type="text/plain; charset=utf-8")
        answers[f"{base}/drafts/secret.html"] = Answer(body=DRAFT.encode("ascii"))
        answers[f"{base}/private/report.pdf"] = Answer(
            body=b"%PDF-", content_type="application/pdf"
        )
        # allowed, because the rule's $ ends the address at .pdf
        answers[f"{base}/private/report.pdf.html"] = Answer(302, location="../list/1.html")
        answers[f"{base}/go/draft"] = Answer(302, location="/drafts/secret.html")
        extra[host] += ["/drafts/secret.html", "/private/report.pdf", "/private/report.pdf.html"]
        extra[host].append("/go/draft")


def _redirects(
    web: LittleWeb, rng: Rng, answers: dict[str, Answer], extra: dict[str, list[str]]
) -> None:
    """Pages that have moved, and redirects that lead nowhere."""
    for number in range(SIZES[web.scale].spam):
        location = f"/{number}.html"
        answers[f"http://spam.littleweb.test/go/{number}"] = Answer(302, location=location)
    pages = [page.url for page in web.pages() if page.site in ("atlas", "stories", "forum")]
    for number, url in enumerate(rng.sample(pages, max(4, len(pages) // 100))):
        base, path = url.split("/", 3)[:3], url.split("/", 3)[3]
        old = f"{'/'.join(base)}/old/{number}.html"
        location = (url, f"/{path}", f"../{path}")[number % 3]
        answers[old] = Answer((301, 302, 307, 308)[number % 4], location=location)
        extra[base[2]].append(f"/old/{number}.html")
    answers[f"{FORUM}/loop/a"] = Answer(302, location="/loop/b")
    answers[f"{FORUM}/loop/b"] = Answer(302, location="a")
    answers[f"{STORIES}/loop/self"] = Answer(301, location="/loop/self")
    for step in range(40):
        answers[f"{STORIES}/further/{step}"] = Answer(302, location=f"{step + 1}")
    extra["forum.littleweb.test"].append("/loop/a")
    extra["stories.littleweb.test"] += ["/loop/self", "/further/0"]


def _faults(answers: dict[str, Answer], extra: dict[str, list[str]]) -> None:
    """Dead links, errors, pictures, the outside and the calendar without end."""
    error = b"<html><title>Error</title><p>Something went wrong on our side.</p></html>"
    for host, links in extra.items():
        answers[f"http://{host}/broken.html"] = Answer(500, body=error)
        answers[f"http://{host}/logo.png"] = Answer(body=PNG, content_type="image/png")
        links += ["/missing.html", "/broken.html", "/logo.png", "http://www.example.com/"]
        links += ["mailto:nobody@example.com", "javascript:void(0)", "https://" + host + "/"]
    extra["forum.littleweb.test"].append("/calendar/2001/01/01.html")


def calendar(url: str) -> Answer | None:
    """A day of the calendar, which links to the next day for ever; None for other addresses."""
    found = CALENDAR.match(url)
    if not found:
        return None
    try:
        day = date(*map(int, found.groups()))
    except ValueError:  # such as 30 February
        return Answer(404, body=b"<p>There is no such day.</p>")
    after = day + timedelta(days=1) if day < date.max else date.min
    link = f"/calendar/{after.isoformat().replace('-', '/')}.html"
    text = f'<p>Nothing is planned for {day.isoformat()}.</p><a href="{link}">Next day</a>'
    return Answer(body=f"<html><title>Calendar</title>{text}</html>".encode("ascii"))
