"""The challenges of notebook 05: temperature, top-p, and one step with a KV cache.

Cases and the words of the frame only; the right answers are in reference.py, and what a
wrong one betrays is in mistakes.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from course_utils.challenges.base import Challenge
from course_utils.challenges.compare import compare
from course_utils.inference.exercises import mistakes
from course_utils.inference.exercises.reference import (
    kv_cache_step,
    softmax_with_temperature,
    top_p_filter,
)


def _scores() -> Iterator[tuple[list[float], float]]:
    yield [2.0, 1.0, 0.0], 1.0
    yield [2.0, 1.0, 0.0], 0.5
    yield [2.0, 1.0, 0.0], 2.0
    yield [1.0, 3.0, 3.0], 0  # temperature 0 with two largest
    yield [1000.0, 999.0, 0.0], 1.0  # exp(1000) overflows
    yield [-1000.0, -1001.0], 0.001  # a small temperature makes scores large
    draw = np.random.default_rng(0)
    for _ in range(10):
        scores = [round(float(score), 2) for score in draw.uniform(-5, 5, 5)]
        yield scores, round(float(draw.uniform(0.1, 2)), 2)


def _probabilities() -> Iterator[tuple[list[float], float]]:
    yield [0.5, 0.3, 0.15, 0.05], 0.6  # two are needed to reach it
    yield [0.2, 0.25, 0.55], 0.4  # not in order: the likeliest is last
    yield [0.05, 0.15, 0.3, 0.5], 0.6
    yield [0.5, 0.3, 0.15, 0.05], 0.1  # one is enough, and one always is kept
    yield [0.5, 0.3, 0.15, 0.05], 1.0  # all of them
    draw = np.random.default_rng(0)
    for _ in range(10):
        shares = [float(share) for share in draw.dirichlet(np.ones(6))]
        yield shares, round(float(draw.uniform(0.2, 0.95)), 2)


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


CHALLENGES = (
    Challenge(
        "inference.softmax_with_temperature",
        "Turn scores into probabilities at a temperature",
        1,
        8,
        "Divide every score by the temperature, then softmax; 0 needs a line of its own.",
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
        "inference.kv_cache_step",
        "Compute one token with a KV cache",
        3,
        15,
        "First put the new key and value behind the old ones; only then compute the attention.",
        compare(kv_cache_step, _caches, mistakes.of_kv_cache_step),
    ),
)
