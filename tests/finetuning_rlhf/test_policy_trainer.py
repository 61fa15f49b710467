"""What PPO, DPO and GRPO share: the order of prompts. Their own tests hold the rest."""

from __future__ import annotations

from course_utils.finetuning_rlhf.policy_trainer import items_of_step


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
