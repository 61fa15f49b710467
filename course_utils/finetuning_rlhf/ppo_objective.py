"""PPO's two formulas: how good each token was, and how far its probability may move for it.

Leaves out where the rewards come from and the training (ppo.py). Taught in notebook 04, section
"Practise, with a leash".

Shape letters: B replies, T tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor


def advantages(
    rewards: Tensor, values: Tensor, response_mask: Tensor, gae_lambda: float
) -> tuple[Tensor, Tensor]:
    """How much better than expected each token turned out, by generalised advantage estimation.

    Args:
        rewards: (B, T) reward at each chosen token, 0 elsewhere.
        values: (B, T) reward that was expected from there on.
        response_mask: (B, T) True at the chosen tokens, one run a row.
        gae_lambda: 1 looks to the end of the reply, 0 only one token ahead.

    Returns:
        (advantages, returns), each (B, T) and 0 where nothing was chosen.

    Source: Schulman and others 2016. No discount: replies are short.
    """
    values = values * response_mask  # (B, T), nothing behind a reply's end
    advantage, running = torch.zeros_like(rewards), torch.zeros_like(rewards[:, 0])
    next_value = torch.zeros_like(running)  # (B,), 0 after the last token
    # from the last token to the first: each one's surprise, and part of those after it
    for token in range(rewards.size(1) - 1, -1, -1):
        # (B,): what came, against what was expected
        surprise = rewards[:, token] + next_value - values[:, token]
        running = (surprise + gae_lambda * running) * response_mask[:, token]
        advantage[:, token], next_value = running, values[:, token]
    return advantage, advantage + values  # both (B, T)


def clipped_loss(
    new: Tensor, old: Tensor, advantage: Tensor, clip: float
) -> tuple[Tensor, Tensor]:
    """PPO's objective for each token, to be made small, and whether the clip held it back.

    Args:
        new: log-probabilities under the model now.
        old: log-probabilities when the reply was sampled.
        advantage: how much better than expected the token was.
        clip: no gain from moving a probability by more than this share.

    Returns:
        (loss, held), of the shape that the three share.

    Source: Schulman and others 2017, equation 7.
    """
    ratio = (new - old).exp()
    # the smaller of the two: what helps is held by the clip, what harms is not
    free, held = ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage
    return -torch.minimum(free, held), held < free
