"""The crawler: what it visits, what it refuses, and how it goes on after an interrupt."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from course_utils.data_collection.archives import warc
from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.crawl import CrawlReport, crawl
from course_utils.data_collection.crawl.fetch import Fetcher

from ..smallweb import Reply, SmallWeb, html, moved

SEED = "http://a.littleweb.test/"
CONFIG = CrawlConfig(allowed_hosts=("*.littleweb.test",), backoff_seconds=0.01, timeout_seconds=1)


def visit(web: SmallWeb, folder: Path, config: CrawlConfig = CONFIG, **more) -> CrawlReport:
    return crawl([SEED], folder, proxy=web.url, config=config, **more)


def fetched(report: CrawlReport) -> list[str]:
    return sorted(page.url for page in warc.read(report.warc) if page.status == 200)


def test_two_crawls_visit_the_same_pages_whatever_the_threads_do(tmp_path: Path) -> None:
    pages = {
        "a.littleweb.test/": html(
            "/x.html", "http://b.littleweb.test/", "http://c.littleweb.test/"
        ),
        "b.littleweb.test/": html("http://a.littleweb.test/y.html", "/1", "/2", "/3", "/4"),
        "c.littleweb.test/": html("http://b.littleweb.test/9", "http://b.littleweb.test/5"),
        **{f"b.littleweb.test/{n}": html(*(f"/{n}{m}" for m in range(5))) for n in range(10)},
        "*": html(),
    }
    config = CrawlConfig(allowed_hosts=("*.littleweb.test",), max_pages_per_pattern=3)
    with SmallWeb(pages) as web:
        one = visit(web, tmp_path / "one", config)
        many = [
            visit(web, tmp_path / str(n), CrawlConfig(**{**vars(config), "workers": n}))
            for n in (1, 2, 16)
        ]
    for other in many:
        assert fetched(other) == fetched(one)
        assert other.skipped == one.skipped
    assert one.skipped["too many pages of one shape"]


def test_robots_txt_is_asked_once_and_obeyed_with_its_wildcards(tmp_path: Path) -> None:
    rules = b"User-agent: *\nDisallow: /private/*.html$\n"
    pages = {
        "/": html("/private/a.html", "/private/a.txt", "/open.html"),
        "/robots.txt": (200, {"Content-Type": "text/plain"}, rules),
        "*": html(),
    }
    with SmallWeb(pages) as web:
        report = visit(web, tmp_path)
    assert report.skipped["robots.txt"] == ("http://a.littleweb.test/private/a.html",)
    assert web.asked["a.littleweb.test/private/a.html"] == 0
    assert web.asked["a.littleweb.test/private/a.txt"] == 1
    assert web.asked["a.littleweb.test/robots.txt"] == 1


def test_a_robots_txt_that_fails_closes_the_host(tmp_path: Path) -> None:
    with SmallWeb({"/robots.txt": (503, {}, b""), "/": html("/x.html")}) as web:
        report = visit(web, tmp_path)
    assert report.fetched == 0
    assert report.skipped["robots.txt"] == (SEED,)


def test_pages_of_a_sitemap_are_found_also_through_an_index(tmp_path: Path) -> None:
    listed = (
        b"<urlset xmlns='http://x'><url><loc>http://a.littleweb.test/hidden</loc></url></urlset>"
    )
    index = b"<sitemapindex><sitemap><loc>/maps/one.xml</loc></sitemap></sitemapindex>"
    pages = {
        "/": html(),
        "/robots.txt": (200, {}, b"Sitemap: http://a.littleweb.test/index.xml\n"),
        "/index.xml": (200, {}, index),
        "/maps/one.xml": (200, {}, gzip.compress(listed)),
        "/hidden": html(),
    }
    with SmallWeb(pages) as web:
        assert "http://a.littleweb.test/hidden" in fetched(visit(web, tmp_path))


def test_redirects_are_followed_but_neither_in_circles_nor_for_ever(tmp_path: Path) -> None:
    pages = {"/": html("/go", "/circle-a", "/long-0"), "/go": moved("/there?utm_source=x#top")}
    pages |= {"/there": html(), "/circle-a": moved("/circle-b"), "/circle-b": moved("/circle-a")}
    pages |= {f"/long-{n}": moved(f"/long-{n + 1}") for n in range(12)}
    with SmallWeb(pages) as web:
        report = visit(web, tmp_path)
    assert "http://a.littleweb.test/there" in fetched(report)
    assert report.skipped["redirect loop"] == ("http://a.littleweb.test/circle-a",)
    assert report.skipped["too many redirects"] == ("http://a.littleweb.test/long-6",)
    assert web.asked["a.littleweb.test/long-7"] == 0


def test_a_calendar_without_end_ends(tmp_path: Path) -> None:
    def month(address: str) -> Reply | None:
        if "/calendar/" not in address:
            return None
        number = int(address.rsplit("/", 1)[1])
        return html(*(f"/calendar/{number + step}" for step in range(1, 30)))

    config = CrawlConfig(max_pages_per_pattern=50)
    front = html("/calendar/1", "/story.html")
    with SmallWeb({"/": front, "/story.html": html(), "*": month}) as web:
        report = visit(web, tmp_path, config)
    assert report.fetched == 53
    assert "http://a.littleweb.test/story.html" in fetched(report)


def test_a_chain_of_next_pages_ends_by_its_depth(tmp_path: Path) -> None:
    def after(address: str) -> Reply | None:
        word = address.rsplit("/", 1)[1]
        return html(f"/{word}x") if set(word) == {"x"} else None

    with SmallWeb({"/": html("/x"), "*": after}) as web:
        report = visit(web, tmp_path, CrawlConfig(max_depth=5))
    assert report.fetched == 6
    assert list(report.skipped) == ["too many links away"]


def test_only_allowed_hosts_and_only_http_are_visited(tmp_path: Path) -> None:
    page = html(
        "http://evil.test/", "mailto:a@example.com", "ftp://a.littleweb.test/x", "file:///x"
    )
    with SmallWeb({"/": page}) as web:
        report = visit(web, tmp_path)
    assert report.fetched == 1
    assert report.skipped["other host"] == ("http://evil.test/",)
    assert all(address.startswith("a.littleweb.test") for address in web.asked)


def test_a_page_that_is_too_long_packed_or_unpacked_is_skipped(tmp_path: Path) -> None:
    bomb = gzip.compress(b"\0" * 3_000_000)
    pages = {
        "/": html("/bomb", "/long", "/packed"),
        "/bomb": (200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, bomb),
        "/long": (200, {"Content-Type": "text/html"}, b"x" * 200_000),
        "/packed": (200, {"Content-Encoding": "gzip"}, gzip.compress(html(text="packed")[2])),
    }
    with SmallWeb(pages) as web:
        report = visit(web, tmp_path, CrawlConfig(max_page_bytes=100_000))
    assert [url.rsplit("/")[-1] for url in report.skipped["too large"]] == ["bomb", "long"]
    bodies = {page.url: page.body for page in warc.read(report.warc)}
    assert b"<p>packed</p>" in bodies["http://a.littleweb.test/packed"]


def test_a_server_that_never_answers_is_given_up_in_time(tmp_path: Path) -> None:
    def slow(address: str) -> Reply:
        time.sleep(1.5)
        return html()

    config = CrawlConfig(timeout_seconds=0.3, retries=0)
    with SmallWeb({"/": html("/slow", "/quick"), "/slow": slow, "/quick": html()}) as web:
        report = visit(web, tmp_path, config)
    assert report.skipped["timed out"] == ("http://a.littleweb.test/slow",)
    assert "http://a.littleweb.test/quick" in fetched(report)


def test_an_error_that_passes_is_tried_again(tmp_path: Path) -> None:
    def shaky(address: str) -> Reply:
        return html(text="well again") if web.asked[address] > 2 else (503, {}, b"")

    pages = {"/": html("/shaky", "/broken"), "/shaky": shaky, "/broken": (500, {}, b"")}
    with SmallWeb(pages) as web:
        report = visit(web, tmp_path)
    assert "http://a.littleweb.test/shaky" in fetched(report)
    assert report.skipped["status 500"] == ("http://a.littleweb.test/broken",)
    assert web.asked["a.littleweb.test/broken"] == 3


def test_requests_to_a_host_keep_their_distance(tmp_path: Path) -> None:
    with SmallWeb({"/": html("/one", "/two"), "*": html()}) as web:
        report = visit(web, tmp_path, CrawlConfig(delay_seconds=0.1))
    assert report.fetched == 3
    assert report.seconds >= 0.1 * 4  # robots.txt, sitemap.xml and three pages


def test_the_real_web_gets_a_second_between_requests_and_a_local_proxy_none() -> None:
    local, little, real = "http://127.0.0.1:80", "a.littleweb.test", "example.org"
    assert CrawlConfig().delay(None, 0, real) == 1.0
    assert CrawlConfig().delay(None, 5, real) == 5.0
    assert CrawlConfig().delay(local, 5, little) == 0.0
    assert CrawlConfig().delay(local, 0, real) == 1.0
    assert CrawlConfig().delay("http://proxy.example.com:80", 0, little) == 1.0


def test_a_private_address_is_refused_without_a_proxy(tmp_path: Path) -> None:
    with SmallWeb({"*": html()}) as web:
        port = web.server.server_port
        for host in ("127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433"):
            report = crawl([f"http://{host}:{port}/"], tmp_path / str(abs(hash(host))))
            assert report.fetched == 0
    assert not web.asked


def test_a_redirect_to_a_private_address_is_refused_without_a_proxy(tmp_path: Path) -> None:
    with SmallWeb({"/": moved("http://[::1]:9/secret"), "/robots.txt": html()}) as web:
        hosts = ("127.0.0.1", "::1")
        config = CrawlConfig(
            trusted_ips=("127.0.0.1",), allowed_hosts=hosts, delay_seconds=0, retries=0
        )
        report = crawl([web.url], tmp_path, config=config)
    assert report.redirects == 1
    assert report.fetched == 0
    for target in ("http://[::1]:9/secret", "http://10.0.0.1/", "http://169.254.169.254/"):
        assert Fetcher(config).get(target).problem == "address not public"


def test_proxies_of_the_environment_are_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SmallWeb({"*": html()}) as other, SmallWeb({"/": html("/x.html"), "*": html()}) as web:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, other.url)
        through = visit(web, tmp_path / "through")
        direct = CrawlConfig(trusted_ips=("127.0.0.1",), delay_seconds=0)
        straight = crawl([web.url], tmp_path / "straight", config=direct)
    assert through.fetched == straight.fetched == 2
    assert not other.asked


def test_the_crawler_says_who_it_is(tmp_path: Path) -> None:
    with SmallWeb({"/": html()}) as web:
        visit(web, tmp_path)
    assert web.agents == {CONFIG.user_agent}


def test_a_folder_with_another_crawl_is_refused(tmp_path: Path) -> None:
    with SmallWeb({"*": html()}) as web:
        visit(web, tmp_path)
        with pytest.raises(ValueError, match="max_depth=16, and this one has max_depth=2"):
            visit(web, tmp_path, CrawlConfig(allowed_hosts=CONFIG.allowed_hosts, max_depth=2))


@pytest.mark.parametrize("seeds", [[], "http://a.test/", ["a.test"], ["ftp://a.test/"]])
def test_seeds_that_are_no_addresses_are_refused(tmp_path: Path, seeds: object) -> None:
    with pytest.raises(ValueError, match="address|seeds"):
        crawl(seeds, tmp_path)
    assert not list(tmp_path.glob("*.gz"))
