"""Abstaining: answering only where one is sure enough, what that gains, and what it costs.

Every sign of sureness orders the questions; a threshold cuts the order in two. The curve of risk
and coverage shows all cuts at once, and the area under the receiver operating characteristic says
in one number how good the order is. Left out: the signs themselves (confidence.py), and whether
they mean what they say (calibration.py). Taught in notebook 05, section "How sure is it?".

Sources: El-Yaniv and Wiener 2010 (risk and coverage); Hanley and McNeil 1982 and DeLong et al.
1988 (the area, and its standard error for two signs of the same answers).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils import checks
from course_utils.inference.calibration import share_error
from course_utils.inference.confidence import SIGNS, Answer


@dataclass(frozen=True)
class Coverage:
    """What a threshold does.

    Attributes:
        threshold: answered is what reaches it.
        coverage: the share of the questions that is answered, 0..1.
        accuracy: the share of right ones among the answered; 1 where none is.
        standard_error: of the accuracy; 0.5 where none is answered.
        lost: of the answers that would have been right, the share that is kept back.
    """

    threshold: float
    coverage: float
    accuracy: float
    standard_error: float
    lost: float

    @property
    def risk(self) -> float:
        """The share of wrong ones among the answered."""
        return 1 - self.accuracy


@dataclass(frozen=True)
class Area:
    """How well a sign tells right from wrong: the area under its ROC curve.

    Attributes:
        value: how often a right answer is surer than a wrong one, ties counted half; 0.5 is
            guessing.
        standard_error: by DeLong's method.
    """

    value: float
    standard_error: float


def at(confidence: Sequence[float], right: Sequence[bool], threshold: float) -> Coverage:
    """What one threshold does.

    Args:
        confidence: how sure each answer was, higher is surer; N numbers of any unit.
        right: whether each is right.
        threshold: answered is what reaches it.

    Raises:
        ValueError: the lengths differ, there is no answer, or a number is NaN.
    """
    sure, truth = _checked(confidence, right)
    answered = sure >= threshold
    kept = truth[answered]
    return Coverage(
        float(threshold),
        float(answered.mean()),
        float(kept.mean()) if len(kept) else 1.0,
        share_error(kept) if len(kept) else 0.5,
        float(truth.sum() - kept.sum()) / max(1.0, float(truth.sum())),
    )


def curve(confidence: Sequence[float], right: Sequence[bool]) -> list[Coverage]:
    """What every threshold does, from the one that answers least to that which answers all.

    Args:
        confidence: see `at`.
        right: see `at`.
    """
    sure, truth = _checked(confidence, right)
    return [at(sure, truth, threshold) for threshold in np.unique(sure)[::-1]]


def threshold_losing(confidence: Sequence[float], right: Sequence[bool], share: float) -> float:
    """The highest threshold that keeps back at most this share of the right answers.

    Args:
        confidence: see `at`; of questions that are kept apart from those that it is tried on.
        right: see `at`.
        share: of the right answers that may be lost, 0..1.

    Returns:
        The threshold; infinity where no answer is right, for then silence loses nothing.

    Raises:
        ValueError: see `at`; or the share is none.
    """
    checks.share("share", share)
    sure, truth = _checked(confidence, right)
    if share == 1 or not truth.any():
        return math.inf
    # so many of the least sure right answers lie below; a hair's breadth is no answer
    return float(np.sort(sure[truth])[math.floor(share * truth.sum() + 1e-9)])


def area(confidence: Sequence[float], right: Sequence[bool]) -> Area:
    """How well a sign tells right answers from wrong ones.

    Args:
        confidence: see `at`.
        right: see `at`; at least two of each.
    """
    of_right, of_wrong = _placements(confidence, right)
    return Area(float(of_right.mean()), _spread(of_right, of_wrong))


def area_gain(
    confidence: Sequence[float], other: Sequence[float], right: Sequence[bool]
) -> tuple[float, float]:
    """How much larger the area of one sign is than that of another, on the same answers.

    Args:
        confidence: of the one sign; see `at`.
        other: of the other one, for the same answers.
        right: see `area`.

    Returns:
        (difference, its standard error): smaller than of two areas apart, for both signs err on
        the same answers.
    """
    of_right, of_wrong = _placements(confidence, right)
    other_right, other_wrong = _placements(other, right)
    difference = float(of_right.mean() - other_right.mean())
    return difference, _spread(of_right - other_right, of_wrong - other_wrong)


def areas(answers: Sequence[Answer]) -> dict[str, Area]:
    """How well each of the signs tells right answers from wrong ones.

    Args:
        answers: of a chat model, right and wrong ones among them.
    """
    right = [answer.right for answer in answers]
    return {sign: area([each.sign(sign) for each in answers], right) for sign in SIGNS}


def _placements(
    confidence: Sequence[float], right: Sequence[bool]
) -> tuple[np.ndarray, np.ndarray]:
    """Of each right answer the share of wrong ones below it; of each wrong one, of right above."""
    sure, truth = _checked(confidence, right)
    above, below = sure[truth], sure[~truth]
    if min(len(above), len(below)) < 2:
        raise ValueError(
            f"There are {len(above)} right answers and {len(below)} wrong ones; give at least two "
            "of each, or nothing can be told apart."
        )
    wins = (above[:, None] > below) + 0.5 * (above[:, None] == below)  # (right, wrong)
    return wins.mean(1), wins.mean(0)


def _spread(of_right: np.ndarray, of_wrong: np.ndarray) -> float:
    """DeLong's standard error from the placements."""
    return math.sqrt(of_right.var(ddof=1) / len(of_right) + of_wrong.var(ddof=1) / len(of_wrong))


def _checked(confidence: Sequence[float], right: Sequence[bool]) -> tuple[np.ndarray, np.ndarray]:
    sure, truth = np.asarray(confidence, dtype=float), np.asarray(right, dtype=bool)
    if sure.shape != truth.shape or sure.ndim != 1 or not len(sure):
        raise ValueError(
            f"There are {sure.size} confidences and {truth.size} verdicts; give one each, for at "
            "least one answer."
        )
    if np.isnan(sure).any():
        raise ValueError(
            f"{int(np.isnan(sure).sum())} of {len(sure)} confidences are no numbers. A base model "
            "has no refusal; use another sign."
        )
    return sure, truth
