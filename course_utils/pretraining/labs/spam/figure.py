"""A picture of a small network: every neuron, every weight, its loss; and maps of what it says.

It draws what others trained. It stands for the spam lab of notebook 03 where there is no browser;
the lab's own view is in lab.js beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from course_utils.pretraining import mlp
from course_utils.ui.style import BLUE, ORANGE, sheet, styled

BANDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)  # each is one shade darker
Places = list[tuple[int, float]]  # of the neurons of a column


@styled
def spam_network(
    weights: Sequence[np.ndarray], names: Sequence[Sequence[str]], losses: Sequence[float] = ()
) -> Figure:
    """Neurons as circles, weights as lines: width is size, colour and dashes are the sign.

    Args:
        weights: one (inputs, outputs) matrix a layer, from left to right.
        names: the neurons' names, one row a column of neurons; one more than `weights`.
        losses: the loss of each step in nats, drawn beside the network when given.

    Raises:
        ValueError: names and weights do not fit each other.
    """
    # Each matrix has to join the column on its left with the one on its right.
    sizes = [len(column) for column in names]
    shapes = [np.shape(matrix) for matrix in weights]
    if shapes != list(zip(sizes[:-1], sizes[1:], strict=True)):
        raise ValueError(
            f"weights have the shapes {shapes}, and names give columns of {sizes} "
            f"neurons; each matrix must be (neurons on its left, on its right)."
        )
    # The loss has a panel of its own where there is one.
    columns = 2 if len(losses) else 1
    figure, axes = sheet(
        "a small network and its weights", columns=columns, widths=(3, 2) if len(losses) else None
    )
    _network(axes[0], weights, names)
    if len(losses):
        axes[1].plot(np.arange(1, len(losses) + 1), losses, color=BLUE, linewidth=1.8)
        axes[1].set(title="loss", xlabel="step", ylabel="nats per e-mail", ylim=(0, None))
    return figure


def _network(axes: Axes, weights: Sequence[np.ndarray], names: Sequence[Sequence[str]]) -> None:
    # Where the neurons stand: columns from left to right, each centred.
    places = [
        [(column, (len(row) - 1) / 2 - index) for index in range(len(row))]
        for column, row in enumerate(names)
    ]
    largest = max(float(np.abs(matrix).max()) for matrix in weights) or 1.0
    _weights(axes, weights, places, largest)
    _neurons(axes, names, places)
    # The signs are told apart by dashes too.
    axes.legend(
        handles=[
            Line2D([], [], color=BLUE, linewidth=3, label="positive"),
            Line2D([], [], color=ORANGE, linewidth=3, linestyle=(0, (3, 1.5)), label="negative"),
        ],
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        ncols=2,
    )
    axes.set(title=f"weights (widest line: {largest:.1f})")
    axes.set_xlim(-0.75, len(names) - 0.4)
    axes.margins(y=0.2)
    axes.set_axis_off()


def _weights(
    axes: Axes, weights: Sequence[np.ndarray], places: Sequence[Places], largest: float
) -> None:
    """The lines, behind the neurons; the widest is the largest weight."""
    for left, right, matrix in zip(places[:-1], places[1:], weights, strict=True):
        for start, row in zip(left, matrix, strict=True):
            for end, weight in zip(right, row, strict=True):
                axes.plot(
                    *zip(start, end, strict=True),
                    zorder=1,
                    color=BLUE if weight >= 0 else ORANGE,
                    linestyle="-" if weight >= 0 else (0, (3, 1.5)),
                    linewidth=0.3 + 5 * abs(float(weight)) / largest,
                )


def _neurons(axes: Axes, names: Sequence[Sequence[str]], places: Sequence[Places]) -> None:
    """The circles and their names: beside the first and the last column, below the others."""
    for column, row in zip(places, names, strict=True):
        axes.scatter(
            *zip(*column, strict=True), s=260, color="white", edgecolor="#333333", zorder=2
        )
        first, last = column is places[0], column is places[-1]
        aside = -0.12 if first else 0.12 if last else 0.0
        for (x, y), name in zip(column, row, strict=True):
            axes.text(
                x + aside,
                y - (0.0 if aside else 0.3),
                name,
                fontsize=8,
                zorder=3,
                ha="right" if first else "left" if last else "center",
                va="center" if aside else "top",
                parse_math=False,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            )


@styled
def decision_maps(grids: Sequence[np.ndarray], x: np.ndarray, y: np.ndarray) -> Figure:
    """How likely a network thinks spam from a stranger and from a friend, with the true border.

    Args:
        grids: for a stranger and for a friend (S, S) probabilities of spam; see
            `mlp.SpamNetwork.decision_grid`.
        x: (N, 3) e-mails to mark, each on the map of its sender.
        y: (N,) 0 for mail (a circle), 1 for spam (a triangle).

    Raises:
        ValueError: there are not two square grids, or not as many classes as e-mails.
    """
    shapes = [np.shape(grid) for grid in grids]
    if len(shapes) != 2 or any(len(set(shape)) != 1 or len(shape) != 2 for shape in shapes):
        raise ValueError(f"grids have the shapes {shapes}; give two squares, one a sender.")
    if len(x) != len(y):
        raise ValueError(f"there are {len(x)} e-mails and {len(y)} classes; give one class each.")
    figure, panels = sheet("what the network calls spam", height=3.5, columns=2)
    for known, (axes, grid) in enumerate(zip(panels, grids, strict=True)):
        places = np.linspace(0, 1, len(grid))
        # Ever more orange, and the line where both classes are equally likely.
        axes.contourf(places, places, grid, BANDS, cmap="Oranges", vmin=0, vmax=1.8)
        if grid.min() < 0.5 < grid.max():
            axes.contour(places, places, grid, [0.5], colors="#222222", linewidths=2)
        axes.plot(*zip(*mlp.true_border(known), strict=True), "--", color=BLUE, linewidth=2)
        for spam, mark, inside in ((0, "o", "white"), (1, "^", "#222222")):
            chosen = np.asarray(x)[(np.asarray(x)[:, 2] == known) & (np.asarray(y) == spam)]
            axes.scatter(
                chosen[:, 0], chosen[:, 1], s=28, c=inside, marker=mark, edgecolors="#222222"
            )
        share = (np.asarray(grid) > 0.5).mean()
        sender = "a friend" if known else "a stranger"
        axes.set(title=f"from {sender}: {share:.0%} called spam", xlabel=mlp.INPUTS[0])
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal", ylabel=mlp.INPUTS[1])
        axes.xaxis.label.set_parse_math(False)  # the name has dollar signs
        axes.grid(visible=False)
    figure.legend(handles=_map_legend(), loc="outside lower center", ncols=4)
    return figure


def _map_legend() -> list[Line2D]:
    dark = {"color": "#222222"}
    return [
        Line2D([], [], linewidth=2, label="50 % spam", **dark),
        Line2D([], [], color=BLUE, linewidth=2, linestyle="--", label="the rule"),
        Line2D([], [], marker="o", linestyle="", markerfacecolor="white", label="mail", **dark),
        Line2D([], [], marker="^", linestyle="", label="spam", **dark),
    ]
