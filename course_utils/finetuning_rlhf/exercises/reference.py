"""Right answers to the challenges of notebook 04, for one conversation, pair or token at a time.

Training uses the tensors of `finetuning_rlhf`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

# Written out: an exercise speaks of plain numbers. The ids are tokenization/special_tokens.py's.
END, USER, ASSISTANT = 0, 1, 2


def mask_replies(ids: Sequence[int]) -> list[bool]:
    """Which tokens of a conversation the loss of finetuning counts.

    Args:
        ids: T token ids; 1 begins what the user says, 2 begins a reply and 0 ends it.

    Returns:
        T values: True for the tokens of replies and for the 0 that ends each, else False.
    """
    counted, replying = [], False
    for token in ids:
        counted.append(replying)
        replying = token == ASSISTANT or (replying and token != END)
    return counted


def preference_loss(chosen: float, rejected: float) -> float:
    """The loss of one pair of replies, by Bradley and Terry: -log(sigmoid(chosen - rejected)).

    Args:
        chosen: the reward model's score of the reply that the person preferred.
        rejected: its score of the other; scores of any size, 1000 must not overflow.

    Returns:
        The loss in nats, 0 or more.
    """
    ahead = chosen - rejected
    return max(0.0, -ahead) + math.log1p(math.exp(-abs(ahead)))


def clipped_objective(new: float, old: float, advantage: float, clip: float) -> float:
    """PPO's objective for one token, to be made large.

    Args:
        new: the token's log-probability under the model now.
        old: its log-probability when the reply was sampled.
        advantage: how much better than expected the token was; below 0 for worse.
        clip: no gain from moving the probability by more than this share.

    Returns:
        The smaller of ratio * advantage and the same with the ratio kept within 1 - clip and
        1 + clip, where the ratio is the new probability over the old one.
    """
    return smaller(math.exp(new - old), advantage, clip)


def smaller(ratio: float, advantage: float, clip: float) -> float:
    """The smaller of ratio * advantage and the same with the ratio kept near 1."""
    return min(ratio * advantage, min(max(ratio, 1 - clip), 1 + clip) * advantage)
