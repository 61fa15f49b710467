"""What depth is good for: a curve that was folded several times, learnt by networks of equal size.

Several networks that differ only by their seed are trained side by side, as one batch of matrix
products. Left out: residual connections and normalisation, without which networks of many more
layers do not train (the transformer has both). Taught in notebook 03, section "Twenty-six numbers
that spot spam".

Shape letters: S seeds, N points, A and B neurons of two neighbouring layers.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

POINTS = 256


def folded(x: Tensor, folds: int) -> Tensor:
    """A line from -1 to 1, folded in the middle so many times: 2**folds slopes up and down.

    Args:
        x: (N, 1) numbers from -1 to 1.
        folds: 0 leaves x as it is.
    """
    for _ in range(folds):
        x = 1 - 2 * x.abs()  # what lay left and right of the middle lies on itself
    return x


def count(hidden: Sequence[int]) -> int:
    """Parameters of a network with one input, these hidden layers and one output."""
    sizes = [1, *hidden, 1]
    return sum((a + 1) * b for a, b in zip(sizes, sizes[1:], strict=False))


def errors(
    hidden: Sequence[int],
    folds: int = 4,
    seeds: Sequence[int] = (0, 1, 2, 3),
    steps: int = 1200,
    lr: float = 0.01,
) -> list[float]:
    """How far networks of one shape are from the folded line after training, one per seed.

    Args:
        hidden: the number of ReLU neurons of each hidden layer.
        folds: of the line that is to be learnt.
        seeds: of the first weights; each network trains by itself.
        steps: of Adam on all points; the rate rises, and falls to nothing.
        lr: the highest rate.

    Returns:
        Mean squared errors; a network that always says 0 has about 1/3.

    Raises:
        ValueError: a layer has no neuron.
    """
    if not hidden or min(hidden) < 1:
        raise ValueError(f"hidden is {list(hidden)}; give the neurons of each layer, 1 or more.")
    x = torch.linspace(-1, 1, POINTS)[:, None]  # (N, 1)
    target = folded(x, folds)
    layers = _first_weights([1, *hidden, 1], seeds)
    optimizer = torch.optim.Adam([weight for layer in layers for weight in layer], lr)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    for _ in range(steps):
        error = (_forward(layers, x) - target).square().mean((1, 2))  # (S,)
        optimizer.zero_grad()
        error.sum().backward()  # no network's error has a slope in another's weights
        optimizer.step()
        rate.step()
    with torch.no_grad():
        return (_forward(layers, x) - target).square().mean((1, 2)).tolist()


def _forward(layers: Sequence[tuple[Tensor, Tensor]], x: Tensor) -> Tensor:
    """(N, 1) to (S, N, 1)."""
    values = x.expand(len(layers[0][0]), *x.shape)  # (S, N, 1)
    for number, (weights, bias) in enumerate(layers):
        if number:
            values = values.relu()
        values = torch.baddbmm(bias, values, weights)  # (S, N, B)
    return values


def _first_weights(sizes: Sequence[int], seeds: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
    """Weights (S, A, B) and biases (S, 1, B) of each layer."""
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    layers = []
    for a, b in zip(sizes, sizes[1:], strict=False):
        # Such a size that ReLU layers neither swell nor shrink what passes (He et al. 2015).
        weights = (
            torch.stack([torch.randn(a, b, generator=g) for g in generators]) * (2 / a) ** 0.5
        )
        bias = torch.stack([2 * torch.rand(1, b, generator=g) - 1 for g in generators])
        layers.append((weights.requires_grad_(), bias.requires_grad_()))
    return layers
