"""What is wrong with an answer to a challenge of notebook 03, in words that fit the mistake.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from course_utils.challenges.answers import (
    INFINITE,
    NAN,
    Mistake,
    close,
    kind,
    matching_mistake,
    number,
    numbers,
    plain,
)
from course_utils.pretraining.clinic import FAULTS, Settings, mended
from course_utils.pretraining.exercises.clinic import EVIDENCE, still_ill, told
from course_utils.pretraining.exercises.reference import cross_entropy, pair_loss

UPHILL = "Only the sign is wrong: the gradient points to where the loss grows."
LARGE = 700.0  # exp of more than this is too large for a float


def of_cross_entropy(
    answer: object, expected: float, logits: Sequence[float], target: int
) -> str | None:
    """For cross_entropy."""
    # What is no number, or right, needs no guess.
    value = number(answer, finite=False)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    # Infinite or nan: large scores overflowed, or there is another slip.
    if not math.isfinite(value) and max(map(abs, logits)) < LARGE:
        return NAN if math.isnan(value) else INFINITE
    if not math.isfinite(value):
        return "Large scores overflow. Subtract the largest logit from all of them first."
    # What usual mistakes would have given, each with its words.
    known = [
        (lambda: -expected, "Only the sign is wrong: the loss is minus the logarithm."),
        (lambda: math.exp(-expected), "This is the probability; the loss is minus its logarithm."),
        (
            lambda: expected / math.log(2),
            "This is in bits. Use the natural logarithm, so that it is in nats.",
        ),
        (
            lambda: expected / math.log(10),
            "This is a logarithm to the base 10. Use the natural one, so that it is in nats.",
        ),
        (
            lambda: cross_entropy(logits, logits.index(max(logits))),
            "This is the loss of the likeliest token; the target says which one was right.",
        ),
        (lambda: -logits[target], "This is the score; turn the scores into probabilities first."),
        (
            lambda: -math.log(logits[target] / sum(logits)),
            "Softmax takes exp of every score before it divides by the sum.",
        ),
        (
            lambda: expected / len(logits),
            "There is one right token, so nothing has to be divided by the number of scores.",
        ),
    ]
    if max(logits) >= LARGE:
        return "Scores of any size count as they are: subtract the largest instead of cutting it."
    return matching_mistake(value, known) or (
        "Softmax turns the logits into probabilities; the loss is -log of the right one's."
    )


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
    read = [_array(part, right.shape) for part, right in zip(answer, expected, strict=True)]
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


def _array(answer: object, shape: tuple[int, ...]) -> np.ndarray | str:
    """The answer as an array of this shape, or the sentence that says why it is none."""
    try:
        values = np.asarray(plain(answer), dtype=float)
    except (TypeError, ValueError):
        return f"Return arrays of numbers; there is {type(answer).__name__} in yours."
    if values.shape != shape:
        return f"Expected shape {shape}, and got {values.shape}."
    if not np.isfinite(values).all():
        return NAN if np.isnan(values).any() else INFINITE
    return values


def of_pair_loss(
    answer: object,
    expected: float,
    counts: Mapping[str, Mapping[str, int]],
    vocabulary: int,
    words: Sequence[str],
) -> str | None:
    """For pair_loss."""
    value = number(answer, finite=False)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    if math.isinf(value):
        return "A pair that was never counted got probability 0: add 1 to its count, too."
    if math.isnan(value):
        return NAN
    known = _wrong_pair_losses(expected, counts, vocabulary, words)
    return matching_mistake(value, known) or (
        "For each pair: minus the log of (its count + 1) / (all counts after the word + V)."
    )


def _wrong_pair_losses(
    expected: float,
    counts: Mapping[str, Mapping[str, int]],
    vocabulary: int,
    words: Sequence[str],
) -> list[Mistake]:
    pairs = len(words) - 1
    return [
        (lambda: -expected, "Only the sign is wrong: the loss is minus the logarithm."),
        (lambda: expected * pairs, "This is the sum; the mean divides by the number of pairs."),
        (
            lambda: expected * pairs / len(words),
            "There is one pair fewer than there are words.",
        ),
        (lambda: expected / math.log(2), "This is in bits; the natural logarithm gives nats."),
        (
            lambda: _pair_loss(counts, 1, words),
            "1 is added to each of V counts, so the total grows by V and not by 1.",
        ),
        (
            lambda: _pair_loss(counts, 0, words),
            "Adding 1 to every count also raises the total, by V.",
        ),
        (
            lambda: pair_loss(
                {w: dict.fromkeys(after, 1) for w, after in counts.items()}, vocabulary, words
            ),
            "This counts each kind of pair once; a pair counts as often as it came.",
        ),
        (
            lambda: _pair_loss(counts, 0, words, added=0),
            "Nothing was added: give every count 1 more, so that no pair has probability 0.",
        ),
        (lambda: math.exp(expected), "This is the perplexity, e to the power of the loss."),
    ]


def _pair_loss(
    counts: Mapping[str, Mapping[str, int]], grown: int, words: Sequence[str], added: int = 1
) -> float:
    """The loss where other numbers are added to the total and to the count."""
    losses = []
    for word, following in zip(words, words[1:], strict=False):
        after = counts.get(word, {})
        losses.append(-math.log((after.get(following, 0) + added) / (sum(after.values()) + grown)))
    return sum(losses) / len(losses)


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
