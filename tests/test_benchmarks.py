"""Tests that benchmarks still run; what they measure is theirs to say."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import collection, generation, memory, tinyshakespeare, tokenization
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


def test_our_side_of_the_race_on_characters_learns_and_is_scored_on_all_the_rest() -> None:
    ids = np.array([ord(letter) - 97 for letter in "abcdefgh" * 400], dtype=np.uint16)
    seconds, early = tinyshakespeare.ours(ids, 1, seed=0)
    assert seconds > 0
    assert tinyshakespeare.ours(ids, 12, seed=0)[1] < early


def test_the_peers_log_is_read_as_its_script_writes_it() -> None:
    said = (
        "step 0: train loss 4.1, val loss 4.2000\niter 0: loss 4.1, time 99.50ms, mfu -1.00%\n"
        "step 2000: train loss 1.7, val loss 1.8845\n"
    )
    assert tinyshakespeare.STEP_LINE.findall(said) == ["99.50"]
    assert tinyshakespeare.LOSS_LINE.findall(said)[-1] == "1.8845"
