"""One spelling for each URL, and the signs by which a trap is known.

The same page has many spellings (a fragment, a tracking tag, %7E for ~); a crawler that does not
fold them fetches it many times. Some sites have no end (a calendar, a filter over a filter).
Left out: learning a site's own duplicate parameters from its pages.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit, urlunsplit

import idna
from urllib3.util import parse_url

DEFAULT_PORTS = {"http": 80, "https": 443}
# Parameters that say who asks, never what is asked for.
TRACKING = re.compile(r"^(utm_\w+|gclid|fbclid|phpsessid|jsessionid|sessionid)$", re.I)
# What RFC 3986 never needs escaped.
UNRESERVED = re.compile(r"%(4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A]|3[0-9]|2D|2E|5F|7E)", re.I)
MAX_URL_CHARACTERS = 500
MAX_PATH_SEGMENTS = 10
MAX_SEGMENT_REPEATS = 2
MAX_PARAMETERS = 4


def _in_ascii(name: str) -> str:
    """A host's name as browsers ask for it; the older rules where IDNA 2008 bars a sign."""
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        return name.encode("idna").decode("ascii")


def _host(parts: SplitResult) -> str | None:
    """The host in lower case, as ASCII, with its port where that is not the default one."""
    try:
        name, port = parts.hostname, parts.port
        if name and not name.isascii():
            name = _in_ascii(name)
    except (ValueError, UnicodeError):
        return None
    if not name or re.search(r"[\s<>\"\\^`{}|]", name):  # no host has these
        return None
    # Square brackets around IPv6, no dot at the end, no port that goes without saying.
    name = f"[{name}]" if ":" in name else name.rstrip(".")
    return name if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{name}:{port}"


def normalise(url: str, base: str | None = None) -> str | None:
    """The one spelling of an address.

    Args:
        url: as it stands in a page, absolute or relative.
        base: the page's own address, against which a relative one is read.

    Returns:
        The address without fragment, user name, default port, dot segments and tracking
        parameters; the rest of its query stays as it is, for that is what the server is asked.
        None for what no crawler should ask for (mailto:,
        javascript:, a host that is none).

    Source: RFC 3986, section 6.
    """
    try:
        return _one_spelling(urljoin(base, url.strip()) if base else url.strip())
    except ValueError:
        return None


@lru_cache(maxsize=1 << 14)  # pages of one site have the same links at their head and foot
def _one_spelling(url: str) -> str | None:
    """See normalise; of an absolute address."""
    # Scheme and host.
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or "@" in parts.netloc:
        return None
    host = _host(parts)
    if host is None:
        return None
    # Path and query, escaped as urllib3 will ask for them: so the address that robots.txt is
    # asked about is the address that is fetched.
    asked = parse_url(f"http://x{parts.path or '/'}?{parts.query}")
    path = UNRESERVED.sub(lambda match: chr(int(match.group(1), 16)), asked.path or "/")
    # Parameters: without those that only say who asks.
    pairs = (asked.query or "").split("&")
    kept = [pair for pair in pairs if pair and not TRACKING.match(pair.partition("=")[0])]
    return urlunsplit((parts.scheme, host, path, "&".join(kept), ""))


def host_of(url: str) -> str:
    """Host and port of a normalised address; the unit to which a crawler is polite."""
    return urlsplit(url).netloc


def pattern_of(url: str) -> str:
    """The shape of an address: digits become #, values of parameters are left out.

    A calendar's pages all have one shape ("/calendar/#/#"), and so they can be counted.
    """
    parts = urlsplit(url)
    # Names without their values, sorted: their order says nothing.
    names = ",".join(sorted({name for name, _ in parse_qsl(parts.query, True)}))
    return f"{parts.netloc}{re.sub(r'[0-9]+', '#', parts.path)}?{names}"


def trap(url: str) -> str | None:
    """Says why an address looks like a trap by its spelling alone, or None where it does not."""
    parts = urlsplit(url)
    # Each test is about a way in which sites grow without end.
    segments = [segment for segment in parts.path.split("/") if segment]
    if len(url) > MAX_URL_CHARACTERS:
        return "address too long"
    if len(segments) > MAX_PATH_SEGMENTS:
        return "path too deep"
    if any(segments.count(segment) > MAX_SEGMENT_REPEATS for segment in segments):
        return "path repeats itself"
    if len(parse_qsl(parts.query, True)) > MAX_PARAMETERS:
        return "too many parameters"
    return None


def allowed(url: str, patterns: tuple[str, ...]) -> bool:
    """Whether a host is one that the crawl may visit.

    Args:
        url: a normalised address.
        patterns: hosts; "*.littleweb.test" also stands for every host below it.
    """
    host = urlsplit(url).hostname or ""
    return any(
        # An exact host, or one below a starred one.
        host == pattern.lower() or (pattern[:2] == "*." and host.endswith(pattern[1:].lower()))
        for pattern in patterns
    )
