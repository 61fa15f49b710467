"""Decides which pages come next, so that two crawls of one web visit the same pages.

The web is walked in rounds: all pages one link away from the seeds, then all two links away. What
a round finds is sorted before the next begins, so neither the threads' speed nor the order of the
answers changes what is visited. Sites without an end are cut off by depth, by counts a host and
by counts an address shape.
Left out: priorities (a search engine would visit important pages first).
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from urllib.parse import urlsplit

from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.urls import allowed, host_of, pattern_of, trap

NO_PAGE = (
    ".7z .avi .bmp .css .doc .docx .exe .gif .gz .ico .iso .jpeg .jpg .js .mov .mp3 .mp4 .pdf "
    ".png .ppt .pptx .rar .svg .tar .tgz .ttf .wav .webm .webp .woff .woff2 .xls .xlsx .zip"
).split()
# Why a page is left out, where more than this file asks for it.
ENDLESS = "too many pages of one shape"
TOO_DEEP = "too many links away"


@dataclass(frozen=True, order=True)
class Visit:
    """A page to ask for.

    Args:
        url: its normalised address.
        depth: how many links it is away from a seed.
        chain: the addresses that redirected to it, the first one first.
        alike: every page that was found to link to it has an address of the same shape.
    """

    url: str
    depth: int = 0
    chain: tuple[str, ...] = ()
    alike: bool = False


class Frontier:
    """The pages that wait, those that were seen, and why others are left out.

    Args:
        config: its limits are used.
        hosts: the hosts that may be visited; "*.littleweb.test" also stands for those below.
    """

    def __init__(self, config: CrawlConfig, hosts: tuple[str, ...]) -> None:
        self.config = config
        self.hosts = hosts
        self.skipped: dict[str, set[str]] = defaultdict(set)
        self._seen: set[str] = set()
        self._listed: set[str] = set()
        self._waiting: dict[str, Visit] = {}
        self._of_host: Counter[str] = Counter()
        self._of_pattern: Counter[str] = Counter()
        self._total = 0

    def offer(
        self, url: str, depth: int, chain: tuple[str, ...] = (), found_on: str | None = None
    ) -> None:
        """Puts a page into the next round, unless it was seen or its redirects go on and on."""
        # Redirects that lead back, or on and on, end here.
        if url in chain:
            self.skip("redirect loop", url)
            return
        if len(chain) > self.config.max_redirects:
            self.skip("too many redirects", url)
            return
        if url in self._seen:
            return
        alike = found_on is not None and pattern_of(found_on) == pattern_of(url)
        # Of several ways to a page the shortest counts, whichever was found first.
        known = self._waiting.get(url)
        if known is not None:
            depth, chain = min((depth, chain), (known.depth, known.chain))
            alike = alike and known.alike
        self._waiting[url] = Visit(url, depth, chain, alike)

    def listed(self, urls: tuple[str, ...]) -> None:
        """Takes over a sitemap: its pages are known to be wanted, whatever their shape."""
        self._listed.update(urls)
        for url in urls:
            self.offer(url, 1)

    def skip(self, reason: str, url: str) -> None:
        """Notes that a page is left out."""
        self.skipped[reason].add(url)

    def next_round(self) -> list[Visit]:
        """The pages of the next round, sorted by address; empty when the crawl is over."""
        waiting, self._waiting = sorted(self._waiting.values()), {}
        chosen = []
        for visit in waiting:
            reason = self._refused(visit)
            if reason != ENDLESS:  # such a page has another chance: a link from elsewhere
                self._seen.add(visit.url)
                self.skipped[ENDLESS].discard(visit.url)
            if reason is None:
                chosen.append(visit)
            else:
                self.skip(reason, visit.url)
        return chosen

    def _refused(self, visit: Visit) -> str | None:
        """Why a page is left out, or None and it is counted."""
        config, url = self.config, visit.url
        # What its URL alone says against it.
        if not allowed(url, self.hosts):
            return "other host"
        if urlsplit(url).path.lower().endswith(tuple(NO_PAGE)):
            return "not a page"
        reason = trap(url)
        if reason is not None:
            return reason
        if visit.depth > config.max_depth:
            return TOO_DEEP
        # What the crawl has had enough of.
        host, pattern = host_of(url), pattern_of(url)
        # A sitemap's pages are wanted, whatever their shape.
        endless = visit.alike and url not in self._listed
        if endless and self._of_pattern[pattern] >= config.max_pages_per_pattern:
            return ENDLESS
        if self._of_host[host] >= config.max_pages_per_host:
            return "host has too many pages"
        if self._total >= config.max_pages:
            return "crawl has enough pages"
        # It is taken, and counted.
        self._of_pattern[pattern] += endless
        self._of_host[host] += 1
        self._total += 1
        return None
