"""The neuron lab's picture where there is no browser: a line, its bend, and a map of corners.

It computes nothing; the lab's own view is in lab.js beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from course_utils.pretraining.neuron import CORNERS
from course_utils.ui.style import BLUE, GREY, ORANGE, sheet, styled

CERTAIN = 100.0  # a sum beyond all others
# Sums at which the output is 10, 30, 50, 70 and 90 percent: a straight line each.
LEVELS = (-CERTAIN, *(float(np.log(p / (1 - p))) for p in (0.1, 0.3, 0.5, 0.7, 0.9)), CERTAIN)
SHADES = LinearSegmentedColormap.from_list("shades", ["#FFFFFF", ORANGE])


@styled
def neuron_panels(
    curves: tuple[np.ndarray, np.ndarray, np.ndarray],
    marked: tuple[float, float, float],
    activation: str,
    sums: tuple[np.ndarray, tuple[float, float]],
    targets: Sequence[int],
    title: str,
) -> Figure:
    """The sum and the output over one input, and the output over two.

    Args:
        curves: inputs, their sums and their outputs, (P,) each.
        marked: an input, its sum and its output.
        activation: its name.
        sums: (S, S) sums of the neuron with two inputs, and the ends of both inputs.
        targets: for each of neuron.CORNERS 1 where the neuron should fire, otherwise 0.
        title: of the map.

    Raises:
        ValueError: there is not one target a corner.
    """
    if len(targets) != len(CORNERS):
        raise ValueError(
            f"got {len(targets)} targets; give one for each of {len(CORNERS)} corners."
        )
    figure, axes = sheet("one neuron: its line, its bend, four corners", height=2.7, columns=3)
    xs, line, bend = curves
    x, total, output = marked
    # The sum and what becomes of it, over the same input.
    for part, values, at, words in (
        (axes[0], line, total, "sum w · x + b"),
        (axes[1], bend, output, f"output, {activation}"),
    ):
        part.plot(xs, values, color=BLUE, linewidth=2)
        part.axvline(x, color=GREY, linestyle=":")
        part.plot([x], [at], "o", color=ORANGE, markersize=7)
        part.set(xlabel="input x", title=words)
    _map(axes[2], *sums)
    _corners(axes[2], targets)
    axes[2].set(
        title=title,
        xlabel="this (black corners should fire)",
        ylabel="that",
        xticks=(0, 1),
        yticks=(0, 1),
    )
    return figure


def _map(axes: Axes, sums: np.ndarray, ends: tuple[float, float]) -> None:
    """Shades of the output; the border where the sum is 0, if it lies inside."""
    places = np.linspace(*ends, len(sums))
    tones = SHADES(np.linspace(0, 0.8, len(LEVELS) - 1))
    axes.contourf(places, places, sums, LEVELS, colors=tones)
    if sums.min() < 0 < sums.max():
        axes.contour(places, places, sums, [0.0], colors="#333333", linewidths=2)
    axes.set_aspect("equal")
    axes.grid(visible=False)


def _corners(axes: Axes, targets: Sequence[int]) -> None:
    """Filled where the neuron should fire, hollow where not."""
    for corner, target in zip(CORNERS, targets, strict=True):
        inside = "#333333" if target else "white"
        axes.plot(*corner, "o", color="#333333", markerfacecolor=inside, markersize=10)
