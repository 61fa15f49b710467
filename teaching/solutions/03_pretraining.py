"""Solutions to the challenges of notebook 03, as a reader might write them.

Each function has its challenge's name and says what the challenge tests.
"""

from __future__ import annotations

import math

import numpy as np


def neuron_gradient(
    x: list[float], w: list[float], b: float, y: float
) -> tuple[list[float], float]:
    """Tests: the chain rule through a sigmoid and its loss, and the bias as a weight."""
    total = b
    for value, weight in zip(x, w, strict=True):
        total += value * weight
    output = 1 / (1 + math.exp(-total))
    return [(output - y) * value for value in x], output - y


def fork_gradient(x: float, w1: float, w2: float, w3: float, y: float) -> list[float]:
    """Tests: the chain rule through two neurons, and that slopes add where the path forks."""
    h = math.tanh(w1 * x)
    p = 1 / (1 + math.exp(-(w2 * h + w3 * x)))
    dz = p - y
    ds = dz * w2 * (1 - h * h)
    return [ds * x, dz * h, dz * x, ds * w1 + dz * w3]


def collapse(
    w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Tests: what layers without a bend come to, and what happens to a bias on the way."""
    return w1 @ w2, b1 @ w2 + b2


def pair_loss(counts: dict[str, dict[str, int]], vocabulary: int, words: list[str]) -> float:
    """Tests: probabilities from counts that never are 0, and a mean over pairs, not over words."""
    total = 0.0
    for i in range(len(words) - 1):
        after = counts.get(words[i], {})
        share = (after.get(words[i + 1], 0) + 1) / (sum(after.values()) + vocabulary)
        total -= math.log(share)
    return total / (len(words) - 1)


def learning_rate_at(
    step: int, steps: int, peak: float, warmup_steps: int, warmdown_steps: int
) -> float:
    """Tests: counting from 0 at both ends of a run, and parts that may be empty."""
    if step < warmup_steps:
        return peak * (step + 1) / warmup_steps
    if step >= steps - warmdown_steps:
        return peak * (steps - step) / warmdown_steps
    return peak


def cross_entropy(logits: list[float], target: int) -> float:
    """Tests: the loss as minus a log-probability, and computing it without an overflow."""
    largest = max(logits)
    total = sum(math.exp(score - largest) for score in logits)
    return math.log(total) - (logits[target] - largest)


def clinic(patient: str) -> tuple[str, dict[str, object]]:
    """Tests: reading a run's fault off its curves, and mending that one thing."""
    charts = {
        "patient 1": ("dead units", {"hidden_bias": 0.0}),
        "patient 2": ("labels shifted", {"label_shift": 0}),
        "patient 3": ("data in order", {"shuffle": True}),
        "patient 4": ("validation leaked", {"leaked_fraction": 0.0}),
        "patient 5": ("learning rate too high", {"lr": 0.1}),
    }
    return charts[patient]
