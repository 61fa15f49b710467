"""A picture of the valley: its contour map with the paths of several descents, and their losses.

It stands for the valley lab of notebook 03 where there is no browser; the lab's own view is in
lab.js beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from course_utils.ui.style import BLUE, GREEN, GREY, ORANGE, PURPLE, sheet, styled

LEVELS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30, 50, 100)
LOOKS = ((BLUE, "-"), (ORANGE, "--"), (GREEN, "-."), (PURPLE, ":"))


@styled
def valley_map(
    across: Sequence[float],
    up: Sequence[float],
    surface: np.ndarray,
    paths: Mapping[str, tuple[np.ndarray, np.ndarray]],
) -> Figure:
    """Lines of equal loss with the paths of descents from one start, and their loss curves.

    Args:
        across: (X,) places from left to right.
        up: (Y,) places from bottom to top.
        surface: (Y, X) nats.
        paths: name -> places (steps + 1, 2) and losses (steps + 1,); four at most.

    Raises:
        ValueError: the surface does not fit the places, or there are more paths than looks.
    """
    if surface.shape != (len(up), len(across)):
        raise ValueError(
            f"surface has shape {surface.shape}, but there are {len(up)} places up and "
            f"{len(across)} across; it must be ({len(up)}, {len(across)})."
        )
    if len(paths) > len(LOOKS):
        raise ValueError(f"There are {len(paths)} paths; at most {len(LOOKS)} can be told apart.")
    figure, (left, right) = sheet(
        "the valley: a loss surface with the paths of descents", 9, 3.2, 2, (3, 2)
    )
    _map(left, across, up, surface)
    for (name, (places, losses)), (colour, dashes) in zip(paths.items(), LOOKS, strict=False):
        left.plot(*places.T, color=colour, linestyle=dashes, linewidth=1.8)
        left.plot(*places[-1], "o", color=colour, markersize=6, markeredgecolor="white")
        right.semilogy(losses, color=colour, linestyle=dashes, linewidth=1.8, label=name)
    left.plot(0, 0, "o", color="#333333", markerfacecolor="white", markersize=7)
    # What lies beyond the map is not drawn; the map keeps its scale.
    left.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))
    right.set(title="loss", xlabel="step", ylabel="nats per e-mail")
    right.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    right.yaxis.set_major_formatter("{x:g}")
    right.yaxis.set_minor_formatter(NullFormatter())
    right.legend(loc="best")
    return figure


def _map(axes: Axes, across: Sequence[float], up: Sequence[float], surface: np.ndarray) -> None:
    lines = axes.contour(across, up, surface, levels=LEVELS, colors=GREY, linewidths=0.6)
    axes.clabel(lines, LEVELS[1::3], fontsize=7, fmt="%g")
    axes.grid(visible=False)
    axes.set(
        title="lines of equal loss (hollow: start)",
        xlabel="along the valley",
        ylabel="from wall to wall",
    )
