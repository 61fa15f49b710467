"""The challenges of notebook 03: gradients, layers, counted pairs, losses, a rate, the clinic.

Cases and the words of the frame only; the right answers are in reference.py, and what a
wrong one betrays is in mistakes.py.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np

from course_utils.challenges.base import Challenge
from course_utils.challenges.compare import compare
from course_utils.pretraining.exercises import mistakes
from course_utils.pretraining.exercises.reference import (
    clinic,
    collapse,
    cross_entropy,
    fork_gradient,
    learning_rate_at,
    neuron_gradient,
    pair_loss,
)


def _predictions() -> Iterator[tuple[list[float], int]]:
    yield [2.0, 1.0, 0.1], 0
    yield [0.0, 0.0], 0  # equal scores: log 2
    yield [2.0, 1.0, 0.1], 2
    yield [1000.0, 0.0], 0  # exp(1000) overflows
    yield [-1000.0, -1001.0], 1  # exp(-1000) is 0, and log 0 has no value
    yield [0.0, 900.0], 0  # nearly all on the wrong token
    draw = random.Random(0)
    for _ in range(20):
        yield [round(draw.uniform(-5, 5), 2) for _ in range(5)], draw.randrange(5)


def _neurons() -> Iterator[tuple[list[float], list[float], float, float]]:
    yield [3.0, -1.0], [0.5, 0.25], 0.1, 0.0
    yield [1.0, 2.0], [0.0, 0.0], 0.0, 1.0  # p is 0.5, so only y decides the sign
    yield [1.0, 2.0], [0.0, 0.0], 0.0, 0.0
    yield [3.0, -1.0], [0.5, 0.25], 0.1, 1.0
    draw = random.Random(0)
    for _ in range(20):
        yield (
            [round(draw.uniform(-2, 2), 2) for _ in range(3)],
            [round(draw.uniform(-2, 2), 2) for _ in range(3)],
            round(draw.uniform(-1, 1), 2),
            float(draw.randrange(2)),
        )


def _steps() -> Iterator[tuple[int, int, float, int, int]]:
    yield 50, 100, 0.02, 10, 40  # level
    yield 0, 100, 0.02, 10, 40  # the first step is not 0
    yield 4, 100, 0.02, 10, 40
    yield 9, 100, 0.02, 10, 40  # the end of the way up
    yield 80, 100, 0.02, 10, 40  # on the way down
    yield 99, 100, 0.02, 10, 40  # the last step still learns
    yield 60, 100, 0.02, 10, 40  # where the way down begins
    yield 0, 100, 0.02, 0, 40  # no way up
    yield 99, 100, 0.02, 10, 0  # no way down
    draw = random.Random(0)
    for _ in range(20):
        steps = draw.randint(20, 60)
        way = draw.randint(1, 9), draw.randint(1, 10)
        yield draw.randrange(steps), steps, draw.choice((0.5, 0.003)), *way


def _forks() -> Iterator[tuple[float, float, float, float, float]]:
    yield 2.0, 0.5, 1.5, -1.0, 1.0
    yield 2.0, 0.5, 1.5, 0.0, 0.0  # one way only, through the hidden neuron
    yield 2.0, 0.5, 0.0, -1.0, 1.0  # one way only, past it
    yield 0.0, 0.5, 1.5, -1.0, 0.0  # h is 0, and its slope 1
    draw = random.Random(0)
    for _ in range(20):
        yield (*(round(draw.uniform(-2, 2), 2) for _ in range(4)), float(draw.randrange(2)))


def _layers() -> Iterator[tuple[np.ndarray, ...]]:
    draw = np.random.default_rng(0)
    for sizes in ((2, 3, 4), (1, 1, 1), (3, 2, 5), (4, 4, 4)):
        a, b, c = sizes
        shapes = ((a, b), (b,), (b, c), (c,))
        yield tuple(draw.integers(-4, 5, size=shape).astype(float) for shape in shapes)


def _counted() -> Iterator[tuple[dict[str, dict[str, int]], int, list[str]]]:
    counts = {"the": {"cat": 3, "mat": 1}, "cat": {"sat": 3}}
    yield counts, 5, ["the", "cat", "sat"]
    yield counts, 5, ["the", "cat", "ran"]  # a pair that was never counted
    yield counts, 5, ["mat", "the"]  # a word that nothing followed
    yield {}, 4, ["a", "b"]  # nothing was counted at all: log 4
    draw = random.Random(0)
    for _ in range(10):
        words = draw.choices("abcdef", k=12)
        table = {w: {v: draw.randint(1, 9) for v in "abc"} for w in draw.sample("abcdef", 4)}
        yield table, draw.randint(6, 20), words


def _patients() -> Iterator[tuple[str]]:
    for number in range(1, 6):
        yield (f"patient {number}",)


CHALLENGES = (
    Challenge(
        "pretraining.neuron_gradient",
        "Find the gradient of one neuron",
        3,
        15,
        "For sigmoid and this loss the derivative at the sum w·x + b is simply p - y.",
        compare(neuron_gradient, _neurons, mistakes.of_neuron_gradient),
    ),
    Challenge(
        "pretraining.fork_gradient",
        "Send the error back where the path forks",
        3,
        15,
        "Find the slope at the last sum first; then go back arrow by arrow, and add at the fork.",
        compare(fork_gradient, _forks, mistakes.of_fork_gradient),
    ),
    Challenge(
        "pretraining.collapse",
        "Make one linear layer of two",
        2,
        10,
        "Multiply out; the bias of the first layer goes through the table of the second.",
        compare(collapse, _layers, mistakes.of_collapse),
    ),
    Challenge(
        "pretraining.pair_loss",
        "Score a model that has counted pairs",
        2,
        15,
        "dict.get(word, {}) gives an empty dict for a word that was never counted.",
        compare(pair_loss, _counted, mistakes.of_pair_loss),
    ),
    Challenge(
        "pretraining.cross_entropy",
        "Write the loss so that it never overflows",
        2,
        10,
        "Softmax stays the same when the largest logit is subtracted from all of them.",
        compare(cross_entropy, _predictions, mistakes.of_cross_entropy),
    ),
    Challenge(
        "pretraining.learning_rate_at",
        "Compute the learning rate of one step",
        2,
        10,
        "Compute a share for the way up and one for the way down; neither is above 1.",
        compare(learning_rate_at, _steps, mistakes.of_learning_rate_at),
    ),
    Challenge(
        "pretraining.clinic",
        "Say what each patient of the clinic has, and mend it",
        3,
        20,
        "Compare each patient with the healthy run, sign by sign; one sign stands out in each.",
        compare(clinic, _patients, mistakes.of_clinic, "a fault's name and what mends it"),
    ),
)
