"""What evaluation found out: facts by kind, and stories one by one.

Leaves out how it is found (evaluate.py). Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class KindScore:
    """How many statements of one kind were completed with a true answer."""

    right: int
    count: int
    majority_baseline: float  # the share that one answer, always given, would get right

    @property
    def accuracy(self) -> float:
        """The share of right answers."""
        return self.right / self.count if self.count else 0.0


@dataclass(frozen=True)
class FactScores:
    """Facts recalled, over all and by kind, and what was said instead of the others."""

    by_kind: dict[str, KindScore]
    mistakes: tuple[tuple[str, str, str, str], ...]  # country, kind, said, true

    @property
    def count(self) -> int:
        """How many facts were asked for."""
        return sum(score.count for score in self.by_kind.values())

    @property
    def accuracy(self) -> float:
        """The share of right answers, every fact counted alike."""
        return sum(score.right for score in self.by_kind.values()) / max(1, self.count)

    @property
    def majority_baseline(self) -> float:
        """What the most common answer of each kind would get right."""
        hits = sum(score.majority_baseline * score.count for score in self.by_kind.values())
        return hits / max(1, self.count)

    def figures(self) -> dict[str, dict[str, float]]:
        """Accuracy, right answers, count and baseline by kind, as plain numbers for the report."""
        return {
            kind: {
                "accuracy": score.accuracy,
                "right": score.right,
                "count": score.count,
                "majority_baseline": score.majority_baseline,
            }
            for kind, score in self.by_kind.items()
        }


@dataclass(frozen=True)
class StoryScores:
    """Sampled stories, and what was found about each."""

    texts: tuple[str, ...]
    fits: tuple[bool, ...]  # characters, place and ending agree with the request
    overlaps: tuple[float, ...]  # the longest verbatim run, as a share of the story's words

    @property
    def coherent(self) -> float:
        """The share of stories that fit and whose longest run is under half of them."""
        good = [fit and share < 0.5 for fit, share in zip(self.fits, self.overlaps, strict=True)]
        return sum(good) / max(1, len(good))
