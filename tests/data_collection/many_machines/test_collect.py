"""The pipeline archive by archive: the bytes of one process, and nothing made twice."""

from __future__ import annotations

import collections
import hashlib
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from course_utils.data_collection import steps
from course_utils.data_collection.archives.warc import Response, WarcWriter
from course_utils.data_collection.corpus import Corpus, EmptyCorpus
from course_utils.data_collection.dedup.dedup import DedupConfig
from course_utils.data_collection.failures import PageFailure
from course_utils.data_collection.many_machines import shards
from course_utils.data_collection.many_machines.collect import (
    CollectionStats,
    collect_shards,
    main,
)
from course_utils.data_collection.pipeline import collect
from course_utils.data_collection.steps import PipelineConfig

from ..pages import prose, web

MENU = "Here is the menu that stands on every page of this site, again and again."


def archives(folder: Path, count: int = 4) -> Path:
    """The made-up web in several archives; some addresses stand in two, with other texts."""
    folder.mkdir(parents=True)
    pages = web() | {f"http://menu.test/{n}": f"{prose(300 + n)}\n\n{MENU}" for n in range(24)}
    pages |= {f"http://tales.test/fr-{n}": web()["http://tales.test/fr"] for n in range(9)}
    pages |= {f"http://mirror.test/{n}": prose(300 + n) for n in range(6)}  # without the menu
    urls = random.Random(5).sample(sorted(pages), len(pages))
    for number in range(count):
        writer = WarcWriter(folder / f"part-{number}.warc.gz")
        again = ["http://atlas.test/1/1.html", "http://tales.test/fr", "http://tales.test/spam"]
        for url in [*urls[number::count], *again]:
            text = prose(900 + number) if url in again and number != 1 else pages[url]
            body = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
            writer.write(url, 200, [("Content-Type", "text/html")], body.encode())
        writer.close()
    return folder


def at_once(archives: Path, folder: Path, config: PipelineConfig | None = None) -> dict[str, str]:
    """The hash of each file of the corpus that one process makes."""
    collect(archives, config).save(folder)
    return hashes(folder)


def hashes(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}


def step_counts(corpus: Corpus | CollectionStats) -> list[tuple]:
    return [(s.step, s.documents_in, s.documents_out, s.note) for s in corpus.steps]


@pytest.mark.parametrize(
    "config",
    [
        PipelineConfig(),
        PipelineConfig(dedup=DedupConfig(fast=False)),
        PipelineConfig(quality=False, privacy=False),
        PipelineConfig(deduplicate=False),
    ],
)
def test_shard_by_shard_gives_the_bytes_of_one_process(
    config: PipelineConfig, tmp_path: Path
) -> None:
    folder = archives(tmp_path / "w")
    path = folder / "part-2.warc.gz"
    path.write_bytes(path.read_bytes()[:-150])
    in_memory = collect(folder, config)
    with ThreadPoolExecutor(3) as executor:
        other = collect_shards(folder, tmp_path / "b", config, executor=executor)
    assert hashes(tmp_path / "b") == at_once(folder, tmp_path / "a", config)
    assert step_counts(other) == step_counts(in_memory)
    assert other.problems == in_memory.problems != []


def test_archives_without_a_page_worth_keeping_are_no_trouble(tmp_path: Path) -> None:
    folder = archives(tmp_path / "w", 2)
    (folder / "part-1-empty.warc.gz").write_bytes(b"")
    writer = WarcWriter(folder / "part-9.warc.gz")
    writer.write("http://a.test/fr", 200, [], web()["http://tales.test/fr"].encode())
    writer.close()
    collect_shards(folder, tmp_path / "b")
    assert hashes(tmp_path / "b") == at_once(folder, tmp_path / "a")


def test_a_finished_shard_is_not_made_again(tmp_path: Path) -> None:
    folder, said = archives(tmp_path / "w"), []

    def stop(name: str, made: bool) -> None:
        said.append((name, made))
        if len(said) == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect_shards(folder, tmp_path / "b", on_shard=stop)
    assert said[4:] == [(f"signatures-part-{n}.warc.gz.safetensors", True) for n in range(2)]
    assert not list((tmp_path / "b.work").glob("*.sqlite3"))
    said.clear()
    collect_shards(folder, tmp_path / "b", on_shard=lambda name, made: said.append((name, made)))
    assert [made for _, made in said] == [False] * 6 + [True] * 2
    assert hashes(tmp_path / "b") == at_once(folder, tmp_path / "a")


def test_only_what_changed_is_made_again(tmp_path: Path) -> None:
    folder, corpus, said = archives(tmp_path / "w"), tmp_path / "b", []

    def made(config: PipelineConfig) -> list[str]:
        said.clear()
        collect_shards(
            folder, corpus, config, on_shard=lambda name, new: said.append(name) if new else None
        )
        return [name.split(".")[0] for name in said]

    parts = [f"part-{n}" for n in range(4)]
    config = PipelineConfig()
    made(config)
    assert made(replace(config, dedup=DedupConfig(threshold=0.8))) == []
    assert made(replace(config, dedup=DedupConfig(fast=False))) == [
        f"signatures-{part}" for part in parts
    ]
    assert made(replace(config, privacy=False))[:4] == [f"pages-{part}" for part in parts]
    made(config)
    (folder / "part-3.warc.gz").write_bytes((folder / "part-0.warc.gz").read_bytes())
    assert made(config)[0] == "pages-part-3"
    assert "pages-part-0" not in said


def test_a_change_of_the_rules_makes_the_pages_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shards._key(["x"], shards.RULES_OF_PAGES)
    assert before == shards._key(["x"], shards.RULES_OF_PAGES)
    assert before != shards._key(["x"], shards.RULES_OF_PAGES[:-1])
    assert before != shards._key(["y"], shards.RULES_OF_PAGES)
    for name in shards.RULES_OF_PAGES:
        copy = tmp_path / f"{name}.py"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes((shards.CODE / f"{name}.py").read_bytes())
    monkeypatch.setattr(shards, "CODE", tmp_path)
    assert before == shards._key(["x"], shards.RULES_OF_PAGES)
    with (tmp_path / "clean" / "quality.py").open("a", encoding="utf-8") as file:
        file.write("# another rule\n")
    assert before != shards._key(["x"], shards.RULES_OF_PAGES)


def test_a_page_on_which_a_step_fails_stops_no_worker_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, work = "http://atlas.test/1/2.html", steps.extract

    def fails_on_one(page: Response) -> str:
        return work(page) if page.url != odd else str(1 // 0)

    folder = archives(tmp_path / "w", 2)
    monkeypatch.setattr(steps, "extract", fails_on_one)
    with pytest.warns(PageFailure, match="extract failed on 1 page"):
        many = collect_shards(folder, tmp_path / "many")
    with pytest.warns(PageFailure, match="extract failed on 1 page"):
        one = collect(folder)
    dropped = {d.document.url: d.reason for d in Corpus.load(tmp_path / "many").dropped}
    assert dropped[odd] == "failed with ZeroDivisionError"
    assert dropped == {d.document.url: d.reason for d in one.dropped}
    assert [odd in problem for problem in many.problems] == [True]


def test_a_damaged_file_of_a_worker_is_named_with_what_to_do(tmp_path: Path) -> None:
    folder, work = archives(tmp_path / "w"), tmp_path / "work"
    collect_shards(folder, tmp_path / "b", work=work)
    path = work / "pages-part-1.warc.gz.jsonl.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[:-50])
    with pytest.raises(ValueError, match=r"pages-part-1\."):
        collect_shards(folder, tmp_path / "b", work=work)
    for place in range(20, len(whole) - 40, len(whole) // 12):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        with pytest.raises(ValueError, match=r"pages-part-1\."):
            collections.deque(shards.read_pages(shards.Shard(folder / "part-1.warc.gz", work), []))
    path.unlink()
    collect_shards(folder, tmp_path / "b", work=work)
    assert len(Corpus.load(tmp_path / "b").documents) > 60


def test_a_file_that_was_not_written_to_its_end_does_not_get_its_name(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), shards._Whole(tmp_path / "pages") as path:
        path.write_bytes(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_two_archives_of_one_name_are_refused(tmp_path: Path) -> None:
    first, second = archives(tmp_path / "a"), archives(tmp_path / "b")
    both = [folder / "part-0.warc.gz" for folder in (first, second)]
    with pytest.raises(ValueError, match=r"part-0\.warc\.gz"):
        collect_shards(both, tmp_path / "c")


def test_no_archive_is_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="archive"):
        collect_shards([], tmp_path / "c")


def test_a_worker_that_does_not_see_an_archive_says_which(tmp_path: Path) -> None:
    with (
        ThreadPoolExecutor(1) as executor,
        pytest.raises(RuntimeError, match=r"gone\.warc\.gz"),
    ):
        collect_shards([tmp_path / "gone.warc.gz"], tmp_path / "b", executor=executor)


def test_an_empty_corpus_says_which_step_dropped_what(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    for number in range(2):
        writer = WarcWriter(tmp_path / "w" / f"{number}.warc.gz")
        for name, text in (("fr", web()["http://tales.test/fr"]), ("empty", "")):
            body = f"<p>{text}</p>".encode()
            writer.write(
                f"http://{number}.test/{name}", 200, [("Content-Type", "text/html")], body
            )
        writer.close()
    with pytest.raises(EmptyCorpus, match="'language'") as caught:
        collect_shards(tmp_path / "w", tmp_path / "b")
    assert not (tmp_path / "b").exists()
    assert "extract: 4 -> 2 (2 x no text)" in str(caught.value)
    assert "language: 2 -> 0 (2 x language is fr, not en)" in str(caught.value)


def test_the_command_line_uses_processes_and_writes_the_corpus(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    folder = archives(tmp_path / "w", 2)
    main([str(folder), str(tmp_path / "b"), "--processes", "1"])
    said = capsys.readouterr().out
    assert "made pages-part-0.warc.gz.jsonl.gz\n" in said and "split: " in said
    assert hashes(tmp_path / "b") == at_once(folder, tmp_path / "a")


def test_a_missing_dask_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ModuleNotFoundError, match=r"\[distributed\]"):
        main([str(tmp_path), str(tmp_path / "c"), "--scheduler", "tcp://127.0.0.1:1"])
