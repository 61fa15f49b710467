"""One look for all static pictures: size, colours, fonts and the smallest frame around the data.

It draws nothing itself. Colours are Okabe and Ito's, which colour-blind readers can tell apart,
and no picture tells two things apart by colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec

import matplotlib
import seaborn
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

P = ParamSpec("P")
DOTS_PER_INCH = 72
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#6E6E6E"
RED = "#C62828"  # of what a text calls red; the live views have the same in view.css
MISSING = "\N{WHITE SQUARE}"  # for a character that the font does not have
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, "#E69F00", "#56B4E9")
STYLE = {
    "axes.edgecolor": "#9A9A9A",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 10,
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, so it is the same everywhere
    "font.size": 10,
    "grid.color": "#E4E4E4",
    "legend.fontsize": 9,
    "legend.frameon": False,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Run a drawing function in the course's style; matplotlib's own settings stay."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        # Both style and settings hold inside only.
        with matplotlib.rc_context({**seaborn.axes_style("whitegrid"), **STYLE}):
            figure = draw(*args, **kwargs)
            FigureCanvasAgg(figure).draw()  # ticks are made while the style still holds
            return figure

    return drawn


def sheet(
    title: str,
    width: float = 7.2,
    height: float = 3.2,
    columns: int = 1,
    widths: Sequence[float] | None = None,
    rows: int = 1,
) -> tuple[Figure, list[Axes]]:
    """An empty figure and its axes, side by side and row by row.

    Args:
        title: what the picture shows; also its description for readers who cannot see it.
        width: inches; 72 dots each.
        height: inches.
        columns: how many axes in a row.
        widths: their relative widths, or None for equal ones.
        rows: how many rows of them.

    Returns:
        The figure and a list of its axes. No pyplot is involved.
    """
    # No pyplot: nothing is kept or shown but what is returned.
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout="constrained")
    figure.set_label(title)
    axes = figure.subplots(rows, columns, squeeze=False, width_ratios=widths)
    return figure, list(axes.flat)


def label_bars(
    axes: Axes,
    lengths: Sequence[float],
    texts: Sequence[str],
    y: Sequence[float],
) -> None:
    """Write a text at the end of each lying bar, and leave room for it."""
    # In proportion to the longest bar, so that the gap looks the same in every picture.
    longest = max(lengths, default=1) or 1
    for length, text, position in zip(lengths, texts, y, strict=True):
        axes.text(length + longest * 0.015, position, text, va="center", fontsize=9)
    axes.set_xlim(0, longest * 1.2)


def drawable(text: str) -> str:
    """The text with a square for each character that the pictures' font does not have."""
    font = get_font(findfont(FontProperties(family=STYLE["font.sans-serif"])))
    glyphs = font.get_charmap()
    return "".join(letter if ord(letter) in glyphs else MISSING for letter in text)
