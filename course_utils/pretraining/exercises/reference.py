"""Right answers to the challenges of notebook 03, in plain Python.

The model's own loss and gradients are torch's, its learning rate is in `pretraining.optimizer`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

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
        (n derivatives by the weights, the derivative by the bias).
    """
    total = sum(weight * value for weight, value in zip(w, x, strict=True)) + b
    error = 1 / (1 + math.exp(-total)) - y
    return [error * value for value in x], error


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
