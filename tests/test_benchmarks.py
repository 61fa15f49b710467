"""Tests that benchmarks still run; what they measure is theirs to say."""

from pathlib import Path

import pytest

from benchmarks import collection, generation, memory, tokenization
from course_utils import workspace
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.inference.engine import Engine
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.web import LittleWeb


def test_the_collection_is_measured_beside_its_peers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    web = LittleWeb(0, "tiny")
    with LittleWebServer(web) as server:
        crawl(web.seeds, tmp_path, proxy=server.proxy_url)
    collection.measure(tmp_path)
    said = capsys.readouterr().out
    for row in ("trafilatura alone, fast", "of the speed", "quality.judge", "fast path"):
        assert row in said


def test_the_memory_of_both_ways_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    memory.measure([40, 80])
    said = capsys.readouterr().out
    assert said.count("byte for byte") == 2 and said.count("bytes a page more") == 2
    assert "on disk" in said and "in memory" in said


def test_every_use_of_the_decode_loop_writes() -> None:
    for name, use in generation.uses(Engine.load(workspace.load("chat_model").path)).items():
        assert use() > 0, name


def test_both_tokenizers_are_timed_on_texts_and_on_words_without_an_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tokenization, "NEW_WORDS", 100)
    tokenization.encode(*tokenization.train(["the cat sat on the mat " * 9], 0.0002), ["the cat"])
    said = capsys.readouterr().out
    assert said.count("the same ids: True") == 2 and "the same merges: True" in said
    assert said.count("s of the processor") == 2 + 2 * 3 + 3 * 2
