"""The Little Web as a whole: every site's pages in a fixed order, by address, from one seed.

Left out: the sites' texts (one file each), HTML (markup.py), serving (server.py), what is true
(labels.py).
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from urllib.parse import quote, unquote, urlsplit

from course_utils.littleweb import markup
from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stream import SIZES, round_of, stream

SITES = ("atlas", "factbook", "stories", "forum", "code", "mirror", "spam", "world", "school",
         "copybook", "news")  # fmt: skip


class LittleWeb:
    """All pages of the web that one seed makes at one scale.

    Args:
        seed: any number or word; the same seed gives the same bytes on every system.
        scale: "tiny" (about 160 pages), "laptop" (over 3,000 pages and 13 MB of text) or "gpu".

    Raises:
        ValueError: there is no such scale.
    """

    def __init__(self, seed: int | str = 0, scale: str = "laptop") -> None:
        if scale not in SIZES:
            raise ValueError(f"scale is {scale!r}; the Little Web knows {', '.join(SIZES)}.")
        self.seed, self.scale = seed, scale

    @cached_property
    def _all(self) -> dict[str, Page]:
        """Every page by its address, in the fixed order."""
        return {page.url: page for page in round_of(self.seed, self.scale, 0)}

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts, such as "atlas.littleweb.test", in the order of their pages."""
        return tuple(f"{site}.littleweb.test" for site in SITES)

    @property
    def seeds(self) -> tuple[str, ...]:
        """Where a crawl starts: the front page of every host."""
        return tuple(f"http://{host}/" for host in self.hosts)

    def pages(self, count: int | None = None) -> Iterator[Page]:
        """Every page once, site by site, always in the same order.

        Args:
            count: how many, however large: the web's own pages first, then more of the kind. They
                are made on the way and not held, so `page` and `has` know the web's own only.
                None gives the web's own pages, and holds them.

        Raises:
            ValueError: count is below 1.
        """
        # The web's own pages are held, for they are asked for by address too.
        if count is None:
            return iter(self._all.values())
        if count < 1:
            raise ValueError(f"pages({count}): ask for 1 page or more, or for None, all of them.")
        # Any larger number is made on the way, and forgotten.
        return stream(self.seed, self.scale, count)

    def page(self, url: str) -> Page:
        """The page at an address.

        Raises:
            KeyError: no page has this address.
        """
        try:
            return self._all[url]
        except KeyError:
            raise KeyError(
                f"No page of the Little Web has the address {url!r}. "
                "Addresses look like 'http://forum.littleweb.test/thread/1.html'."
            ) from None

    def has(self, url: str) -> bool:
        """Whether a page has this address."""
        return url in self._all

    def style(self, page: Page) -> markup.PageStyle:
        """How a page is drawn: its template, charset and faults."""
        return markup.draw_style(self._style_rng(page))

    def html(self, page: Page) -> tuple[bytes, str | None]:
        """A page's HTML bytes and the charset that its header claims."""
        return markup.render(page, self._style_rng(page))

    def _style_rng(self, page: Page) -> Rng:
        """The stream that draws how a page looks, apart from what it says."""
        # By the address alone, so that a page looks the same however often it is drawn.
        return Rng(f"{self.seed}/markup/{page.url}")


def plain_url(url: str) -> str:
    """An address in the one form that pages are kept under.

    Lower-case host without port, path encoded as RFC 3986 has it, query kept, fragment dropped.

    Raises:
        ValueError: not an absolute http address on port 80.
    """
    parts = urlsplit(url)
    # Only what the server could answer has a plain form.
    if parts.scheme.lower() != "http" or not parts.hostname or parts.port not in (None, 80):
        raise ValueError(f"{url!r} is not an absolute http address on port 80.")
    query = f"?{parts.query}" if parts.query else ""
    # Decoded and encoded again, so that every spelling of a path becomes the same one.
    return f"http://{parts.hostname.lower()}{quote(unquote(parts.path)) or '/'}{query}"
