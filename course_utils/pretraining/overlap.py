"""The longest run of words that a text has in common with a corpus, found exactly.

Leaves out near-copies (data_collection/dedup finds those). Used by evaluate.py to see whether a
story was copied. Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def longest_runs(texts: Sequence[str], corpus: Iterable[str]) -> list[int]:
    """For each text, the words of its longest passage that stands in the corpus word for word.

    All word positions are sorted by the words that follow them, doubling the number of words
    looked at each round (a suffix array); the passage most like one is then its neighbour.

    Args:
        texts: what is looked up; words are what white space separates.
        corpus: documents; a run does not cross from one into the next.

    Returns:
        One count a text.

    Source: Manber and Myers 1990.
    """
    words, owner = _numbered(texts, corpus)
    longest = max((len(text.split()) for text in texts), default=0)
    if not longest or owner[-1] >= 0:
        return [0] * len(texts)
    # sort all positions by the words that follow
    ranks = _ranks(words, longest)
    order = np.argsort(ranks[-1], kind="stable")  # (positions,)
    # for each of them the nearest position of the corpus before and after it in this order
    positions = np.arange(len(order))
    in_corpus = owner[order] < 0
    before = np.maximum.accumulate(np.where(in_corpus, positions, -1))
    after = np.minimum.accumulate(np.where(in_corpus, positions, len(order))[::-1])[::-1]
    # the longer of the two common runs, and the longest over all positions of a text
    best = np.zeros(len(texts), dtype=np.int64)
    mine = np.flatnonzero(~in_corpus)
    for neighbour in (before[mine], after[mine]):
        valid = (neighbour >= 0) & (neighbour < len(order))
        here, other = order[mine[valid]], order[neighbour[valid]]
        np.maximum.at(best, owner[here], _common(ranks, here, other))
    return best.tolist()


def _numbered(texts: Sequence[str], corpus: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """All words as numbers, and for each the text that it belongs to (-1: corpus).

    Every document ends with a number of its own, so that no run crosses its end.
    """
    numbers: dict[str, int] = {}
    words: list[int] = []
    lengths: list[int] = []
    for text in (*texts, *corpus):
        before = len(words)
        # Each new word gets the next number.
        words += [numbers.setdefault(word, len(numbers)) for word in text.split()]
        words.append(-len(lengths) - 1)  # ends the document, and occurs once
        lengths.append(len(words) - before)
    owner = np.arange(len(lengths))  # one a document
    owner[len(texts) :] = -1
    return np.array(words, dtype=np.int64), np.repeat(owner, lengths)


def _ranks(words: np.ndarray, longest: int) -> list[np.ndarray]:
    """ranks[k][i] orders the 2**k words from i on; equal ranks mean equal words."""
    # Single words first, then pairs of runs, each twice as long.
    ranks = [np.unique(words, return_inverse=True)[1].astype(np.int64)]
    while 2 ** (len(ranks) - 1) < longest:
        last, width = ranks[-1], 2 ** (len(ranks) - 1)
        # What follows a run decides among equal ones; behind the end there is nothing.
        following = np.zeros_like(last)
        following[:-width] = last[width:] + 1
        # Two ranks as one number, so that one sort orders the pairs.
        pairs = last * (len(last) + 1) + following
        ranks.append(np.unique(pairs, return_inverse=True)[1].astype(np.int64))
    return ranks


def _common(ranks: list[np.ndarray], here: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How many words from `here` on are the same as from `other` on."""
    total, size = np.zeros_like(here), len(ranks[0])
    # The longest stretches first, as in counting with powers of two.
    for level in range(len(ranks) - 1, -1, -1):
        a, b = here + total, other + total
        inside = np.maximum(a, b) < size
        same = inside & (
            ranks[level][np.minimum(a, size - 1)] == ranks[level][np.minimum(b, size - 1)]
        )
        total = total + np.where(same, 2**level, 0)
    return total
