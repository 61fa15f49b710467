"""Walks a web politely and keeps what its servers said: seeds in, a WARC file out.

One queue and one request at a time for each host, hosts side by side in threads; all writing is
done by the caller's thread. The same code walks the Little Web (through its proxy) and the real
one (without). Left out: pages made by scripts, several machines, coming back for changes.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from course_utils import disk
from course_utils.data_collection import failures
from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.fetch import REDIRECTS
from course_utils.data_collection.crawl.frontier import Frontier, Visit
from course_utils.data_collection.crawl.journal import WARC_NAME, Journal, PageNote
from course_utils.data_collection.crawl.urls import host_of, normalise
from course_utils.data_collection.crawl.workers import WorkerPool


@dataclass(frozen=True)
class CrawlReport:
    """What a crawl did.

    Args:
        warc: the file with the answers.
        fetched: pages that came with status 200, with those of an earlier, interrupted run.
        resumed: how many pages (of any status) that earlier run had already asked for.
        redirects: answers that pointed elsewhere.
        hosts: pages with status 200 of each host.
        skipped: reason -> URLs, sorted.
        page_bytes: bytes of the fetched pages, unpacked.
        seconds: wall clock of this run.
    """

    warc: Path
    fetched: int
    resumed: int
    redirects: int
    hosts: dict[str, int]
    skipped: dict[str, tuple[str, ...]]
    page_bytes: int
    seconds: float


def crawl(
    seeds: Sequence[str],
    folder: Path,
    *,
    proxy: str | None = None,
    config: CrawlConfig | None = None,
    on_page: Callable[[str, int], None] = lambda url, status: None,
) -> CrawlReport:
    """Visits the seeds and what they link to; a second call goes on where the first was stopped.

    Args:
        seeds: URLs to begin with.
        folder: gets crawl-00000.warc.gz and journal.jsonl.
        proxy: "http://127.0.0.1:8000" for the Little Web; None for the real web.
        config: manners and limits.
        on_page: called with URL and status after each page is safely on disk.

    Returns:
        What was fetched and what was left out; the same for the same web, whatever the threads do.

    Raises:
        ValueError: a seed is no http address, or the folder holds another crawl.
        OSError: the disk is full or read-only, in a sentence; what was fetched is kept.
    """
    started, folder = time.perf_counter(), Path(folder)
    config = config or CrawlConfig()
    # The seeds' own hosts are the border where none is given.
    starts = _normalised(seeds)
    hosts = config.allowed_hosts or tuple(sorted({urlsplit(u).hostname or "" for u in starts}))
    frontier, visited = Frontier(config, config.allowed_hosts or _with_www(hosts)), set()
    with _writable(folder):
        # What an earlier run has fetched is in the journal, and is not asked for again.
        journal = Journal(folder, _scope(starts, hosts, config), config.user_agent)
        resumed = len(journal.pages)
        pool = WorkerPool(config, proxy, journal, on_page)
        try:
            for url in starts:
                frontier.offer(url, 0)
            # All pages one link away, then all two links away: the threads' speed changes nothing.
            while batch := frontier.next_round():
                visited |= _visit(batch, pool, journal, frontier)
        finally:
            pool.close()
            journal.close()
    failures.warn("the crawl", sorted(pool.failed))
    seconds = time.perf_counter() - started
    return _report(folder / WARC_NAME, journal, frontier, visited, resumed, seconds)


@contextlib.contextmanager
def _writable(folder: Path) -> Iterator[None]:
    """Says in a sentence what the disk refused; what the network refuses never comes so far."""
    try:
        yield
    except OSError as error:
        todo = disk.advice(error, "crawl into another folder")
        raise OSError(
            f"{folder} cannot be written ({disk.reason(error)}). {todo}. A crawl into this one "
            "goes on where it stopped."
        ) from error


def _normalised(seeds: Sequence[str]) -> list[str]:
    if isinstance(seeds, str) or not seeds:
        # A single string would be taken for a list of letters.
        raise ValueError(f"seeds is {seeds!r}; give a list of addresses, such as ['http://...'].")
    for seed in seeds:
        if normalise(seed) is None:
            raise ValueError(f"{seed!r} is no address that can be crawled; it needs http(s)://")
    return sorted({str(normalise(seed)) for seed in seeds})  # two spellings of a seed are one page


def _with_www(hosts: Sequence[str]) -> tuple[str, ...]:
    """Hosts with their names that have or lack a leading "www.": most sites redirect to one."""
    both = {name for host in hosts for name in (host.removeprefix("www."), f"www.{host}")}
    return tuple(sorted({*hosts, *both}))


def _scope(seeds: list[str], hosts: tuple[str, ...], config: CrawlConfig) -> dict[str, object]:
    """The settings that decide which pages a crawl visits."""
    # Every max_... limit, so that a new one belongs to the scope by itself.
    limits = {name: getattr(config, name) for name in vars(config) if name.startswith("max_")}
    return {"seeds": seeds, "hosts": list(hosts), **limits}


def _visit(batch: list[Visit], pool: WorkerPool, journal: Journal, frontier: Frontier) -> set[str]:
    """Asks for one round of pages and puts what they lead to into the next; returns the asked."""
    refused = pool.fetch_round(batch)
    # All pages of the round are in the journal now; what they lead to is offered in order.
    for visit in batch:
        if visit.url in refused:
            frontier.skip(refused[visit.url], visit.url)
        else:
            _continue_from(visit, journal.pages[visit.url], frontier)
    # A sitemap is known once its host was asked, whatever pages were wanted of it.
    for host in sorted({host_of(visit.url) for visit in batch}):
        frontier.listed(journal.sites[host].sitemap)
    return {visit.url for visit in batch} - set(refused)


def _continue_from(visit: Visit, note: PageNote, frontier: Frontier) -> None:
    """Offers what a page points to, and notes why a page gave nothing."""
    # Why it gave nothing, or where it points.
    status = note["status"]
    if note["problem"] is not None:
        frontier.skip(note["problem"], visit.url)
    elif status in REDIRECTS:
        if note["target"] is None:
            frontier.skip("redirect to nowhere", visit.url)
        else:
            # A redirect costs no depth, but its chain is kept, to end loops.
            frontier.offer(note["target"], visit.depth, (*visit.chain, visit.url))
    elif status != 200:
        frontier.skip(f"status {status}", visit.url)
    # Its links, one further away from the seeds.
    for link in note["links"]:
        frontier.offer(link, visit.depth + 1, found_on=visit.url)


def _report(
    warc: Path,
    journal: Journal,
    frontier: Frontier,
    visited: set[str],
    resumed: int,
    seconds: float,
) -> CrawlReport:
    # In the order of the URLs, so that the threads leave no trace in it.
    notes = [journal.pages[url] for url in sorted(visited)]
    good = [note for note in notes if note["status"] == 200]
    hosts = Counter(host_of(note["url"]) for note in good)
    skipped = {name: tuple(sorted(urls)) for name, urls in frontier.skipped.items() if urls}
    return CrawlReport(
        warc=warc,
        fetched=len(good),
        resumed=resumed,
        redirects=sum(note["status"] in REDIRECTS for note in notes),
        hosts=dict(sorted(hosts.items())),
        skipped=dict(sorted(skipped.items())),
        page_bytes=sum(note["bytes"] for note in good),
        seconds=seconds,
    )
