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
from collections.abc import Mapping
from functools import partial
from http.client import HTTPResponse

import urllib3
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import parse_url

PORTS = {"http": 80, "https": 443}
# Ranges that some of Python's versions take for public.
SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "64:ff9b::/96",  # an IPv4 address behind a translator
        "64:ff9b:1::/48",  # the same, within one network
        "::/96",  # an IPv4 address, as it was written once
        "fec0::/10",  # of a site, before fc00::/7
        "3fff::/20",  # for documentation
        "5f00::/16",  # of routers
        "192.0.0.0/24",  # of protocols
    )
)


class RefusedIp(ValueError):
    """A host whose IP address is not public."""


def is_public(text: str) -> bool:
    """Whether an IP address is one of the open internet, also when it hides in an IPv6 one.

    Source: IANA, IPv4 and IPv6 Special-Purpose Address Registries; RFC 3879 for fec0::/10.
    """
    # A zone, as in "fe80::1%eth0", belongs to this machine, not to the address.
    ip = ipaddress.ip_address(text.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # An IPv4 address may be written inside an IPv6 one; it is the one that counts.
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            ip = inner
        elif ip.teredo is not None:
            return False
    special = any(ip.version == network.version and ip in network for network in SPECIAL)
    return ip.is_global and not ip.is_multicast and not special


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
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is empty or has more than 63 letters
        raise socket.gaierror(socket.EAI_NONAME, f"{host} is no name of a host") from error
    ips = [entry[4][0] for entry in entries]
    for ip in ips:
        if ip not in trusted and not is_public(str(ip)):
            raise RefusedIp(
                f"{host} is at {ip}, which is not a public address. A crawler asks only the "
                "open internet; crawl a server of your own through a proxy, or name its address "
                "in CrawlConfig(trusted_ips=...)."
            )
    return str(ips[0])


class PublicPools:
    """urllib3's pools of connections, each to an IP address that was checked, or to a proxy.

    Args:
        trusted: IP addresses that may be called although they are private.
        proxy: the address of a proxy, which then decides itself.
        response: the class of the responses.
        settings: handed to urllib3.PoolManager.
    """

    def __init__(
        self,
        trusted: tuple[str, ...],
        proxy: str | None = None,
        response: type[HTTPResponse] = HTTPResponse,
        **settings: object,
    ) -> None:
        self._trusted, self._proxy = trusted, proxy
        make = urllib3.PoolManager if proxy is None else partial(urllib3.ProxyManager, proxy)
        self._manager = make(**settings)
        # urllib3 has no setting for the class of responses, so its own classes are derived.
        self._manager.pool_classes_by_scheme = {
            "http": _pool_of(HTTPConnectionPool, response),
            "https": _pool_of(HTTPSConnectionPool, response),
        }

    def get(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        """Asks for a page, and follows no redirect; the body is not read yet.

        Raises:
            RefusedIp: the host has an IP address that is not public.
            OSError: the host has no address.
        """
        # Redirects come back to the crawler, which checks them too.
        asked = {"redirect": False, "preload_content": False}
        if self._proxy is not None:
            # A proxy resolves the name itself, so here is nothing to check.
            return self._manager.request("GET", url, headers=headers, **asked)
        # Check first, then call the very address that was checked, under the host's own name.
        parts = parse_url(url)
        host, port = parts.host.strip("[]"), parts.port or PORTS[parts.scheme]
        ip = public_ip(host, port, self._trusted)
        # The certificate is checked against the name, though the call goes to the address.
        names = {"server_hostname": host, "assert_hostname": host}
        pool = self._manager.connection_from_host(
            ip, port, parts.scheme, names if parts.scheme == "https" else None
        )
        # The server still learns which of its sites is meant.
        named = {**headers, "Host": parts.netloc}
        return pool.urlopen("GET", parts.request_uri, headers=named, **asked)

    def clear(self) -> None:
        """Closes the connections."""
        self._manager.clear()


def _pool_of(pool: type[HTTPConnectionPool], response: type[HTTPResponse]) -> type:
    """A kind of pool whose connections give responses of a class."""
    # Derived from the pool's own class, so that http and https each keep theirs.
    connection = type("Connection", (pool.ConnectionCls,), {"response_class": response})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})
