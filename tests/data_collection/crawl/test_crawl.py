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
        reports = [visit(web, tmp_path) for _ in range(2)]  # the second asks nobody
    for report in reports:
        assert report.fetched == 0
        assert report.skipped == {"robots.txt: status 503": (SEED,)}
    assert web.asked["a.littleweb.test/robots.txt"] == 3


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


@pytest.mark.parametrize(
    ("rule", "closed", "open_"),
    [
        ("/search?q=", "/search?q=cats&page=2", "/search?page=2&q=cats"),
        ("/*?print$", "/story?print", "/story?print=1"),
        ("/*?print$", "/story?print", "/story?printed"),
        ("/x?sid=", "/x?sid=1", "/x?ref=1"),
    ],
)
def test_the_address_that_robots_txt_is_asked_about_is_the_one_that_is_fetched(
    rule: str, closed: str, open_: str, tmp_path: Path
) -> None:
    rules = f"User-agent: *\nDisallow: {rule}\n".encode()
    pages = {"/": html(closed, open_), "/robots.txt": (200, {}, rules), "*": html()}
    with SmallWeb(pages) as web:
        report = visit(web, tmp_path)
    assert report.skipped == {"robots.txt": (SEED.rstrip("/") + closed,)}
    assert web.asked[f"a.littleweb.test{open_}"] == 1


@pytest.mark.parametrize(
    ("asked", "moved_to"), [("/a?x=", "/a?x"), ("/b?y=2&x=1", "/b?x=1&y=2"), ("/c?ref=7", "/c")]
)
def test_a_redirect_to_another_spelling_is_no_loop(
    asked: str, moved_to: str, tmp_path: Path
) -> None:
    with SmallWeb({"/": html(asked), asked: moved(moved_to), moved_to: html()}) as web:
        report = visit(web, tmp_path)
    assert fetched(report) == [SEED, SEED.rstrip("/") + moved_to]
    assert report.skipped == {}


@pytest.mark.parametrize("named", ["example.test", "www.example.test"])
def test_a_site_that_redirects_to_its_name_with_or_without_www_is_crawled(
    named: str, tmp_path: Path
) -> None:
    other = {"example.test": "www.example.test", "www.example.test": "example.test"}[named]
    pages = {
        f"{named}/robots.txt": moved(f"http://{other}/robots.txt"),
        f"{named}/": moved(f"http://{other}/"),
        f"{other}/robots.txt": (200, {}, b"User-agent: *\nDisallow: /closed\n"),
        f"{other}/": html("/story", "/closed", f"http://{named}/closed", "http://elsewhere.test/"),
        f"{other}/story": html(),
    }
    with SmallWeb(pages) as web:
        report = crawl([f"http://{named}/"], tmp_path, proxy=web.url)
    assert fetched(report) == [f"http://{other}/", f"http://{other}/story"]
    closed = tuple(sorted(f"http://{host}/closed" for host in (named, other)))
    assert report.skipped == {
        "other host": ("http://elsewhere.test/",),
        "robots.txt": closed,  # the rules of one are read where they are, and hold for both
    }


def test_hosts_that_are_named_are_the_only_ones(tmp_path: Path) -> None:
    pages = {"a.littleweb.test/": moved("http://www.a.littleweb.test/"), "*": html()}
    with SmallWeb(pages) as web:
        report = visit(web, tmp_path, CrawlConfig(allowed_hosts=("a.littleweb.test",)))
    assert report.skipped == {"other host": ("http://www.a.littleweb.test/",)}


def test_addresses_with_raw_utf8_in_them_are_asked_for_as_such(tmp_path: Path) -> None:
    page = '<a href="/caf\u00e9">x</a><a href="/go">y</a>'.encode()
    pages = {
        "/": (200, {"Content-Type": "text/html; charset=utf-8"}, page),
        "/caf%C3%A9": html(),
        "/go": moved("/\u00fcber".encode().decode("latin-1")),  # as a server writes it
        "/%C3%BCber": html(),
    }
    with SmallWeb(pages) as web:
        report = visit(web, tmp_path)
    assert fetched(report) == [SEED, f"{SEED}%C3%BCber", f"{SEED}caf%C3%A9"]
    assert report.skipped == {}


def test_what_happened_to_a_host_is_the_reason_for_all_of_its_pages(tmp_path: Path) -> None:
    with SmallWeb({"/robots.txt": html(), "/sitemap.xml": html(), "/": moved("/x")}) as web:
        port = web.server.server_port
        private = f"http://localhost:{port}/"  # 127.0.0.1 is trusted, ::1 or this name is not
        names = ["http://nobody.invalid/", f"http://{'a' * 70}.example/", "http://a..b/"]
        config = CrawlConfig(delay_seconds=0, retries=0, trusted_ips=("192.0.2.1",))
        report = crawl([private, "http://10.0.0.1/", *names], tmp_path, config=config)
    assert report.skipped == {
        "address not public": tuple(sorted(["http://10.0.0.1/", private])),
        "name not found": tuple(sorted(names)),
    }
    assert not web.asked


def test_a_host_that_asks_for_endless_pauses_is_left_alone(tmp_path: Path) -> None:
    rules = (200, {}, b"User-agent: *\nCrawl-delay: 86400\n")
    with SmallWeb({"/robots.txt": rules, "*": html()}) as web:
        report = visit(web, tmp_path, CrawlConfig(delay_seconds=0.001))
    assert report.skipped == {"robots.txt: pauses of 86,400 seconds": (SEED,)}
    assert web.asked["a.littleweb.test/"] == 0


def test_half_a_page_is_no_page(tmp_path: Path) -> None:
    close = {"Content-Type": "text/html", "Connection": "close"}
    pages = {
        "/": html("/length", "/chunks", "/packed", "/members"),
        "/length": (200, {**close, "Content-Length": "1000"}, b"<p>half"),
        "/chunks": (200, {**close, "Transfer-Encoding": "chunked"}, b"7\r\n<p>half\r\n50\r\nx"),
        "/packed": (200, {**close, "Content-Encoding": "gzip"}, gzip.compress(b"<p>half")[:-6]),
        "/members": (
            200,
            {"Content-Type": "text/html", "Content-Encoding": "gzip"},
            gzip.compress(b"<p>both") + gzip.compress(b" halves"),
        ),
    }
    with SmallWeb(pages) as web:
        report = visit(web, tmp_path)
    assert fetched(report) == [SEED, f"{SEED}members"]
    assert [page.body for page in warc.read(report.warc)][1] == b"<p>both halves"
    assert report.skipped == {
        "connection failed": (f"{SEED}chunks", f"{SEED}length"),
        "damaged body": (f"{SEED}packed",),
    }


def test_a_redirect_without_a_body_needs_none_that_is_packed(tmp_path: Path) -> None:
    empty = (302, {"Location": "/x", "Content-Encoding": "gzip"}, b"")
    with SmallWeb({"/": html("/go"), "/go": empty, "/x": html()}) as web:
        assert fetched(visit(web, tmp_path)) == [SEED, f"{SEED}x"]
