"""The challenges of notebook 03: a loss that does not overflow, and the gradient of one neuron.

Reference answers and cases only, in plain Python; the model's own loss is torch's.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

from course_utils.challenges.base import Challenge, compare

TOLERANCE = 1e-6


def cross_entropy(logits: Sequence[float], target: int) -> float:
    """The loss of one prediction: minus the log of the probability of the right token.

    Args:
        logits: V scores, of any size; 1000 must not overflow.
        target: which of them is the right token, 0..V-1.

    Returns:
        The loss in nats, 0 or more.
    """
    largest = max(logits)
    total = sum(math.exp(logit - largest) for logit in logits)
    return math.log(total) + largest - logits[target]


def neuron_gradient(
    x: Sequence[float],
    w: Sequence[float],
    b: float,
    y: float,
) -> tuple[list[float], float]:
    """How the loss of one sigmoid neuron changes with each weight and with the bias.

    The prediction is p = sigmoid(w·x + b), the loss is -(y log p + (1 - y) log(1 - p)).

    Args:
        x: n inputs.
        w: n weights.
        b: the bias.
        y: the right answer, 0 or 1.

    Returns:
        (n derivatives by the weights, the derivative by the bias).
    """
    total = sum(weight * value for weight, value in zip(w, x, strict=True)) + b
    error = 1 / (1 + math.exp(-total)) - y
    return [error * value for value in x], error


def _predictions() -> Iterator[tuple[list[float], int]]:
    yield [0.0, 0.0], 0
    yield [2.0, 1.0, 0.1], 0
    yield [2.0, 1.0, 0.1], 2
    yield [1000.0, 0.0], 0
    yield [-1000.0, -1001.0], 1
    yield [0.0, 900.0], 0
    draw = random.Random(0)
    for _ in range(20):
        yield [round(draw.uniform(-5, 5), 2) for _ in range(5)], draw.randrange(5)


def _neurons() -> Iterator[tuple[list[float], list[float], float, float]]:
    yield [1.0, 2.0], [0.0, 0.0], 0.0, 1.0
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


def _same_loss(answer: object, expected: float) -> str | None:
    try:
        value = float(answer)
    except (TypeError, ValueError):
        return f"Return one number, not a {type(answer).__name__}."
    if math.isclose(value, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
        return None
    if not math.isfinite(value):
        return "Large scores overflow. Subtract the largest logit from all of them first."
    if math.isclose(value, -expected, rel_tol=TOLERANCE):
        return "Only the sign is wrong: the loss is minus the logarithm."
    if math.isclose(value * math.log(2), expected, rel_tol=TOLERANCE):
        return "This is in bits. Use the natural logarithm, so that it is in nats."
    return "Softmax turns the logits into probabilities; the loss is -log of the right one's."


def _same_gradient(answer: object, expected: tuple[list[float], float]) -> str | None:
    try:
        weights, bias = answer
        given = [float(value) for value in weights] + [float(bias)]
    except (TypeError, ValueError):
        return "Return two things: a list with one number for each weight, and one number."
    right = [*expected[0], expected[1]]
    if len(given) != len(right):
        return f"There are {len(right) - 1} weights, and the list has {len(given) - 1} numbers."
    close = [
        math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        for a, b in zip(given, right, strict=True)
    ]
    if all(close):
        return None
    if all(
        math.isclose(a, -b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
        for a, b in zip(given, right, strict=True)
    ):
        return "Only the sign is wrong: the gradient points to where the loss grows."
    if all(close[:-1]):
        return "The weights are right; the bias acts like a weight whose input is always 1."
    return "The chain rule gives (p - y) times the input, for each weight."


CHALLENGES = (
    Challenge(
        "pretraining.cross_entropy",
        "Write the loss so that it never overflows",
        2,
        10,
        "Softmax stays the same when the largest logit is subtracted from all of them.",
        compare(cross_entropy, _predictions, _same_loss),
    ),
    Challenge(
        "pretraining.neuron_gradient",
        "Find the gradient of one neuron",
        3,
        15,
        "For sigmoid and this loss the derivative by the sum w·x + b is simply p - y.",
        compare(neuron_gradient, _neurons, _same_gradient),
    ),
)
