"""What PPO, DPO and GRPO share: the order of prompts, and memory that runs out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch

from course_utils.finetuning_rlhf.dpo import DPOConfig, DPOTrainer
from course_utils.finetuning_rlhf.grpo import GRPOConfig, GRPOTrainer
from course_utils.finetuning_rlhf.policy_trainer import PolicyTrainer, items_of_step
from course_utils.finetuning_rlhf.ppo import PPOConfig, PPOTrainer
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.memory import OutOfMemory
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=24)
PROMPTS = [Prompt("Hm?", "talk")]


@dataclass(frozen=True)
class Labelled:
    """A pair with what DPO needs of it."""

    prompt: Prompt
    chosen: str
    rejected: str


def trainer(method: str) -> PolicyTrainer:
    model = Transformer(SIZE)
    if method == "PPO":
        config = PPOConfig(prompts=8, max_new_tokens=6)
        return PPOTrainer(model, RewardModel(model), TOKENIZER, PROMPTS, config)
    if method == "GRPO":
        config = GRPOConfig(prompts=8, group=2, max_new_tokens=6)
        return GRPOTrainer(model, TOKENIZER, PROMPTS, lambda asked, said: [0.0] * 16, config)
    return DPOTrainer(model, TOKENIZER, [Labelled(PROMPTS[0], "a", "b")], DPOConfig(batch=4))


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("PPO", r"prompts \(it is 8; try 4\) or max_new_tokens \(it is 6; try 3\)"),
        ("GRPO", r"prompts \(it is 8; try 4\) or max_new_tokens \(it is 6; try 3\)"),
        ("DPO", r"batch \(it is 4; try 2\)"),
    ],
)
def test_a_step_that_finds_no_memory_says_what_to_lower_and_puts_the_weights_back(
    method: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = trainer(method)
    good = [weight.clone() for weight in made.model.parameters()]
    moved = []

    def full(*_: object) -> None:  # behind the step's updates
        moved.append(not all(map(torch.equal, good, made.model.parameters())))
        raise RuntimeError("[enforce fail] err == 0. DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(made, "_check_policy", full)
    with pytest.raises(OutOfMemory, match=f"Lower {words}"):
        made.step()
    assert moved == [True] and made.step_number == 0
    assert all(map(torch.equal, good, made.model.parameters()))
    monkeypatch.undo()
    assert made.step().step == 1


def test_each_item_comes_once_before_any_again_whatever_a_step_takes() -> None:
    items = list("abcdefg")
    for count in (1, 3, 7, 10):
        taken = [one for step in range(21) for one in items_of_step(items, count, step, seed=0)]
        turns = [taken[first : first + 7] for first in range(0, len(taken) - 6, 7)]
        assert all(sorted(turn) == items for turn in turns)
        assert len({tuple(turn) for turn in turns}) > 1


def test_the_same_step_takes_the_same_and_another_seed_another_order() -> None:
    items = list(range(50))
    assert items_of_step(items, 20, 3, seed=1) == items_of_step(items, 20, 3, seed=1)
    assert items_of_step(items, 20, 3, seed=1) != items_of_step(items, 20, 3, seed=2)
