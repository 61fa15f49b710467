"""Connections go to the address that was checked, under the host's own name."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme
from urllib3.exceptions import SSLError

from course_utils.data_collection.crawl.public_ip import PublicPools, RefusedIp

TRUSTED = ("127.0.0.1", "::1")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[int]:
    """The port of an HTTPS server that is localhost and nobody else; it answers with the Host."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"{self.headers['Host']} {self.path}".encode())

        def log_message(self, *arguments: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    listening.daemon_threads = True
    thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield listening.server_port
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture
def pools(authority: trustme.CA, tmp_path: Path) -> Iterator[PublicPools]:
    issuer = tmp_path / "issuer.pem"
    authority.cert_pem.write_to_path(issuer)
    made = PublicPools(TRUSTED, ca_certs=str(issuer), retries=False)
    yield made
    made.clear()


def test_a_server_is_asked_under_its_name_though_its_address_is_called(
    server: int, pools: PublicPools
) -> None:
    response = pools.get(f"https://localhost:{server}/page?b=2&a=1", {})
    assert response.data.decode() == f"localhost:{server} /page?b=2&a=1"


def test_a_certificate_of_another_name_is_refused(server: int, pools: PublicPools) -> None:
    with pytest.raises(SSLError, match="127.0.0.1"):
        pools.get(f"https://127.0.0.1:{server}/", {})


def test_a_certificate_of_an_unknown_issuer_is_refused(server: int) -> None:
    pools = PublicPools(TRUSTED, retries=False)
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        pools.get(f"https://localhost:{server}/", {})


def test_a_private_address_is_refused_before_anything_is_asked(server: int) -> None:
    with pytest.raises(RefusedIp, match="127.0.0.1"):
        PublicPools((), retries=False).get(f"https://127.0.0.1:{server}/", {})


def test_a_host_that_is_nobody_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError):
        PublicPools((), retries=False).get("http://nobody.invalid/", {})
