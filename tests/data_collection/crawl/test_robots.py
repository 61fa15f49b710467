"""What a site says at its door: who may come in, and which pages it lists."""

from __future__ import annotations

import gzip
import itertools
import json
from pathlib import Path

import pytest

from course_utils.data_collection.crawl.crawl import crawl
from course_utils.data_collection.crawl.fetch import FetchResult
from course_utils.data_collection.crawl.robots import ROBOTS_BYTES, SiteRules, site_rules

from ..smallweb import SmallWeb, html

HOST = "http://a.littleweb.test"
LIST = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>"


def site(answers: dict[str, FetchResult]):
    return lambda url, first_bytes: answers.get(url, FetchResult(url, 404))


def page(text: str | bytes) -> FetchResult:
    return FetchResult("", 200, body=text if isinstance(text, bytes) else text.encode())


def moved(target: str) -> FetchResult:
    return FetchResult("", 301, (("Location", target),))


@pytest.mark.parametrize(
    ("status", "rule"),
    [(404, "allow"), (403, "allow"), (500, "disallow"), (429, "disallow"), (206, "file")]
    + [(204, "file"), (100, "disallow")],
)
def test_a_missing_file_allows_and_one_that_cannot_be_had_forbids(status: int, rule: str) -> None:
    answers = {f"{HOST}/robots.txt": FetchResult("", status)}
    assert site_rules(f"{HOST}/x", site(answers)).rule == rule


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (FetchResult(f"{HOST}/robots.txt", problem="timed out"), "robots.txt: timed out"),
        (FetchResult(f"{HOST}/robots.txt", problem="name not found"), "name not found"),
        (FetchResult(f"{HOST}/robots.txt", problem="address not public"), "address not public"),
        (FetchResult(f"{HOST}/robots.txt", 503), "robots.txt: status 503"),
        (moved("/robots.txt"), "robots.txt: too many redirects"),
        (moved("javascript:x()"), "robots.txt: redirect to nowhere"),
    ],
)
def test_a_server_without_an_answer_forbids_and_the_rules_say_why(
    result: FetchResult, problem: str
) -> None:
    answers = {f"{HOST}/robots.txt": result}
    assert site_rules(f"{HOST}/x", site(answers)) == SiteRules("disallow", problem=problem)


def test_a_host_that_is_not_there_is_told_from_one_that_the_file_moved_to() -> None:
    gone = FetchResult("http://www.test/robots.txt", problem="name not found")
    answers = {f"{HOST}/robots.txt": moved("http://www.test/robots.txt"), gone.url: gone}
    assert site_rules(f"{HOST}/x", site(answers)).problem == "robots.txt: name not found"


@pytest.mark.parametrize(("hops", "read"), [(1, True), (5, True), (6, False)])
def test_a_robots_file_is_followed_five_times_to_any_host(hops: int, read: bool) -> None:
    places = [f"{HOST}/robots.txt", *(f"http://host{n}.test/rules" for n in range(hops))]
    answers = {place: moved(after) for place, after in itertools.pairwise(places)}
    answers[places[-1]] = page(f"User-agent: *\nDisallow: /x\nSitemap: {HOST}/map.xml")
    answers[f"{HOST}/map.xml"] = page(LIST.format("<url><loc>/b</loc></url>"))
    rules = site_rules(f"{HOST}/", site(answers))
    # What it says is about the host that was asked.
    assert (rules.rule == "file") == ("Disallow: /x" in rules.robots) == read
    assert rules.sitemap == ((f"{HOST}/b",) if read else ())


def test_of_a_robots_file_of_five_megabytes_the_beginning_counts(tmp_path: Path) -> None:
    rules = b"User-agent: *\nDisallow: /private\n"
    rules += b"# a remark of a robot's maker\n" * 170_000
    assert len(rules) > 5_000_000
    for name, headers, body in (
        ("plain", {}, rules),
        ("packed", {"Content-Encoding": "gzip"}, gzip.compress(rules)),
    ):
        pages = {"/robots.txt": (200, headers, body), "/": html("/private", "/x"), "/x": html()}
        with SmallWeb(pages) as web:
            report = crawl([f"{HOST}/"], tmp_path / name, proxy=web.url)
        assert (report.fetched, report.skipped) == (2, {"robots.txt": (f"{HOST}/private",)})
    noted = json.loads((tmp_path / "packed" / "journal.jsonl").read_bytes().splitlines()[1])
    kept = noted["rules"]["robots"]
    assert ROBOTS_BYTES - 40 < len(kept) <= ROBOTS_BYTES
    assert kept.endswith("maker\n")  # half a rule would close more than a whole one


def test_a_redirect_of_a_sitemap_stays_on_its_host() -> None:
    answers = {
        f"{HOST}/sitemap.xml": moved("http://other.test/map.xml"),
        "http://other.test/map.xml": page(LIST.format(f"<url><loc>{HOST}/b</loc></url>")),
    }
    assert site_rules(f"{HOST}/", site(answers)).sitemap == ()


SITEMAPS = {
    "text": f"\ufeff{HOST}/a\r\n  {HOST}/b?x=1&y=2  \r\n\r\nhttp://other.test/c\r\n",
    "rss": "<rss version='2.0'><channel><link>/front</link><item><title>A</title>"
    f"<link>{HOST}/a</link></item><item><link>/b?x=1&amp;y=2</link></item></channel></rss>",
    "atom": "<feed xmlns='http://www.w3.org/2005/Atom'><link href='/front'/><entry>"
    f"<link href='{HOST}/a'/></entry><entry><link href='/b?x=1&amp;y=2'/></entry></feed>",
}


@pytest.mark.parametrize("kind", SITEMAPS)
def test_a_sitemap_may_be_a_text_or_a_feed(kind: str) -> None:
    answers = {f"{HOST}/sitemap.xml": page(SITEMAPS[kind])}
    assert site_rules(f"{HOST}/", site(answers)).sitemap == (f"{HOST}/a", f"{HOST}/b?x=1&y=2")


def test_an_index_of_sitemaps_is_read_packed_or_not_and_other_hosts_are_left_out() -> None:
    index = "<sitemapindex><sitemap><loc>/one.xml.gz</loc></sitemap></sitemapindex>"
    listed = LIST.format("<url><loc>/b</loc></url><url><loc>http://other.test/c</loc></url>")
    answers = {
        f"{HOST}/robots.txt": page(f"User-agent: *\nSitemap: {HOST}/index.xml"),
        f"{HOST}/index.xml": page(index),
        f"{HOST}/one.xml.gz": page(gzip.compress(listed.encode())),
    }
    assert site_rules(f"{HOST}/", site(answers)).sitemap == (f"{HOST}/b",)


def test_the_images_of_a_sitemap_are_no_pages() -> None:
    image = '<i:image xmlns:i="http://images.test/1"><i:loc>/b.png</i:loc></i:image>'
    listed = LIST.format(f"<url><loc> /b </loc>{image}</url>")
    answers = {f"{HOST}/sitemap.xml": page(listed)}
    assert site_rules(f"{HOST}/", site(answers)).sitemap == (f"{HOST}/b",)


def test_a_broken_sitemap_lists_nothing() -> None:
    answers = {f"{HOST}/sitemap.xml": page(b"\x1f\x8b broken")}
    assert site_rules(f"{HOST}/", site(answers)).sitemap == ()
