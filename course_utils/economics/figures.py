"""Pictures of scale: parameters, training computation and text over the years, and a fit.

It counts nothing itself; the points and the fit are those of course_utils.economics. How sure a
figure is shows in its mark's shape as well as in its colour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from course_utils.economics.growth import Doubling
from course_utils.economics.published import Point
from course_utils.ui.style import BLUE, GREEN, GREY, ORANGE, PURPLE, sheet, styled

# certainty -> marker, colour, whether it is filled
MARKS = {
    "measured": ("s", GREEN, True),
    "reported": ("o", BLUE, True),
    "estimated": ("^", ORANGE, False),
    "rumoured": ("D", PURPLE, False),
}


@styled
def over_the_years(
    panels: Mapping[str, Sequence[Point]],
    fits: Mapping[str, Doubling] | None = None,
    named: Sequence[str] = ("GPT-1", "GPT-3", "GPT-4"),
) -> Figure:
    """Values on a log axis over the years, one panel a series.

    Args:
        panels: title -> points.
        fits: title -> the fit that is drawn with its band.
        named: the models whose names are written.

    Raises:
        ValueError: there is no panel, or a certainty has no mark.
    """
    if not panels or not all(panels.values()):
        raise ValueError("There is nothing to draw: give at least one panel with points in it.")
    unknown = {point.certainty for points in panels.values() for point in points} - set(MARKS)
    if unknown:
        raise ValueError(
            f"There is no mark for {', '.join(unknown)}; there are {', '.join(MARKS)}."
        )
    figure, panel_axes = sheet(" and ".join(panels), width=9.4, height=3.6, columns=len(panels))
    for axes, (title, points) in zip(panel_axes, panels.items(), strict=True):
        _panel(axes, points, named)
        axes.set_title(title)
        if fits and title in fits:
            _line(axes, points, fits[title])
    # One legend for all panels: each mark once, in the order of certainty.
    handles = {}
    for axes in panel_axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    order = [name for name in (*MARKS, "fit, 95 %") if name in handles]
    figure.legend(
        [handles[name] for name in order], order, loc="outside lower center", ncols=len(order)
    )
    return figure


def _panel(axes: Axes, points: Sequence[Point], named: Sequence[str]) -> None:
    # The points, one mark a certainty.
    for certainty, (marker, colour, filled) in MARKS.items():
        own = [point for point in points if point.certainty == certainty]
        if own:
            axes.scatter(
                [point.year for point in own],
                [point.value for point in own],
                s=26,
                marker=marker,
                facecolor=colour if filled else "none",
                edgecolor=colour,
                label=certainty,
                zorder=3,
            )
    # The names of the few that a reader looks for.
    for point in points:
        if point.name in named:
            axes.annotate(
                point.name,
                (point.year, point.value),
                (0, 6),
                textcoords="offset points",
                ha="center",
                fontsize=8,
            )
    axes.set_yscale("log")
    years = [point.year for point in points]
    axes.set_xlim(min(years) - 0.9, max(years) + 0.9)
    axes.xaxis.set_major_locator(MultipleLocator(2))
    axes.set_xlabel("year of publication")
    axes.margins(y=0.12)


def _line(axes: Axes, points: Sequence[Point], fit: Doubling) -> None:
    known = [point.year for point in points]
    years = np.linspace(min(known), max(known), 40)
    middle = np.array([fit.value_at(year) for year in years])
    factor = np.array([fit.factor_at(year) for year in years])
    axes.plot(years, middle, color=GREY, linestyle="--", label="fit, 95 %")
    axes.fill_between(years, middle / factor, middle * factor, color=GREY, alpha=0.15)
