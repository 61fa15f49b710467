"""The challenges of notebook 02: counting pairs, merging one, encoding a word.

Cases and the words of the frame only; the right answers are in reference.py, and what a
wrong one betrays is in mistakes.py.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from course_utils.challenges.base import Challenge
from course_utils.challenges.compare import compare
from course_utils.tokenization.exercises import mistakes
from course_utils.tokenization.exercises.reference import (
    FIRST_MERGE_ID,
    Ids,
    Pair,
    count_pairs,
    encode_word,
    merge,
)


def _encodings() -> Iterator[tuple[Ids, list[Pair]]]:
    yield (5, 6, 7), [(5, 6)]
    yield (5, 6, 7), [(6, 7), (5, 6)]  # the earlier merge takes the 6
    yield (5, 6, 7), [(5, 6), (261, 7)]  # a merge of a merge
    yield (5, 5, 5, 5), [(5, 5), (261, 261)]  # the same token over and over
    yield (5, 6, 5, 6), [(5, 6), (6, 5)]
    yield (5, 6, 5), [(5, 6), (6, 5)]
    yield (), [(5, 6)]  # an empty word
    yield (4, 5), []  # nothing learnt yet
    draw = random.Random(0)
    for _ in range(20):
        merges: list[Pair] = []
        for _ in range(6):
            known = [4, 5, 6, *range(FIRST_MERGE_ID, FIRST_MERGE_ID + len(merges))]
            pair = draw.choice(known), draw.choice(known)
            if pair not in merges:
                merges.append(pair)
        yield tuple(draw.choices((4, 5, 6), k=draw.randint(2, 12))), merges


def _words() -> Iterator[tuple[dict[Ids, int]]]:
    yield ({(1, 2, 3, 4, 5): 1},)
    yield ({(1, 2): 5, (1, 2, 1, 2): 1},)  # twice in one word, and words that count several times
    yield ({(7,): 3, (): 2},)  # words without a pair
    yield ({(4, 4, 4): 2},)  # pairs that overlap
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
    yield [1, 2, 1, 2], (1, 2), 9  # twice
    yield [5, 5, 5], (5, 5), 9  # overlapping: the first goes first
    yield [3, 1], (3, 2), 9  # half of the pair
    yield [2, 1], (1, 2), 9  # the other way round
    yield [], (1, 2), 9  # nothing
    draw = random.Random(0)
    for _ in range(30):
        pair = (draw.randrange(3), draw.randrange(3))
        yield draw.choices(range(3), k=draw.randint(1, 12)), pair, 9


CHALLENGES = (
    Challenge(
        "tokenization.count_pairs",
        "Count the pairs of neighbouring tokens",
        1,
        5,
        "zip(ids, ids[1:]) gives the neighbours within one word.",
        compare(count_pairs, _words, mistakes.of_count_pairs),
    ),
    Challenge(
        "tokenization.merge",
        "Replace a pair by a new token",
        2,
        8,
        "A while loop over a position that grows by 2 after a merge and by 1 otherwise.",
        compare(merge, _merges, mistakes.of_merge),
    ),
    Challenge(
        "tokenization.encode_word",
        "Encode a word with the merges that were learnt",
        2,
        15,
        "Rank the merges; merge the pair of smallest rank in the word until none is left.",
        compare(encode_word, _encodings, mistakes.of_encode_word),
    ),
)
