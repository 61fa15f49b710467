"""A web of a few pages on loopback, for tests of the crawler."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

Reply = tuple[int, dict[str, str], bytes]


def html(*links: str, text: str = "") -> Reply:
    """A page with links."""
    anchors = "".join(f'<a href="{link}">link</a>' for link in links)
    body = f"<html><body><p>{text}</p>{anchors}</body></html>".encode()
    return 200, {"Content-Type": "text/html; charset=utf-8"}, body


def moved(target: str) -> Reply:
    """A redirect."""
    return 302, {"Location": target}, b""


class SmallWeb:
    """Serves pages, as a proxy or directly, and counts what was asked for.

    Args:
        pages: "host/path" or "/path" for any host -> reply, or a function of the whole address.
    """

    def __init__(self, pages: dict[str, Reply | Callable[[str], Reply | None]]) -> None:
        self.pages, self.asked, self.agents = pages, Counter(), set()
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                web.agents.add(self.headers.get("User-Agent"))
                status, headers, body = web.reply(self.path, self.headers.get("Host", ""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # who asked may have left
                    self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def reply(self, target: str, host: str) -> Reply:
        parts = urlsplit(target)
        host = parts.netloc or host
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        self.asked[host + path] += 1
        for key in (host + path, path, "*"):
            page = self.pages.get(key)
            page = page(host + path) if callable(page) else page
            if page is not None:
                return page
        return 404, {}, b"nothing here"

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
