"""What is wrong with an answer to a challenge of notebook 03, in words that fit the mistake.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree. Attention and the losses have files of their own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from course_utils.challenges.answers import (
    Mistake,
    array,
    close,
    kind,
    matching_mistake,
    number,
    numbers,
    plain,
)
from course_utils.pretraining.clinic import FAULTS, Settings, mended
from course_utils.pretraining.exercises.clinic import EVIDENCE, still_ill, told

UPHILL = "Only the sign is wrong: the gradient points to where the loss grows."


def of_neuron_gradient(
    answer: object,
    expected: tuple[list[float], float],
    x: Sequence[float],
    w: Sequence[float],
    b: float,
    y: float,
) -> str | None:
    """For neuron_gradient."""
    # Two things are wanted: the weights and the bias.
    pair = answer if isinstance(answer, (list, tuple)) else plain(answer)
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        return "Return two things: a list with one number for each weight, and one number."
    weights = numbers(pair[0], len(x), "weights")
    bias = number(pair[1], "the derivative for the bias, one number,")
    if isinstance(weights, str) or isinstance(bias, str):
        return next(part for part in (weights, bias) if isinstance(part, str))
    # Compared as one row of numbers; where no mistake matches, the half that is right is named.
    right, given = [*expected[0], expected[1]], [*weights, bias]
    if close(given, right):
        return None
    return matching_mistake(given, _wrong_gradients(expected[1], x, w, b, y)) or (
        "The weights are right; the bias acts like a weight whose input is always 1."
        if close(weights, expected[0])
        else "The chain rule gives (p - y) times the input, for each weight."
    )


def _wrong_gradients(
    error: float, x: Sequence[float], w: Sequence[float], b: float, y: float
) -> list[Mistake]:
    # All of them are a slope times the inputs, and the slope for the bias.
    total = sum(weight * value for weight, value in zip(w, x, strict=True)) + b
    p = error + y

    def times(slope: float) -> list[float]:
        return [*(slope * value for value in x), slope]

    return [
        (
            lambda: times(-error),
            UPHILL,
        ),
        (lambda: times(total - y), "The output is the sigmoid of the sum, not the sum itself."),
        (
            lambda: times(1 / (1 + math.exp(b - total)) - y),
            "The sum begins with the bias, which is missing in this output.",
        ),
        (
            lambda: times((p >= 0.5) - y),
            "The output is a probability: do not round it to 0 or 1 before you compare.",
        ),
        (
            lambda: times(error * p * (1 - p)),
            "This is half the gradient of the squared error; the loss here is a logarithm.",
        ),
        (
            lambda: times(2 * error * p * (1 - p)),
            "This is the gradient of the squared error. For this loss p (1 - p) cancels out.",
        ),
        (
            lambda: [*(error * weight for weight in w), error],
            "This is the derivative for the inputs: times the input, not times the weight.",
        ),
        (lambda: [error] * (len(x) + 1), "Each weight passes on its own input: (p - y) times it."),
    ]


def of_fork_gradient(
    answer: object,
    expected: list[float],
    x: float,
    w1: float,
    w2: float,
    w3: float,
    y: float,
) -> str | None:
    """For fork_gradient."""
    given = numbers(answer, 4, "derivatives")
    if isinstance(given, str) or close(given, expected):
        return given if isinstance(given, str) else None
    known = _wrong_forks(expected, x, w1, w2, w3, y)
    return matching_mistake(given, known) or (
        "The three weights are right; look at the two ways from x to the output."
        if close(given[:3], expected[:3])
        else "Go back arrow by arrow: the last sum, the weight, the bend, the input."
    )


def _wrong_forks(
    expected: list[float], x: float, w1: float, w2: float, w3: float, y: float
) -> list[Mistake]:
    h = math.tanh(w1 * x)
    p = 1 / (1 + math.exp(-(w2 * h + w3 * x)))
    error = p - y
    bend = 1 - h**2
    squared = error * p * (1 - p)
    return [
        (lambda: [-value for value in expected], UPHILL),
        (
            lambda: [*expected[:3], error * w3],
            "x also acts through the hidden neuron: add what comes back along that path.",
        ),
        (
            lambda: [*expected[:3], error * w2 * bend * w1],
            "x also goes past the hidden neuron: add what comes back along that path.",
        ),
        (
            lambda: [error * w2 * x, *expected[1:3], error * (w2 * w1 + w3)],
            "On the way back through tanh the slope is multiplied by 1 - h².",
        ),
        (
            lambda: [error * bend * x, *expected[1:3], error * (bend * w1 + w3)],
            "On the way back to the hidden neuron the slope is multiplied by w2.",
        ),
        (
            lambda: [
                squared * w2 * bend * x,
                squared * h,
                squared * x,
                squared * (w2 * bend * w1 + w3),
            ],
            "For this loss p (1 - p) cancels out: the slope at the last sum is p - y.",
        ),
    ]


def of_collapse(
    answer: object,
    expected: tuple[np.ndarray, np.ndarray],
    w1: np.ndarray,
    b1: np.ndarray,
    w2: np.ndarray,
    b2: np.ndarray,
) -> str | None:
    """For collapse."""
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return "Return two things: the table w and the bias b of the one layer."
    read = [array(part, right.shape) for part, right in zip(answer, expected, strict=True)]
    for part in read:
        if isinstance(part, str):
            return part
    w, b = read
    if np.allclose(w, expected[0]) and np.allclose(b, expected[1]):
        return None
    if not np.allclose(w, expected[0]):
        return (
            "This is the product the other way round: a row meets w1 first, so it is w1 @ w2."
            if w1.shape[0] == w2.shape[1] and np.allclose(w, w2 @ w1)
            else "The table is the product of the two tables, w1 @ w2."
        )
    known = [
        (lambda: b2, "The first layer's bias is missing: it goes through the second table."),
        (lambda: b1 @ w2, "The second layer's bias is missing."),
        (lambda: b1 + b2, "The first layer's bias goes through the second table, too."),
    ]
    return matching_mistake(b, known, lambda one, other: np.allclose(one, other)) or (
        "The table is right. For the bias, send a row of zeros through both layers."
    )


def of_learning_rate_at(
    answer: object,
    expected: float,
    step: int,
    steps: int,
    peak: float,
    warmup_steps: int,
    warmdown_steps: int,
) -> str | None:
    """For learning_rate_at."""
    value = number(answer)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    # Which part of the schedule the step is in decides what can have gone wrong.
    up, left = step < warmup_steps, steps - step
    if close(value * peak, expected):
        return "This is the share of the peak; the rate is this share times the peak."
    if close(value, peak):
        return f"Step {step} is on the way {'up' if up else 'down'}, so it is below the peak."
    if up and close(value, peak * step / warmup_steps):
        return "Step 0 is a step too: it gets peak / warmup_steps and not 0."
    if up:
        return f"Of {warmup_steps} steps up, step {step} is number {step + 1}: that share."
    if left > warmdown_steps:
        return f"Step {step} is neither on the way up nor on the way down: it gets the peak."
    # On the way down: what usual mistakes would have given.
    known = [
        (
            lambda: peak * (left - 1) / warmdown_steps,
            "The last step still learns: only the step after it would get 0.",
        ),
        (lambda: peak * left / steps, "The way down begins warmdown_steps before the end."),
        (
            lambda: peak * (1 + math.cos(math.pi * (1 - left / warmdown_steps))) / 2,
            "This goes down along a cosine; here the way down is a straight line.",
        ),
    ]
    return matching_mistake(value, known) or (
        f"Of {warmdown_steps} steps down, {left} are left: that share of the peak."
    )


def of_clinic(answer: object, expected: tuple[str, dict[str, object]], patient: str) -> str | None:
    """For clinic; every mend that makes the patient healthy is right."""
    # Two things are wanted: a fault by its name, and a dict.
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return f"Return two things, not {kind(answer)}: a fault's name, and a dict of settings."
    said, changes = answer
    if not isinstance(said, str):
        return f"The first thing is a fault's name, a text, not {kind(said)}."
    if said not in FAULTS:
        return f"There is no such fault; there are {', '.join(FAULTS)}."
    # The diagnosis comes before the mend.
    fault, mend = expected
    if said != fault:
        return told(EVIDENCE[said].missing, mended(patient, {}).signs)
    if not isinstance(changes, Mapping):
        return f"The second thing is a dict such as {{setting: value}}, not {kind(changes)}."
    return _of_mend(changes, mend, patient, fault)


def _of_mend(
    changes: Mapping[str, object], mend: Mapping[str, object], patient: str, fault: str
) -> str | None:
    if not changes:
        return "The fault is right, and nothing is changed yet: name the setting and a new value."
    try:
        Settings().changed(changes)
    except ValueError as error:
        return str(error)
    healthy = [name for name in changes if name not in mend]
    if healthy:
        return (
            f"The fault is right, but {', '.join(healthy)} "
            f"{'were' if len(healthy) > 1 else 'was'} not broken. If you change what is healthy "
            "too, you never learn what helped: change only what is broken."
        )
    problem = still_ill(patient, fault, changes)
    return f"The fault is right, but the run is still ill. {problem}" if problem else None
