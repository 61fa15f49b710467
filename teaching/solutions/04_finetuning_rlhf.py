"""Solutions to the challenges of notebook 04, as a reader might write them.

Each function has its challenge's name and says what the challenge tests.
"""

from __future__ import annotations

import math

import torch


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


def join_loras(first: tuple, second: tuple) -> tuple[torch.Tensor, torch.Tensor]:
    """Tests: what a LoRA adds to its table, its scale, and a product as a sum over the rank."""
    a1, b1, alpha1 = first
    a2, b2, alpha2 = second
    b1 = b1 * alpha1 / a1.shape[0]
    b2 = b2 * alpha2 / a2.shape[0]
    return torch.cat([a1, a2], dim=0), torch.cat([b1, b2], dim=1)


def preference_loss(chosen: float, rejected: float) -> float:
    """Tests: the loss of Bradley and Terry, and a logarithm that never overflows."""
    ahead = chosen - rejected
    if ahead >= 0:
        return math.log1p(math.exp(-ahead))
    return -ahead + math.log1p(math.exp(ahead))


def hold_out(prompts: list[str], share: float) -> list[bool]:
    """Tests: splitting by what could leak, and that a share of pairs is counted in pairs."""
    names = [" ".join(prompt.lower().split()) for prompt in prompts]
    held, count = set(), 0
    for name in names:
        if count >= share * len(names):
            break
        if name not in held:
            held.add(name)
            count += names.count(name)
    return [name in held for name in names]


def kl_estimate(new: torch.Tensor, start: torch.Tensor, mask: torch.Tensor) -> float:
    """Tests: the direction of a KL divergence, what is added up, and what is averaged."""
    log_ratio = start[mask] - new[mask]
    per_token = log_ratio.exp() - 1 - log_ratio
    return float(per_token.sum()) / mask.shape[0]


def token_rewards(
    moved: torch.Tensor,
    mask: torch.Tensor,
    scores: list[float],
    ended: list[bool],
    kl_coefficient: float,
    cut_penalty: float,
) -> torch.Tensor:
    """Tests: where a reply ends in a batch, and what is paid per token and what once."""
    rewards = torch.zeros_like(moved)
    for row in range(len(moved)):
        places = mask[row].nonzero().flatten().tolist()
        for place in places:
            rewards[row, place] = -kl_coefficient * moved[row, place]
        if places:
            rewards[row, places[-1]] += scores[row]
            if not ended[row]:
                rewards[row, places[-1]] -= cut_penalty
    return rewards


def normalise_advantages(advantages: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Tests: a mean and a spread of some places only, and what to do where there is no spread."""
    chosen = advantages[mask]
    result = torch.zeros_like(advantages)
    if len(chosen) > 1 and chosen.std() > 0:
        result[mask] = (chosen - chosen.mean()) / chosen.std()
    return result


def clipped_gradient(new: float, old: float, advantage: float, clip: float) -> float:
    """Tests: on which side the clip holds a token, and the slope of a ratio of probabilities."""
    ratio = math.exp(new - old)
    if advantage > 0 and ratio > 1 + clip:
        return 0.0
    if advantage < 0 and ratio < 1 - clip:
        return 0.0
    return ratio * advantage


def dpo_loss(
    chosen: list[float],
    rejected: list[float],
    chosen_start: list[float],
    rejected_start: list[float],
    beta: float,
) -> float:
    """Tests: a reply's reward as what it gained over the starting model, and where beta stands."""
    reward_chosen = beta * (sum(chosen) - sum(chosen_start))
    reward_rejected = beta * (sum(rejected) - sum(rejected_start))
    return preference_loss(reward_chosen, reward_rejected)


def leave_one_out(prompts: list[str], rewards: list[float]) -> list[float]:
    """Tests: a fair comparison (the same prompt, without oneself), and groups of one."""
    total, count = {}, {}
    for prompt, reward in zip(prompts, rewards, strict=True):
        total[prompt] = total.get(prompt, 0.0) + reward
        count[prompt] = count.get(prompt, 0) + 1
    result = []
    for prompt, reward in zip(prompts, rewards, strict=True):
        others = count[prompt] - 1
        result.append(reward - (total[prompt] - reward) / others if others else 0.0)
    return result
