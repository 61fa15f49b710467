"""Ends an answer in time, also where its server sends a single byte now and then.

A socket's own time limit counts from one byte to the next, so a server that drips its headers can
hold a crawler for days. Here the clock runs from the request to the answer's last byte.
Left out: the time that finding a host's address takes, which is the system's to limit.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import http.client
import io
import socket
import time


class _Limited(io.RawIOBase):
    """What comes in over a socket, up to a point in time.

    Args:
        raw: the socket's stream.
        connection: the socket.
        seconds: how long from now on.
    """

    def __init__(self, raw: io.RawIOBase, connection: socket.socket, seconds: float) -> None:
        self.raw, self.connection = raw, connection
        self.end = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer came too slowly")
        self.connection.settimeout(left)
        return self.raw.readinto(buffer)

    def close(self) -> None:
        self.raw.close()
        super().close()


def responses_within(seconds: float) -> type[http.client.HTTPResponse]:
    """A kind of HTTP response that raises TimeoutError where it takes longer.

    Args:
        seconds: from the request to the last byte of the answer.
    """

    class InTime(http.client.HTTPResponse):
        def __init__(self, connection: socket.socket, *more: object, **settings: object) -> None:
            super().__init__(connection, *more, **settings)
            self.fp = io.BufferedReader(_Limited(self.fp.detach(), connection, seconds))

    return InTime
