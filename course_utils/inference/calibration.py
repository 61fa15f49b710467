"""Calibration: whether of the answers that somebody is 80 % sure of, 80 % are right.

The same bins serve a model, which is as sure of an answer as its tokens are probable, and a
reader, who says it. One number mends a model that is too sure or not sure enough everywhere: a
temperature by which the log odds of being right are divided. Left out: mends that bend the curve
(isotonic regression, Platt's second number). Taught in notebook 05, section "How sure is it?".

Source: Guo et al. 2017, On Calibration of Modern Neural Networks, arXiv:1706.04599 (the error and
the temperature).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from course_utils import checks
from course_utils.inference.confidence import Answer, halves

EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
RESAMPLES = 200  # for the standard error of the calibration error
SMALLEST_ODDS = 1e-6  # a confidence of 0 or 1 has no finite log odds
Answered = tuple[float, bool]  # how sure, 0..1, and whether it was right


@dataclass(frozen=True)
class Bin:
    """The answers of which somebody was about equally sure.

    Attributes:
        confidence: how sure, on average, 0..1.
        accuracy: the share of them that is right.
        standard_error: of the accuracy; 1 / (2 n) at least, since n answers prove no certainty.
        count: n, at least one.
    """

    confidence: float
    accuracy: float
    standard_error: float
    count: int

    @classmethod
    def of(cls, answered: Sequence[Answered]) -> Bin:
        """All of these answers as one bin.

        Raises:
            ValueError: there is none.
        """
        if not answered:
            raise ValueError("There are no answers; a bin needs at least one.")
        confidence, right = np.array(answered, dtype=float).T
        return cls(float(confidence.mean()), float(right.mean()), share_error(right), len(right))

    @property
    def gap(self) -> float:
        """How much surer than right: above 0 too sure, below 0 not sure enough."""
        return self.confidence - self.accuracy


def share_error(right: Sequence[bool] | np.ndarray) -> float:
    """The standard error of a share; 1 / (2 n) at least.

    Args:
        right: n yeses and noes, at least one.
    """
    share, count = float(np.mean(right)), len(right)
    return max(math.sqrt(share * (1 - share) / count), 1 / (2 * count))


def bins(answered: Iterable[Answered], edges: Sequence[float] = EDGES) -> tuple[Bin, ...]:
    """Answers put together by how sure somebody was; a bin without any is left out.

    Args:
        answered: how sure, 0..1, and whether it was right, of each.
        edges: where the bins meet; what lies on an edge belongs to the upper one.

    Raises:
        ValueError: a share that is none.
    """
    parts: list[list[Answered]] = [[] for _ in edges[1:]]
    for confidence, right in answered:
        if not 0 <= confidence <= 1:
            raise ValueError(
                f"{confidence} is no share: how sure somebody is lies between 0 and 1."
            )
        # 1 belongs to the last bin, which has no upper neighbour.
        number = min(sum(confidence >= edge for edge in edges), len(parts)) - 1
        parts[number].append((confidence, right))
    return tuple(Bin.of(part) for part in parts if part)


def error(found: Sequence[Bin]) -> float:
    """The expected calibration error: how far the two are apart, averaged over the answers.

    Args:
        found: bins; 0 where each is as often right as it is sure, and where there is no bin.
    """
    count = sum(part.count for part in found)
    return sum(part.count * abs(part.gap) for part in found) / max(1, count)


def error_of_error(answered: Sequence[Answered], seed: int = 0) -> float:
    """The standard error of the calibration error, from answers drawn again with replacement.

    Args:
        answered: N of them, at least one.
        seed: of the draws.
    """
    if not answered:
        raise ValueError("There are no answers; give at least one.")
    confidence, right = np.array(answered, dtype=float).T
    number = np.digitize(confidence, EDGES[1:-1])  # (N,) each answer's bin, as in `bins`
    rng, errors = np.random.default_rng(seed), []
    for _ in range(RESAMPLES):
        draw = rng.integers(len(right), size=len(right))
        # a bin's count times its gap is the sum of confidence less right
        sums = np.bincount(number[draw], (confidence - right)[draw])
        errors.append(np.abs(sums).sum() / len(right))
    return float(np.std(errors, ddof=1))


def pairs(answers: Sequence[Answer], sign: str = "whole") -> list[Answered]:
    """How sure a model was of each answer, and whether it was right.

    Args:
        answers: of confidence.py.
        sign: one of its signs that is a probability, "first_token" or "whole".

    Raises:
        ValueError: the sign is no probability of the answer.
    """
    if sign not in ("first_token", "whole"):
        raise ValueError(f"{sign!r} is no probability of an answer; use first_token or whole.")
    return [(answer.sign(sign), answer.right) for answer in answers]


def by_kind(answers: Sequence[Answer], sign: str = "whole") -> dict[str, Bin]:
    """How sure of each kind of fact, and how often right; each kind is one bin.

    Args:
        answers: of confidence.py.
        sign: see `pairs`.
    """
    parts = defaultdict(list)
    for answer, pair in zip(answers, pairs(answers, sign), strict=True):
        parts[answer.prompt.topic].append(pair)
    return {kind: Bin.of(part) for kind, part in parts.items()}


def scaled(confidence: float, temperature: float) -> float:
    """A confidence whose log odds are divided by a temperature: above 1 less sure, below 1 more.

    Args:
        confidence: 0..1; one half stays.
        temperature: above 0.
    """
    checks.number("temperature", temperature, above=0)
    checks.share("confidence", confidence)
    inside = min(max(confidence, SMALLEST_ODDS), 1 - SMALLEST_ODDS)
    return 1 / (1 + math.exp(-math.log(inside / (1 - inside)) / temperature))


def best_temperature(answered: Sequence[Answered]) -> float:
    """The temperature under which these rights and wrongs are the least surprising.

    Args:
        answered: at least one right answer and one wrong one.

    Returns:
        The temperature, 0.05 to 20, that makes the mean of -log(the scaled confidence that was
        given to what happened) smallest.

    Raises:
        ValueError: all are right, or none is: then no temperature is the best.
    """
    if len({right for _, right in answered}) < 2:
        raise ValueError(
            f"Of {len(answered)} answers all are right or none is, so that the surest temperature "
            "would always win. Give more answers, with both kinds among them."
        )
    confidence, right = np.array(answered, dtype=float).T
    inside = confidence.clip(SMALLEST_ODDS, 1 - SMALLEST_ODDS)
    signed = np.where(right > 0, 1, -1) * np.log(inside / (1 - inside))  # (N,) log odds
    # the loss has one valley over 1 / temperature; a fine grid finds it to half a percent
    grid = np.geomspace(0.05, 20, 1200)
    losses = [np.logaddexp(0, -signed / temperature).mean() for temperature in grid]
    return float(grid[int(np.argmin(losses))])


def mended(answers: Sequence[Answer], seed: int = 0) -> tuple[float, float, float]:
    """A temperature fitted on half of the countries, and what it does for the other half.

    Args:
        answers: with right and wrong ones in each half.
        seed: of the halves.

    Returns:
        (temperature, calibration error before, calibration error after).
    """
    fit, test = (pairs(half) for half in halves(answers, seed))
    temperature = best_temperature(fit)
    cooled = [(scaled(confidence, temperature), right) for confidence, right in test]
    return temperature, error(bins(test)), error(bins(cooled))


def in_words(answered: Sequence[Answered]) -> str:
    """How many answers, how sure on average, how many right, and the calibration error."""
    if not answered:
        return "no predictions to draw yet"
    whole = Bin.of(answered)
    sure = f"{whole.confidence:.0%} sure on average, {whole.accuracy:.0%} right"
    gap = f"{error(bins(answered)):.3f} (standard error {error_of_error(answered):.3f})"
    return f"{whole.count} answers, {sure}, calibration error {gap}"
