"""A judge of junk that no training sees: naive Bayes on runs of three letters.

It learns from pages outside the slice with the answer key's word on each, so it shares neither
texts nor rules with what it judges: the quality rules filtered the training text, and a model
judged by the same rules would be marked by its own teacher.
Left out: judging what sort of junk. Used by ablation.py.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

LETTERS = 600  # of a text are looked at


class JunkJudge:
    """Tells junk from good English text.

    Args:
        pages: (text, whether it is junk), some of each.

    Raises:
        ValueError: one of the two sides has no text.

    Source: Graham 2002, A Plan for Spam, for naive Bayes against spam.
    """

    def __init__(self, pages: Iterable[tuple[str, bool]]) -> None:
        counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        for text, junk in pages:
            counts[junk].update(_runs(text))
        if not (counts[True] and counts[False]):
            missing = "good pages" if counts[True] else "junk"
            raise ValueError(f"the judge got no {missing} to learn from; give it some of both.")
        # Add-one smoothing: a run that one side never has must not decide alone.
        totals = {side: count.total() + len(count) for side, count in counts.items()}
        self.odds = {
            run: math.log((counts[True][run] + 1) / totals[True])
            - math.log((counts[False][run] + 1) / totals[False])
            for run in counts[True] | counts[False]
        }

    def __call__(self, text: str) -> bool:
        """Whether a text looks more like junk than like a good page."""
        return math.fsum(self.odds.get(run, 0.0) for run in _runs(text)) > 0

    def share(self, texts: Iterable[str]) -> float:
        """The share of texts that look like junk; 0 where there are none."""
        verdicts = list(map(self, texts))
        return sum(verdicts) / max(1, len(verdicts))


def _runs(text: str) -> list[str]:
    """Every run of three letters of a text's beginning, spaces and signs included."""
    text = " ".join(text[:LETTERS].lower().split())
    return ["".join(run) for run in zip(text, text[1:], text[2:], strict=False)]
