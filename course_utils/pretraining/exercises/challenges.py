"""The challenges of notebook 03: gradients, layers, losses, a rate, attention, the clinic.

Cases and the words of the frame only; the right answers are in reference.py, and what a
wrong one betrays is in the files of mistakes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from course_utils.challenges.base import Challenge
from course_utils.challenges.compare import compare
from course_utils.pretraining.exercises import attention_mistakes, loss_mistakes, mistakes
from course_utils.pretraining.exercises.reference import (
    clinic,
    collapse,
    copying_score,
    cross_entropy,
    fork_gradient,
    learning_rate_at,
    neuron_gradient,
    pair_loss,
    relative_score,
    row_loss,
    window_attention,
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


def _windows() -> Iterator[tuple[Tensor, Tensor, int]]:
    q = torch.tensor([[1.0, 0, 1], [1, 2, 0], [0, 3, 1], [2, 1, 0]])
    k = torch.tensor([[0.0, 1, 1], [2, 0, 1], [1, 1, 0], [0, 2, 1]])
    yield q, k, 2
    yield q, k, 4  # all that came before
    yield q, k, 9  # wider than the row
    yield q, k, 1  # itself alone
    yield q[:1], k[:1], 3  # a row of one token
    draw = torch.Generator().manual_seed(0)
    for tokens, width, window in ((5, 4, 3), (7, 2, 2), (6, 8, 4), (3, 6, 2), (8, 4, 5)):
        yield (*_normal(draw, (2, tokens, width)), window)


def _turns() -> Iterator[tuple[Tensor, Tensor, Tensor, int]]:
    q = torch.tensor([1.0, 2.0, 3.0, -1.0])
    k = torch.tensor([2.0, -1.0, 1.0, 1.0])
    speeds = torch.tensor([0.5, 0.1])
    yield q, k, speeds, 3
    yield q, k, speeds, 0  # the query's own key
    yield torch.tensor([1.0, 2.0]), torch.tensor([3.0, -1.0]), torch.tensor([1.0]), 1  # one pair
    draw = torch.Generator().manual_seed(0)
    for half in (1, 2, 3, 4, 4, 8):
        q, k = _normal(draw, (2, 2 * half))
        distance = torch.randint(1, 30, (), generator=draw).item()
        yield q, k, torch.rand(half, generator=draw), distance


def _rows() -> Iterator[tuple[Tensor, Tensor, int]]:
    row = torch.tensor([[[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1.0, 0.0, 2.0]]])
    yield row, torch.tensor([[1, 2, 1]]), 0  # no padding
    draw = torch.Generator().manual_seed(0)
    two = _normal(draw, (2, 4, 3))
    yield two, torch.tensor([[1, 2, 2, 1], [2, 1, 0, 0]]), 0  # padding at a row's end
    yield two, torch.tensor([[0, 0, 1, 2], [2, 1, 2, 1]]), 0  # padding before a row
    yield row * 1000, torch.tensor([[1, 2, 1]]), 0  # exp(3000) overflows
    yield row[:, :1], torch.tensor([[1]]), 0  # one token: nothing is foretold
    yield two, torch.tensor([[1, 2, 2, 2], [0, 2, 2, 2]]), 2  # only padding
    for rows, tokens, words in ((3, 5, 4), (2, 2, 5), (4, 6, 3), (2, 5, 8)):
        ids = torch.randint(0, words, (rows, tokens), generator=draw)
        yield _normal(draw, (rows, tokens, words)), ids, words - 1


def _looks() -> Iterator[tuple[Tensor, list[int]]]:
    yield _eighths("8", "44", "143", "1241", "11114"), [5, 7, 5, 7, 8]
    # One token four times; the strongest look is neither the first nor the last.
    four = _eighths("8", "44", "242", "1241", "12140", "111113", "1103120")
    yield four, [5, 7, 5, 8, 5, 9, 5]
    yield _eighths("8", "26", "143", "1223"), [5, 5, 7, 7]  # the follower is the place itself
    yield _eighths("8", "26", "143"), [5, 7, 8]  # no token comes again
    yield _eighths("8"), [5]
    draw = random.Random(0)
    for tokens in (6, 8, 8, 10, 12):
        rows = [draw.choices(range(here + 1), k=8) for here in range(tokens)]
        counted = ["".join(str(row.count(place)) for place in range(tokens)) for row in rows]
        yield _eighths(*counted), draw.choices(range(4, 8), k=tokens)


def _normal(draw: torch.Generator, shape: tuple[int, ...]) -> Tensor:
    """Normal numbers with one decimal, so that a message shows all of them."""
    return torch.randn(shape, generator=draw).mul(10).round() / 10


def _eighths(*rows: str) -> Tensor:
    """Attention weights, each digit an eighth, so that sums are exact; 0 behind a row's end."""
    return torch.tensor([[int(one) for one in row.ljust(len(rows), "0")] for row in rows]) / 8


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
        compare(pair_loss, _counted, loss_mistakes.of_pair_loss),
    ),
    Challenge(
        "pretraining.cross_entropy",
        "Write the loss so that it never overflows",
        2,
        10,
        "Softmax stays the same when the largest logit is subtracted from all of them.",
        compare(cross_entropy, _predictions, loss_mistakes.of_cross_entropy),
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
        "pretraining.window_attention",
        "Let each token see only the last few",
        2,
        10,
        "Compute how far back each column lies; then hide scores, before the softmax.",
        compare(window_attention, _windows, attention_mistakes.of_window_attention),
    ),
    Challenge(
        "pretraining.relative_score",
        "Turn once instead of twice",
        2,
        15,
        "Moving both by the same number of places changes nothing; move the key to place 0.",
        compare(relative_score, _turns, attention_mistakes.of_relative_score),
    ),
    Challenge(
        "pretraining.row_loss",
        "Score rows against their own next tokens",
        2,
        12,
        "Cut the last position off the logits and the first token off the ids; then compare.",
        compare(row_loss, _rows, loss_mistakes.of_row_loss),
    ),
    Challenge(
        "pretraining.copying_score",
        "Find the heads that copy",
        3,
        15,
        "Keep a dict from each token to the places right after it; ask it first, then add to it.",
        compare(copying_score, _looks, attention_mistakes.of_copying_score),
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
