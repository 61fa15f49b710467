"""Tests of the proxy, over real sockets on loopback."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import unquote, urljoin

import protego
import pytest
import urllib3

from course_utils.littleweb import hazards
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.web import LittleWeb, plain_url

WEB = LittleWeb(0, "tiny")
FORUM = "http://forum.littleweb.test"
STORIES = "http://stories.littleweb.test"


@pytest.fixture(scope="module")
def server() -> Iterator[LittleWebServer]:
    with LittleWebServer(WEB) as running:
        yield running


@pytest.fixture(scope="module")
def client(server) -> Iterator[urllib3.ProxyManager]:
    with urllib3.ProxyManager(server.proxy_url, maxsize=8, retries=False) as manager:
        yield manager


def get(client, url: str, **options) -> urllib3.BaseHTTPResponse:
    return client.request("GET", url, redirect=False, timeout=10, **options)


def test_every_page_comes_over_the_wire_as_it_was_rendered(client):
    plan = hazards.plan(WEB)
    for page in WEB.pages():
        if page.url not in plan.failures:
            answer = get(client, page.url)
            assert answer.status == 200
            body, charset = WEB.html(page)
            assert answer.data == body
            assert ("charset" in answer.headers["Content-Type"]) == bool(charset)


def test_connections_are_kept_alive_and_send_at_once(server):
    with urllib3.ProxyManager(server.proxy_url, retries=False) as manager:
        urls = [page.url for page in WEB.pages() if page.site == "forum"][:10]
        for url in urls:
            get(manager, url)
        pool = manager.connection_from_host("forum.littleweb.test", 80)
        assert (pool.num_requests, pool.num_connections) == (10, 1)
        # with Nagle's algorithm an answer would wait about 40 ms for the client's acknowledgement
        for connection in list(server._server.open):
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_page_without_gzip_is_plain_and_with_gzip_is_the_same(client):
    zipped = 0
    for page in list(WEB.pages())[:12]:
        plain = get(client, page.url, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        packed = get(client, page.url, headers={"Accept-Encoding": "gzip"}, decode_content=False)
        if packed.headers.get("Content-Encoding") == "gzip":
            zipped += 1
            assert gzip.decompress(packed.data) == plain.data
    assert 0 < zipped < 12


def test_hosts_outside_are_refused(client, server):
    answer = get(client, "http://www.example.com/")
    assert answer.status == 403
    assert "outside" in answer.data.decode()
    assert get(client, "http://littleweb.test.example.com/").status == 403
    assert get(client, "http://nosuch.littleweb.test/").status == 404


def raw(server: LittleWebServer, request: str) -> str:
    port = int(server.proxy_url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request.encode())
        received = b""
        while part := connection.recv(65536):
            received += part
    return received.decode("latin-1")


def test_tunnels_are_refused(server):
    answer = raw(server, "CONNECT forum.littleweb.test:443 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith("HTTP/1.1 405")


@pytest.mark.parametrize("target", ["/thread/1.html", "http://forum.littleweb.test:22/", "//x"])
def test_only_absolute_addresses_on_port_80_are_served(server, target):
    answer = raw(server, f"GET {target} HTTP/1.1\r\nHost: forum.littleweb.test\r\n\r\n")
    assert answer.startswith("HTTP/1.1 400")


def test_posting_is_refused(client):
    assert client.request("POST", f"{FORUM}/", timeout=5).status == 405


def test_a_head_request_gets_the_headers_only(client):
    answer = client.request("HEAD", f"{FORUM}/thread/1.html", timeout=5)
    assert answer.status == 200 and answer.data == b""
    assert int(answer.headers["Content-Length"]) > 500


def test_a_busy_port_is_named_with_a_way_out(server):
    port = int(server.proxy_url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match=rf"{port}.*port=0"):
        LittleWebServer(WEB, port=port)


def test_a_closed_server_frees_its_port_even_with_open_connections():
    running = LittleWebServer(WEB).start()
    port = int(running.proxy_url.rsplit(":", 1)[1])
    with urllib3.ProxyManager(running.proxy_url, retries=False) as manager:
        get(manager, f"{FORUM}/")
        running.close()
    with LittleWebServer(WEB, port=port) as again:
        assert again.proxy_url == running.proxy_url
    LittleWebServer(WEB).close()  # one that never started


def test_robots_rules_with_wildcards_mean_what_they_say(client):
    rules = protego.Protego.parse(get(client, f"{FORUM}/robots.txt").data.decode())
    assert not rules.can_fetch(f"{FORUM}/private/report.pdf", "bot")
    assert rules.can_fetch(f"{FORUM}/private/report.pdf.html", "bot")
    assert not rules.can_fetch(f"{FORUM}/drafts/secret.html", "bot")
    assert not rules.can_fetch(f"{FORUM}/thread/1.html?print=1", "bot")
    assert rules.can_fetch(f"{FORUM}/thread/1.html?utm_source=letter", "bot")


def test_robots_files_differ_between_hosts(client):
    assert get(client, "http://spam.littleweb.test/robots.txt").status == 404
    moved = get(client, "http://world.littleweb.test/robots.txt")
    assert moved.status == 301
    text = get(client, urljoin("http://world.littleweb.test/", moved.headers["Location"])).data
    assert b"Disallow" in text
    rules = protego.Protego.parse(hazards.ROBOTS["stories"])
    assert not rules.can_fetch(f"{STORIES}/", "hungrybot")
    assert rules.can_fetch(f"{STORIES}/", "coursebot")
    slow = protego.Protego.parse(hazards.ROBOTS["code"])
    assert 0 < slow.crawl_delay("coursebot") < 0.1
    careless = protego.Protego.parse(hazards.ROBOTS["factbook"])
    assert not careless.can_fetch("http://factbook.littleweb.test/drafts/secret.html", "bot")


def test_redirects_lead_to_pages(client):
    moved = [(u, a) for u, a in hazards.plan(WEB).responses.items() if "/old/" in u]
    assert len(moved) >= 4
    for url, expected in moved:
        answer = get(client, url)
        assert answer.status == expected.status in (301, 302, 307, 308)
        assert WEB.has(urljoin(url, answer.headers["Location"]))
    assert get(client, "http://spam.littleweb.test/go/3").headers["Location"] == "/3.html"


def test_loops_of_redirects_never_end(client):
    url = f"{FORUM}/loop/a"
    for _ in range(6):
        answer = get(client, url)
        assert answer.status == 302
        url = urljoin(url, answer.headers["Location"])
    assert url == f"{FORUM}/loop/a"


def test_errors_stay_or_pass():
    failing = next(iter(hazards.plan(WEB).failures))
    with LittleWebServer(WEB) as fresh, urllib3.ProxyManager(fresh.proxy_url) as manager:
        statuses = [get(manager, failing, retries=False).status for _ in range(3)]
        assert statuses == [500, 200, 200]
        assert get(manager, f"{FORUM}/missing.html", retries=False).status == 404
        for _ in range(2):
            assert get(manager, f"{FORUM}/broken.html", retries=False).status == 500


def test_a_slow_page_is_slow_and_holds_nobody_else_up(server, client):
    slow = next(iter(hazards.plan(WEB).delays))
    already, start = len(server.log), time.perf_counter()
    thread = threading.Thread(target=get, args=(client, slow))
    thread.start()
    get(client, f"{FORUM}/thread/1.html")
    thread.join()
    assert time.perf_counter() - start >= hazards.SLOW_SECONDS
    answered = [request.url for request in server.log[already:]]
    assert answered == [f"{FORUM}/thread/1.html", slow]


def test_the_calendar_has_no_end(client):
    url = f"{FORUM}/calendar/2001/12/30.html"
    for day in ("2001/12/31", "2002/01/01", "2002/01/02"):
        assert f'href="/calendar/{day}.html"' in get(client, url).data.decode()
        url = f"{FORUM}/calendar/{day}.html"
    assert get(client, f"{FORUM}/calendar/9999/12/31.html").status == 200
    assert get(client, f"{FORUM}/calendar/2001/02/30.html").status == 404


def test_addresses_that_need_encoding_are_found_in_any_spelling(client):
    page = next(p for p in WEB.pages() if unquote(p.url) != p.url)
    assert get(client, unquote(page.url)).status == 200
    assert get(client, page.url.lower()).status == 200
    assert plain_url("HTTP://Forum.Littleweb.Test:80/a.html#top") == f"{FORUM}/a.html"
    assert plain_url(FORUM) == f"{FORUM}/"


def test_a_query_gives_the_same_page(client):
    url = f"{FORUM}/thread/2.html"
    assert get(client, f"{url}?utm_source=letter").data == get(client, url).data


def test_every_request_is_counted(server, client):
    url = f"{FORUM}/thread/3.html"
    before = server.requests[url]
    threads = [threading.Thread(target=get, args=(client, url)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.requests[url] == before + 8
    assert server.log[-1].seconds >= server.log[0].seconds
