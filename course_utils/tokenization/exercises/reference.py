"""Right answers to the challenges of notebook 02: the parts of byte-pair encoding.

The tokenizer that the course uses is in `tokenization.bpe`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

Ids = tuple[int, ...]
Pair = tuple[int, int]
FIRST_MERGE_ID = 261


def count_pairs(words: Mapping[Ids, int]) -> dict[Pair, int]:
    """How often two tokens stand side by side, each word counted as often as it occurs.

    Args:
        words: a word's token ids -> how often the word occurs.

    Returns:
        Pair of ids -> how often it occurs; pairs that do not occur are left out.
    """
    pairs: Counter[Pair] = Counter()
    for ids, times in words.items():
        for pair in zip(ids, ids[1:], strict=False):
            pairs[pair] += times
    return dict(pairs)


def merge(ids: Sequence[int], pair: Pair, new_id: int) -> list[int]:
    """The ids with each occurrence of the pair made one, from left to right, none used twice.

    Args:
        ids: token ids of a word.
        pair: the two ids that stand side by side.
        new_id: the id that takes their place.
    """
    merged, at = [], 0
    while at < len(ids):
        if tuple(ids[at : at + 2]) == tuple(pair):
            merged.append(new_id)
            at += 2
        else:
            merged.append(ids[at])
            at += 1
    return merged


def encode_word(word: Ids, merges: Sequence[Pair]) -> Ids:
    """The word's ids after all merges: of the pairs in the word, the one learnt first goes first.

    Args:
        word: byte ids of one word.
        merges: pairs in the order they were learnt; number i makes the id 261 + i.
    """
    ids, ranks = list(word), {tuple(pair): rank for rank, pair in enumerate(merges)}
    while learnt := [ranks[pair] for pair in zip(ids, ids[1:], strict=False) if pair in ranks]:
        first = min(learnt)
        ids = merge(ids, merges[first], FIRST_MERGE_ID + first)
    return tuple(ids)
