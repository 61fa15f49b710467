"""Right answers to the challenges of notebook 03, in plain Python.

The model's own loss and gradients are torch's, its learning rate is in `pretraining.optimizer`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from course_utils.pretraining.clinic import FAULTS, Settings, diagnosis


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
        (n derivatives with respect to the weights, the one to the bias).
    """
    total = sum(weight * value for weight, value in zip(w, x, strict=True)) + b
    error = 1 / (1 + math.exp(-total)) - y
    return [error * value for value in x], error


def fork_gradient(x: float, w1: float, w2: float, w3: float, y: float) -> list[float]:
    """How the loss of two neurons changes where the input also goes past the first one.

    h = tanh(w1 x), p = sigmoid(w2 h + w3 x), loss = -(y log p + (1 - y) log(1 - p)).

    Args:
        x: the input.
        w1: the hidden neuron's weight.
        w2: the output's weight of the hidden neuron.
        w3: the output's weight of the input itself.
        y: the right answer, 0 or 1.

    Returns:
        The derivatives with respect to w1, w2, w3 and x.
    """
    h = math.tanh(w1 * x)
    error = 1 / (1 + math.exp(-(w2 * h + w3 * x))) - y
    through_hidden = error * w2 * (1 - h**2)
    return [through_hidden * x, error * h, error * x, through_hidden * w1 + error * w3]


def collapse(
    w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Two linear layers as one: x @ w1 + b1, then the same with w2 and b2.

    Args:
        w1: (a, b).
        b1: (b,).
        w2: (b, c).
        b2: (c,).

    Returns:
        w (a, c) and b (c,), with x @ w + b the same for every x.
    """
    return w1 @ w2, b1 @ w2 + b2


def pair_loss(
    counts: Mapping[str, Mapping[str, int]], vocabulary: int, words: Sequence[str]
) -> float:
    """The mean loss of a model that has counted pairs, with 1 added to every count.

    Args:
        counts: word -> the word after it -> how often.
        vocabulary: how many words there are; each of them may follow.
        words: a text of two words or more.

    Returns:
        Nats per pair of neighbours (Laplace's rule of succession).
    """
    losses = []
    for word, following in zip(words, words[1:], strict=False):
        after = counts.get(word, {})
        share = (after.get(following, 0) + 1) / (sum(after.values()) + vocabulary)
        losses.append(-math.log(share))
    return sum(losses) / len(losses)


def learning_rate_at(
    step: int, steps: int, peak: float, warmup_steps: int, warmdown_steps: int
) -> float:
    """The learning rate of one step: evenly up, level, then evenly down.

    Args:
        step: 0 to steps - 1.
        steps: how many there are; the way up and the way down together are no longer.
        peak: the full rate.
        warmup_steps: step 0 gets peak / warmup_steps, the last of them the peak; 0 for none.
        warmdown_steps: how many steps at the end go down, so that step number `steps`, which
            is not taken any more, would get 0; 0 for none.
    """
    up = min(1.0, (step + 1) / warmup_steps) if warmup_steps else 1.0
    down = min(1.0, (steps - step) / warmdown_steps) if warmdown_steps else 1.0
    return peak * min(up, down)


def clinic(patient: str) -> tuple[str, dict[str, object]]:
    """What a patient of the clinic has, and the one setting that mends it.

    Args:
        patient: "patient 1" to "patient 5".

    Returns:
        (the fault's name, the setting's name -> its healthy value).
    """
    fault = diagnosis(patient)
    return fault, {name: getattr(Settings(), name) for name in FAULTS[fault]}
