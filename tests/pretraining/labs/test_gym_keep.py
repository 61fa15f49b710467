"""The Training Gym: bad input, and "Keep this model"; without a browser."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from course_utils import workspace
from course_utils.model import save
from course_utils.pretraining.labs import GymLab
from course_utils.pretraining.labs.gym.training import Shape
from course_utils.ui import running, unpack

from .small_gym import (
    HELD_OUT,
    TOKENIZER,
    TRAIN,
    gym,
    press,
    same,
    take,
    until,
    weights,
)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[GymLab]:
    """A live lab, as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    yield gym()
    for trainer in running(GymLab.name):
        trainer.stop()


@pytest.fixture
def artifacts(tmp_path: Path) -> list[workspace.Artifact]:
    """A corpus, a tokenizer and tokens in the reader's workspace."""
    with workspace.write("corpus") as folder:
        (folder / "text.txt").write_text("The cat sat.", encoding="utf-8")
    with workspace.write("tokenizer", inputs=[workspace.load("corpus")]) as folder:
        TOKENIZER.save(folder)
    made_from = [workspace.load("corpus"), workspace.load("tokenizer")]
    with workspace.write("tokens", inputs=made_from) as folder:
        index = {"vocab_size": TOKENIZER.vocab_size, "seed": 0, "shards": {}}
        for name, split, row in (
            ("atlas", "train", TRAIN["atlas"]),
            ("atlas", "validation", HELD_OUT["atlas"]),
        ):
            row.astype("<u2").tofile(folder / f"{name}.{split}.bin")
            index["shards"].setdefault(name, {})[split] = {"tokens": len(row)}
        (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return [*made_from, workspace.load("tokens")]


@pytest.mark.parametrize("rate", [0.0001, 10.0])
@pytest.mark.parametrize("name", ["Muon + AdamW", "AdamW", "SGD"])
def test_the_ends_of_the_learning_rate_train_or_say_what_to_do(
    live: GymLab, rate: float, name: str
) -> None:
    live.optimizer.value, live.learning_rate.value = name, rate
    take(live, 15)
    assert live.trainer.is_alive()
    assert live.view.status == "paused" or "Lower the learning rate" in live.view.banner


def test_a_batch_of_one_trains() -> None:
    assert gym(batch=1, steps=5).steps == 5


@pytest.mark.parametrize("count", [0, 1, 16])
def test_a_source_without_a_whole_row_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=rf"\b{count} tokens.*\b17\b"):
        gym(tokens={"atlas": TRAIN["atlas"][:count]}, mix={"atlas": 1.0})


@pytest.mark.parametrize("tokens", [{}, {"other": TRAIN["atlas"]}])
def test_an_empty_corpus_is_refused_with_what_to_do(tokens: dict) -> None:
    with pytest.raises(ValueError, match="notebook 02"):
        gym(tokens=tokens)


def test_a_context_longer_than_the_corpus_is_a_banner_and_the_model_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    lab = gym(tokens={"atlas": TRAIN["atlas"][:100]}, mix={"atlas": 1.0})
    lab.shape["context"].value = 128
    press(lab, "Reset")
    until(lambda: lab.view.status == "error")
    assert "use a shorter context" in lab.view.banner.lower()
    lab.shape["context"].value = 32
    press(lab, "Reset")
    until(lambda: lab.view.status == "paused")
    assert take(lab, 1)["shape"]["context"] == 32
    lab.trainer.stop()


def test_a_batch_that_finds_no_memory_is_a_banner_and_a_smaller_one_goes_on(live: GymLab) -> None:
    take(live, 2)
    before = weights(live)
    live.trainer.send("change", "batch", 2**44)
    live.trainer.send("steps", 1)
    until(lambda: live.view.status == "error")
    assert "not enough memory" in live.view.banner and "Lower batch" in live.view.banner
    assert same(before, weights(live))
    live.trainer.send("change", "batch", 2)
    assert take(live, 1)["step"] == 3


def test_without_validation_tokens_there_is_no_red_line_and_training_goes_on() -> None:
    lab = gym(validation={}, steps=4)
    assert lab.steps == 4 and math.isnan(lab.validation_loss)


def test_tokens_of_another_tokenizer_are_refused() -> None:
    with pytest.raises(ValueError, match="token id 60000"):
        gym(tokens={"atlas": np.full(100, 60000, np.uint16)}, mix={"atlas": 1.0})


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"learning_rate": 0.0}, "0.0001 to 10"),
        ({"learning_rate": float("nan")}, "0.0001 to 10"),
        ({"batch": 3}, "batch is 3"),
        ({"optimizer": "Adam"}, "optimizer is 'Adam'"),
        ({"weight_decay": -1}, "weight_decay is -1"),
        ({"shape": Shape(width=20)}, "width is 20"),
        ({"shape": Shape(device="abacus")}, "device is 'abacus'"),
    ],
)
def test_a_first_setting_off_its_control_is_refused(changed: dict, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        gym(**changed)


def test_keeping_an_untrained_model_is_refused_and_writes_nothing(
    artifacts: list[workspace.Artifact],
) -> None:
    lab = gym(tokens=artifacts[2], mix={"atlas": 1.0}, inputs=artifacts, validation=None)
    lab.trainable.reset()
    lab.keep_model()
    assert "No step was trained yet" in lab.note
    assert workspace.have()["base_model"] == "missing"


def test_a_kept_model_is_the_base_model_with_its_inputs_and_settings(
    artifacts: list[workspace.Artifact],
) -> None:
    lab = gym(tokens=artifacts[2], mix={"atlas": 1.0}, inputs=artifacts, seed=4, validation=None)
    lab.keep_model()
    kept = workspace.load("base_model")
    assert kept.origin == "own" and lab.note.startswith("Kept after step 3")
    assert list(kept.manifest["inputs"]) == ["corpus", "tokenizer", "tokens"]
    assert (kept.manifest["seed"], kept.manifest["settings"]["steps"]) == (4, 3)
    assert same(weights(lab), list(save.load(kept.path).state_dict().values()))
    assert (kept.path / "tokenizer.json").is_file()


def test_the_button_keeps_the_model_of_that_moment(
    artifacts: list[workspace.Artifact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    lab = gym(tokens=artifacts[2].path, mix={"atlas": 1.0}, inputs=artifacts, validation=None)
    take(lab, 7)
    lab.keep.click()
    until(lambda: "Kept after step 7" in unpack(lab.view.frame)[0]["note"])
    lab.trainer.stop()
    kept = workspace.load("base_model")
    assert same(weights(lab), list(save.load(kept.path).state_dict().values()))


@pytest.mark.parametrize("name", ["keep", "colour"])
def test_what_is_no_setting_is_refused_and_keeping_is_none(name: str) -> None:
    lab = gym()
    with pytest.raises(KeyError, match=name):
        lab.trainable.change(name, True)
    assert lab.note == ""


def test_without_its_artifacts_a_model_is_not_kept_and_the_lab_says_why() -> None:
    lab = gym()
    lab.keep_model()
    assert "was not told which corpus" in lab.note and "inputs=" in lab.note
