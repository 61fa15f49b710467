"""Right answers to the challenges of notebook 01, short and in plain Python.

The steps that the course uses are in `data_collection`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

WORDS_IN_A_ROW = 5
ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
Rule = tuple[str, str]  # ("allow" or "disallow", the start of the paths that it is about)


def robots_allowed(rules: Sequence[Rule], path: str) -> bool:
    """Whether robots.txt lets a crawler fetch a page.

    Args:
        rules: ("allow" or "disallow", the start of the paths that it is about); in any order.
        path: the page's path, such as "/private/diary.html".

    Returns:
        What the longest rule says with which the path begins; of two equally long ones, allow.
        True where no rule fits. A rule with an empty start is about nothing.

    Source: RFC 9309, section 2.2.2, without its wildcards.
    """
    fitting = [(len(start), word == "allow") for word, start in rules if path.startswith(start)]
    longest, allowed = max(fitting, default=(0, True))
    return allowed if longest else True


def precision_recall(dropped: set[str], junk: set[str]) -> tuple[float, float]:
    """How good a filter is that has to throw out junk.

    Args:
        dropped: the pages that the filter threw out.
        junk: the pages that really are junk.

    Returns:
        Precision: of the pages dropped, the share that is junk; 1.0 where none was dropped.
        Recall: of the junk, the share that was dropped; 1.0 where there is no junk.
    """
    hits = len(dropped & junk)
    return hits / len(dropped) if dropped else 1.0, hits / len(junk) if junk else 1.0


def jaccard(first: str, second: str) -> float:
    """How alike two texts are: the share of their runs of five words that both have.

    Args:
        first: words are what stands between spaces and line ends, in lower case.
        second: the same.

    Returns:
        Runs in both, divided by runs in either; 0.0 where neither has a run of five words.
    """
    runs, others = _runs(first), _runs(second)
    return len(runs & others) / len(runs | others) if runs | others else 0.0


def mask_emails(text: str) -> str:
    """The text with each e-mail address replaced by <EMAIL>, and nothing else changed."""
    return ADDRESS.sub("<EMAIL>", text)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = text.lower().split()
    return {
        tuple(words[at : at + WORDS_IN_A_ROW]) for at in range(len(words) - WORDS_IN_A_ROW + 1)
    }
