"""Safe and polite on the real web: who is asked, how often, and how long we wait."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.data_collection.crawl.fetch import MAX_WAIT_SECONDS, Fetcher
from course_utils.data_collection.crawl.public_ip import RefusedIp, is_public, public_ip

from ..smallweb import Reply, SmallWeb, html, moved

SEED = "http://a.littleweb.test/"


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server that sends a letter of its headers now and then, and never comes to an end."""
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        calls = []
        while not stop.is_set():
            try:
                call, _ = listening.accept()
            except OSError:
                break
            calls.append(threading.Thread(target=drip, args=(call,), daemon=True))
            calls[-1].start()
        for thread in calls:
            thread.join()

    def drip(call: socket.socket) -> None:
        with call:
            for letter in itertools.chain(b"HTTP/1.1 200 OK\r\nX-Long: ", itertools.repeat(120)):
                if stop.wait(0.05):
                    return
                try:
                    call.sendall(bytes([letter]))
                except OSError:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    stop.set()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


@pytest.mark.parametrize("through_proxy", [True, False])
def test_a_server_that_drips_its_headers_is_given_up_in_time(
    dripping: str, through_proxy: bool
) -> None:
    config = CrawlConfig(timeout_seconds=0.3, retries=0, trusted_ips=("127.0.0.1",))
    fetcher = Fetcher(config, dripping if through_proxy else None)
    started = time.monotonic()
    result = fetcher.get(SEED if through_proxy else f"{dripping}/page")
    assert result.problem == "timed out"
    assert time.monotonic() - started < 2


def test_further_tries_keep_the_distance_that_the_host_wants(tmp_path: Path) -> None:
    times: list[float] = []

    def busy(address: str) -> Reply:
        times.append(time.monotonic())
        return 503, {}, b""

    with SmallWeb({"/busy": busy, "/robots.txt": html(), "/sitemap.xml": html()}) as web:
        config = CrawlConfig(delay_seconds=0.2, backoff_seconds=0.001, retries=2)
        crawl([f"{SEED}busy"], tmp_path, proxy=web.url, config=config)
    assert len(times) == 3
    assert min(after - before for before, after in itertools.pairwise(times)) >= 0.19


class Unhurried(threading.Event):
    """Notes how long it was to be waited for, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout)
        return False


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        ("7", 7),
        ("100000", MAX_WAIT_SECONDS),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.001),  # long past
        ("Wed, 21 Oct 2099 07:28:00 GMT", MAX_WAIT_SECONDS),
        ("0.3", 0.001),  # no whole number, so it is none
        ("\u00b2", 0.001),
        ("soon", 0.001),
    ],
)
def test_a_host_may_ask_for_a_pause_but_not_end_the_run(asked: str, pause: float) -> None:
    with SmallWeb({"/": (503, {"Retry-After": asked}, b"")}) as web:
        fetcher = Fetcher(CrawlConfig(backoff_seconds=0.001, retries=1), web.url)
        fetcher.stop = Unhurried()
        assert fetcher.get(SEED).status == 503
    assert fetcher.stop.pauses == [pause]


@pytest.mark.parametrize("agent", ["", "  ", "Mozilla\r\nX: y"])
def test_an_agent_has_to_say_who_it_is(agent: str) -> None:
    with pytest.raises(ValueError, match="user_agent"):
        CrawlConfig(user_agent=agent)


def test_rules_that_name_our_agent_are_ours(tmp_path: Path) -> None:
    rules = b"User-agent: AnatomyOfIntelligenceCourse\nDisallow: /\n\nUser-agent: *\nAllow: /\n"
    with SmallWeb({"/robots.txt": (200, {}, rules), "*": html()}) as web:
        report = crawl([SEED], tmp_path, proxy=web.url)
    assert (report.fetched, report.skipped["robots.txt"]) == (0, (SEED,))


def test_robots_txt_is_obeyed_after_a_redirect_also_on_another_host(tmp_path: Path) -> None:
    closed = (200, {}, b"User-agent: *\nDisallow: /\n")
    pages = {
        "a.littleweb.test/": moved("http://b.littleweb.test/secret"),
        "b.littleweb.test/robots.txt": closed,
        "b.littleweb.test/secret": html(),
    }
    config = CrawlConfig(allowed_hosts=("*.littleweb.test",))
    with SmallWeb(pages) as web:
        report = crawl([SEED], tmp_path, proxy=web.url, config=config)
    assert report.skipped["robots.txt"] == ("http://b.littleweb.test/secret",)
    assert web.asked["b.littleweb.test/secret"] == 0


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 127.9.9.9 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1
    198.18.0.1 224.0.0.1 255.255.255.255 ::1 :: fe80::1%eth0 fc00::1 ff02::1 ::ffff:127.0.0.1
    ::ffff:10.0.0.1 2002:7f00:1:: 64:ff9b::7f00:1 2001:0:4136:e378:8000:63bf:3fff:fdd2
    64:ff9b:1::1 64:ff9b:1:ffff::1 fec0::1 feff::1 192.0.0.8 192.0.0.170 ::127.0.0.1 ::10.0.0.1
    5f00::1 3fff::1 2001:db8::1 2002:a00:1::""".split(),
)
def test_addresses_of_no_public_machine_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "192.0.1.1", "2606:4700:4700::1111", "64:ff9c::1"]
)
def test_public_addresses_are_not_refused(address: str) -> None:
    assert is_public(address)


def test_a_name_that_means_this_machine_is_refused_unless_trusted() -> None:
    with pytest.raises(RefusedIp, match="localhost"):
        public_ip("localhost", 80)
    assert public_ip("127.0.0.1", 80, ("127.0.0.1",)) == "127.0.0.1"


def test_a_private_address_behind_several_redirects_is_refused(tmp_path: Path) -> None:
    pages = {"/": moved("/one"), "/one": moved("/two"), "/two": moved("http://[::1]:9/x")}
    with SmallWeb({**pages, "/robots.txt": html(), "/sitemap.xml": html()}) as web:
        hosts, trusted = ("127.0.0.1", "::1"), ("127.0.0.1",)
        config = CrawlConfig(trusted_ips=trusted, allowed_hosts=hosts, delay_seconds=0, retries=0)
        report = crawl([web.url], tmp_path, config=config)
    assert (report.redirects, report.fetched) == (3, 0)
    assert report.skipped == {"address not public": ("http://[::1]:9/x",)}


@pytest.mark.parametrize("scheme", ["file", "ftp", "gopher", "data", "javascript"])
def test_nothing_but_http_is_asked_for(scheme: str) -> None:
    assert Fetcher(CrawlConfig()).get(f"{scheme}://127.0.0.1/x").problem == "not http"
