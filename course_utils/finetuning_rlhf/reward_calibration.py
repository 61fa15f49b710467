"""Whether a reward model's margins mean what the sigmoid says, and which replies it overrates.

A margin of 2 says that the first reply is preferred in 88 of 100 cases, and a share of labels can
be held against that. A single score says nothing, so a reply is called overrated beside another
reply to the same prompt only: the scores put it ahead, the judge puts it behind. Left out: how a
margin could be mended, and how sure a chat model is of its answers, which is another question.
Taught in notebook 04, section "A model of taste".

Source: Guo and others 2017, arXiv:1706.04599 (bins and the expected calibration error).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils import checks
from course_utils.finetuning_rlhf import reward
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import Pair, RewardModel
from course_utils.tokenization.interface import TextTokenizer


@dataclass(frozen=True)
class MarginBin:
    """Pairs whose two scores lie about equally far apart.

    Attributes:
        margin: the higher score less the lower one, on average.
        sure: the sigmoid of that, averaged: how often the higher one should be preferred.
        right: how often it is.
        standard_error: of `right`, as a share of so many; 1 / (2 n) where all or none are right.
        count: pairs.
    """

    margin: float
    sure: float
    right: float
    standard_error: float
    count: int


@dataclass(frozen=True)
class Overrated:
    """A reply that the scores put ahead of a truly better one to the same prompt.

    Attributes:
        prompt: what was asked.
        reply: the one that is liked too well.
        passed_over: the truly better one.
        lead: how far the former's score is ahead.
        true: its true reward.
        true_passed_over: that of the better one.
    """

    prompt: Prompt
    reply: str
    passed_over: str
    lead: float
    true: float
    true_passed_over: float


def margins(model: RewardModel, tokenizer: TextTokenizer, pairs: Sequence[Pair]) -> np.ndarray:
    """The score of each chosen reply less that of the rejected one: (N,); above 0 is right.

    Args:
        model: a trained reward model.
        tokenizer: its own.
        pairs: that it was not trained on, such as `RewardHistory.holdout`.
    """
    prompts = [pair.prompt for pair in pairs]
    chosen = reward.score(model, tokenizer, prompts, [pair.chosen for pair in pairs])
    return chosen - reward.score(model, tokenizer, prompts, [pair.rejected for pair in pairs])


def bins(margins: Sequence[float], count: int = 6) -> tuple[MarginBin, ...]:
    """Pairs put together by how far apart their scores are, about as many in each bin.

    Args:
        margins: N of them, chosen less rejected.
        count: of the bins, where there are so many pairs.

    Returns:
        Bins from the smallest margin to the largest.

    Raises:
        ValueError: there is no margin, or one is not a number.
    """
    checks.whole("count", count, least=1)
    signed = np.asarray(margins, dtype=float)
    if not signed.size or not np.isfinite(signed).all():
        raise ValueError(
            f"Of {signed.size} margins {np.isfinite(signed).sum()} are numbers; give the margins "
            "of at least one pair."
        )
    order = np.argsort(np.abs(signed), kind="stable")
    return tuple(_bin(signed[part]) for part in np.array_split(order, min(count, len(order))))


def _bin(signed: np.ndarray) -> MarginBin:
    apart, count = np.abs(signed), len(signed)
    # an even score is a coin's throw
    right = float(np.mean((signed > 0) + 0.5 * (signed == 0)))
    error = max(math.sqrt(right * (1 - right) / count), 1 / (2 * count))
    sure = float(np.mean(1 / (1 + np.exp(-apart))))
    return MarginBin(float(apart.mean()), sure, right, error, count)


def error(found: Sequence[MarginBin]) -> float:
    """The expected calibration error: how far sureness and labels are apart, over all pairs."""
    count = sum(one.count for one in found)
    return sum(one.count * abs(one.sure - one.right) for one in found) / max(1, count)


def overrated(
    prompts: Sequence[Prompt],
    replies: Sequence[Sequence[str]],
    scores: np.ndarray,
    true: np.ndarray,
    count: int = 5,
) -> list[Overrated]:
    """The replies that the scores put furthest ahead of a truly better one, one per prompt.

    Args:
        prompts: P prompts.
        replies: N times P replies.
        scores: (N, P) the reward model's.
        true: (N, P) the judge's.
        count: at most so many.

    Returns:
        The largest lead first; none where the scores and the judge never disagree.

    Raises:
        ValueError: the shapes differ.
    """
    checks.whole("count", count, least=1)
    scores, true = np.asarray(scores, dtype=float), np.asarray(true, dtype=float)
    shape = (len(replies), len(prompts))
    if {scores.shape, true.shape} != {shape} or any(len(row) != shape[1] for row in replies):
        raise ValueError(
            f"Of {shape[0]} replies to each of {shape[1]} prompts the scores have the shape "
            f"{scores.shape}, the true rewards {true.shape}. Give one number a reply."
        )
    worst = (_worst(replies, scores, true, at, prompt) for at, prompt in enumerate(prompts))
    found = [one for one in worst if one is not None]
    return sorted(found, key=lambda one: -one.lead)[:count]


def _worst(
    replies: Sequence[Sequence[str]],
    scores: np.ndarray,
    true: np.ndarray,
    at: int,
    prompt: Prompt,
) -> Overrated | None:
    """Of one prompt's replies the pair with the largest wrong lead."""
    lead = scores[:, None, at] - scores[None, :, at]  # (N, N), row over column
    lead = np.where(true[:, None, at] < true[None, :, at], lead, -np.inf)
    ahead, behind = np.unravel_index(int(lead.argmax()), lead.shape)
    if not lead[ahead, behind] > 0:
        return None
    numbers = float(lead[ahead, behind]), float(true[ahead, at]), float(true[behind, at])
    return Overrated(prompt, replies[ahead][at], replies[behind][at], *numbers)
