"""Training: it learns, goes on exactly after an interruption, and stops when it explodes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils.model.transformer import Transformer
from course_utils.pretraining import checkpoint
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.checkpoint import CheckpointError
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.optimizer import AdamW
from course_utils.pretraining.train import Trainer, TrainingDiverged, train

from .small_run import CONFIG, IDS, MODEL, parts, stop_at, stopped

USUAL = TrainConfig()


def test_training_learns_a_pattern():
    config = replace(CONFIG, steps=36)
    history = train(*parts(config), config)
    assert history.losses[0] == pytest.approx(np.log(64))
    assert history.losses[-1] < 0.5
    assert history.tokens == 36 * 4 * 32 and history.tokens_per_second > 0


def test_validation_is_measured_every_few_steps():
    model, batches = parts()
    rows = [batches.next() for _ in range(2)]
    history = train(model, batches, CONFIG, validation=iter(rows))
    assert history.val_steps == [4, 8, 12, 16]
    assert history.val_losses[-1] < history.val_losses[0]


@pytest.mark.parametrize("step", [1, 7, 10])
def test_an_interrupted_run_goes_on_to_the_same_losses(step: int, tmp_path: Path):
    whole_model, batches = parts()
    whole = train(whole_model, batches, CONFIG)
    with pytest.raises(KeyboardInterrupt, match=f"{step} of 16"):
        train(*parts(), CONFIG, folder=tmp_path, on_step=stop_at(step))
    model, batches = parts()
    resumed = train(model, batches, CONFIG, folder=tmp_path)
    assert resumed.losses == whole.losses and resumed.steps == whole.steps
    for one, other in zip(model.parameters(), whole_model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_an_interruption_inside_an_update_goes_back_to_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole = train(*parts(), CONFIG)
    real = torch.optim.AdamW.step
    calls = []

    def interrupted(self: torch.optim.AdamW, *arguments: object) -> object:
        calls.append(1)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return real(self, *arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(torch.optim.AdamW, "step", interrupted)
        train(*parts(), CONFIG, folder=tmp_path)
    assert '"step": 5' in (tmp_path / "checkpoint.json").read_text(encoding="utf-8")
    assert train(*parts(), CONFIG, folder=tmp_path).losses == whole.losses


def test_a_finished_run_leaves_no_checkpoint(tmp_path: Path):
    train(*parts(), CONFIG, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path):
    with pytest.raises(KeyboardInterrupt):
        train(*parts(), CONFIG, folder=tmp_path, on_step=stop_at(2))
    said = f"had muon_lr={CONFIG.muon_lr}, this one has muon_lr=0.5"
    with pytest.raises(CheckpointError, match=re.escape(said)):
        train(*parts(), replace(CONFIG, muon_lr=0.5), folder=tmp_path)


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ({"tokens": {"only": IDS[::-1]}}, "tokens of only: 1,280 tokens .* then, 1,280 tokens"),
        ({"tokens": {"only": IDS[:-1]}}, "tokens of only: 1,280 tokens .* then, 1,279 tokens"),
        (
            {"tokens": {"only": IDS, "more": IDS}, "mix": {"only": 3.0, "more": 1.0}},
            r"mix: only 1\.0 then, only 0\.75, more 0\.25 now",
        ),
        ({"batch": 8}, "rows per batch: 4 then, 8 now"),
        ({"context_tokens": 16}, "tokens per row: 32 then, 16 now"),
        ({"seed": 1}, "seed of the rows: 0 then, 1 now"),
    ],
    ids=["other ids", "shorter shard", "mix", "batch", "context", "seed"],
)
def test_a_run_on_other_data_is_refused_and_the_checkpoint_kept(
    changed: dict, differs: str, tmp_path: Path
):
    stopped(tmp_path)
    given = {"tokens": {"only": IDS}, "mix": {"only": 1.0}, "batch": 4, "context_tokens": 32}
    with pytest.raises(CheckpointError, match=differs) as refused:
        train(Transformer(MODEL), Batches(**given | changed), CONFIG, folder=tmp_path)
    assert "nothing was deleted" in str(refused.value)
    # the run that was stopped still goes on
    assert train(*parts(), CONFIG, folder=tmp_path).losses == train(*parts(), CONFIG).losses


def test_the_same_ids_and_shares_in_other_types_are_the_same_data(tmp_path: Path):
    stopped(tmp_path)
    batches = Batches({"only": IDS.astype(np.int64), "none": IDS}, {"only": 7, "none": 0}, 4, 32)
    assert train(Transformer(MODEL), batches, CONFIG, folder=tmp_path).steps_taken == 16


def test_a_run_from_another_model_is_refused(tmp_path: Path):
    stopped(tmp_path)
    with pytest.raises(CheckpointError, match="starting weights: .* then, .* now"):
        train(Transformer(MODEL, seed=1), parts()[1], CONFIG, folder=tmp_path)


def test_the_line_that_the_refusal_gives_begins_anew(tmp_path: Path):
    stopped(tmp_path)
    model, batches = Transformer(MODEL, seed=1), parts()[1]
    with pytest.raises(CheckpointError) as refused:
        train(model, batches, CONFIG, folder=tmp_path)
    exec(str(refused.value).splitlines()[-1].strip(), {})
    assert train(model, batches, CONFIG, folder=tmp_path).steps[0] == 1


@pytest.mark.parametrize("inside", [False, True], ids=["after a step", "inside an update"])
def test_a_run_goes_on_with_the_very_model_that_was_stopped(
    inside: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    model, calls = parts()[0], []
    real = torch.optim.AdamW.step

    def interrupted(self: torch.optim.AdamW, *arguments: object) -> object:
        result = real(self, *arguments)
        calls.append(1)
        if inside and len(calls) == 8:
            raise KeyboardInterrupt
        return result

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(torch.optim.AdamW, "step", interrupted)
        train(model, parts()[1], CONFIG, folder=tmp_path, on_step=stop_at(9))
    whole_model, batches = parts()
    whole = train(whole_model, batches, CONFIG)
    assert train(model, parts()[1], CONFIG, folder=tmp_path).losses == whole.losses
    for one, other in zip(model.parameters(), whole_model.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(
    "make",
    [
        lambda weights: AdamW(weights, lr=0.02),
        lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9),
        lambda weights: torch.optim.RAdam(weights, lr=0.01),
    ],
    ids=["ours written out", "SGD", "RAdam"],
)
def test_a_run_with_any_optimizer_goes_on_to_the_same_weights(make: Callable, tmp_path: Path):
    class WithOther(Trainer):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)
            self.optimizers = [make(self.model.parameters())]

    whole, model = parts()[0], parts()[0]
    losses = train(whole, parts()[1], CONFIG, trainer=WithOther).losses
    with pytest.raises(KeyboardInterrupt):
        train(*parts(), CONFIG, folder=tmp_path, on_step=stop_at(7), trainer=WithOther)
    resumed = train(model, parts()[1], CONFIG, folder=tmp_path, trainer=WithOther)
    assert resumed.losses == losses and losses[-1] < losses[0]
    for one, other in zip(model.parameters(), whole.parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_history_counts_the_tokens_of_the_rows_that_were_read():
    batches = Batches({"only": IDS}, {"only": 1.0}, batch=3, context_tokens=20)
    assert train(Transformer(MODEL), batches, CONFIG).tokens == 16 * 3 * 20


def test_a_checkpoint_that_does_not_say_what_it_learnt_from_is_refused_and_kept(tmp_path: Path):
    stopped(tmp_path)
    path = tmp_path / "checkpoint.json"
    state = json.loads(path.read_text(encoding="utf-8"))
    del state["made_from"]
    path.write_text(json.dumps(state), encoding="utf-8")
    with pytest.raises(CheckpointError, match="tokens of only: nothing then"):
        train(*parts(), CONFIG, folder=tmp_path)
    assert checkpoint.exists(tmp_path)


@pytest.mark.parametrize("name", ["checkpoint.json", "step_000002.safetensors"])
def test_a_damaged_checkpoint_is_refused_and_can_be_cleared(name: str, tmp_path: Path):
    with pytest.raises(KeyboardInterrupt):
        train(*parts(), CONFIG, folder=tmp_path, on_step=stop_at(2))
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-30])
    with pytest.raises(CheckpointError, match="damaged"):
        train(*parts(), CONFIG, folder=tmp_path)
    checkpoint.clear(tmp_path)
    assert train(*parts(), CONFIG, folder=tmp_path).steps[0] == 1


def test_a_checkpoint_that_cannot_be_written_says_so(tmp_path: Path):
    (tmp_path / "taken").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(CheckpointError, match="taken"):
        train(*parts(), CONFIG, folder=tmp_path / "taken")


@pytest.mark.parametrize("rate", [3.0, 1000.0])
def test_an_exploding_loss_names_the_rate_and_keeps_good_weights(rate: float, tmp_path: Path):
    config = replace(CONFIG, adamw_lr=rate)
    model, batches = parts(config)
    said = f"Lower adamw_lr: it is {rate:g}; {USUAL.adamw_lr:.2g} is a safe choice"
    with pytest.raises(TrainingDiverged, match=re.escape(said)):
        train(model, batches, config, folder=tmp_path)
    assert not checkpoint.exists(tmp_path)  # so that another rate can be tried at once
    rows = parts(config)[1].next()
    assert Trainer(model, batches, config).validate([rows]) < np.log(64) + 1


def test_a_loss_that_is_not_a_number_stops_training():
    model, batches = parts()
    trainer = Trainer(model, batches, CONFIG)
    trainer.step()
    with torch.no_grad():
        model.model.norm.weight.fill_(float("nan"))
    with pytest.raises(TrainingDiverged, match="nan at step 2") as error:
        trainer.step()
    assert "Lower adamw_lr: it is 0.02" in str(error.value)
    assert all(weight.isfinite().all() for weight in model.parameters())


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("step", [1, 2])
def test_a_gradient_that_is_no_number_changes_no_weight_not_even_at_the_last_step(
    step: int, bad: float
):
    config = replace(CONFIG, steps=2)
    model, batches = parts(config)
    gradients = []

    def spoil(gradient: torch.Tensor) -> torch.Tensor:
        gradients.append(gradient)
        return gradient * bad if len(gradients) == step else gradient

    model.lm_head.weight.register_hook(spoil)
    with pytest.raises(TrainingDiverged, match=rf"gradient became (nan|inf) at step {step}"):
        train(model, batches, config)
    assert len(gradients) == step
    assert all(weight.isfinite().all() for weight in model.parameters())


def test_bfloat16_trains_too():
    config = replace(CONFIG, steps=12, precision="bfloat16")
    assert train(*parts(config), config).losses[-1] < np.log(64) - 0.5


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_training_on_a_gpu_gives_nearly_the_losses_of_the_processor():
    model, batches = parts()
    on_gpu = train(model.to("cuda"), batches, CONFIG).losses
    assert on_gpu == pytest.approx(train(*parts(), CONFIG).losses, abs=0.02)


@pytest.mark.parametrize("scale", ["tiny", "laptop", "gpu"])
def test_every_scale_has_a_preset_of_the_vocabulary_asked_for(scale: str):
    assert TrainConfig.preset(scale, vocab_size=300).model.vocab_size == 300


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"context_tokens": 512}, "up to 256"),
        ({"steps": 0}, "steps is 0"),
        ({"muon_lr": -1.0}, "above 0"),
        ({"adamw_lr": float("nan")}, "above 0"),
        ({"precision": "int8"}, "'int8'"),
        ({"warmdown": 1.5}, "0 to 1"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, message: str):
    with pytest.raises(ValueError, match=message):
        TrainConfig(**settings)


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueError, match="'huge'"):
        TrainConfig.preset("huge")


def test_muon_is_blamed_where_the_rate_of_adamw_is_usual():
    config = replace(CONFIG, adamw_lr=USUAL.adamw_lr, muon_lr=5.0)
    model, batches = parts(config)
    with torch.no_grad():
        model.lm_head.weight.fill_(float("inf"))
    said = f"Lower muon_lr: it is 5; {USUAL.muon_lr:.2g} is a safe choice"
    with pytest.raises(TrainingDiverged, match=re.escape(said)):
        Trainer(model, batches, config).step()
