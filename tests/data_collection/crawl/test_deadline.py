"""A whole answer in time: quick ones are untouched, slow ones end."""

from __future__ import annotations

import http.client
import time

import pytest

from course_utils.data_collection.crawl.fetch import responses_within

from ..smallweb import Reply, SmallWeb, html


def connection(web: SmallWeb, seconds: float) -> http.client.HTTPConnection:
    asked = http.client.HTTPConnection("127.0.0.1", web.server.server_port, timeout=5)
    asked.response_class = responses_within(seconds)
    return asked


def test_a_quick_answer_comes_whole_and_its_connection_is_used_again() -> None:
    long = html(text="harbour " * 100_000)
    with SmallWeb({"*": long}) as web:
        asked = connection(web, 5)
        for _ in range(3):
            asked.request("GET", "/")
            socket = asked.sock
            assert asked.getresponse().read() == long[2]
            assert asked.sock is socket
        asked.close()


def test_an_answer_that_comes_too_late_is_given_up() -> None:
    def late(address: str) -> Reply:
        time.sleep(0.6)
        return html()

    with SmallWeb({"*": late}) as web:
        asked, started = connection(web, 0.2), time.monotonic()
        asked.request("GET", "/")
        with pytest.raises(TimeoutError):
            asked.getresponse()
        assert time.monotonic() - started < 0.55
        asked.close()


def test_what_has_come_in_is_not_read_after_the_deadline() -> None:
    with SmallWeb({"*": html(text="harbour " * 100_000)}) as web:
        asked = connection(web, 0.2)
        asked.request("GET", "/")
        answer = asked.getresponse()
        time.sleep(0.25)
        with pytest.raises(TimeoutError, match="too slowly"):
            answer.read()
        asked.close()
        answer.close()
