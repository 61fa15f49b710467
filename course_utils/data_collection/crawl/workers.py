"""The threads of a crawl: one host each, at its own pace; the caller's thread does the writing.

Left out: several connections to one host at a time, which few sites like.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import contextlib
import queue
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from lxml import etree
from protego import Protego

from course_utils.data_collection import failures
from course_utils.data_collection.clean.extract import decode, parse
from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.fetch import REDIRECTS, TRY_AGAIN, Fetcher, FetchResult
from course_utils.data_collection.crawl.frontier import Visit
from course_utils.data_collection.crawl.journal import Journal
from course_utils.data_collection.crawl.robots import CLOSED, DISALLOW, SiteRules, site_rules
from course_utils.data_collection.crawl.urls import host_of, normalise

QUEUE_PAGES = 64  # that wait to be written; then threads wait
WAIT_SECONDS = 0.2
MAX_DELAY_SECONDS = 600.0  # a host that asks for longer pauses would hold up all others


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

    Attributes:
        failed: sentences about pages that failed in a way that nobody foresaw.

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
        self.locks: dict[str, threading.Lock] = {}  # of hosts
        self.failed: list[str] = []

    def fetch_round(self, batch: list[Visit]) -> dict[str, str]:
        """Sees to it that every page of a round is in the journal.

        Returns:
            The URLs that were not asked for and why: robots.txt closes them, or could not be had.

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
        return {url: why for task in tasks for url, why in task.result().items()}

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

    def _visit_host(self, host: str, urls: list[str]) -> dict[str, str]:
        """One thread's work: a host's pages, one after another, those of the journal left out.

        Returns:
            See fetch_round.
        """
        stop, known = self.fetcher.stop, self.journal.pages
        if stop.is_set():
            return {}
        # Before the first page of a host: what its robots.txt and sitemaps say.
        rules = self.journal.sites.get(host)
        if rules is None:
            rules = self._rules(urls[0])
            if stop.is_set():
                return {}
            self.arrived.put(_Site(host, rules))
        if rules.rule == DISALLOW:
            return dict.fromkeys(urls, rules.problem or CLOSED)
        # The same rules for every page of the host.
        robots = Protego.parse(rules.robots)
        agent = self.config.user_agent
        crawl_delay = float(robots.crawl_delay(agent) or 0.0)
        if self.config.delay(self.proxy, crawl_delay, host) > MAX_DELAY_SECONDS:
            return dict.fromkeys(urls, f"{CLOSED}: pauses of {crawl_delay:,.0f} seconds")
        # Its pages, one after the other.
        refused: dict[str, str] = {}
        for url in urls:
            if not robots.can_fetch(url, agent):
                refused[url] = CLOSED
            elif url not in known and not stop.is_set():
                page = self._page(url, crawl_delay)
                # An interrupt looks like a failure: such a page is asked for again next time.
                cut_short = page.result.problem is not None or page.result.status in TRY_AGAIN
                if not (stop.is_set() and cut_short):
                    self.arrived.put(page)
        return refused

    def _rules(self, url: str) -> SiteRules:
        """What the host of a page asks for; closed where that cannot be found out."""
        try:
            rules = site_rules(url, self._get)
            Protego.parse(rules.robots).can_fetch(url, self.config.user_agent)
            return rules
        except Exception as error:
            self.failed.append(failures.sentence(url, "reading the rules of the host", error))
            return SiteRules(DISALLOW, problem=failures.reason(error))

    def _page(self, url: str, crawl_delay: float) -> _Page:
        """A page and where it leads; what fails in a way that nobody foresaw leads nowhere."""
        try:
            return _read(self._get(url, crawl_delay=crawl_delay))
        except Exception as error:
            self.failed.append(failures.sentence(url, "the crawl", error))
            return _Page(FetchResult(url, problem=failures.reason(error)), [], None)

    def _get(
        self, url: str, first_bytes: int | None = None, crawl_delay: float = 0.0
    ) -> FetchResult:
        """Waits until the host may be asked again, then asks."""
        host = host_of(url)
        delay = self.config.delay(self.proxy, crawl_delay, host)
        # A robots.txt may lead to a host that another thread visits: one request at a time.
        with self.locks.setdefault(host, threading.Lock()):
            # The pause counts from the end of the last answer.
            due = self.last_request.get(host, 0.0) + delay
            self.fetcher.stop.wait(max(0.0, due - time.monotonic()))
            result = self.fetcher.get(url, delay, first_bytes)
            self.last_request[host] = time.monotonic()
        return result


def _read(result: FetchResult) -> _Page:
    """What a page points to: where it redirects, or the links in it."""
    # A redirect has no links of its own, only a target.
    if result.status in REDIRECTS:
        return _Page(result, [], normalise(result.location, result.url))
    content_type = result.header("Content-Type")
    # Links are looked for in HTML alone; a missing type may be HTML.
    if result.status != 200 or not (not content_type or "html" in content_type.lower()):
        return _Page(result, [], None)
    return _Page(result, links(result.body, result.url, content_type), None)


MAX_LINKS = 5_000
REFRESH = re.compile(r"\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?[\"']?([^\"']+)", re.I)


def links(body: bytes, url: str, content_type: str = "") -> list[str]:
    """The normalised URLs in a page's links, each once, sorted.

    Args:
        body: the page's bytes.
        url: the page's own, unless the page names another base.
        content_type: the header of that name: an address may hold letters beyond ASCII.

    Returns:
        No more than MAX_LINKS, the first in the page; links marked rel="nofollow" are left out.
        Where a page says that it has moved (a "refresh"), that is a link too.
    """
    tree = parse(decode(body, content_type))
    # Only the first <base> with an address counts, as in browsers.
    base = next((element.get("href") for element in tree.iter("base") if element.get("href")), "")
    base = normalise(base, url) or url
    targets: dict[str, None] = {}  # in the page's order, each once
    for element in tree.iter("a", "area", "meta"):
        target = normalise(_target(element), base) if _target(element) else None
        if target is not None:
            targets[target] = None
        if len(targets) >= MAX_LINKS:
            break
    return sorted(targets)


def _target(element: etree._Element) -> str:
    """Where an element leads, as it stands in the page; an empty string for nowhere."""
    if element.tag == "meta":
        refresh = (element.get("http-equiv") or "").strip().lower() == "refresh"
        match = REFRESH.match(element.get("content") or "") if refresh else None
        return match.group(1).strip() if match else ""
    if "nofollow" in (element.get("rel") or "").lower():
        return ""
    return element.get("href") or ""
