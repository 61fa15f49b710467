"""What a reply earns: the unit of the scores, the leash's price, and what a cut reply loses."""

from __future__ import annotations

import math

import pytest
import torch

from course_utils.finetuning_rlhf.ppo_rewards import (
    checked_baseline,
    measured_baseline,
    token_rewards,
)
from course_utils.finetuning_rlhf.rollouts import Rollouts

ENDED = (True, False, True)


def rollouts() -> Rollouts:
    """Three replies of 2, 3 and 1 tokens behind prompts of 2, 1 and 3; the second was cut."""
    mask = torch.tensor([[0, 1, 1, 0], [1, 1, 1, 0], [0, 0, 1, 0]]).bool()
    tokens = torch.zeros(3, 5, dtype=torch.long)
    return Rollouts(tokens, mask, torch.tensor([4, 4, 4]), ("a", "b", "c"), ENDED)


def test_a_token_pays_the_leash_and_the_last_one_earns_the_score() -> None:
    moved = torch.tensor([[9, 0.5, -1, 9], [1, 0, 2, 9], [9, 9, 4, 9.0]])
    earned = torch.tensor([1.0, 2.0, 3.0])
    found = token_rewards(rollouts(), moved, earned, kl_coefficient=0.5, cut_penalty=0.25)
    expected = [[0, -0.25, 0.5 + 1, 0], [-0.5, 0, -1 + 2 - 0.25, 0], [0, 0, -2 + 3, 0]]
    assert found.tolist() == expected
    assert earned.tolist() == [1, 2, 3]


def test_scores_are_measured_by_their_mean_and_standard_deviation() -> None:
    scores = torch.tensor([1.0, 2.0, 6.0])
    mean, spread = measured_baseline(scores)
    assert (mean, spread) == (3.0, float(scores.std()) + 1e-6)


@pytest.mark.parametrize("scores", [[4.5], [0.0] * 8, [-2.25] * 48, [1.0, 1.0, 1.0, 1.01]])
def test_scores_that_are_alike_keep_their_own_unit(scores: list[float]) -> None:
    mean, spread = measured_baseline(torch.tensor(scores))
    assert mean == pytest.approx(scores[0], abs=0.01) and spread == 1.0


def test_a_given_baseline_is_taken_as_it_is() -> None:
    assert checked_baseline((1.5, 0.25)) == (1.5, 0.25) and checked_baseline(None) is None
    with pytest.raises(ValueError, match=r"baseline is \(nan, 1\)"):
        checked_baseline((math.nan, 1))
