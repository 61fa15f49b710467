"""The most memory that the pipeline needs for some thousands of pages, in a process of its own.

The pages are made one at a time and written to archives first; then a fresh process makes the
corpus of them and says the most that it ever held: archive by archive with the rest on disk
(collect_shards), and all at once in memory (pipeline.collect), as notebook 01 does.
Used by benchmarks/collection.py.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from course_utils.data_collection.archives.warc import WarcWriter

WORDS = 20_000
PAGE_WORDS = 120
AN_ARCHIVE = 5_000  # pages
COPY_EVERY = 20  # every twentieth page is one before it with a word changed


def pages(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """URLs and HTML, one page at a time."""
    rng = random.Random(seed)
    letters = "aeioubcdfglmnprst"
    vocabulary = ["".join(rng.choices(letters, k=rng.randint(3, 9))) for _ in range(WORDS)]
    small = "the and of to a in that is was it for on with as".split()
    last = ""
    for number in range(count):
        words = [
            rng.choice(small) if rng.random() < 0.4 else rng.choice(vocabulary)
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


def on_disk(archives: Path, corpus: Path) -> None:
    """What the fresh process does: the corpus archive by archive."""
    from course_utils.data_collection.many_machines.collect import collect_shards

    report(collect_shards(archives, corpus).steps[-1].documents_out)


def in_memory(archives: Path, corpus: Path) -> None:
    """What the other fresh process does: the corpus at once."""
    from course_utils.data_collection.pipeline import collect

    result = collect(archives)
    result.save(corpus)
    report(len(result.documents))


def report(left: int) -> None:
    """Print pages left and the peak in bytes."""
    print(left, peak_bytes())


def peak_bytes() -> int:
    """The most memory that this process ever held."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count what the parent held when it made this process
        (line,) = (line for line in status.read_text("utf-8").split("\n") if "VmHWM" in line)
        return int(line.split()[1]) * 1024
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):  # Windows
        return int(memory.peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def write_archives(folder: Path, count: int) -> None:
    """So many pages in archives of AN_ARCHIVE each."""
    folder.mkdir()
    writer = None
    for number, (url, body) in enumerate(pages(count)):
        if number % AN_ARCHIVE == 0:
            if writer:
                writer.close()
            writer = WarcWriter(folder / f"pages-{number // AN_ARCHIVE:05d}.warc.gz")
        writer.write(url, 200, [("Content-Type", "text/html; charset=utf-8")], body)
    writer.close()


def measure(counts: Sequence[int]) -> None:
    """Print for each way the peak for each number of pages, and what each further page costs."""
    before: dict[str, tuple[int, int]] = {}
    for count in counts:
        with tempfile.TemporaryDirectory() as top:
            archives = Path(top) / "archives"
            write_archives(archives, count)
            written = {
                way: _run(way, archives, Path(top) / way.__name__) for way in (on_disk, in_memory)
            }
            if _bytes(Path(top) / "on_disk") != _bytes(Path(top) / "in_memory"):
                raise AssertionError("the two ways gave two corpora")
        for way, (left, peak, spent) in written.items():
            name = way.__name__.replace("_", " ")
            line = f"  {count:>8,} pages, {left:,} left, {name}: {peak / 1e6:,.0f} MB at most"
            if name in before:
                known, known_peak = before[name]
                line += f", {(peak - known_peak) / (count - known):,.0f} bytes a page more"
            print(f"{line}, {spent:.0f} s", flush=True)
            before[name] = count, peak
        print("  the same corpus, byte for byte", flush=True)


def _run(
    way: Callable[[Path, Path], None], archives: Path, corpus: Path
) -> tuple[int, int, float]:
    """Pages left, peak in bytes and seconds of a fresh process."""
    code = (
        "from pathlib import Path; from benchmarks import memory; "
        f"memory.{way.__name__}(Path({str(archives)!r}), Path({str(corpus)!r}))"
    )
    started = time.perf_counter()
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if run.returncode:
        raise RuntimeError(f"{way.__name__}: {run.stderr[-2000:]}")
    left, peak = map(int, run.stdout.split())
    return left, peak, time.perf_counter() - started


def _bytes(folder: Path) -> dict[str, str]:
    """The hash of each of a corpus's files."""
    hashes = {}
    for path in folder.iterdir():
        with path.open("rb") as file:
            hashes[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes
