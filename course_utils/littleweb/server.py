"""A forward proxy on loopback that answers for the Little Web and for nothing else.

Left out: HTTPS, caching, relaying. What is not on `*.littleweb.test` is refused; no connection
to anywhere is ever opened from here.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import gzip
import os
import socket
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from course_utils.littleweb import hazards
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.web import LittleWeb, plain_url

GZIP_SHARE = 0.7  # of the pages, where the client takes gzip


@dataclass(frozen=True)
class Request:
    """One request that was answered.

    Args:
        seconds: when it came, on the clock of time.monotonic().
        url: address in its plain form.
        status: HTTP status of the answer.
    """

    seconds: float
    url: str
    status: int


class LittleWebServer:
    """Serves a web as an HTTP proxy at `proxy_url`; a context manager.

    Args:
        web: what to serve.
        port: of the loopback address; 0 takes a free one.

    Raises:
        OSError: the port is busy or not allowed; the message says what to do.
    """

    def __init__(self, web: LittleWeb, port: int = 0) -> None:
        self.web = web
        # A port that is busy is told with its cure.
        try:
            self._server = _Server(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise OSError(
                f"Port {port} on 127.0.0.1 cannot be used ({error.strerror or error}). Another "
                "program, perhaps an earlier Little Web, has it. Close that one, or use port=0, "
                "which takes a free port."
            ) from error
        # Hazards are planned once, so that every run of a seed meets the same ones.
        self._server.web, self._server.plan = web, hazards.plan(web)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def proxy_url(self) -> str:
        """What a crawler is given as its proxy, such as "http://127.0.0.1:49152"."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def log(self) -> list[Request]:
        """Every request so far, in the order of the answers."""
        with self._server.lock:
            return list(self._server.log)

    @property
    def requests(self) -> Counter[str]:
        """How often each address was asked for."""
        return Counter(request.url for request in self.log)

    def start(self) -> LittleWebServer:
        """Begin to answer, in a thread of its own."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop answering, close open connections and free the port."""
        if self._thread.is_alive():
            # The loop ends first, then the connections that clients keep open, then the port.
            self._server.shutdown()
            self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    def __enter__(self) -> LittleWebServer:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    """The listening socket, with what its handlers share."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    allow_reuse_address = os.name != "nt"  # on Windows it would let two servers share a port
    web: LittleWeb
    plan: hazards.Plan

    def __init__(self, *arguments: object) -> None:
        self.lock = threading.Lock()
        self.log: list[Request] = []
        self.attempts: Counter[str] = Counter()  # at a page's address
        self.open: set[socket.socket] = set()
        super().__init__(*arguments)

    def server_bind(self) -> None:
        """Bind without looking up the host's name, which may take seconds without a network."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def process_request(self, request: socket.socket, client_address: object) -> None:
        with self.lock:
            self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:
        with self.lock:
            self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        with self.lock:
            for connection in self.open:
                with suppress(OSError):  # the client was faster
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a client that hangs up is no error
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection; answers requests until the client closes it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # without it keep-alive clients wait 40 ms for each answer
    server: _Server

    def do_GET(self) -> None:
        """Answer with a page, a hazard or a refusal."""
        # A request line is bytes; addresses in it may be typed in UTF-8.
        target = self.path.encode("iso-8859-1").decode("utf-8", "replace")
        try:
            url = plain_url(target)
        except ValueError:
            self._refuse(400, "This is a proxy: ask it for absolute http addresses on port 80.")
            return
        # Nothing outside the Little Web is ever asked for, not even looked up.
        host = url.split("/")[2]
        if not host.endswith(".littleweb.test"):
            self._refuse(403, f"{host} is outside the Little Web, and this proxy relays nothing.")
        elif host not in self.server.web.hosts:
            self._refuse(404, f"The Little Web has no host {host}.")
        else:
            self._answer(url)

    do_HEAD = do_GET

    def do_CONNECT(self) -> None:
        """Refuse tunnels."""
        self._refuse(405, "CONNECT is not served: the Little Web speaks plain http only.")

    def do_POST(self) -> None:
        """Refuse anything but reading."""
        self._refuse(405, "Only GET and HEAD are served.")

    do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_POST

    def _answer(self, url: str) -> None:
        """Find what stands at an address of the web, and send it."""
        server, plan = self.server, self.server.plan
        # What is no page comes first: hazards, fronts and lists.
        fixed = plan.responses.get(url) or hazards.calendar(url)
        bare = url.split("?")[0]  # a query changes nothing: the same page has many addresses
        if fixed is None and not server.web.has(bare):
            body = b"<html><title>404</title><p>Not found.</p></html>"
            fixed = hazards.FixedResponse(404, body)
        # Some pages fail before they work.
        if fixed is None:
            with server.lock:
                server.attempts[bare] += 1
                failing = server.attempts[bare] <= plan.failures.get(bare, 0)
            if failing:
                fixed = hazards.FixedResponse(500, b"<p>Try again in a moment.</p>")
        if fixed is not None:
            self._send(url, fixed)
            return
        # A page, perhaps a slow one.
        time.sleep(plan.delays.get(bare, 0.0))
        body, charset = server.web.html(server.web.page(bare))
        kind = "text/html" + (f"; charset={charset}" if charset else "")
        self._send(url, hazards.FixedResponse(body=body, content_type=kind))

    def _send(self, url: str, response: hazards.FixedResponse) -> None:
        """Send a response, zipped for most pages that may be, and write it down."""
        with self.server.lock:
            self.server.log.append(Request(time.monotonic(), url, response.status))
        # The share is drawn from the address, so that it is the same in every run.
        body, zipped = response.body, False
        if response.status == 200 and "gzip" in self.headers.get("Accept-Encoding", ""):
            zipped = Rng(f"gzip/{url}").happens(GZIP_SHARE)
            body = gzip.compress(body, compresslevel=5, mtime=0) if zipped else body
        headers = {"Content-Encoding": "gzip"} if zipped else {}
        if response.location is not None:
            headers["Location"] = response.location
        self._write(response.status, response.content_type, body, headers)

    def _refuse(self, status: int, sentence: str) -> None:
        """Say no in one sentence and end the connection."""
        body = f"{status} {HTTPStatus(status).phrase}. {sentence}\n".encode("utf-8", "replace")
        with self.server.lock:
            self.server.log.append(Request(time.monotonic(), self.path, status))
        self._write(status, "text/plain; charset=utf-8", body, {"Connection": "close"})

    def _write(self, status: int, kind: str, body: bytes, headers: dict[str, str]) -> None:
        """Write the status, the headers and, unless only those were asked for, the body."""
        self.send_response(status)
        # The length is always sent, so that the connection can be used again.
        headers = {"Content-Type": kind, "Content-Length": str(len(body))} | headers
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Stay quiet; what was asked for is in the server's log."""
