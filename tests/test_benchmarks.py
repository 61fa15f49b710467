"""Tests that benchmarks still run; what they measure is theirs to say."""

import shutil
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import (
    collection,
    generation,
    hacking,
    memory,
    scaling,
    tinyshakespeare,
    tokenization,
)
from course_utils import workspace
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.finetuning_rlhf import hacking_study, proxy
from course_utils.inference.engine import Engine
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.web import LittleWeb
from course_utils.pretraining import scaling as laws


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


def test_every_run_of_the_study_of_sizes_has_steps_enough_and_a_rate_like_the_courses() -> None:
    runs = list(scaling.grid())
    assert len(runs) == len(set(runs)) >= 12
    for budget, width in runs:
        model = laws.size(4096, width, scaling.CONTEXT_TOKENS)
        steps = laws.steps_for([model], budget, scaling.BATCH * scaling.CONTEXT_TOKENS)
        config = laws.settings(model, steps, scaling.BATCH, scaling.CONTEXT_TOKENS, seed=0)
        assert 0.02 < config.adamw_lr < 0.25, (budget, width)


def test_the_study_of_hacking_goes_on_with_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = {
        "FIXED": 16, "CANDIDATES": 4, "COUNTS": (1, 4), "LEASHES": (0.0,), "TEMPERATURES": (0.0,),
        "STEPS": 1, "PRACTICE": 8, "PER_STEP": 4,
    }  # fmt: skip
    for name, value in small.items():
        monkeypatch.setattr(hacking, name, value)
    monkeypatch.setitem(proxy.HOLES, "few", proxy.Hole("few", shown=24))
    shutil.copytree(workspace.load("chat_model").path, tmp_path / "0" / "finetuned")
    asked = Namespace(
        holes=["few"], seeds=[0], models=tmp_path, folder=tmp_path / "kept", off_only=True
    )
    (run,) = hacking.study(asked).runs
    first = capsys.readouterr().out
    asked.off_only = False
    found = hacking.study(asked)
    second = capsys.readouterr().out

    assert "few_0/leash_0.0" in first and "few_0/" not in second and "temperature" in second
    assert found.runs == (run,) and len(run.proxy) == len(run.true) == 1
    roads = [(one.road, one.setting) for one in found.points["few"]]
    assert roads == [
        ("best of n", 1), ("best of n", 4), ("lower temperature", 0), ("PPO", 0)
    ]  # fmt: skip
    hacking_study.save(found, tmp_path / "study.json")
    assert hacking_study.load(tmp_path / "study.json").of("few")[0].labels == run.labels


def test_a_study_without_models_says_how_they_are_made(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="benchmarks.recipe --until finetuned --seeds 7"):
        hacking.Start(7, tmp_path, tmp_path / "kept", 2)
