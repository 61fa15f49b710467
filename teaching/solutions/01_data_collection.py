"""Solutions to the challenges of notebook 01, as a reader might write them.

Each function has its challenge's name and says what the challenge tests.
"""

from __future__ import annotations

import re

EMAIL = r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"


def robots_allowed(rules: list[tuple[str, str]], path: str) -> bool:
    """Tests: reading a rule exactly, and which of several rules wins."""
    decided, length = True, 0
    for word, start in rules:
        if not start or not path.startswith(start):
            continue
        if len(start) > length:
            decided, length = word == "allow", len(start)
        elif len(start) == length and word == "allow":
            decided = True
    return decided


def precision_recall(dropped: set[str], junk: set[str]) -> tuple[float, float]:
    """Tests: what each of the two figures is a share of, and shares of nothing."""
    hits = dropped & junk
    precision = len(hits) / len(dropped) if dropped else 1.0
    recall = len(hits) / len(junk) if junk else 1.0
    return precision, recall


def jaccard(first: str, second: str) -> float:
    """Tests: making shingles, sets, and a share whose denominator can be 0."""

    def runs(text: str) -> set[str]:
        words = text.lower().split()
        return {" ".join(words[i : i + 5]) for i in range(len(words) - 4)}

    one, other = runs(first), runs(second)
    if not one | other:
        return 0.0
    return len(one & other) / len(one | other)


def mask_emails(text: str) -> str:
    """Tests: a pattern that takes all of an address and nothing around it."""
    return re.sub(EMAIL, "<EMAIL>", text)
