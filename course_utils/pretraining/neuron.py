"""One neuron: a weighted sum, a squeeze, the gradient by hand, and what no single one can do.

Leaves out layers (mlp.py). Taught in notebook 03, section "One neuron".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))  # all that two inputs of 0 or 1 can be
# For each corner whether the neuron should fire.
TASKS = {
    "AND": (0, 0, 0, 1),
    "OR": (0, 1, 1, 1),
    "this, but not that": (0, 0, 1, 0),
    "XOR": (0, 1, 1, 0),
}
GRID = tuple(np.arange(-10, 10.5, 0.5).tolist())  # what the neuron lab's sliders can say


@dataclass(frozen=True)
class Pass:
    """What happened on the way from inputs to loss."""

    weighted_sum: float
    output: float  # 0..1
    loss: float  # nats


class Neuron:
    """Weighs its inputs, adds a bias, and squeezes the sum into 0..1 with a sigmoid.

    Args:
        weights: one number an input.
        bias: added to the sum.
    """

    def __init__(self, weights: list[float] | np.ndarray, bias: float = 0.0) -> None:
        self.weights, self.bias = np.array(weights, dtype=np.float64), float(bias)

    def forward(self, inputs: list[float] | np.ndarray, target: float) -> Pass:
        """Computes the output and how wrong it is.

        Args:
            inputs: (inputs,) numbers.
            target: the right answer, 0 or 1.

        Raises:
            ValueError: there are not as many inputs as weights.
        """
        inputs = np.asarray(inputs, dtype=np.float64)
        if inputs.shape != self.weights.shape:
            raise ValueError(
                f"The neuron has {len(self.weights)} weights, but got inputs of shape "
                f"{inputs.shape}; give it {len(self.weights)} numbers."
            )
        total = float(self.weights @ inputs) + self.bias
        output = 1 / (1 + np.exp(-total))
        # -log(output) for target 1, -log(1 - output) for 0, without ever taking log(0)
        loss = np.logaddexp(0.0, total) - target * total
        return Pass(total, float(output), float(loss))

    def gradients(self, inputs: list[float] | np.ndarray, target: float) -> tuple:
        """How the loss changes with each weight and with the bias, by the chain rule.

        Returns:
            (gradient of the weights, gradient of the bias).
        """
        output = self.forward(inputs, target).output
        through_sum = output - target  # loss by output times output by sum: all else cancels
        return through_sum * np.asarray(inputs, dtype=np.float64), through_sum

    def step(self, inputs: list[float] | np.ndarray, target: float, lr: float) -> float:
        """Moves weights and bias a little downhill; returns the loss before."""
        loss = self.forward(inputs, target).loss
        weights, bias = self.gradients(inputs, target)
        self.weights = self.weights - lr * weights
        self.bias -= lr * bias
        return loss


def autograd_gradients(neuron: Neuron, inputs: list[float], target: float) -> tuple:
    """The same gradients, found by torch: what `Neuron.gradients` is checked against."""
    weights = torch.tensor(neuron.weights, requires_grad=True)
    bias = torch.tensor(neuron.bias, dtype=torch.float64, requires_grad=True)
    total = weights @ torch.tensor(np.asarray(inputs, dtype=np.float64)) + bias
    wanted = torch.tensor(float(target), dtype=torch.float64)
    torch.nn.functional.binary_cross_entropy_with_logits(total, wanted).backward()
    return weights.grad.numpy(), float(bias.grad)


def corners_right(task: str, weights: Sequence[float], bias: float) -> int:
    """How many of the four corners one sigmoid neuron with two inputs gets right.

    It fires where its output is above one half, that is, where its sum is above 0. A sum of
    exactly 0 decides nothing, so it counts as wrong.

    Args:
        task: one of TASKS.
        weights: two numbers.
        bias: added to the sum.

    Returns:
        0 to 4.

    Raises:
        ValueError: there is no such task, or there are not two weights.
    """
    if len(weights) != 2:
        raise ValueError(f"The corners have 2 inputs, but got {len(weights)} weights; give 2.")
    sums = np.array(CORNERS, dtype=float) @ np.asarray(weights, dtype=float) + bias  # (4,)
    return int((_signs(task) * sums > 0).sum())


def most_right(
    task: str, values: Sequence[float] = GRID
) -> tuple[int, tuple[float, float, float]]:
    """The best of all neurons whose two weights and bias are taken from some values.

    For XOR no neuron gets more than 3 of 4, from these values or any others. It would need

        b < 0,  w1 + b > 0,  w2 + b > 0,  w1 + w2 + b < 0.

    The two in the middle add up to w1 + w2 + 2b > 0, the first and the last to
    w1 + w2 + 2b < 0; both cannot be.

    Args:
        task: one of TASKS.
        values: V numbers; V x V x V neurons are tried.

    Returns:
        How many of the 4 corners it gets right, and its (w1, w2, b): the first such neuron.

    Raises:
        ValueError: there is no such task, or no value.
    """
    values = np.asarray(values, dtype=float)
    if not values.size:
        raise ValueError("values is empty; give at least one number for weights and bias.")
    first, second, bias = np.meshgrid(values, values, values, indexing="ij")  # (V, V, V) each
    right = sum(
        (sign * (first * a + second * b + bias) > 0).astype(int)
        for sign, (a, b) in zip(_signs(task), CORNERS, strict=True)
    )
    best = np.unravel_index(right.argmax(), right.shape)
    w1, w2, b = (float(values[place]) for place in best)
    return int(right[best]), (w1, w2, b)


def _signs(task: str) -> np.ndarray:
    """1 for each corner where the neuron should fire, otherwise -1."""
    if task not in TASKS:
        raise ValueError(f"There is no task {task!r}; use one of {', '.join(TASKS)}.")
    return 2 * np.array(TASKS[task]) - 1
