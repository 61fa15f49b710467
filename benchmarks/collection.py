"""Collection beside its peers, in one run: pages a second, MB a second and ratios.

    python -m benchmarks.collection [--pages FOLDER] [--memory 10000 100000]

It crawls the Little Web (or reads a crawl's folder) and times, by the processor's clock and each
the best of some rounds: extraction against trafilatura alone; copies against datasketch and rensa,
with the share of all true pairs that each finds; the quality rules against datatrove's; and the
whole pipeline against its extraction step. Peers are measured where they are installed:
`pip install datasketch datatrove spacy`. With --memory it also measures the most memory that the
pipeline needs for so many pages, each number in a process of its own (minutes).
It prints; nothing here is a test. Dated results stand in benchmarks/results/collection.md.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import copies, memory
from course_utils import runtime
from course_utils.data_collection import pipeline, sources, steps
from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.clean import extract, quality
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.web import LittleWeb

SAMPLE = 4  # every fourth page is extracted by the peers
ROUNDS = 2


def seconds(work: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, object]:
    """The least processor time of some rounds, and the last result."""
    best, result = float("inf"), None
    for _ in range(rounds):
        started = time.process_time()
        result = work()
        best = min(best, time.process_time() - started)
    return best, result


def line(name: str, spent: float, pages: int, size: int, note: str = "") -> None:
    """One row: seconds, pages a second, MB a second."""
    speed = f"{pages / spent:>9,.0f} pages/s {size / 1e6 / spent:>8.2f} MB/s"
    print(f"  {name:<34}{spent:>8.3f} s {speed}   {note}")


def extraction(pages: list[Response]) -> None:
    """Ours, trafilatura on the same decoded page, and the ten lines by hand."""
    import trafilatura

    sample = [(page, extract.decode(page.body)) for page in pages[::SAMPLE]]
    size = sum(len(page.body) for page, _ in sample)
    ways: dict[str, Callable[[], object]] = {
        "extract": lambda: [extract.extract(page) for page, _ in sample],
        "trafilatura alone, fast": lambda: [
            trafilatura.extract(text, fast=True, include_comments=False, include_tables=False)
            for _, text in sample
        ],
        "trafilatura alone, its defaults": lambda: [
            trafilatura.extract(text) for _, text in sample
        ],
        "by hand": lambda: [_by_hand(text) for _, text in sample],
    }
    print(f"extraction of {len(sample):,} pages, {size / 1e6:.1f} MB of HTML")
    spent = {name: seconds(way)[0] for name, way in ways.items()}
    for name, cpu in spent.items():
        line(name, cpu, len(sample), size, f"extract is {cpu / spent['extract']:.2f} x as fast")


def _by_hand(text: str) -> str:
    try:
        return extract.extract_by_hand(text)
    except ValueError:  # a page without a tag, or with a charset in an XML head
        return ""


def rules(texts: list[str]) -> None:
    """The quality rules against datatrove's three filters, which are about the same rules."""
    size = sum(len(text.encode("utf-8")) for text in texts)
    print(f"quality rules over {len(texts):,} English texts, {size / 1e6:.1f} MB")
    ours, _ = seconds(lambda: [quality.judge(text) for text in texts])
    line("quality.judge", ours, len(texts), size)
    try:
        from datatrove.data import Document
        from datatrove.pipeline import filters

        chain = [filters.GopherRepetitionFilter(), filters.GopherQualityFilter()]
        chain.append(filters.C4QualityFilter(filter_no_terminal_punct=False))
        chain[0].filter(Document(text="A first text loads its word splitter.", id="0"))
    except ImportError as missing:
        print(f"  datatrove: not installed ({missing})")
        return

    def judge(text: str) -> bool:
        document = Document(text=text, id="0")
        return all(step.filter(document) is True for step in chain)

    sample = texts[::SAMPLE]
    size = sum(len(text.encode("utf-8")) for text in sample)
    theirs, _ = seconds(lambda: list(map(judge, sample)), rounds=1)
    ratio = theirs / ours * len(texts) / len(sample)
    line("datatrove: Gopher and C4", theirs, len(sample), size, f"ours is {ratio:.1f} x as fast")


def whole(folder: Path, pages: list[Response]) -> Corpus:
    """The pipeline against its extraction step."""
    size = sum(len(page.body) for page in pages)
    print(f"the whole pipeline, {len(pages):,} pages, {size / 1e6:.1f} MB of HTML, from its WARC")
    alone, _ = seconds(lambda: _read_and_extract(folder), rounds=1)
    everything, corpus = seconds(lambda: pipeline.collect(folder), rounds=1)
    line("reading and extraction alone", alone, len(pages), size)
    line("collect", everything, len(pages), size, f"{alone / everything:.2f} of the speed")
    return corpus


def _read_and_extract(folder: Path) -> int:
    pages = sources.archives(folder, lambda problem: None)
    return sum(len(extract.extract(page)) for page in pages if page.status == 200)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=Path, help="a crawl's folder; default: crawl again")
    parser.add_argument("--memory", type=int, nargs="*", default=[], help="numbers of pages")
    given = parser.parse_args()
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    print(f"{datetime.date.today()}, {machine}")
    if given.pages is not None:
        measure(given.pages)
    else:
        with tempfile.TemporaryDirectory() as folder:
            web = LittleWeb(0, runtime.scale())
            with LittleWebServer(web) as server:
                crawl(web.seeds, Path(folder), proxy=server.proxy_url)
            measure(Path(folder))
    memory.measure(given.memory)


def measure(folder: Path) -> None:
    """All comparisons over one crawl."""
    responses = sources.archives(folder, lambda problem: None)
    pages = [page for page in responses if page.status == 200]
    extract.extract(pages[0])  # loads what is loaded once
    extraction(pages)
    corpus = whole(folder, pages)
    step_of = {dropped.document.url: dropped.step for dropped in corpus.dropped}
    texts = {url: corpus.extracted[url] for url in sorted(corpus.extracted)}
    rules([text for url, text in texts.items() if step_of.get(url) != steps.LANGUAGE])
    junk = (steps.EXTRACT, steps.LANGUAGE, steps.QUALITY)
    copies.measure([text for url, text in texts.items() if step_of.get(url) not in junk])


if __name__ == "__main__":
    main()
