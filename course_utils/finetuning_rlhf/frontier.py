"""True reward over the square root of the KL: best of n, PPO and a lower temperature compared.

Each road leads away from the finetuned model, and each can be asked what it gains for how far it
goes. How far: KL(road || start), in nats for a whole reply. Of PPO and a temperature it is
measured, summed over the whole vocabulary at each token of replies that the road itself sampled.
Of best of n it is log n - (n - 1) / n, which holds where no reply comes twice, and is an upper
bound where some do: the same reply drawn n times is no choice. Left out: the training (ppo.py) and
the pictures (figures_hacking.py). Taught in notebook 04, section "Other roads".

Shape letters: N replies to each prompt, P prompts, B replies, T tokens.
Source: Gao, Schulman and Hilton 2022, arXiv:2210.10760 (the square root, and proxy beside gold);
Stiennon and others 2020, arXiv:2009.01325 (the formula); Beirami and others 2024,
arXiv:2401.01879 (that it is a bound).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from course_utils import checks
from course_utils.finetuning_rlhf import kl
from course_utils.finetuning_rlhf.chat_format import HasTurns
from course_utils.finetuning_rlhf.compare import paired
from course_utils.finetuning_rlhf.rollouts import sample
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer

BEST_OF_N, PPO, TEMPERATURE = "best of n", "PPO", "lower temperature"
ROADS = (BEST_OF_N, PPO, TEMPERATURE)
SAMPLED_AT_A_TIME = 256  # as rollouts.replies does, so that both say the same


@dataclass(frozen=True)
class Point:
    """Where a road stands: how far it went, and what that brought on fixed prompts.

    Attributes:
        road: one of ROADS.
        setting: n, the leash (KL coefficient), or the temperature.
        kl: nats that a whole reply is from the start, on average; of best of n the upper bound.
        kl_error: its standard error; 0 for the bound, which is not measured.
        proxy: the mean score, in standard deviations from the start's mean.
        true: the judge's mean reward.
        gain: true reward won over the start.
        gain_error: its standard error: over the prompts, or over the seeds once they are averaged.
        words: in a reply, on average.
        seed: of the run; -1 for a mean over seeds.
    """

    road: str
    setting: float
    kl: float
    kl_error: float
    proxy: float
    true: float
    gain: float
    gain_error: float
    words: float
    seed: int

    @property
    def distance(self) -> float:
        """The square root of the KL."""
        return math.sqrt(self.kl)


def best_of_n_kl(n: int) -> float:
    """The KL of best of n from plain sampling, in nats: log n - (n - 1) / n, an upper bound.

    It is exact where no two of the n replies are ever the same, and grows with log n alone.

    Raises:
        ValueError: n is no whole number from 1 up.
    """
    checks.whole("n", n, least=1)
    return math.log(n) - (n - 1) / n


def exact_best_of_n_kl(probabilities: Sequence[float], n: int) -> float:
    """The KL of best of n, in nats, where all replies and their probabilities are known.

    Args:
        probabilities: of the replies, from the one that the proxy likes least to its favourite;
            they sum to 1.
        n: replies to choose from.

    Raises:
        ValueError: the probabilities are none.
    """
    checks.whole("n", n, least=1)
    p = np.asarray(probabilities, dtype=float)
    if p.ndim != 1 or not len(p) or (p < 0).any() or not math.isclose(p.sum(), 1, abs_tol=1e-6):
        raise ValueError(f"probabilities sum to {p.sum():g}; give shares of at least 0 up to 1.")
    p = p[p > 0]
    below = np.concatenate(([0.0], np.cumsum(p)))
    below[-1] = 1.0
    # the best of n is this reply if all n are at most as good, and not all are worse
    q = below[1:] ** n - below[:-1] ** n
    # far down q is too small for a float, and 0 log 0 is 0
    chosen = q > 0
    return float((q[chosen] * np.log(q[chosen] / p[chosen])).sum())


def best_of(scores: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """The mean value of the best of n replies, over all ways to take n of N: (P,).

    It wastes no reply, and spreads less than the best of the first n.

    Args:
        scores: (N, P) by which the best is chosen.
        values: (N, P) what is averaged: true rewards, or the scores themselves.
        n: 1 to N.

    Raises:
        ValueError: the shapes differ, or n is larger than N.

    Source: Nakano and others 2021, arXiv:2112.09332, appendix on best of n.
    """
    scores, values = np.asarray(scores, dtype=float), np.asarray(values, dtype=float)
    if scores.shape != values.shape or scores.ndim != 2:
        raise ValueError(f"The scores have the shape {scores.shape}, the values {values.shape}.")
    N = len(scores)
    checks.whole("n", n, least=1)
    if n > N:
        raise ValueError(f"n is {n}, but there are {N} replies to each prompt. Sample more.")
    # the reply with rank r, from 0, is the best of those n - 1 out of the r below it came with
    weights = np.array([math.comb(rank, n - 1) for rank in range(N)], dtype=float)
    ranked = np.take_along_axis(values, np.argsort(scores, axis=0, kind="stable"), axis=0)
    return weights @ ranked / math.comb(N, n)


@torch.no_grad()
def answer(
    model: Transformer,
    start: Transformer,
    tokenizer: TextTokenizer,
    prompts: Sequence[HasTurns],
    temperature: float = 1.0,
    seed: int = 0,
) -> tuple[list[str], np.ndarray]:
    """Replies to all prompts, the same as `rollouts.replies` gives, and the KL of each.

    Args:
        model: the one that answers.
        start: the one that the distance is from, at temperature 1.
        tokenizer: the models' own.
        prompts: P prompts.
        temperature: of the sampling; 0 is greedy.
        seed: of the sampling.

    Returns:
        P replies, and (P,) nats.
    """
    texts, kls = [], []
    for first in range(0, len(prompts), SAMPLED_AT_A_TIME):
        some = prompts[first : first + SAMPLED_AT_A_TIME]
        made = sample(model, tokenizer, some, temperature=temperature, seed=seed + first)
        texts += made.replies
        kls.append(kl.per_reply(model, start, made, temperature).cpu().numpy())
    return texts, np.concatenate(kls)


def point(
    road: str,
    setting: float,
    kls: np.ndarray | float,
    rewards: tuple[np.ndarray, np.ndarray, np.ndarray],
    words: float,
    seed: int,
) -> Point:
    """A point from what was measured on P fixed prompts.

    Args:
        road: one of ROADS.
        setting: n, leash or temperature.
        kls: (P,) nats, or a bound for all.
        rewards: (P,) each: the proxy in standard deviations, the true reward, and the start's
            true reward, prompt by prompt.
        words: in a reply, on average.
        seed: of the run.

    Raises:
        ValueError: an unknown road, or fewer than two prompts.
    """
    checks.choice("road", road, ROADS)
    proxy, true, before = rewards
    won = paired(before, true)
    nats = np.atleast_1d(np.asarray(kls, dtype=float))
    kl_error = float(nats.std(ddof=1) / math.sqrt(len(nats))) if len(nats) > 1 else 0.0
    return Point(
        road, float(setting), float(nats.mean()), kl_error, float(np.mean(proxy)),
        float(np.mean(true)), won.mean, won.standard_error, float(words), seed,
    )  # fmt: skip


def averaged(points: Iterable[Point]) -> list[Point]:
    """The mean over seeds of each setting of each road, with the standard errors over seeds.

    A setting of one seed keeps its own errors, which are over its prompts.

    Returns:
        Points in the order of ROADS, from near to far.
    """
    groups = defaultdict(list)
    for one in points:
        groups[one.road, one.setting].append(one)
    means = [_mean(group) for group in groups.values()]
    return sorted(means, key=lambda one: (ROADS.index(one.road), one.kl, one.setting))


def _mean(group: list[Point]) -> Point:
    if len(group) == 1:
        return group[0]

    def over_seeds(name: str) -> tuple[float, float]:
        values = np.array([getattr(one, name) for one in group])
        return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))

    kl, kl_error = over_seeds("kl")
    gain, gain_error = over_seeds("gain")
    proxy, true, words = (over_seeds(name)[0] for name in ("proxy", "true", "words"))
    first = group[0]
    return Point(first.road, first.setting, kl, kl_error, proxy, true, gain, gain_error, words, -1)
