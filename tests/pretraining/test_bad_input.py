"""Rows and checkpoints that do not fit a run: refused before a step, and nothing is lost."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from safetensors.torch import save as save_bytes

from course_utils.model.transformer import Transformer
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.checkpoint import CheckpointError
from course_utils.pretraining.train import train

from .small_run import CONFIG, IDS, MODEL, parts, stopped


@pytest.mark.parametrize(("name", "value"), [("layers", 2), ("width", 32), ("tied", True)])
def test_a_checkpoint_of_another_shape_is_refused_by_that_setting(
    name: str, value: object, tmp_path: Path
):
    stopped(tmp_path)
    config = replace(CONFIG, model=replace(MODEL, **{name: value}))
    said = f"had model.{name}={getattr(MODEL, name)}, this one has model.{name}={value}; nothing"
    with pytest.raises(CheckpointError, match=re.escape(said)):
        train(*parts(config), config, folder=tmp_path)
    assert train(*parts(), CONFIG, folder=tmp_path).losses == train(*parts(), CONFIG).losses


def test_tokens_beyond_the_models_vocabulary_are_refused_before_the_first_step(tmp_path: Path):
    stopped(tmp_path)
    rare = IDS.copy()
    rare[-1] = 4095  # drawn so seldom that a run might meet it after an hour
    for batches in (Batches({"only": rare}, {"only": 1.0}, 4, 32), parts()[1]):
        rows = [torch.full((2, 33), 64)] if batches.largest_id == 63 else []
        with pytest.raises(
            ValueError, match=r"token id (4095|64), .*vocabulary of 64 "
        ) as refused:
            train(Transformer(MODEL), batches, CONFIG, rows, folder=tmp_path)
        assert "tokenizer that wrote these tokens" in str(refused.value)
    # what was there before is still there
    assert train(*parts(), CONFIG, folder=tmp_path).losses == train(*parts(), CONFIG).losses


def test_rows_longer_than_the_model_reads_are_refused_before_the_first_step():
    long = Batches({"only": IDS}, {"only": 1.0}, 4, 64)
    said = r"have 64 tokens, but the model reads at most 32.\n.*context_tokens=32"
    with pytest.raises(ValueError, match="The rows " + said):
        train(Transformer(MODEL), long, CONFIG)
    # without looking ahead, these would stop the run at its first evaluation
    with pytest.raises(ValueError, match="The validation rows " + said):
        train(*parts(), CONFIG, validation=[long.next()], on_step=lambda _: pytest.fail("a step"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("numbers", None, "another version.*TypeError"),
        ("batches", {}, "another version.*rows_drawn"),
        ("step", "two", "damaged: .*'two' as its step"),
        ("step", 1, "damaged: 2 steps are noted, and 1 counted"),
        ("config", None, "damaged: .*None as its config"),
        ("history", [], r"damaged: .*\[\] as its history"),
        ("history", {}, "its history has nothing"),
        ("made_from", 3, "damaged: .*3 as its made_from"),
        ("weights", 3, "damaged: .*3 as its weights"),
        ("weights", "step_000009.safetensors", "damaged: .*step_000009.safetensors is missing"),
    ],
)
def test_an_index_that_says_something_else_is_refused_and_kept(
    name: str, value: object, said: str, tmp_path: Path
):
    stopped(tmp_path)
    path = tmp_path / "checkpoint.json"
    state = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(state | {name: value}), encoding="utf-8")
    with pytest.raises(CheckpointError, match=said) as refused:
        train(*parts(), CONFIG, folder=tmp_path)
    assert "Begin anew" in str(refused.value)
    path.write_text(json.dumps(state), encoding="utf-8")
    assert train(*parts(), CONFIG, folder=tmp_path).losses == train(*parts(), CONFIG).losses


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"model.lm_head.weight": torch.zeros(3, 3)},
            r"lm_head.weight is \(3, 3\), here \(64, 16\)",
        ),
        ({"model.lm_head.weight": None}, "lm_head.weight is not there"),
        ({"model.more": torch.zeros(2)}, r"model.more is \(2,\), here no"),
    ],
    ids=["another shape", "one missing", "one more"],
)
def test_weights_that_are_not_this_models_are_refused_before_one_is_changed(
    changes: dict, said: str, tmp_path: Path
):
    stopped(tmp_path)
    path = tmp_path / "checkpoint.json"
    state = json.loads(path.read_text(encoding="utf-8"))
    tensors = load_file(tmp_path / state["weights"]) | changes
    data = save_bytes({name: value for name, value in tensors.items() if value is not None})
    (tmp_path / state["weights"]).write_bytes(data)
    index = state | {"sha256": hashlib.sha256(data).hexdigest()}
    path.write_text(json.dumps(index), encoding="utf-8")
    model, untouched = parts()[0], parts()[0]
    with pytest.raises(CheckpointError, match=said):
        train(model, parts()[1], CONFIG, folder=tmp_path)
    for one, other in zip(model.parameters(), untouched.parameters(), strict=True):
        assert torch.equal(one, other)
