"""What a site says at its door: who may come in, and which pages it lists."""

from __future__ import annotations

import gzip

import pytest

from course_utils.data_collection.crawl.fetch import FetchResult
from course_utils.data_collection.crawl.robots import SiteRules, site_rules

HOST = "http://a.littleweb.test"
LIST = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>"


def site(answers: dict[str, FetchResult]):
    return lambda url: answers.get(url, FetchResult(url, 404))


def page(text: str | bytes) -> FetchResult:
    return FetchResult("", 200, body=text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    ("status", "rule"), [(404, "allow"), (403, "allow"), (500, "disallow"), (429, "disallow")]
)
def test_a_missing_file_allows_and_one_that_cannot_be_had_forbids(status: int, rule: str) -> None:
    answers = {f"{HOST}/robots.txt": FetchResult("", status)}
    assert site_rules(f"{HOST}/x", site(answers)).rule == rule


def test_a_server_that_does_not_answer_forbids() -> None:
    answers = {f"{HOST}/robots.txt": FetchResult("", problem="timed out")}
    assert site_rules(f"{HOST}/x", site(answers)) == SiteRules("disallow")


def test_a_robots_file_may_move_within_its_host_and_not_away_from_it() -> None:
    here = {
        f"{HOST}/robots.txt": FetchResult("", 301, (("Location", "/rules.txt"),)),
        f"{HOST}/rules.txt": page("User-agent: *\nDisallow: /x"),
    }
    assert "Disallow: /x" in site_rules(f"{HOST}/", site(here)).robots
    away = {
        f"{HOST}/robots.txt": FetchResult("", 301, (("Location", "http://b.test/robots.txt"),))
    }
    assert site_rules(f"{HOST}/", site(away)).rule == "disallow"


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
