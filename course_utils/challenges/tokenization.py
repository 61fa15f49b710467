"""The challenges of notebook 02: the two halves of byte-pair encoding.

Reference answers and cases only; the tokenizer that the course uses is in `tokenization.bpe`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from course_utils.challenges.base import Challenge, compare

Ids = tuple[int, ...]
Pair = tuple[int, int]
FIRST_MERGE_ID = 260


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
        merges: pairs in the order they were learnt; number i makes the id 260 + i.
    """
    ids, ranks = list(word), {tuple(pair): rank for rank, pair in enumerate(merges)}
    while found := [ranks[pair] for pair in zip(ids, ids[1:], strict=False) if pair in ranks]:
        first = min(found)
        ids = merge(ids, merges[first], FIRST_MERGE_ID + first)
    return tuple(ids)


def _encodings() -> Iterator[tuple[Ids, list[Pair]]]:
    yield (5, 6, 7), [(5, 6)]
    yield (5, 6, 7), [(6, 7), (5, 6)]
    yield (5, 6, 7), [(5, 6), (260, 7)]
    yield (5, 5, 5, 5), [(5, 5), (260, 260)]
    yield (5, 6, 5, 6), [(5, 6), (6, 5)]
    yield (), [(5, 6)]
    yield (4, 5), []
    draw = random.Random(0)
    for _ in range(20):
        merges: list[Pair] = []
        for number in range(6):
            known = [4, 5, 6, *range(FIRST_MERGE_ID, FIRST_MERGE_ID + number)]
            pair = draw.choice(known), draw.choice(known)
            if pair not in merges:
                merges.append(pair)
        yield tuple(draw.choices((4, 5, 6), k=draw.randint(2, 12))), merges


def _words() -> Iterator[tuple[dict[Ids, int]]]:
    yield ({(1, 2, 3): 1},)
    yield ({(1, 2): 5, (1, 2, 1, 2): 1},)
    yield ({(7,): 3, (): 2},)
    yield ({(4, 4, 4): 2},)
    draw = random.Random(0)
    for _ in range(20):
        yield (
            {
                tuple(draw.choices(range(4), k=draw.randint(1, 8))): draw.randint(1, 9)
                for _ in range(6)
            },
        )


def _merges() -> Iterator[tuple[list[int], Pair, int]]:
    yield [1, 2, 3], (1, 2), 9
    yield [1, 2, 1, 2], (1, 2), 9
    yield [5, 5, 5], (5, 5), 9
    yield [3, 1], (3, 2), 9
    yield [2, 1], (1, 2), 9
    yield [], (1, 2), 9
    draw = random.Random(0)
    for _ in range(30):
        pair = (draw.randrange(3), draw.randrange(3))
        yield draw.choices(range(3), k=draw.randint(1, 12)), pair, 9


def _same_counts(answer: object, expected: dict[Pair, int]) -> str | None:
    if not isinstance(answer, Mapping):
        return f"Return a dict of pairs, not a {type(answer).__name__}."
    found = {pair: times for pair, times in answer.items() if times}
    for pair in expected:
        if found.get(pair, 0) != expected[pair]:
            return (
                f"The pair {pair} occurs {expected[pair]} times; yours says "
                f"{found.get(pair, 0)}. A word that occurs n times counts n times."
            )
    extra = sorted(set(found) - set(expected), key=repr)
    return f"The pair {extra[0]!r} does not occur within any word." if extra else None


def _same_ids(answer: object, expected: list[int]) -> str | None:
    if not isinstance(answer, (list, tuple)):
        return f"Return a list of ids, not a {type(answer).__name__}."
    if list(answer) == expected:
        return None
    if len(answer) > len(expected):
        return "A pair was left as it was, or an id is there twice."
    return "Go from left to right; after a merge go on behind both ids, and keep the last id."


def _same_encoding(answer: object, expected: Ids) -> str | None:
    if not isinstance(answer, (list, tuple)):
        return f"Return a tuple of ids, not a {type(answer).__name__}."
    if tuple(answer) == expected:
        return None
    if len(answer) > len(expected):
        return "A pair that was learnt is still there. Look again after every merge."
    return "The pair that was learnt first goes first, wherever it stands in the word."


CHALLENGES = (
    Challenge(
        "tokenization.encode_word",
        "Encode a word with the merges that were learnt",
        2,
        15,
        "Rank the merges; merge the pair of smallest rank in the word until none is left.",
        compare(encode_word, _encodings, _same_encoding),
    ),
    Challenge(
        "tokenization.count_pairs",
        "Count the pairs of neighbouring tokens",
        1,
        5,
        "zip(ids, ids[1:]) gives the neighbours within one word.",
        compare(count_pairs, _words, _same_counts),
    ),
    Challenge(
        "tokenization.merge",
        "Replace a pair by a new token",
        2,
        8,
        "A while loop over a position that grows by 2 after a merge and by 1 otherwise.",
        compare(merge, _merges, _same_ids),
    ),
)
