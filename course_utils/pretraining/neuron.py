"""One neuron: a weighted sum, a squeeze, and the gradient by hand.

Leaves out layers (mlp.py). Taught in notebook 03, section "One neuron".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch


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
