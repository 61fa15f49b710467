"""How far labels agree: with another judge's, with the same reader's of before, and beyond chance.

The share of equal labels flatters who says the same of every pair: two who always say "left" agree
on all. Cohen's kappa takes off what two would agree on by chance. With some twenty labels a share
is known to some twenty points, so its interval stands beside it. For notebook 04; no cell shows it
yet.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from course_utils.finetuning_rlhf.labels import IMPORT, LEFT, RIGHT, Key, Label, standing

TIE = "tie"
MANY, FEW = 10, 4  # labels with a better reply, pairs shown twice: enough for a warning
Z = 1.959964  # of an interval that holds the share 95 times in 100


@dataclass(frozen=True)
class Share:
    """So many of so many, with the interval that its smallness leaves open.

    Args:
        count: how many.
        of: of how many; 0 where there is nothing to count.
    """

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """0..1; None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval, 0..1; None of nothing.

        Unlike the usual share plus or minus two standard errors it has a width where all agree.

        Source: Wilson 1927.
        """
        if not self.of:
            return None
        share, spread = self.count / self.of, Z * Z / self.of
        middle = share + spread / 2
        half = Z * math.sqrt(share * (1 - share) / self.of + spread / (4 * self.of))
        low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
        return max(0.0, low), min(1.0, high)

    @property
    def columns(self) -> tuple[str, str, str]:
        """So many of so many, the interval and kappa, for a table; "" where there is none."""
        if not self.of:
            return "none yet", "", ""
        low, high = self.interval
        return f"{self.count} of {self.of}", f"{low:.0%} to {high:.0%}", ""

    def __str__(self) -> str:
        if not self.of:
            return "none yet"
        low, high = self.interval
        return f"{self.count} of {self.of} ({self.value:.0%}, perhaps {low:.0%} to {high:.0%})"


@dataclass(frozen=True)
class Agreement(Share):
    """How often two judges said the same.

    Args:
        kappa: agreement beyond chance, 1 for always, 0 for as often as chance; None where both
            said one and the same of every pair, or there is no pair.
    """

    kappa: float | None = None

    @property
    def columns(self) -> tuple[str, str, str]:
        """See `Share.columns`."""
        *share, _ = super().columns
        return *share, "" if self.kappa is None else f"{self.kappa:.2f}"

    def __str__(self) -> str:
        beyond = "" if self.kappa is None else f", kappa {self.kappa:.2f}"
        return f"{super().__str__()}{beyond}"


def agreement(first: Sequence[Hashable], second: Sequence[Hashable]) -> Agreement:
    """How often two judges of the same things said the same.

    Args:
        first: N labels of one judge.
        second: N labels of the other, of the same things in the same order.

    Raises:
        ValueError: the two are not equally long.

    Source: Cohen 1960.
    """
    if len(first) != len(second):
        raise ValueError(
            f"There are {len(first)} labels of one judge and {len(second)} of the other. Give "
            "both for the same things, in the same order."
        )
    count = len(first)
    same = sum(one == other for one, other in zip(first, second, strict=True))
    if not count:
        return Agreement(0, 0)
    # what two would agree on who draw from their own habits and look at nothing
    habits, others = Counter(first), Counter(second)
    by_chance = sum(habits[label] * others[label] for label in habits) / count**2
    kappa = None if by_chance == 1 else (same / count - by_chance) / (1 - by_chance)
    return Agreement(same, count, kappa)


def with_other(labels: Sequence[Label], others: Sequence[Label]) -> Agreement:
    """Agreement on pairs in the same places; left, right and tie are the three labels.

    Of a pair that both saw twice the first showing in `others` counts alone: one pair is one piece
    of evidence.
    """
    said = {one.key: one for one in standing(labels)}
    taken: set[Key] = set()
    pairs = []
    for other in standing(others):
        if other.key in said and other.swapped not in taken:
            taken.add(other.key)
            pairs.append((_side(said[other.key]), _side(other)))
    return agreement([mine for mine, _ in pairs], [theirs for _, theirs in pairs])


def with_self(labels: Sequence[Label]) -> Agreement:
    """Agreement of the first with the second label of the pairs that were shown twice.

    Who always takes the left one contradicts himself on every pair: its sides were swapped.
    """
    pairs = _twice(labels)
    mirror = {LEFT: RIGHT, RIGHT: LEFT, TIE: TIE}
    return agreement(
        [_side(first) for first, _ in pairs], [mirror[_side(again)] for _, again in pairs]
    )


def contradictions(labels: Sequence[Label]) -> int:
    """Of how many pairs first the one and then the other reply was called the better one."""
    return sum(
        not first.tie and not again.tie and first.chosen != again.chosen
        for first, again in _twice(labels)
    )


def warning(labels: Sequence[Label]) -> str:
    """What makes labels worth little, in a sentence; "" where nothing does, or they are few."""
    left, again, newest = left_share(labels), with_self(labels), standing(labels)
    if len(newest) >= MANY and all(one.tie for one in newest):
        return (
            f"All {len(newest)} labels say both good or both bad: a model learns from pairs with "
            "a better reply alone, so from none of these."
        )
    if left.of >= MANY and left.count in (0, left.of):
        side = LEFT if left.count else RIGHT
        return (
            f"The better reply stood on the {side} every time, and which stands there is drawn: "
            "such labels say nothing of the replies."
        )
    against = contradictions(labels)
    if again.of >= FEW and 2 * against >= again.of:
        return (
            f"Of {again.of} pairs that came twice you first preferred the one and then the other "
            f"reply in {against}: a model that learns from both learns little."
        )
    return ""


def left_share(labels: Sequence[Label]) -> Share:
    """How often the reply on the left was the better one; sides are drawn, so about half.

    What was imported was shown on no side.
    """
    shown = [one for one in standing(labels) if one.source != IMPORT]
    sides = [one.choice for one in shown if not one.tie]
    return Share(sides.count(LEFT), len(sides))


def longer_share(labels: Sequence[Label]) -> Share:
    """How often the longer reply was the better one, where one has more words."""
    won = [
        len(one.chosen.split()) > len(one.rejected.split())
        for one in standing(labels)
        if not one.tie and len(one.chosen.split()) != len(one.rejected.split())
    ]
    return Share(sum(won), len(won))


def _side(label: Label) -> str:
    return TIE if label.tie else label.choice


def _twice(labels: Sequence[Label]) -> list[tuple[Label, Label]]:
    """The pairs that were labelled in both orders: the earlier label, the later one."""
    seen: dict[Key, Label] = {}
    pairs = []
    for one in standing(labels):
        if one.swapped in seen:
            pairs.append((seen[one.swapped], one))
        seen[one.key] = one
    return pairs
