"""PPO that is interrupted: what is kept, and how a run goes on."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch

from course_utils.finetuning_rlhf.ppo import (
    PPOResult,
    train_ppo,
)
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.pretraining import checkpoint
from course_utils.pretraining.memory import OutOfMemory

from .ppo_practice import (
    PROMPTS,
    practice,
    same,
    weights,
)


def interrupted(folder: Path, at: int, **changed) -> None:
    def watch(result: PPOResult) -> float:
        if result.step == at:
            raise KeyboardInterrupt
        return 1.0

    with pytest.raises(KeyboardInterrupt, match=f"{at} of 5"):
        train_ppo(practice(**changed), folder, watch)


def test_a_run_stopped_by_ctrl_c_goes_on_to_the_weights_of_a_whole_one(tmp_path: Path):
    whole, again = practice(baseline=None), practice(baseline=None)
    history = train_ppo(whole, watch=lambda result: 1.0)
    interrupted(tmp_path, 3, baseline=None)
    resumed = train_ppo(again, tmp_path, watch=lambda result: 1.0)
    assert same(weights(whole), weights(again))
    assert (resumed.proxy, resumed.kl, resumed.length) == (
        history.proxy,
        history.kl,
        history.length,
    )
    assert [math.isnan(one) for one in resumed.watched] == [False, False, True, False, False]
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_within_a_step_leaves_the_step_before(tmp_path: Path, monkeypatch):
    whole, stopped = practice(), practice()
    train_ppo(whole)
    real, calls = stopped._apply, []

    def apply() -> None:
        calls.append(1)
        if len(calls) == 11:  # four updates a step: in the third
            raise KeyboardInterrupt
        real()

    monkeypatch.setattr(stopped, "_apply", apply)
    with pytest.raises(KeyboardInterrupt, match="2 of 5"):
        train_ppo(stopped, tmp_path)
    saved = json.loads((tmp_path / "checkpoint.json").read_text(encoding="utf-8"))
    assert saved["step"] == 2 == len(saved["history"]["proxy"])
    again = practice()
    train_ppo(again, tmp_path)
    assert same(weights(whole), weights(again))


def test_a_step_that_finds_no_memory_says_what_to_lower_and_loses_none_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    whole, stopped, again = practice(), practice(), practice()
    history = train_ppo(whole)
    real, calls = stopped._apply, []

    def apply() -> None:
        real()
        calls.append(1)
        if len(calls) == 11:  # four updates a step: in the third
            raise MemoryError

    monkeypatch.setattr(stopped, "_apply", apply)
    with pytest.raises(OutOfMemory, match=r"Lower prompts \(it is 8; try 4\)") as refused:
        train_ppo(stopped, tmp_path)
    assert "max_new_tokens (it is 3; try 1)" in str(refused.value)
    assert "Stopped after step 2 of 5" in str(refused.value)
    resumed = train_ppo(again, tmp_path)
    assert same(weights(whole), weights(again)) and resumed.entropy == history.entropy


def test_ctrl_c_without_a_folder_is_passed_on_and_leaves_whole_weights():
    trainer = practice()

    def watch(result: PPOResult) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        train_ppo(trainer, watch=watch)
    assert str(stopped.value) == "" and trainer.step_number == 1


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path):
    interrupted(tmp_path, 2)
    with pytest.raises(
        checkpoint.CheckpointError, match=r"kl_coefficient=0\.45, .*kl_coefficient=0\.7"
    ):
        train_ppo(practice(kl_coefficient=0.7), tmp_path)


@pytest.mark.parametrize("differs", ["prompts", "reward", "reference"])
def test_a_run_that_learns_from_something_else_is_refused_and_the_checkpoint_kept(
    differs: str, tmp_path: Path
):
    interrupted(tmp_path, 2)
    other = practice(prompts=[*PROMPTS, Prompt("Else?", "talk")])
    if differs != "prompts":
        other = practice()
        with torch.no_grad():
            next(getattr(other, differs).parameters()).add_(1)
    with pytest.raises(checkpoint.CheckpointError, match=f"{differs}: .* then, .* now"):
        train_ppo(other, tmp_path)
    assert train_ppo(practice(), tmp_path).steps_taken == 5
