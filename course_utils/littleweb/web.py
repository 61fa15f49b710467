"""The Little Web as a whole: every site's pages in a fixed order, by address, from one seed.

Left out: the sites' texts (one file each), HTML (markup.py), serving (server.py), what is true
(labels.py).
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote, unquote, urlsplit

from course_utils.littleweb import (
    atlas,
    factbook,
    foreign,
    forum,
    markup,
    mirror,
    spam,
    stories,
    tutorials,
)
from course_utils.littleweb.chance import Chance
from course_utils.littleweb.page import Page

SITES = ("atlas", "factbook", "stories", "forum", "code", "mirror", "spam", "world")


@dataclass(frozen=True)
class Sizes:
    """How many pages the sites have that are not bound to the Factbook.

    Args:
        forum, code, mirror, spam, world: pages of the site of that name.
    """

    forum: int
    code: int
    mirror: int
    spam: int
    world: int


SIZES = {
    "tiny": Sizes(forum=20, code=8, mirror=16, spam=16, world=10),
    "laptop": Sizes(forum=350, code=80, mirror=250, spam=350, world=180),
    "gpu": Sizes(forum=3_500, code=182, mirror=2_500, spam=3_500, world=1_800),
}


class LittleWeb:
    """All pages of the web that one seed makes at one scale.

    Args:
        seed: any number or word; the same seed gives the same bytes on every system.
        scale: "tiny" (about 150 pages), "laptop" (over 3,000 pages and 12 MB of text) or "gpu".

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
        seed, scale, sizes = self.seed, self.scale, SIZES[self.scale]
        copied = [*atlas.pages(seed, scale), *factbook.pages(seed, scale)]
        copied += [*stories.pages(seed, scale), *forum.pages(seed, sizes.forum)]
        rest = [*tutorials.pages(seed, sizes.code), *mirror.pages(seed, sizes.mirror, copied)]
        rest += [*spam.pages(seed, sizes.spam), *foreign.pages(seed, sizes.world)]
        return {page.url: page for page in [*copied, *rest]}

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts, such as "atlas.littleweb.test", in the order of their pages."""
        return tuple(f"{site}.littleweb.test" for site in SITES)

    @property
    def seeds(self) -> tuple[str, ...]:
        """Where a crawl starts: the front page of every host."""
        return tuple(f"http://{host}/" for host in self.hosts)

    def pages(self) -> Iterator[Page]:
        """Every page once, site by site, always in the same order."""
        return iter(self._all.values())

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

    def look(self, page: Page) -> markup.Look:
        """How a page is drawn: its template, charset and faults."""
        return markup.look(self._chance(page))

    def html(self, page: Page) -> tuple[bytes, str | None]:
        """A page's HTML bytes and the charset that its header claims."""
        return markup.render(page, self._chance(page))

    def _chance(self, page: Page) -> Chance:
        """The stream of chance that draws a page's looks."""
        return Chance(f"{self.seed}/markup/{page.url}")


def plain_url(url: str) -> str:
    """An address in the one form that pages are kept under.

    Lower-case host without port, path encoded as RFC 3986 has it, query kept, fragment dropped.

    Raises:
        ValueError: not an absolute http address on port 80.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() != "http" or not parts.hostname or parts.port not in (None, 80):
        raise ValueError(f"{url!r} is not an absolute http address on port 80.")
    query = f"?{parts.query}" if parts.query else ""
    return f"http://{parts.hostname.lower()}{quote(unquote(parts.path)) or '/'}{query}"
