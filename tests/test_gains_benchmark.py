"""The study of what each stage gained, at the tiny scale: chains with a stage left out."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

import pytest

from benchmarks import gains
from course_utils import workspace
from course_utils.data_collection import corpus as corpora
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.document import from_page
from course_utils.experiments import gains_study
from course_utils.finetuning_rlhf import ppo, sft
from course_utils.pretraining.config import TrainConfig
from course_utils.tokenization import shards


@pytest.fixture
def small_course(monkeypatch: pytest.MonkeyPatch, one_thread: None) -> None:
    """A corpus of two sources in the test's own workspace, at the tiny scale."""
    monkeypatch.setenv("COURSE_SCALE", "tiny")
    pages = [
        from_page(f"http://{site}.littleweb.test/{number}", f"{text} {number}. " * 60)
        for site, text in (("atlas", "The capital of France is Paris"), ("stories", "A cat sat"))
        for number in range(12)
    ]
    with workspace.write("corpus") as folder:
        corpora.save(folder, pages[:-2], pages[-2:], [], {"atlas": 0.5, "stories": 0.5})
    tokenizer = workspace.load("tokenizer")
    with workspace.write("tokens") as folder:
        shards.write(
            gains.FastTokenizer.load(tokenizer.path), workspace.load("corpus").path, folder
        )


def asked(folder: Path, *more: str) -> Namespace:
    given = ["--seeds", "0", "--count", "1", "--folder", str(folder / "kept")]
    return gains.asked_for([*given, "--models", str(folder / "models"), *more])


def test_every_chain_ends_in_a_chat_that_is_asked_and_nothing_is_made_twice(
    small_course: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = ["no pretraining", "untrained", "base model", "base model, prompted"]
    runs = gains.study(asked(tmp_path, "--ways", *ways, "--most", "3"))
    assert [(run["way"], run["temperature"]) for run in runs] == [
        (way, heat) for way in ways[:3] for heat in (0.0, 1.0)
    ]
    assert capsys.readouterr().out.count('"seed": 0') == 2 * 3
    made = tmp_path / "models" / "0" / "base" / "model.safetensors"
    before = made.stat().st_mtime_ns
    runs = gains.study(asked(tmp_path, "--ways", *ways))
    assert capsys.readouterr().out.count('"seed": 0') == 2 and len(runs) == 8
    assert made.stat().st_mtime_ns == before
    # what never read a page has no base model, only what was finetuned and practised
    place = tmp_path / "kept" / "tiny" / "no_pretraining" / "0"
    assert {path.stem for path in place.glob("*.json")} == {"finetuned", "reward", "practised"}
    rows = gains.table(runs)
    assert rows[0].startswith("| way | temperature | seeds | all | facts |") and len(rows) == 10
    gains_study.save(runs, "2026-11-29", tmp_path / "study.json")
    assert len(gains_study.load(tmp_path / "study.json").runs) == 8


def test_bytes_get_the_same_computing_and_a_window_of_as_many_bytes(
    small_course: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_SCALE", "laptop")
    course = gains.of_bytes(tmp_path)
    usual, base = TrainConfig.preset("laptop"), course.changed["base"]
    sizes = gains.Chain(course, tmp_path).sizes()
    assert (sizes.vocab_size, sizes.context_tokens) == (261, 4 * usual.context_tokens)
    assert sizes.width == usual.model.width and sizes.layers == usual.model.layers

    def operations(steps: int, rows: int, tokens: int, model) -> float:
        return steps * rows * tokens * gains.cost_per_token(model)

    ours = operations(base["steps"], base["batch"], base["context_tokens"], sizes)
    theirs = operations(usual.steps, usual.batch, usual.context_tokens, usual.model)
    assert ours == pytest.approx(theirs, rel=0.01)
    tuning, changed = sft.config("laptop", usual.model), course.changed["sft"]
    ours = operations(changed["steps"], changed["batch"], changed["context_tokens"], sizes)
    theirs = operations(tuning.steps, tuning.batch, tuning.context_tokens, usual.model)
    assert ours == pytest.approx(theirs, rel=0.01)
    # the same proportion of pages and of chats in a batch
    assert course.replay_rows / changed["batch"] == sft.REPLAY_ROWS / tuning.batch
    practice = course.changed["ppo"]
    assert practice["steps"] * practice["max_new_tokens"] == pytest.approx(
        ppo.PPOConfig.steps * ppo.PPOConfig.max_new_tokens, rel=0.15
    )
    index = shards.load_index(course.tokens)["shards"]["atlas"]["train"]
    assert index["tokens"] == index["bytes"] + index["documents"]  # a byte each, and the ends


def test_a_byte_of_the_laptops_window_costs_by_hand() -> None:
    model = TrainConfig.preset("laptop").model
    # four layers of 4 x 128 x 128 + 3 x 128 x 336 + 256, the table, the last norm: 1,303,680
    expected = 6 * 1_303_680 + 6 * 4 * 128 * 256
    assert gains.cost_per_token(model) == expected


def test_without_collection_every_page_stays_and_each_source_weighs_what_it_is_large(
    tmp_path: Path,
) -> None:
    gains.write_unfiltered(tmp_path / "corpus", "tiny")
    corpus = Corpus.load(tmp_path / "corpus")
    sites = {document.source for document in corpus.train}
    assert {"spam", "mirror", "atlas"} <= sites and not corpus.dropped
    texts = [document.text for document in corpus.train]
    assert len(set(texts)) < len(texts)  # copies are still there
    assert any("@" in text for text in texts)  # and addresses of people
    sizes = {
        source: sum(len(d.text.encode()) for d in corpus.train if d.source == source)
        for source in corpus.mix
    }
    assert corpus.mix["atlas"] == pytest.approx(sizes["atlas"] / sum(sizes.values()))


def test_a_run_of_other_questions_or_a_damaged_one_ends_the_call(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    run = {"way": "untrained", "seed": 0, "temperature": 0.0, "asked": 9, "facts": 0.0}
    run |= {"stories": 0.0, "unknown": 0.0, "talk": 0.0}
    path.write_text(json.dumps([run]), encoding="utf-8")
    assert gains.kept(path, 9) == [run]
    with pytest.raises(SystemExit, match="made with 9 questions"):
        gains.kept(path, 150)
    path.write_text("[{}]", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"run\.json is damaged"):
        gains.kept(path, 9)


@pytest.mark.parametrize("given", [["--ways", "nothing"], ["--shipped"]])
def test_what_the_study_cannot_do_is_refused(given: list[str]) -> None:
    with pytest.raises(SystemExit):
        gains.asked_for(given)
