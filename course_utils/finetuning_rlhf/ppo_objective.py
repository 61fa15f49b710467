"""PPO's formulas: how good each token was, how far it may move for that, and the value net's loss.

Leaves out where the rewards come from (ppo_rewards.py), the KL divergence (kl.py) and the training
(ppo.py). Taught in notebook 04, section "Practise, with a leash".

Shape letters: B replies, T tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_utils.finetuning_rlhf.ppo_rewards import standard_deviation


def advantages(
    rewards: Tensor,
    values: Tensor,
    response_mask: Tensor,
    gae_lambda: float,
    gamma: float = 1.0,
) -> tuple[Tensor, Tensor]:
    """How much better than expected each token turned out, by generalised advantage estimation.

    Args:
        rewards: (B, T) reward at each chosen token, 0 elsewhere.
        values: (B, T) reward that was expected from there on.
        response_mask: (B, T) True at the chosen tokens, one run a row.
        gae_lambda: 1 looks to the end of the reply, 0 only one token ahead.
        gamma: what a reward is worth that comes one token later; 1, as for short replies, makes it
            worth as much.

    Returns:
        (advantages, returns), each (B, T) and 0 where nothing was chosen.

    Source: Schulman and others 2016, equation 16.
    """
    values = values * response_mask  # (B, T), nothing behind a reply's end
    advantage, running = torch.zeros_like(rewards), torch.zeros_like(rewards[:, 0])
    next_value = torch.zeros_like(running)  # (B,), 0 after the last token
    # from the last token to the first: each one's surprise, and part of those after it
    for token in range(rewards.size(1) - 1, -1, -1):
        # (B,): what came, against what was expected
        surprise = rewards[:, token] + gamma * next_value - values[:, token]
        running = (surprise + gamma * gae_lambda * running) * response_mask[:, token]
        advantage[:, token], next_value = running, values[:, token]
    return advantage, advantage + values  # both (B, T)


def normalised(advantage: Tensor, response_mask: Tensor) -> Tensor:
    """Advantages with mean 0 and standard deviation 1 over all chosen tokens of a step.

    So the loss has the same scale in every step, however large the rewards are. Where all tokens
    did equally well, none is better than another and all become 0.

    Args:
        advantage: (B, T), of any scale.
        response_mask: (B, T) True at the chosen tokens.

    Returns:
        (B, T), 0 where nothing was chosen.
    """
    chosen = advantage[response_mask]
    spread = standard_deviation(chosen)
    return (advantage - chosen.mean()) / (spread + 1e-6) * response_mask


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


def value_loss(
    values: Tensor, returns: Tensor, before: Tensor | None = None, clip: float | None = None
) -> Tensor:
    """The value net's squared error at each token.

    The course clips no values. With a clip it is what many programs take: a value that moved
    further than the clip in this step is scored as if it had stopped there, if that is worse.
    (Others halve it and call the weight vf_coef: our value_weight of 0.5 is their 1.)

    Args:
        values: what the value net expects now.
        returns: what came, the second result of `advantages`.
        before: what it expected when the replies were sampled; for the clip alone.
        clip: how far a value may move in a step; None for any distance.

    Returns:
        Squared errors, of the shape that all share.

    Raises:
        ValueError: a clip without the values that it clips around.

    Source: Schulman and others 2017, equation 9.
    """
    error = (values - returns).square()
    if clip is None:
        return error
    if before is None:
        raise ValueError("clip needs `before`: the values when the replies were sampled.")
    held = before + (values - before).clamp(-clip, clip)
    return torch.maximum(error, (held - returns).square())
