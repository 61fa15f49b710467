"""One polite request: a time limit, a size limit, a limit on what gzip may unpack, retries.

Redirects are not followed here: the answer says where it points, and the crawler decides.
Left out: cookies, forms, JavaScript, HTTP/2.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError, InvalidHeader
from urllib3.exceptions import TimeoutError as RequestTimeout
from urllib3.util import Retry

from course_utils.data_collection.archives.packing import TooLarge, unpack
from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.public_ip import PublicPools, RefusedIp

REDIRECTS = (301, 302, 303, 307, 308)
TRY_AGAIN = (429, 500, 502, 503, 504)  # busy or broken for now
CHUNK_BYTES = 1 << 16
MAX_WAIT_SECONDS = 30.0  # of a server that asks for more
FAILED, NO_NAME, NOT_PUBLIC = "connection failed", "name not found", "address not public"


@dataclass(frozen=True)
class FetchResult:
    """What a server said, or why nothing came.

    Args:
        url: what was asked for.
        status: the HTTP status, 0 where there was no usable answer.
        headers: names and values in the order they came.
        body: the unpacked bytes, empty where there is a problem.
        problem: None, or a few words such as "timed out".
    """

    url: str
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    problem: str | None = None

    def header(self, name: str) -> str:
        """The value of the first header of this name, or an empty string."""
        return next((v for key, v in self.headers if key.lower() == name.lower()), "")

    @property
    def location(self) -> str:
        """Where a redirect points. Headers come as Latin-1, and many servers write UTF-8 there."""
        value = self.header("Location")
        try:
            return value.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return value


class Fetcher:
    """Asks for pages, through a proxy or straight from the public internet.

    Proxies named in the environment are ignored: what a crawl sees must not depend on them.
    """

    def __init__(self, config: CrawlConfig, proxy: str | None = None) -> None:
        self.config = config
        self.stop = threading.Event()
        # Retries are counted here, where the host's pause is known too.
        settings = {
            "retries": False,
            "timeout": urllib3.Timeout(config.timeout_seconds, config.timeout_seconds),
            "maxsize": config.workers,
            "num_pools": 64,
        }
        # The time limit holds for the whole answer, not for each piece of it.
        response = responses_within(config.timeout_seconds)
        self.pools = PublicPools(config.trusted_ips, proxy, response, **settings)
        self.headers = {"User-Agent": config.user_agent, "Accept-Encoding": "gzip"}

    def get(self, url: str, min_pause: float = 0.0, first_bytes: int | None = None) -> FetchResult:
        """Asks once, and again after a pause where the answer says that this may help.

        Args:
            url: an http(s) address.
            min_pause: seconds that the host wants between two requests, so between tries too.
            first_bytes: of a longer body take only so many, whatever its length; None takes it
                whole, or not at all where it is longer than a page may be.
        """
        for attempt in range(self.config.retries + 1):
            result = self._once(url, first_bytes)
            # Only what may pass by itself is worth another try.
            again = result.status in TRY_AGAIN or result.problem in (FAILED, NO_NAME)
            if not again or attempt == self.config.retries:
                break
            # A pause that doubles, never shorter than what the host asks for.
            pause = max(min_pause, self.config.backoff_seconds * 2**attempt)
            # A Retry-After header counts, within limits; a broken one does not.
            with contextlib.suppress(InvalidHeader):
                asked_seconds = Retry().parse_retry_after(result.header("Retry-After"))
                pause = max(pause, min(asked_seconds, MAX_WAIT_SECONDS))
            # A crawl that is being stopped does not wait.
            if self.stop.wait(pause):
                break
        return result

    def _once(self, url: str, first_bytes: int | None) -> FetchResult:
        if urlsplit(url).scheme not in ("http", "https"):
            return FetchResult(url, problem="not http")
        started = time.monotonic()
        # Every failure becomes a few words: one bad page must not end a crawl.
        try:
            response = self.pools.get(url, self.headers)
            deadline = started + self.config.timeout_seconds
            return self._read(url, response, deadline, first_bytes)
        except RefusedIp:
            return FetchResult(url, problem=NOT_PUBLIC)
        except TooLarge:
            return FetchResult(url, problem="too large")
        except (RequestTimeout, TimeoutError):
            return FetchResult(url, problem="timed out")
        except socket.gaierror:
            return FetchResult(url, problem=NO_NAME)
        except (HTTPError, OSError):
            return FetchResult(url, problem=FAILED)
        except ValueError:
            return FetchResult(url, problem="damaged body")

    def _read(
        self,
        url: str,
        response: urllib3.BaseHTTPResponse,
        deadline: float,
        first_bytes: int | None,
    ) -> FetchResult:
        """Reads the body piece by piece, so that a server that drips cannot hold us for ever."""
        # The size is counted as it comes, packed, and the clock looked at.
        limit, cut = first_bytes or self.config.max_page_bytes, first_bytes is not None
        pieces, size, finished = [], 0, False
        try:
            while piece := response.read1(CHUNK_BYTES, decode_content=False):
                pieces.append(piece)
                size += len(piece)
                if size > limit and cut:
                    break
                if size > limit:
                    raise TooLarge(f"more than {limit:,} bytes")
                if time.monotonic() > deadline:
                    raise TimeoutError("the body came too slowly")
            else:
                finished = True
        finally:
            # A connection is used again only when nothing of this body is left in it.
            if finished:
                response.release_conn()
            else:
                response.close()
        # The headers stay as they came; the body is unpacked.
        headers = tuple((name, value) for name, value in response.headers.items())
        encoding = response.headers.get("Content-Encoding", "")
        body = unpack(b"".join(pieces), encoding, limit, cut)
        return FetchResult(url, response.status, headers, body[:limit])


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
        # The time that is left shrinks with each read, so slow drops end too.
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
            # Detached and wrapped, so that every read of the answer looks at the clock.
            super().__init__(connection, *more, **settings)
            self.fp = io.BufferedReader(_Limited(self.fp.detach(), connection, seconds))

    return InTime
