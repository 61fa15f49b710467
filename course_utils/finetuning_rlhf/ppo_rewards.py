"""What a reply earns in PPO: its score, measured from the start, less what the leash costs.

Leaves out where scores come from (reward.py) and what is learnt from rewards (ppo.py). Taught in
notebook 04, section "Practise, with a leash".

Shape letters: B replies, T tokens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from course_utils.finetuning_rlhf.rollouts import Rollouts

# A difference of scores is a log-odds: with a spread below this the reward model prefers one of
# two replies in 53 of 100 cases. That is no unit to measure by.
SMALLEST_SPREAD = 0.1
Baseline = tuple[float, float]  # mean and standard deviation of the starting model's scores


def measured_baseline(scores: Tensor) -> Baseline:
    """What later scores are measured by, from (B,) scores of the starting model's replies.

    Where they are all alike the spread says nothing, and scores keep their own unit: divided by
    next to nothing, the first reply that differs would earn a million.
    """
    spread = standard_deviation(scores)
    return float(scores.mean()), spread + 1e-6 if spread >= SMALLEST_SPREAD else 1.0


def checked_baseline(baseline: Baseline | None) -> Baseline | None:
    """A baseline that somebody gives.

    Raises:
        ValueError: it is no pair of finite numbers, or its spread is no unit to measure by.
    """
    if baseline is None:
        return None
    try:
        mean, spread = map(float, baseline)
    except (TypeError, ValueError):
        mean = spread = math.nan
    if not (math.isfinite(mean) and SMALLEST_SPREAD <= spread < math.inf):
        raise ValueError(
            f"baseline is {baseline}; give the mean and the standard deviation of the scores of "
            f"the starting model's replies, the latter at least {SMALLEST_SPREAD}, or None to "
            "measure both in the first step."
        )
    return mean, spread


def check_scores(scores: Tensor, replies: Sequence[str]) -> None:
    """Refuses scores that nothing can be learnt from: no learning rate is to blame for them.

    Args:
        scores: (B,) as the reward model gave them.
        replies: B texts.

    Raises:
        ValueError: a score is not a finite number.
    """
    if scores.isfinite().all():
        return
    number = int((~scores.isfinite()).nonzero()[0])
    raise ValueError(
        f"The reward model's score of reply {number}, {replies[number][:60]!r}, is "
        f"{float(scores[number])}, and nothing was learnt.\nIts weights are broken: train the "
        "reward model again, at a lower lr if that is where they broke."
    )


def token_rewards(
    rollouts: Rollouts, moved: Tensor, earned: Tensor, kl_coefficient: float, cut_penalty: float
) -> Tensor:
    """The reward of every token: the leash's price, and the score at a reply's last one.

    Args:
        rollouts: the replies.
        moved: (B, T - 1) nats that each token is likelier now than it was at the start.
        earned: (B,) scores.
        kl_coefficient: price of a nat.
        cut_penalty: what a reply loses that did not end by itself.

    Returns:
        (B, T - 1), 0 where nothing was chosen.
    """
    rewards = -kl_coefficient * moved * rollouts.response_mask
    cut = torch.tensor([not ended for ended in rollouts.ended], device=earned.device)
    earned = earned - cut_penalty * cut
    return rewards.scatter_add_(1, (rollouts.lengths - 2)[:, None], earned[:, None])


def standard_deviation(values: Tensor) -> float:
    """The standard deviation; 0 for a single number."""
    return float(values.std()) if values.numel() > 1 else 0.0
