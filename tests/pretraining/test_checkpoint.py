"""The loop around the steps: any trainer is interrupted, resumed and ended the same way."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from course_utils.pretraining import checkpoint
from course_utils.pretraining.checkpoint import TrainingDiverged, take_steps


@dataclass
class Sum:
    """What a step showed."""

    total: float

    @property
    def progress(self) -> str:
        return f"total {self.total}"


@dataclass
class Sums:
    """A history."""

    totals: list[float] = field(default_factory=list)

    @property
    def steps_taken(self) -> int:
        return len(self.totals)


class Adder:
    """A trainer whose single weight grows by the number of the step."""

    def __init__(self) -> None:
        self.weight, self.step_number, self.whole = torch.zeros(1), 0, True
        self.diverges_at = 0

    def step(self) -> Sum:
        if self.step_number + 1 == self.diverges_at:
            raise TrainingDiverged("too fast")
        self.step_number += 1
        self.weight = self.weight + self.step_number
        return Sum(float(self.weight))

    def recover(self) -> bool:
        return self.whole

    def state_dict(self) -> dict:
        return {"tensors": {"weight": self.weight}, "step": self.step_number, "config": {}}

    def load_state_dict(self, state: dict) -> None:
        self.weight, self.step_number = state["tensors"]["weight"], state["step"]


def note(history: Sums, result: Sum) -> None:
    history.totals.append(result.total)


def run(trainer: Adder, folder: Path | None = None, **options) -> Sums:
    return take_steps(
        trainer, 6, Sums, trainer.step, note, title="adding", folder=folder, **options
    )


def stop_at(step: int):
    def stop(result: Sum) -> None:
        if result.total == step * (step + 1) / 2:
            raise KeyboardInterrupt

    return stop


WHOLE = [1.0, 3.0, 6.0, 10.0, 15.0, 21.0]


@pytest.mark.parametrize("every", [2, 100])
def test_an_interrupted_run_goes_on_where_it_was_and_leaves_nothing(every: int, tmp_path: Path):
    with pytest.raises(KeyboardInterrupt, match="3 of 6"):
        run(Adder(), tmp_path, checkpoint_every=every, on_step=stop_at(3))
    assert json.loads((tmp_path / "checkpoint.json").read_text(encoding="utf-8"))["step"] == 3
    again = Adder()
    assert run(again, tmp_path).totals == WHOLE and again.weight == 21
    assert list(tmp_path.iterdir()) == []


def test_half_a_step_is_not_saved_and_the_checkpoint_before_it_stays(tmp_path: Path):
    trainer = Adder()
    trainer.whole = False
    with pytest.raises(KeyboardInterrupt):
        run(trainer, tmp_path, checkpoint_every=2, on_step=stop_at(3))
    again = Adder()
    checkpoint.load(again, tmp_path)
    assert again.step_number == 2 and run(Adder(), tmp_path).totals == WHOLE


def test_a_step_that_the_history_lacks_is_not_saved(tmp_path: Path):
    def lost(history: Sums, result: Sum) -> None:
        if result.total == 6:
            raise KeyboardInterrupt
        note(history, result)

    trainer = Adder()
    with pytest.raises(KeyboardInterrupt):
        take_steps(
            trainer, 6, Sums, trainer.step, lost, title="", folder=tmp_path, checkpoint_every=2
        )
    assert run(Adder(), tmp_path).totals == WHOLE


@pytest.mark.parametrize("first", [True, False])
def test_the_first_checkpoint_is_written_only_where_it_is_asked_for(first: bool, tmp_path: Path):
    seen = []
    run(
        Adder(),
        tmp_path,
        save_first=first,
        on_step=lambda _: seen.append(checkpoint.exists(tmp_path)),
    )
    assert seen == [first] * 6


def test_a_diverged_run_leaves_no_checkpoint(tmp_path: Path):
    trainer = Adder()
    trainer.diverges_at = 4
    with pytest.raises(TrainingDiverged):
        run(trainer, tmp_path, checkpoint_every=1)
    assert not checkpoint.exists(tmp_path)


@pytest.mark.parametrize(
    ("history", "words"),
    [({"sums_of_old": [1.0]}, "sums_of_old"), ({}, "its history has nothing")],
    ids=["another column", "a column too few"],
)
def test_a_checkpoint_of_another_version_is_refused_and_kept(
    history: dict, words: str, tmp_path: Path
):
    checkpoint.save(Adder(), history, checkpoint.fingerprint.of_run(Adder()), tmp_path)
    with pytest.raises(checkpoint.CheckpointError, match=words):
        run(Adder(), tmp_path)
    assert checkpoint.exists(tmp_path)
