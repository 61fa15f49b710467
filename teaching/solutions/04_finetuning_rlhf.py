"""Solutions to the challenges of notebook 04, as a reader might write them.

Each function has its challenge's name and says what the challenge tests.
"""

from __future__ import annotations

import math


def mask_replies(ids: list[int]) -> list[bool]:
    """Tests: which tokens the model is to learn to say, the sign of the end among them."""
    mask, speaking = [], False
    for token in ids:
        mask.append(speaking)
        if token == 2:
            speaking = True
        elif token == 0:
            speaking = False
    return mask


def preference_loss(chosen: float, rejected: float) -> float:
    """Tests: the loss of Bradley and Terry, and a logarithm that never overflows."""
    ahead = chosen - rejected
    if ahead >= 0:
        return math.log1p(math.exp(-ahead))
    return -ahead + math.log1p(math.exp(ahead))


def clipped_objective(new: float, old: float, advantage: float, clip: float) -> float:
    """Tests: ratios from log-probabilities, and why PPO takes the smaller of two gains."""
    ratio = math.exp(new - old)
    clipped = max(1 - clip, min(1 + clip, ratio))
    return min(ratio * advantage, clipped * advantage)
