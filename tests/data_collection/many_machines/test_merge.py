"""The comparing steps on disk: they end as in memory, and their memory does not grow."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import tracemalloc
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import pytest

from course_utils.data_collection.archives.warc import WarcWriter
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.document import from_page, write_lines
from course_utils.data_collection.many_machines import page_table
from course_utils.data_collection.many_machines.collect import collect_shards
from course_utils.data_collection.many_machines.merge import Merge
from course_utils.data_collection.many_machines.page_table import PageTable
from course_utils.data_collection.many_machines.shards import (
    Shard,
    ShardPage,
    make_signatures,
    write_common,
)
from course_utils.data_collection.pipeline import collect
from course_utils.data_collection.steps import PipelineConfig

from ..pages import NOUNS, prose

CONFIG = PipelineConfig(quality=False)


def tangle(seed: int) -> dict[str, str]:
    """Pages that are mostly copies: of one host by another, in chains, in a crowd."""
    rng = random.Random(seed)
    texts = [prose(1_000 * seed + n, rng.randint(1, 12)) for n in range(60)]
    found = {}
    for number in range(300):
        text = texts[number] if number < 60 else rng.choice(texts)
        if number >= 60:
            share = rng.choice([0, 0, 0.01, 0.02, 0.1])
            words = text.split(" ")
            text = " ".join(rng.choice(NOUNS) if rng.random() < share else w for w in words)
            texts.append(text)  # so that there are copies of copies
        host = rng.choice(["atlas", "news", "copy", "mirror"])
        found[f"http://{host}.test/{number % 9}/{number}.html"] = text
    crowd = prose(seed + 77, 12)
    return found | {f"http://crowd.test/{n}": f"{crowd} Number {n}." for n in range(70)}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_any_tangle_of_copies_ends_as_in_memory(seed: int, tmp_path: Path) -> None:
    pages, folder = tangle(seed), tmp_path / "w"
    folder.mkdir()
    urls = random.Random(seed).sample(sorted(pages), len(pages))
    for part in range(3):
        writer = WarcWriter(folder / f"{part}.warc.gz")
        for url in [*urls[part::3], *urls[:20]]:  # addresses that come twice or more
            text = pages[url] if url in urls[part::3] else prose(part)
            body = "".join(f"<p>{line}</p>" for line in text.split("\n\n")).encode()
            writer.write(url, 200, [("Content-Type", "text/html")], body)
        writer.close()
    collect_shards(folder, tmp_path / "disk", CONFIG)
    in_memory = collect(folder, CONFIG)
    steps = [each.step for each in in_memory.dropped]
    assert min(steps.count("exact duplicates"), steps.count("near duplicates")) > 20
    assert len(in_memory.validation) >= 5 and len(in_memory.train) > 30
    assert Corpus.load(tmp_path / "disk") == replace(
        in_memory, steps=[], problems=[], extracted={}
    )


def words(seed: int) -> str:
    """A text of few words in ever other orders."""
    return " ".join(random.Random(seed).choices(NOUNS, k=60))


def shards(folder: Path, pages: int, an_archive: int = 250) -> list[Shard]:
    """Archives whose pages are made already."""
    found = []
    for start in range(0, pages, an_archive):
        found.append(Shard(folder / f"{start:06d}.warc.gz", folder))
        every = (
            from_page(f"http://{n % 7}.test/{n}", words(n))
            for n in range(start, start + an_archive)
        )
        write_lines(found[-1].pages, ({**asdict(each), "masks": 0} for each in every))
    return found


def most_memory(folder: Path, pages: int) -> int:
    """The most that Python and NumPy hold while so many pages are merged, in bytes."""
    folder.mkdir()
    every = shards(folder, pages)
    tracemalloc.start()
    with Merge(folder / "merge.sqlite3", CONFIG) as merge:
        for number, shard in enumerate(every):
            merge.add(number, shard)
        merge.close_page_steps()
        write_common(folder / "common", merge.remove_repeated_lines())
        for shard in every:
            make_signatures(shard, "", np.empty(0, np.int64), folder / "common", fast=True)
        merge.drop_exact(every)
        merge.drop_near(every)
        merge.write(folder / "corpus")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(Corpus.load(folder / "corpus").documents) == pages
    return peak


def test_four_times_the_pages_need_hardly_more_memory(tmp_path: Path) -> None:
    most_memory(tmp_path / "first", 250)  # loads what is loaded once
    few, many = (most_memory(tmp_path / str(pages), pages) for pages in (1_000, 4_000))
    assert (many - few) / 3_000 < 30  # bytes for each page more


def addresses(table: PageTable) -> list[str]:
    return [each.url for each in table]


def test_pages_are_numbered_by_address_and_may_be_changed_while_they_are_gone_through(
    tmp_path: Path,
) -> None:
    table = PageTable(tmp_path / "a # b.sqlite3")
    for place, name in enumerate("c a\x00 b é 漢 a".split(" ")):
        table.add(ShardPage(from_page(f"http://a.test/{name}", name)), 0, place)
    table.sort()
    urls = addresses(table)
    assert urls == sorted(urls) and len(urls) == 6
    assert [table.url(number) for number in range(1, 7)] == urls
    for block in table.blocks():
        for number, document in block:
            table.change(number, f"{document.text}!")
            if number % 2:
                table.drop(number, "step", "reason")
    assert addresses(table) == urls[1::2]
    assert [each.document.text[-1] for each in table.dropped("step")] == ["!"] * 3
    table.close()
    assert list(tmp_path.iterdir()) == []


def test_a_share_of_windows_is_a_place_for_the_file_too() -> None:
    share = page_table.uri_of(PureWindowsPath(r"\\server\share\a b\merge.sqlite3"))
    assert share == "file:////server/share/a%20b/merge.sqlite3"
    assert page_table.uri_of(PureWindowsPath(r"C:\a#b")) == "file:///C:/a%23b"
    assert page_table.uri_of(PurePosixPath("/a?b")) == "file:///a%3Fb"


def test_sqlite_sorts_on_disk_and_holds_little(tmp_path: Path) -> None:
    table = PageTable(tmp_path / "a.sqlite3")
    settings = {
        name: table.base.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("temp_store", "cache_size", "mmap_size")
    }
    table.close()
    assert settings == {"temp_store": 1, "cache_size": -4_096, "mmap_size": 0}


def open_files() -> list[str]:
    """What this process has open; a deleted file, too, which has "(deleted)" behind its name."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the folder's own
            found.append(os.readlink(each))
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no list of open files here")
def test_ctrl_c_in_a_loop_over_the_file_leaves_it_closed(tmp_path: Path) -> None:
    table = PageTable(tmp_path / "a.sqlite3")
    loop = table.distinct([(1, 2), (3, 4)])
    assert next(loop) == (1, 2)
    assert any("a.sqlite3" in file for file in open_files())
    table.close()
    assert not any("a.sqlite3" in file for file in open_files())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        next(loop)


def test_what_a_killed_run_left_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "merge.sqlite3").write_bytes(b"half a file")
    table = PageTable(tmp_path / "merge.sqlite3")
    assert table.add(ShardPage(from_page("http://a.test/", "x")), 0, 0)
    assert not table.add(ShardPage(from_page("http://a.test/", "y")), 1, 0)
    table.close()


def test_a_full_disk_is_named_and_what_the_workers_made_is_kept(tmp_path: Path) -> None:
    (shard,) = shards(tmp_path, 250)
    with (
        pytest.raises(OSError, match="full") as caught,
        Merge(tmp_path / "merge.sqlite3", CONFIG) as merge,
    ):
        merge.pages.base.execute("PRAGMA max_page_count = 20")
        merge.add(0, shard)
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
    assert list(tmp_path.iterdir()) == [shard.pages]
