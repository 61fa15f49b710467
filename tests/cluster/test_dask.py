"""Ten thousand pages through a Dask scheduler and two workers, all on loopback.

The commands are those of docs/many_machines.md: real processes, spawned, with nothing shared but
a folder. One worker is killed and the run is stopped on the way; not a byte may show it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_utils.data_collection.archives.warc import WarcWriter
from course_utils.data_collection.pipeline import collect
from course_utils.littleweb.web import LittleWeb

pytestmark = pytest.mark.cluster
ROOT = Path(__file__).parents[2]
PAGES, ARCHIVES, WORDS = 10_000, 20, 60
WAIT_SECONDS = 200  # for a busy machine; it is 30 s of computing
SETTINGS = {
    "DASK_DISTRIBUTED__WORKER__MEMORY__SPILL": "false",  # nothing of a worker's memory on disk
    "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET": "false",
    "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
}


def pages() -> Iterator[tuple[str, str]]:
    """Address and text of pages of the Little Web, over and over with other words in them."""
    texts = [(page.site, page.text.split()) for page in LittleWeb(0, "tiny").pages()]
    every = sorted({word for _, words in texts for word in words if word.isalpha()})
    for number in range(PAGES):
        site, words = texts[number % len(texts)]
        rng = random.Random(number)
        words = words[:WORDS]
        share = (0.0, 0.02, 0.4, 0.6, 0.8)[number // len(texts) % 5]  # copy, near-copy, others
        for place in range(len(words)):
            if rng.random() < share:
                words[place] = rng.choice(every)
        yield f"http://{site}-{number % 7}.littleweb.test/{number}.html", " ".join(words)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages in twenty archives."""
    folder = tmp_path_factory.mktemp("archives")
    every = list(pages())
    for part in range(ARCHIVES):
        writer = WarcWriter(folder / f"part-{part:05d}.warc.gz")
        for url, text in every[part::ARCHIVES]:
            body = f"<html><body><main><p>{text}</p></main></body></html>".encode()
            writer.write(url, 200, [("Content-Type", "text/html; charset=utf-8")], body)
        writer.close()
    return folder


def start(*command: str) -> subprocess.Popen:
    """A Dask process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *command],
        env=os.environ | SETTINGS,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """A scheduler's address and its two workers."""
    known = tmp_path / "scheduler.json"
    running = [
        start(
            *("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
            *("--scheduler-file", str(known)),
        )
    ]
    try:
        workers = [
            start(
                *("worker", "--scheduler-file", str(known), "--host", "127.0.0.1"),
                *("--nthreads", "1", "--no-nanny", "--no-dashboard"),
                *("--local-directory", str(tmp_path / f"worker-{number}")),
            )
            for number in range(2)
        ]
        running += workers
        deadline = time.monotonic() + WAIT_SECONDS
        while not known.exists() or not known.read_text(encoding="utf-8").strip():
            assert time.monotonic() < deadline and running[0].poll() is None
            time.sleep(0.05)
        yield json.loads(known.read_text(encoding="utf-8"))["address"], workers
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()


def head(archives: Path, corpus: Path, address: str) -> subprocess.Popen:
    """The command that runs the pipeline."""
    module = "course_utils.data_collection.many_machines.collect"
    return subprocess.Popen(
        [sys.executable, "-m", module, archives, corpus, "--scheduler", address],
        env=os.environ | SETTINGS,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def made(work: Path) -> dict[Path, int]:
    """The finished files and when they were written."""
    return {path: path.stat().st_mtime_ns for path in work.glob("pages-*.jsonl.gz")}


def test_two_workers_give_the_bytes_of_one_process_though_one_is_killed_on_the_way(
    archives: Path, cluster: tuple[str, list[subprocess.Popen]], tmp_path: Path
) -> None:
    address, workers = cluster
    corpus, work = tmp_path / "corpus", tmp_path / "corpus.work"
    with head(archives, corpus, address) as stopped:
        deadline = time.monotonic() + WAIT_SECONDS
        while len(made(work)) < 4:
            assert time.monotonic() < deadline and stopped.poll() is None
            time.sleep(0.02)
        stopped.kill()
    before = made(work)
    assert 4 <= len(before) < ARCHIVES
    deadline = time.monotonic() + WAIT_SECONDS
    with head(archives, corpus, address) as again:
        while len(made(work)) < len(before) + 3:
            assert time.monotonic() < deadline and again.poll() is None
            time.sleep(0.02)
        workers[1].kill()
        said = again.communicate(timeout=WAIT_SECONDS)[0]
    assert again.returncode == 0
    assert before == {path: made(work)[path] for path in before}
    assert said.count("kept pages-") >= len(before)
    assert not list(work.glob("*.pickle")) and not list(tmp_path.rglob("*.pkl"))
    in_memory = collect(archives)
    in_memory.save(tmp_path / "one")
    assert 2_000 < len(in_memory.documents) < PAGES
    assert {len(in_memory.documents) + len(in_memory.dropped)} == {PAGES}
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert sorted(path.name for path in corpus.iterdir()) == names
    for name in names:
        hashes = [
            hashlib.sha256((folder / name).read_bytes()).hexdigest()
            for folder in (corpus, tmp_path / "one")
        ]
        assert hashes[0] == hashes[1], name
