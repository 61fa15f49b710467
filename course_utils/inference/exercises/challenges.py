"""The challenges of notebook 05: choosing tokens, caches, sureness, search, fewer bits, drafts.

Cases and the words of the frame only; the right answers are in reference.py, and what a
wrong one betrays is in the files of mistakes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import numpy as np

from course_utils.challenges.base import Challenge
from course_utils.challenges.compare import compare
from course_utils.inference.exercises import (
    draft_mistakes,
    memory_mistakes,
    mistakes,
    truth_mistakes,
)
from course_utils.inference.exercises.reference import (
    bm25,
    cache_eviction,
    calibration_error,
    int8_weights,
    kv_cache_step,
    min_p,
    softmax_with_temperature,
    speculative_acceptance,
    top_p_filter,
)

FORBIDDEN = -math.inf
FIFTHS = [0.2, 0.1, 0.2, 0.2, 0.3]  # a row of probabilities
Row = list[float]


def _scores() -> Iterator[tuple[Row, float]]:
    yield [2.0, 1.0, 0.0], 1.0
    yield [2.0, 1.0, 0.0], 0.5
    yield [2.0, 1.0, 0.0], 2.0
    yield [1.0, 3.0, 3.0], 0  # temperature 0 with two largest
    yield [1000.0, 999.0, 0.0], 1.0  # exp(1000) overflows
    yield [-1000.0, -1001.0], 0.001  # a small temperature makes scores large
    yield [2.0, 1.0, 0.0], math.inf  # all alike
    yield [1.0, FORBIDDEN, 2.0], 1.0
    yield [FORBIDDEN, 1.0, 1.0, FORBIDDEN], 0
    yield [FORBIDDEN, 5.0, 1.0], math.inf  # minus infinity over infinity is nan
    draw = np.random.default_rng(0)
    for _ in range(10):
        scores = [round(float(score), 2) for score in draw.uniform(-5, 5, 5)]
        yield scores, round(float(draw.uniform(0.1, 2)), 2)


def _probabilities() -> Iterator[tuple[Row, float]]:
    yield [0.5, 0.3, 0.15, 0.05], 0.6  # two are needed to reach it
    yield [0.2, 0.25, 0.55], 0.4  # not in order: the likeliest is last
    yield [0.05, 0.15, 0.3, 0.5], 0.6
    yield [0.5, 0.3, 0.15, 0.05], 0.1  # one is enough, and one always is kept
    yield [0.5, 0.3, 0.15, 0.05], 1.0  # all of them
    draw = np.random.default_rng(0)
    for _ in range(10):
        shares = [float(share) for share in draw.dirichlet(np.ones(6))]
        yield shares, round(float(draw.uniform(0.2, 0.95)), 2)


def _heated() -> Iterator[tuple[Row, float, float]]:
    yield [2.0, 1.0, 0.0], 0.3, 1.0
    yield [3.0, 2.0, 1.0], 0.5, 1.0  # scores are no probabilities
    yield [3.0, 2.0, 1.0, -2.0], 0.3, 2.0  # heated first, three would stay
    yield [0.0, 1.0, 2.0], 0.3, 0.5  # cooled first, only one would
    yield [3.0, 1.0, 3.0], 1.0, 1.5  # nothing but the likeliest, and there are two
    yield [2.0, 1.0, 0.0], 0.0, 1.5  # all of them
    yield [-2.5, -1.0, -4.0, -1.5], 0.5, 0.8  # scores below 0
    draw = random.Random(0)
    for _ in range(12):
        scores = [round(draw.uniform(-3, 3), 1) for _ in range(6)]
        yield scores, round(draw.uniform(0.02, 0.6), 2), round(draw.uniform(0.3, 3), 1)


def _caches() -> Iterator[tuple[np.ndarray, ...]]:
    yield (
        np.array([[1.0, 0.0]]),
        np.array([[10.0, 0.0]]),
        np.array([2.0, 0.0]),
        np.array([0.0, 1.0]),
        np.array([0.0, 10.0]),
    )
    draw = np.random.default_rng(0)
    for tokens, width in ((3, 4), (1, 8), (7, 2), (5, 16)):
        stored = [draw.normal(size=(tokens, width)).round(2) for _ in range(2)]
        yield (*stored, *(draw.normal(size=width).round(2) for _ in range(3)))


def _conversations() -> Iterator[tuple[list[int], int, list[int]]]:
    lengths = [10, 5, 20, 6, 15, 7]
    yield lengths, 80, [0, 1, 2, 3, 4]  # all of it fits: the question alone is read
    yield lengths, 40, [0, 1, 2, 3, 4]  # the oldest round goes, and with it most of the cache
    yield lengths, 40, [0, 3, 4]  # it had gone before
    yield lengths, 40, []  # nothing is cached
    yield lengths, 38, [0, 1, 2, 3, 4]  # exactly full
    yield lengths, 37, [0, 1, 2, 3, 4]  # one token too few
    yield lengths, 33, [0, 3, 4]  # room for an answer without its question
    yield lengths, 17, [0, 1, 2, 3, 4]  # the system turn and the question alone
    yield [4, 3, 2, 30, 40, 3, 2, 5], 20, [0, 5, 6]  # a long round before short ones
    yield [4, 3, 2, 5, 6, 4], 24, [0, 1, 2]  # the answer that came last is not cached
    yield [9, 4], 13, [0]  # the first question
    draw = random.Random(0)
    for _ in range(12):
        turns = [draw.randint(2, 20) for _ in range(2 * draw.randint(2, 5))]
        room = draw.randint(turns[0] + turns[-1], sum(turns))
        start = draw.randrange(1, len(turns), 2)
        yield turns, room, draw.choice(([], [0], [0, *range(start, len(turns) - 1)]))


def _answers() -> Iterator[tuple[Row, list[bool], int]]:
    yield [0.9, 0.7, 0.8, 0.3, 0.1], [True, True, False, False, True], 2
    yield [0.9, 0.95, 0.85, 0.3], [True, False, True, False], 2  # bins of 3 and of 1
    yield [0.6, 0.9, 0.1, 0.4], [True, False, False, True], 2  # one too sure, one too little
    yield [0.5, 0.45, 0.9], [False, True, True], 2  # an edge belongs to the bin above
    yield [1.0, 1.0, 0.8, 0.1], [True, False, True, False], 4  # 1 belongs to the last bin
    yield [0.0, 0.05, 0.3], [False, True, True], 4  # two bins are empty
    yield [0.7], [True], 8  # one answer
    yield [0.75, 0.75, 0.75, 0.75], [True, True, True, False], 4  # perfect
    yield [], [], 4  # no answers
    draw = random.Random(0)
    for _ in range(12):
        # Never on an edge of five or ten bins, where the last digits would decide.
        sure = [draw.randrange(1000) / 1000 + 0.0005 for _ in range(9)]
        sure = [round(value, 4) for value in sure]
        yield sure, [draw.random() < value for value in sure], draw.choice((4, 5, 10))


def _searches() -> Iterator[tuple[list[str], list[str], dict[str, int], int, float, float, float]]:
    stands_on = {"the": 90, "of": 60, "capital": 20, "peru": 2, "lima": 1, "river": 8}
    page = "lima is the capital of peru and lima is on the coast of peru".split()
    yield ["peru"], page, stands_on, 100, 10.0, 1.5, 0.75
    yield ["capital", "of", "peru"], page, stands_on, 100, 10.0, 1.5, 0.75
    yield ["the"], page, stands_on, 100, 14.0, 1.5, 0.75  # on nearly every page
    yield ["peru"], page, stands_on, 100, 28.0, 1.5, 0.75  # a short page
    yield ["river", "peru"], page, stands_on, 100, 10.0, 1.2, 0.75  # not on this page
    yield ["brine", "peru"], page, stands_on, 100, 10.0, 1.2, 0.75  # on no page at all
    yield ["lima", "peru", "lima"], page, stands_on, 100, 10.0, 1.5, 0.75  # asked for twice
    yield ["peru", "coast"], page, stands_on | {"coast": 5}, 100, 10.0, 1.5, 0.0  # any length
    yield ["peru", "river"], page, stands_on, 100, 10.0, 0.0, 0.75  # only whether it is there
    yield ["cap", "peru"], page, stands_on | {"cap": 3}, 100, 10.0, 1.5, 0.75  # part of a word
    yield ["peru"], [], stands_on, 100, 10.0, 1.5, 1.0  # an empty page
    yield [], page, stands_on, 100, 10.0, 1.5, 0.75  # an empty query
    draw = random.Random(0)
    for _ in range(10):
        words = draw.choices("abcdefg", k=draw.randint(3, 12))
        known = {word: draw.randint(1, 40) for word in "abcdefgh"}
        query = draw.choices("abcdefghi", k=draw.randint(1, 4))
        k1, b = round(draw.uniform(0.5, 2), 1), round(draw.uniform(0.2, 0.9), 1)
        yield query, words, known, 40, round(draw.uniform(4, 12), 1), k1, b


def _tables() -> Iterator[tuple[np.ndarray, int]]:
    yield np.array([[1.27, -0.503, 0.02, 0.008], [0.5, 0.26, -1.0, 0.7]]), 2
    yield np.array([[0.3, -2.54, 1.2, 0.48]]), 4  # the largest is below 0; the whole row shares
    yield np.array([[0.0, 0.0, 0.9, -0.31], [0.0, 0.0, 0.0, 0.0]]), 2  # groups of zeros
    draw = np.random.default_rng(0)
    for rows, groups, group in ((3, 2, 2), (2, 3, 4), (4, 1, 3), (2, 2, 5)):
        yield draw.normal(size=(rows, groups * group)), group


def _drafts() -> Iterator[tuple[list[Row], list[Row], list[int], Row, float]]:
    # One drafted token, accepted. Each of the first four meets another rule that would refuse it.
    yield [[0.4, 0.2, 0.1, 0.1, 0.2], [0.3, 0.4, 0.1, 0.1, 0.1]], [FIFTHS], [0], [0.2], 0.75
    yield [[0.1, 0.4, 0.5], [0.6, 0.2, 0.2]], [[0.2, 0.2, 0.6]], [2], [0.2], 0.25
    yield [[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]], [[0.2, 0.2, 0.6]], [1], [0.6], 0.55
    yield [[0.6, 0.3, 0.1], [0.2, 0.5, 0.3]], [[0.2, 0.2, 0.6]], [0], [0.4], 0.85
    # Refused; what is drawn instead is another token for each way to draw it.
    p, q = [[0.4, 0.2, 0.1, 0.1, 0.2], [0.1, 0.2, 0.4, 0.2, 0.1]], [[0.1, 0.1, 0.2, 0.4, 0.2]]
    yield p, q, [3], [0.4], 0.55
    p, q = [*p, [0.7, 0.1, 0.1, 0.05, 0.05]], [*q, [0.3, 0.3, 0.1, 0.2, 0.1]]
    yield p, q, [3, 2], [0.4, 0.1], 0.55  # the first of two is refused
    yield p, q, [0, 0], [0.9, 0.5], 0.25  # the second one is
    yield p, q, [0, 2], [0.9, 0.8], 0.85  # neither is
    yield p[:1], [], [], [], 0.65  # no draft at all: a plain draw
    yield [[0.0, 1.0], [0.5, 0.5]], [[0.6, 0.4]], [0], [0.0], 0.4  # p is 0: refused whatever u is
    yield [[0.4, 0.6], [0.8, 0.2]], [[0.4, 0.6]], [1], [0.999], 0.9  # equal: always accepted
    draw = np.random.default_rng(0)
    for _ in range(20):
        sure, guessed = (draw.dirichlet(np.ones(4), size=rows).tolist() for rows in (4, 3))
        tokens = [int(draw.choice(4, p=row)) for row in guessed]
        u = [round(float(value), 2) for value in draw.random(4)]
        yield sure, guessed, tokens, u[:3], u[3]


CHALLENGES = (
    Challenge(
        "inference.softmax_with_temperature",
        "Turn scores into probabilities at any temperature",
        2,
        10,
        "Subtract the largest score, divide, then exp; 0 and forbidden tokens need a line each.",
        compare(softmax_with_temperature, _scores, mistakes.of_softmax_with_temperature),
    ),
    Challenge(
        "inference.top_p_filter",
        "Keep the likeliest tokens that reach top_p",
        2,
        12,
        "Go through the places from the likeliest on, until what you kept reaches top_p.",
        compare(top_p_filter, _probabilities, mistakes.of_top_p_filter),
    ),
    Challenge(
        "inference.min_p",
        "Cut the tail first, and heat what is left",
        2,
        10,
        "The bar is share times the largest probability at temperature 1; heat only what passes.",
        compare(min_p, _heated, mistakes.of_min_p),
    ),
    Challenge(
        "inference.kv_cache_step",
        "Compute one token with a KV cache",
        3,
        15,
        "First put the new key and value behind the old ones; only then compute the attention.",
        compare(kv_cache_step, _caches, memory_mistakes.of_kv_cache_step),
    ),
    Challenge(
        "inference.cache_eviction",
        "Say what stays when a conversation is too long",
        3,
        18,
        "Two steps: which turns stay, then how far they and the cached turns begin alike.",
        compare(cache_eviction, _conversations, memory_mistakes.of_cache_eviction),
    ),
    Challenge(
        "inference.calibration_error",
        "Measure how far sureness is from truth",
        2,
        12,
        "A bin's gap counts as often as the bin has answers; empty bins count for nothing.",
        compare(calibration_error, _answers, truth_mistakes.of_calibration_error),
    ),
    Challenge(
        "inference.bm25",
        "Score a page for a query",
        1,
        10,
        "Add up rarity times gain over the query's words; one that the page lacks adds nothing.",
        compare(bm25, _searches, truth_mistakes.of_bm25),
    ),
    Challenge(
        "inference.int8_weights",
        "Store weights in eight bits",
        2,
        15,
        "reshape(rows, -1, group) makes the groups an axis; divide by the scale, then round.",
        compare(int8_weights, _tables, memory_mistakes.of_int8_weights),
    ),
    Challenge(
        "inference.speculative_acceptance",
        "Accept a draft without changing what is said",
        3,
        20,
        "Every call ends with exactly one drawn token: after a refusal or after the whole draft.",
        compare(speculative_acceptance, _drafts, draft_mistakes.of_speculative_acceptance),
    ),
)
