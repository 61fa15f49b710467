"""The threads of a crawl: one host each, at its own pace; the caller's thread does the writing.

Left out: several connections to one host at a time, which few sites like.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import contextlib
import queue
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from lxml import etree, html
from protego import Protego

from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.fetch import REDIRECTS, TRY_AGAIN, Fetcher, FetchResult
from course_utils.data_collection.crawl.frontier import Visit
from course_utils.data_collection.crawl.journal import Journal
from course_utils.data_collection.crawl.robots import DISALLOW, SiteRules, site_rules
from course_utils.data_collection.crawl.urls import host_of, normalise

QUEUE_PAGES = 64  # that wait to be written; then threads wait
WAIT_SECONDS = 0.2


@dataclass(frozen=True)
class _Page:
    """A page that was asked for, and what it points to."""

    result: FetchResult
    links: list[str]
    target: str | None


@dataclass(frozen=True)
class _Site:
    """A host's rules, on their way to the journal."""

    host: str
    rules: SiteRules


class WorkerPool:
    """Fetches one round of pages after another.

    Args:
        config: manners and limits.
        proxy: URL of a proxy, or None.
        journal: gets every answer.
        on_page: called with URL and status after each page is in the journal.
    """

    def __init__(
        self,
        config: CrawlConfig,
        proxy: str | None,
        journal: Journal,
        on_page: Callable[[str, int], None],
    ) -> None:
        self.config, self.proxy, self.journal, self.on_page = config, proxy, journal, on_page
        self.fetcher = Fetcher(config, proxy)
        self.threads = ThreadPoolExecutor(config.workers, thread_name_prefix="crawl")
        self.arrived: queue.Queue[_Page | _Site | None] = queue.Queue(QUEUE_PAGES)
        self.last_request: dict[str, float] = {}

    def fetch_round(self, batch: list[Visit]) -> set[str]:
        """Sees to it that every page of a round is in the journal.

        Returns:
            The URLs that robots.txt closes to us; they were not asked for.

        Raises:
            KeyboardInterrupt: after what had already arrived was put into the journal.
        """
        # A thread a host, so that no host is asked twice at a time.
        by_host: dict[str, list[str]] = defaultdict(list)
        for visit in batch:
            by_host[host_of(visit.url)].append(visit.url)
        tasks = [
            self.threads.submit(self._visit_host, host, urls) for host, urls in by_host.items()
        ]
        for task in tasks:
            task.add_done_callback(self._wake)
        # Write what they fetch; an interrupt still keeps what has arrived.
        try:
            self._collect(tasks, self.on_page)
        except KeyboardInterrupt:
            self.fetcher.stop.set()
            self._collect(tasks, lambda url, status: None)
            raise
        except BaseException:
            self.fetcher.stop.set()
            self._empty(tasks)
            raise
        return set().union(*(task.result() for task in tasks))

    def close(self) -> None:
        """Ends the threads."""
        self.fetcher.stop.set()
        self.threads.shutdown(wait=True, cancel_futures=True)
        self.fetcher.pools.clear()

    def _collect(self, tasks: list[Future], on_page: Callable[[str, int], None]) -> None:
        """Writes what arrives until every host is done."""
        while True:
            # Asked before the queue: what came in between is still found there.
            finished = all(task.done() for task in tasks)
            try:
                item = self.arrived.get(timeout=0.0 if finished else WAIT_SECONDS)
            except queue.Empty:
                if finished:
                    return
                continue
            # Only a wake-up: look again whether all are done.
            if item is None:
                continue
            if isinstance(item, _Site):
                self.journal.site(item.host, item.rules)
            else:
                self.journal.page(item.result, item.links, item.target)
                on_page(item.result.url, item.result.status)

    def _wake(self, task: Future) -> None:
        """Tells the writing thread, should it wait for a page, that a host is done."""
        with contextlib.suppress(queue.Full):
            self.arrived.put_nowait(None)

    def _empty(self, tasks: list[Future]) -> None:
        """Throws away what arrives, so that no thread waits for a place in the queue."""
        while not all(task.done() for task in tasks):
            try:
                self.arrived.get(timeout=WAIT_SECONDS)
            except queue.Empty:
                continue

    def _visit_host(self, host: str, urls: list[str]) -> set[str]:
        """One thread's work: a host's pages, one after another, those of the journal left out."""
        stop, known = self.fetcher.stop, self.journal.pages
        refused: set[str] = set()
        if stop.is_set():
            return refused
        # Before the first page of a host: what its robots.txt and sitemaps say.
        rules = self.journal.sites.get(host)
        if rules is None:
            rules = site_rules(urls[0], lambda url: self._get(host, url, 0.0))
            if stop.is_set():
                return refused
            self.arrived.put(_Site(host, rules))
        # The same rules for every page of the host.
        robots = Protego.parse(rules.robots)
        agent = self.config.user_agent
        crawl_delay = float(robots.crawl_delay(agent) or 0.0)
        # Its pages, one after the other.
        for url in urls:
            if rules.rule == DISALLOW or not robots.can_fetch(url, agent):
                refused.add(url)
            elif url not in known and not stop.is_set():
                result = self._get(host, url, crawl_delay)
                # An interrupt looks like a failure: such a page is asked for again next time.
                cut_short = result.problem is not None or result.status in TRY_AGAIN
                if not (stop.is_set() and cut_short):
                    self.arrived.put(_page(result))
        return refused

    def _get(self, host: str, url: str, crawl_delay: float) -> FetchResult:
        """Waits until the host may be asked again, then asks."""
        delay = self.config.delay(self.proxy, crawl_delay, host)
        # The pause counts from the end of the last answer.
        due = self.last_request.get(host, 0.0) + delay
        self.fetcher.stop.wait(max(0.0, due - time.monotonic()))
        result = self.fetcher.get(url, delay)
        self.last_request[host] = time.monotonic()
        return result


def _page(result: FetchResult) -> _Page:
    """What a page points to: where it redirects, or the links in it."""
    # A redirect has no links of its own, only a target.
    if result.status in REDIRECTS:
        return _Page(result, [], normalise(result.header("Location"), result.url))
    media_type = result.header("Content-Type").lower()
    # Links are looked for in HTML alone; a missing type may be HTML.
    if result.status != 200 or not (not media_type or "html" in media_type):
        return _Page(result, [], None)
    return _Page(result, links(result.body, result.url), None)


MAX_LINKS = 5_000


def links(body: bytes, url: str) -> list[str]:
    """The normalised URLs in a page's links, each once, sorted.

    Args:
        body: the page's bytes.
        url: the page's own, unless the page names another base.

    Returns:
        No more than MAX_LINKS, the first in the page; links marked rel="nofollow" are left out.
    """
    try:
        tree = html.document_fromstring(body, parser=html.HTMLParser(huge_tree=False))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    # Only the first <base> counts, as in browsers.
    base = url
    for element in tree.iter("base"):
        base = normalise(element.get("href") or "", url) or url
        break
    targets: dict[str, None] = {}  # in the page's order, each once
    for element in tree.iter("a", "area"):
        if "nofollow" in (element.get("rel") or "").lower():
            continue
        target = normalise(element.get("href") or "", base) if element.get("href") else None
        if target is not None:
            targets[target] = None
        if len(targets) >= MAX_LINKS:
            break
    return sorted(targets)
