"""The threads that fetch one round: every page in the journal, closed rooms left alone."""

from __future__ import annotations

from pathlib import Path

from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.frontier import Visit
from course_utils.data_collection.crawl.journal import Journal
from course_utils.data_collection.crawl.workers import WorkerPool
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.web import LittleWeb

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
    assert refused == {f"{ATLAS}/drafts/1.html"}
    assert asked[pages[0]] == 1
    assert not any("drafts" in url for url in asked)
