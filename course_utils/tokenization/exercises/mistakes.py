"""What is wrong with an answer to a challenge of notebook 02, in words that fit the mistake.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral

from course_utils.challenges.answers import Mistake, kind, matching_mistake
from course_utils.tokenization.exercises.reference import (
    FIRST_MERGE_ID,
    Ids,
    Pair,
    count_pairs,
    merge,
)

LAST_PAIR = "The last pair of each word is missing."


def of_count_pairs(
    answer: object, expected: dict[Pair, int], words: Mapping[Ids, int]
) -> str | None:
    """For count_pairs."""
    if not isinstance(answer, Mapping):
        return f"Return a dict of pairs, not {kind(answer)}."
    if any(not isinstance(times, Integral) for times in answer.values()):
        return "Every count is one whole number; there is something else in your dict."
    # Pairs that were counted as 0 are as good as left out.
    counts = {pair: times for pair, times in answer.items() if times}
    if counts == expected:
        return None
    if any(not isinstance(pair, tuple) or len(pair) != 2 for pair in counts):
        wrong = next(pair for pair in counts if not isinstance(pair, tuple) or len(pair) != 2)
        return f"The keys are pairs such as (1, 2); one of yours is {wrong!r}."
    # A usual mistake, else the first pair that differs.
    known = matching_mistake(counts, _wrong_counts(words), operator.eq)
    if known:
        return known
    for pair in expected:
        if counts.get(pair, 0) != expected[pair]:
            return (
                f"The count of {pair} is {expected[pair]}; yours is {counts.get(pair, 0)}. "
                "Each place where the two stand side by side counts."
            )
    extra = sorted(set(counts) - set(expected), key=repr)
    return f"The pair {extra[0]!r} does not occur within any word."


def _wrong_counts(words: Mapping[Ids, int]) -> list[Mistake]:
    """What usual mistakes count, each with what to say about it."""
    # What such mistakes count with: one long row, sets, steps of two.
    joined = tuple(token for ids, times in words.items() for token in ids * times)
    once = [
        (pair, times)
        for ids, times in words.items()
        for pair in set(zip(ids, ids[1:], strict=False))
    ]
    halves = {ids: (ids[::2], ids[1::2]) for ids in words}
    steps = [(pair, words[ids]) for ids, two in halves.items() for pair in zip(*two, strict=False)]
    return [
        (
            lambda: count_pairs(dict.fromkeys(words, 1)),
            "A word that occurs n times counts n times.",
        ),
        (lambda: count_pairs({joined: 1}), "A pair across the border of two words is none."),
        (lambda: _added(steps), "Pairs overlap: go on by one token, not by two."),
        (lambda: _added(once), "A pair that stands twice in a word counts twice for it."),
        (
            lambda: {
                pair: times
                for ids, times in words.items()
                for pair in zip(ids, ids[1:], strict=False)
            },
            "Add to what was counted for a pair before; do not put the new number in its place.",
        ),
        (
            lambda: _added((tuple(sorted(pair)), n) for pair, n in count_pairs(words).items()),
            "(1, 2) and (2, 1) are two pairs: the order counts.",
        ),
        (lambda: count_pairs({ids[:-1]: n for ids, n in words.items()}), LAST_PAIR),
    ]


def _added(pairs: Iterable[tuple[Pair, int]]) -> dict[Pair, int]:
    counts: Counter[Pair] = Counter()
    for pair, times in pairs:
        counts[pair] += times
    return dict(counts)


def of_merge(
    answer: object, expected: list[int], ids: Sequence[int], pair: Pair, new_id: int
) -> str | None:
    """For merge."""
    if not isinstance(answer, (list, tuple)):
        return f"Return a list of ids, not {kind(answer)}."
    given, times = list(answer), expected.count(new_id)
    if any(not isinstance(token, Integral) for token in given):
        return "Every id is one whole number; there is something else in your list."
    if given == expected:
        return None
    # From the mistakes that show surely to those that could be several.
    if given.count(new_id) > times:
        return "An id was used for two merges: after a merge go on behind both ids."
    if given == merge(ids[:-1], pair, new_id) or given == expected[:-1]:
        return "The last id is lost: keep the last id where it belongs to no pair."
    if given == [*merge(ids[::-1], pair[::-1], new_id)][::-1]:
        return "Go from left to right: of overlapping pairs the first one is merged."
    if given.count(new_id) < times:
        return "A pair was left as it was: replace each occurrence, not only the first."
    if len(given) > len(expected):
        return "The new id takes the place of both ids; one of them is still there."
    return "What belongs to no pair has to stay as it is, in its order."


def of_encode_word(answer: object, expected: Ids, word: Ids, merges: Sequence[Pair]) -> str | None:
    """For encode_word."""
    if not isinstance(answer, (list, tuple)):
        return f"Return a tuple of ids, not {kind(answer)}."
    given, ranks = tuple(answer), {pair: rank for rank, pair in enumerate(merges)}
    if any(not isinstance(token, Integral) for token in given):
        return "Every id is one whole number; there is something else in your answer."
    if given == expected:
        return None
    # Ids that cannot be, pairs that are left, or the wrong order.
    known = set(word) | set(range(FIRST_MERGE_ID, FIRST_MERGE_ID + len(merges)))
    if not known.issuperset(given):
        return "Merge number i of the list, counted from 0, makes the id 261 + i."
    if any(pair in ranks for pair in zip(given, given[1:], strict=False)):
        return "A pair that was learnt is still there. Look again after every merge."
    return "The pair that was learnt first goes first, wherever it stands in the word."
