"""Right answers to the challenges of notebook 04, for a few tokens, pairs or replies at a time.

Training uses the tensors of `finetuning_rlhf`.

Shape letters: B replies, T tokens.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

# Written out: an exercise speaks of plain numbers. The ids are tokenization/special_tokens.py's.
END, USER, ASSISTANT = 0, 1, 2

Lora = tuple[Tensor, Tensor, float]  # A (rank, in), B (out, rank), alpha


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


def join_loras(first: Lora, second: Lora) -> tuple[Tensor, Tensor]:
    """Two LoRAs of one table as a single one, which adds to it what both together add.

    A LoRA adds alpha / rank * B @ A to its table. The alpha of the joint one is its rank.
    Source: Hu and others 2021, LoRA.

    Args:
        first: A (r1, in), B (out, r1) and alpha.
        second: A (r2, in), B (out, r2) and alpha.

    Returns:
        A (r1 + r2, in) and B (out, r1 + r2), one of many such pairs.
    """
    (a1, b1, alpha1), (a2, b2, alpha2) = first, second
    b = torch.cat([alpha1 / len(a1) * b1, alpha2 / len(a2) * b2], dim=1)
    return torch.cat([a1, a2]), b


def hold_out(prompts: Sequence[str], share: float) -> list[bool]:
    """Which pairs of replies are held out, so that no prompt is in both parts.

    Args:
        prompts: the prompts of N pairs. Those that differ in capitals and spaces alone are one.
        share: of the pairs, 0..1; prompts are held out in the order in which they first come, each
            with all its pairs, until this share is reached.

    Returns:
        N values: True for a pair that is held out.
    """
    names = [" ".join(prompt.lower().split()) for prompt in prompts]
    held: set[str] = set()
    for name in names:
        if sum(other in held for other in names) >= share * len(names):
            break
        held.add(name)
    return [name in held for name in names]


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


def kl_estimate(new: Tensor, start: Tensor, mask: Tensor) -> float:
    """How far replies have moved from the starting model, estimated so that no token is below 0.

    With r, a token's probability at the start over the one now, it is r - 1 - log r. The mean over
    what the model samples is the KL divergence of now from the start.
    Source: Schulman 2020, Approximating KL Divergence (the estimator k3).

    Args:
        new: (B, T) log-probabilities of the sampled tokens, now.
        start: (B, T) theirs under the starting model.
        mask: (B, T) True at the tokens of replies; elsewhere the other two may be nan.

    Returns:
        Nats per reply: the mean over all B of each reply's sum, 0 for an empty one.
    """
    ahead = (start - new)[mask].double()
    return (ahead.expm1() - ahead).sum().item() / len(mask)


def token_rewards(
    moved: Tensor,
    mask: Tensor,
    scores: Sequence[float],
    ended: Sequence[bool],
    kl_coefficient: float,
    cut_penalty: float,
) -> Tensor:
    """What each token earns: the leash's price, and at a reply's last one the score.

    Args:
        moved: (B, T) nats that a token is likelier now than it was; outside replies, anything.
        mask: (B, T) True at the tokens of replies, none in an empty row.
        scores: B, of the whole replies.
        ended: B, False for a reply that was cut.
        kl_coefficient: reward lost per nat.
        cut_penalty: what a cut reply loses, at its last token.

    Returns:
        (B, T), 0 outside replies.
    """
    rewards = torch.zeros_like(moved)
    rewards[mask] = -kl_coefficient * moved[mask]
    for row, counted in enumerate(mask):
        if counted.any():
            last = counted.nonzero()[-1]
            rewards[row, last] += scores[row] - (0.0 if ended[row] else cut_penalty)
    return rewards


def normalise_advantages(advantages: Tensor, mask: Tensor) -> Tensor:
    """Advantages with mean 0 and standard deviation 1 over all tokens of replies together.

    Args:
        advantages: (B, T); anything outside replies.
        mask: (B, T) True at the tokens of replies.

    Returns:
        (B, T), 0 outside replies, and 0 everywhere where one token or none counts, or where all
        that count are equal. The standard deviation is that of a sample, over n - 1.
    """
    counted = advantages[mask].double()
    spread = counted.std().item() if len(counted) > 1 else 0.0
    normal = torch.zeros_like(advantages)
    if spread > 0:
        normal[mask] = ((counted - counted.mean()) / spread).float()
    return normal


def clipped_gradient(new: float, old: float, advantage: float, clip: float) -> float:
    """The slope of PPO's clipped objective of one token, with respect to `new`.

    Source: Schulman and others 2017, equation 7, differentiated.

    Args:
        new: the token's log-probability under the model now.
        old: its log-probability when the reply was sampled.
        advantage: how much better than expected the token was; below 0 for worse.
        clip: no gain from moving the probability by more than this share.

    Returns:
        How fast the objective grows with `new`; 0.0 where the clip holds the token.
    """
    ratio = math.exp(new - old)
    held = ratio > 1 + clip if advantage > 0 else ratio < 1 - clip
    return 0.0 if held else ratio * advantage


def dpo_loss(
    chosen: Sequence[float],
    rejected: Sequence[float],
    chosen_start: Sequence[float],
    rejected_start: Sequence[float],
    beta: float,
) -> float:
    """The loss of one pair in direct preference optimization.

    Source: Rafailov and others 2023, equation 7.

    Args:
        chosen: log-probabilities of the preferred reply's tokens under the model that is trained.
        rejected: those of the other reply's tokens; a reply may have no tokens.
        chosen_start: those of the preferred reply's tokens under the starting model.
        rejected_start: those of the other reply's tokens under the starting model.
        beta: the price of a nat; it turns nats into scores.

    Returns:
        The loss in nats, 0 or more, also where the replies are thousands of nats apart.
    """
    chosen_moved = sum(chosen) - sum(chosen_start)
    rejected_moved = sum(rejected) - sum(rejected_start)
    return preference_loss(beta * chosen_moved, beta * rejected_moved)


def leave_one_out(prompts: Sequence[str], rewards: Sequence[float]) -> list[float]:
    """How much better each reply did than the other replies to its prompt.

    Source: Ahmadian and others 2024, Back to Basics (REINFORCE leave-one-out).

    Args:
        prompts: the prompts of N replies, in any order.
        rewards: their N rewards.

    Returns:
        N advantages; 0.0 for a reply whose prompt was answered only once.
    """
    advantages = []
    for reply, (prompt, reward) in enumerate(zip(prompts, rewards, strict=True)):
        others = [
            rewards[other]
            for other in range(len(prompts))
            if other != reply and prompts[other] == prompt
        ]
        advantages.append(reward - sum(others) / len(others) if others else 0.0)
    return advantages
