"""Solutions to the challenges of notebook 02, as a reader might write them.

Each function has its challenge's name and says what the challenge tests.
"""

from __future__ import annotations


def count_pairs(words: dict[tuple[int, ...], int]) -> dict[tuple[int, int], int]:
    """Tests: neighbours within a word, and weighing a word by how often it occurs."""
    counts: dict[tuple[int, int], int] = {}
    for word, times in words.items():
        for pair in zip(word, word[1:], strict=False):
            counts[pair] = counts.get(pair, 0) + times
    return counts


def merge(word: tuple[int, ...], pair: tuple[int, int], new_id: int) -> tuple[int, ...]:
    """Tests: a loop whose step depends on what it finds, and its last turn."""
    merged, i = [], 0
    while i < len(word):
        if i + 1 < len(word) and (word[i], word[i + 1]) == pair:
            merged.append(new_id)
            i += 2
        else:
            merged.append(word[i])
            i += 1
    return tuple(merged)


def encode_word(word: tuple[int, ...], merges: list[tuple[int, int]]) -> tuple[int, ...]:
    """Tests: that encoding repeats the merges in the order in which they were learnt."""
    while True:
        ranks = [
            merges.index(pair) for pair in zip(word, word[1:], strict=False) if pair in merges
        ]
        if not ranks:
            return word
        word = merge(word, merges[min(ranks)], 261 + min(ranks))
