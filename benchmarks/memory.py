"""The most memory that the pipeline needs for some thousands of pages, in a process of its own.

The pages are made one at a time and written to a WARC file first; then a fresh process collects
from it, and says the most that it ever held. Used by benchmarks/collection.py.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from course_utils.data_collection.warc import WarcWriter

WORDS = 20_000
PAGE_WORDS = 120
COPY_EVERY = 20  # every twentieth page is one before it with a word changed


def pages(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Addresses and HTML, one page at a time."""
    chance = random.Random(seed)
    letters = "aeioubcdfglmnprst"
    known = ["".join(chance.choices(letters, k=chance.randint(3, 9))) for _ in range(WORDS)]
    small = "the and of to a in that is was it for on with as".split()
    last = ""
    for number in range(count):
        words = [
            chance.choice(small) if chance.random() < 0.4 else chance.choice(known)
            for _ in range(PAGE_WORDS)
        ]
        lines = [
            " ".join(words[at : at + 12]).capitalize() + "." for at in range(0, PAGE_WORDS, 12)
        ]
        text = " ".join(lines)
        if last and number % COPY_EVERY == 0:
            text = last.replace(".", ", again.", 1)
        last = text
        body = f"<html><head><title>{number}</title></head><body><main><p>{text}</p></main></body>"
        yield f"http://site{number % 50}.test/{number}.html", body.encode()


def collect(path: str) -> None:
    """What the fresh process does: collect, then print pages left and the peak in bytes."""
    from course_utils.data_collection.pipeline import collect as whole_pipeline

    corpus = whole_pipeline(Path(path))
    print(len(corpus.documents), peak_bytes())


def peak_bytes() -> int:
    """The most memory that this process ever held."""
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):  # Windows
        return int(memory.peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def measure(counts: Sequence[int]) -> None:
    """Print the peak for each number of pages, and what each further page costs."""
    before: tuple[int, int] | None = None
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            writer = WarcWriter(Path(folder) / "pages-00000.warc.gz")
            for url, body in pages(count):
                writer.write(url, 200, [("Content-Type", "text/html; charset=utf-8")], body)
            writer.close()
            started = time.perf_counter()
            code = f"from benchmarks import memory; memory.collect({str(folder)!r})"
            run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        if run.returncode:
            print(f"  {count:,} pages: {run.stderr.strip().splitlines()[-1]}")
            return
        left, peak = map(int, run.stdout.split())
        spent = time.perf_counter() - started
        print(f"  {count:>8,} pages, {left:,} left: {peak / 1e6:,.0f} MB at most, {spent:.0f} s")
        if before:
            more = (peak - before[1]) / (count - before[0])
            print(f"  each page more: {more:,.0f} bytes of memory")
        before = (count, peak)
