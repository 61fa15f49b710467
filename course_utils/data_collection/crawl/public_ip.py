"""Keeps a crawler on the public internet: no loopback, no private network, no cloud metadata.

A page may redirect to http://127.0.0.1/ or to a name that resolves there. So the name is resolved
here, every address it has is checked, and the connection goes to the checked address itself:
between the check and the call nobody can change the answer. With a proxy the proxy decides.
Left out: a list of harmful sites.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import ipaddress
import socket
from http.client import HTTPResponse

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

NAT64 = ipaddress.ip_network("64:ff9b::/96")


class RefusedIp(ValueError):
    """A host whose IP address is not public."""


def is_public(text: str) -> bool:
    """Whether an IP address is one of the open internet, also when it hides in an IPv6 one."""
    ip = ipaddress.ip_address(text.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            ip = inner
        elif ip in NAT64 or ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast


def public_ip(host: str, port: int, trusted: tuple[str, ...] = ()) -> str:
    """Resolves a host and returns an IP address that is safe to call.

    Args:
        host: a name or a written-out IP address.
        port: only handed to the resolver.
        trusted: IP addresses that may be called although they are private (your own server).

    Raises:
        RefusedIp: any of the host's addresses is private, loopback or reserved.
        OSError: the host has no address.
    """
    # All of them: a name with one public and one private address is a trap.
    ips = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for ip in ips:
        if ip not in trusted and not is_public(str(ip)):
            raise RefusedIp(
                f"{host} is at {ip}, which is not a public address. A crawler asks only the "
                "open internet; crawl a server of your own through a proxy, or name its address "
                "in CrawlConfig(trusted_ips=...)."
            )
    return str(ips[0])


class _Checked:
    """What both kinds of connection do differently: call the checked address."""

    trusted: tuple[str, ...] = ()

    def _new_conn(self) -> socket.socket:
        host = self._dns_host
        try:
            ip = public_ip(host, self.port, self.trusted)
            return create_connection(
                (ip, self.port), self.timeout, socket_options=self.socket_options
            )
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"no connection to {host} in time") from error
        except OSError as error:
            raise NewConnectionError(self, f"no connection to {host}: {error}") from error


def pool_manager(
    trusted: tuple[str, ...],
    proxy: str | None = None,
    response: type[HTTPResponse] = HTTPResponse,
    **settings: object,
) -> urllib3.PoolManager:
    """A urllib3 PoolManager whose connections only go to public addresses, or to a proxy.

    Args:
        trusted: IP addresses that may be called although they are private.
        proxy: the address of a proxy, which then decides itself.
        response: the class of the responses.
        settings: handed to urllib3.PoolManager.
    """
    # urllib3 has no setting for either, so its classes are derived and put in place of its own.
    own = {"trusted": trusted, "response_class": response}
    if proxy is None:
        manager, checked = urllib3.PoolManager(**settings), (_Checked,)
    else:
        manager, checked = urllib3.ProxyManager(proxy, **settings), ()
    plain = type("Plain", (*checked, HTTPConnection), own)
    secure = type("Secure", (*checked, HTTPSConnection), own)
    manager.pool_classes_by_scheme = {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
    return manager
