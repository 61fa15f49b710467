"""How far a model has moved from its start: the exact KL divergence and its three estimates.

An estimate needs the likelihoods of the sampled tokens alone, the exact distance those of the
whole vocabulary at every token. Leaves out what a distance costs (ppo_rewards.py, grpo.py). Taught
in notebook 04, section "Other roads".

Shape letters: B replies, T tokens.
Source: Schulman 2020, "Approximating KL divergence".
"""

from __future__ import annotations

import torch
from torch import Tensor

from course_utils.finetuning_rlhf.rollouts import Rollouts
from course_utils.model.transformer import Transformer


def k1(now: Tensor, start: Tensor) -> Tensor:
    """The log-ratio: right on average, and below 0 wherever a token became less likely.

    What PPO pays for in its rewards (ppo_rewards.py). As a loss it teaches nothing: on average its
    gradient over the model's own samples is 0.

    Args:
        now: log-probabilities of tokens under the model that sampled them.
        start: those of the same tokens under the model that it began as; any shape, the same one.

    Returns:
        Nats, of that shape.
    """
    return now - start


def k2(now: Tensor, start: Tensor) -> Tensor:
    """Half the square of the log-ratio: never below 0, little spread, and not quite the KL.

    As a loss its gradient is on average that of KL(now, start). Arguments are those of `k1`.
    """
    return (now - start).square() / 2


def k3(now: Tensor, start: Tensor) -> Tensor:
    """The ratio less 1 less its logarithm: never below 0, and right on average.

    What GRPO pays for in its loss (grpo.py). There its gradient is on average that of the other
    direction, KL(start, now). Arguments are those of `k1`.
    """
    back = start - now
    return torch.expm1(back) - back  # expm1: exact where the two hardly differ


@torch.no_grad()
def per_reply(
    model: Transformer, start: Transformer, rollouts: Rollouts, temperature: float = 1.0
) -> Tensor:
    """The exact divergence along each reply, in nats: summed over the vocabulary at every token.

    Args:
        model: the one that sampled the replies, at this temperature.
        start: the one that it is compared with, at temperature 1.
        rollouts: B replies.
        temperature: 0 is greedy; then a token costs as many nats as it surprises the start.

    Returns:
        (B,), never below 0.
    """
    measured = rollouts.measure(lambda tokens: _per_token(model, start, tokens, temperature))
    return (measured * rollouts.response_mask).sum(1)


def _per_token(
    model: Transformer, start: Transformer, tokens: Tensor, temperature: float
) -> Tensor:
    """The divergence at each next token: (B, T) ids to (B, T - 1)."""
    then = torch.log_softmax(start(tokens[:, :-1]).float(), -1)  # (B, T - 1, V)
    if temperature == 0:
        return -then.gather(2, tokens[:, 1:, None]).squeeze(2)
    now = torch.log_softmax(model(tokens[:, :-1]).float() / temperature, -1)
    return (now.exp() * (now - then)).sum(-1).clamp(min=0)
