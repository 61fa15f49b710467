"""The threads that fetch one round: every page in the journal, closed rooms left alone."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from course_utils.data_collection.crawl import workers
from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.data_collection.crawl.fetch import Fetcher, FetchResult
from course_utils.data_collection.crawl.frontier import Visit
from course_utils.data_collection.crawl.journal import Journal
from course_utils.data_collection.crawl.workers import WorkerPool
from course_utils.data_collection.failures import PageFailure
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.web import LittleWeb

from ..smallweb import Reply, SmallWeb, html, moved

ATLAS = "http://atlas.littleweb.test"


def test_a_round_ends_with_its_open_pages_in_the_journal_and_the_closed_ones_named(
    tmp_path: Path,
) -> None:
    web, config, seen = LittleWeb(0, "tiny"), CrawlConfig(), []
    pages = [page.url for page in web.pages() if page.site == "atlas"][:3]
    journal = Journal(tmp_path, {}, config.user_agent)
    with LittleWebServer(web) as server:
        pool = WorkerPool(config, server.proxy_url, journal, lambda url, status: seen.append(url))
        try:
            refused = pool.fetch_round([Visit(url) for url in [*pages, f"{ATLAS}/drafts/1.html"]])
            pool.fetch_round([Visit(pages[0])])  # known already: not asked for again
        finally:
            pool.close()
            journal.close()
        asked = server.requests
    assert sorted(seen) == sorted(pages)
    assert set(journal.pages) == set(pages)
    assert refused == {f"{ATLAS}/drafts/1.html": "robots.txt"}
    assert asked[pages[0]] == 1
    assert not any("drafts" in url for url in asked)


class Failing(Fetcher):
    """Fetches, but for one page, on which it fails as no network fails."""

    def get(self, url: str, *more: object) -> FetchResult:
        if url.endswith(("/odd", "odd.littleweb.test/robots.txt")):
            raise ZeroDivisionError("by zero")
        return super().get(url, *more)


def test_what_nobody_foresaw_costs_a_page_or_a_host_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "Fetcher", Failing)
    seeds = ["http://a.littleweb.test/", "http://odd.littleweb.test/"]
    with (
        SmallWeb({"/": html("/odd", "/x"), "/x": html()}) as web,
        pytest.warns(PageFailure, match="the crawl failed on 2 page.*by zero"),
    ):
        report = crawl(seeds, tmp_path, proxy=web.url)
    assert report.fetched == 2
    assert report.skipped == {
        "failed with ZeroDivisionError": (f"{seeds[0]}odd", seeds[1]),
    }


def test_a_robots_file_on_another_host_is_asked_for_in_turn(tmp_path: Path) -> None:
    at_once, most = Counter(), Counter()

    def slow(address: str) -> Reply:
        host = address.split("/")[0]
        at_once[host] += 1
        most[host] = max(most[host], at_once[host])
        time.sleep(0.02)
        at_once[host] -= 1
        return html(*(f"/{n}" for n in range(5)))

    others = [f"host{n}.littleweb.test" for n in range(4)]
    www = "www.littleweb.test"
    rules = {f"{host}/robots.txt": moved(f"http://{www}/rules") for host in others}
    with SmallWeb({**rules, "*": slow}) as web:
        crawl([f"http://{host}/" for host in (*others, www)], tmp_path, proxy=web.url)
    assert web.asked[f"{www}/rules"] == 4
    assert most[www] == 1
