"""What is wrong with an answer about advantages: their scale, the clip, the other replies.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree. The other challenges on practice are in practice_mistakes.py.

Shape letters: B replies, T tokens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import groupby
from statistics import fmean, pstdev, stdev

import numpy as np
import torch
from torch import Tensor

from course_utils.challenges.answers import (
    INFINITE,
    NAN,
    Mistake,
    array,
    close,
    matching_mistake,
    near,
    number,
    numbers,
)
from course_utils.finetuning_rlhf.exercises.reference import clipped_gradient

LOGARITHMS = "These are log-probabilities: the ratio of the probabilities is exp(new - old)."


def of_normalise_advantages(
    answer: object, expected: Tensor, advantages: Tensor, mask: Tensor
) -> str | None:
    """For normalise_advantages."""
    given = array(answer, tuple(expected.shape), finite=False)
    if isinstance(given, str):
        return given
    if np.isfinite(given).all() and near(given, expected.numpy()):
        return None
    counted = advantages[mask].double()
    if len(counted) < 2:
        return "A single token, or none, has no spread: return 0 everywhere."
    if counted.std() == 0:
        return "All advantages are equal here, so that their spread is 0: return 0 everywhere."
    if not np.isfinite(given).all():
        return NAN if np.isnan(given).any() else INFINITE
    known = _wrong_scales(advantages.double(), mask, counted)
    return matching_mistake(given, known, near) or (
        "Subtract the mean of advantages[mask], divide by its standard deviation, and leave 0 at "
        "all other places."
    )


def _wrong_scales(advantages: Tensor, mask: Tensor, counted: Tensor) -> list[Mistake]:
    mean, spread = counted.mean(), counted.std()
    zeros = advantages * mask
    alone = "Mean and spread are those of the tokens of replies alone: take advantages[mask]."
    with_zeros = "The zeros outside replies count in this mean and spread: take advantages[mask]."
    everywhere = (advantages - advantages.mean()) / advantages.std()
    tried = (
        (lambda: (advantages - mean) / spread, "What stands outside replies becomes 0."),
        (lambda: everywhere, alone),
        (lambda: everywhere * mask, alone),
        (lambda: (zeros - zeros.mean()) / zeros.std(), with_zeros),
        (lambda: (zeros - zeros.mean()) / zeros.std() * mask, with_zeros),
        (
            lambda: torch.stack([_alone(*row) for row in zip(advantages, mask, strict=True)]),
            "Each reply is scaled by itself here, so that a good one is no better than a bad one.",
        ),
        (
            lambda: (advantages - mean) / counted.std(correction=0) * mask,
            "This spread divides by n: that of a sample divides by n - 1, as .std() does.",
        ),
        (
            lambda: (advantages - mean) / counted.var() * mask,
            "Divide by the standard deviation, the root of the variance.",
        ),
        (
            lambda: (advantages - mean) * mask,
            "The mean is 0 now; the spread has to become 1, too.",
        ),
        (lambda: zeros / spread, "The spread is 1 now; the mean has to become 0, too."),
        (lambda: (advantages / spread - mean) * mask, "First subtract the mean, then divide."),
        (lambda: (mean - advantages) / spread * mask, "Only the sign is wrong: minus the mean."),
    )
    return [(lambda made=made: made().numpy(), words) for made, words in tried]


def _alone(advantages: Tensor, mask: Tensor) -> Tensor:
    """One reply (T,), scaled by itself; 0 where that cannot be done."""
    counted = advantages[mask]
    if len(counted) < 2 or counted.std() == 0:
        return torch.zeros_like(advantages)
    return (advantages - counted.mean()) / counted.std() * mask


def of_clipped_gradient(
    answer: object, expected: float, new: float, old: float, advantage: float, clip: float
) -> str | None:
    """For clipped_gradient."""
    value = number(answer)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    ratio = math.exp(new - old)
    if expected == 0 and advantage:
        kept = min(max(ratio, 1 - clip), 1 + clip)
        known = [
            (lambda: ratio * advantage, "Beyond the clip nothing more is gained: the slope is 0."),
            (
                lambda: kept * advantage,
                "This is the objective itself; it is constant here, so its slope is 0.",
            ),
        ]
        return matching_mistake(value, known) or (
            "The clip holds this token: the objective is a constant, and its slope is 0."
        )
    return matching_mistake(value, _wrong_slopes(new, old, advantage, clip)) or (
        "The slope of ratio * advantage is the same again, for the slope of exp is exp."
    )


def _wrong_slopes(new: float, old: float, advantage: float, clip: float) -> list[Mistake]:
    """Other slopes of a token that the clip does not hold."""
    ratio = math.exp(new - old)
    kept = min(max(ratio, 1 - clip), 1 + clip)
    return [
        (
            lambda: 0.0,
            "The clip does not hold a move for the worse, nor one that is small: it keeps its "
            "slope.",
        ),
        (lambda: -ratio * advantage, "Only the sign is wrong: the objective is to be made large."),
        (
            lambda: advantage,
            "This is the slope with respect to the ratio; that of the ratio, exp(new - old), is "
            "the ratio itself.",
        ),
        (
            lambda: clipped_gradient(old, new, advantage, clip),
            "The ratio is upside down: the new probability over the old one.",
        ),
        (lambda: (new - old) * advantage, LOGARITHMS),
        (lambda: new / old * advantage, LOGARITHMS),
        (lambda: ratio, "The advantage is missing: it multiplies the ratio."),
        (
            lambda: kept * advantage,
            "A move for the worse is not clipped, neither in the objective nor in its slope.",
        ),
    ]


def of_leave_one_out(
    answer: object, expected: list[float], prompts: Sequence[str], rewards: Sequence[float]
) -> str | None:
    """For leave_one_out."""
    given = numbers(answer, len(expected), "replies")
    if isinstance(given, str) or close(given, expected):
        return given if isinstance(given, str) else None
    known = [
        *_wrong_comparisons(expected, prompts, rewards),
        *_wrong_groups(expected, prompts, rewards),
    ]
    return matching_mistake(given, known) or (
        "The reward of a reply, minus the mean reward of the other replies to the same prompt."
    )


def _by_group(
    labels: Sequence, rewards: Sequence[float], advantage: Callable[[list[float], int], float]
) -> list[float]:
    """An advantage for each reply, from its group's rewards and its place in the group."""
    groups: dict = {}
    for label, reward in zip(labels, rewards, strict=True):
        groups.setdefault(label, []).append(reward)
    seen = dict.fromkeys(groups, 0)
    made = []
    for label in labels:
        made.append(advantage(groups[label], seen[label]))
        seen[label] += 1
    return made


def _ahead(group: list[float], place: int) -> float:
    others = [*group[:place], *group[place + 1 :]]
    return group[place] - fmean(others) if others else 0.0


def _wrong_comparisons(
    expected: list[float], prompts: Sequence[str], rewards: Sequence[float]
) -> list[Mistake]:
    """The right groups, compared in another way."""
    itself = "The reply itself is in this mean: it is compared with the others."
    spread = "Nothing is divided by the spread of the rewards here."

    def scaled(group: list[float], place: int, of: Callable) -> float:
        width = of(group) if len(group) > 1 else 0.0
        return (group[place] - fmean(group)) / width if width else 0.0

    def others(group: list[float], place: int) -> float:
        return sum(group) - group[place]

    tried = (
        (lambda group, place: group[place] - fmean(group), itself),
        (lambda group, place: scaled(group, place, stdev), spread),
        (lambda group, place: scaled(group, place, pstdev), spread),
        (
            lambda group, place: group[place] - others(group, place),
            "This subtracts the sum of the others; divide it by how many they are.",
        ),
        (
            lambda group, place: group[place] - others(group, place) / len(group),
            "The others are one fewer than all replies to the prompt.",
        ),
        (
            lambda group, place: group[place] - _ahead(group, place),
            "This is what the others have; the advantage is how far the reply is above it.",
        ),
        (
            lambda group, place: _ahead(group, place) if len(group) > 1 else group[place],
            "A reply whose prompt was answered only once has no others: give it 0.0.",
        ),
    )
    return [
        (lambda: [-advantage for advantage in expected], "Only the sign is wrong."),
        *((lambda of=of: _by_group(prompts, rewards, of), words) for of, words in tried),
    ]


def _wrong_groups(
    expected: list[float], prompts: Sequence[str], rewards: Sequence[float]
) -> list[Mistake]:
    """The right comparison, with other replies or in another order."""
    everybody = (
        "Compare with replies to the same prompt only: prompts differ in how hard they are."
    )
    batch, runs = [0] * len(prompts), groupby(prompts)
    beside = [number for number, (_, run) in enumerate(runs) for _ in run]
    order = sorted(range(len(prompts)), key=lambda reply: prompts.index(prompts[reply]))
    alphabetical = sorted(range(len(prompts)), key=prompts.__getitem__)
    place = "The advantages are right and in another order: keep that of the replies."
    return [
        (lambda: _by_group(batch, rewards, _ahead), everybody),
        (
            lambda: _by_group(batch, rewards, lambda group, at: group[at] - fmean(group)),
            everybody,
        ),
        (
            lambda: _by_group(beside, rewards, _ahead),
            "Replies to one prompt need not stand side by side.",
        ),
        (lambda: [expected[reply] for reply in order], place),
        (lambda: [expected[reply] for reply in alphabetical], place),
    ]
