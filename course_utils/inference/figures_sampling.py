"""Pictures of notebook 05, section "Choosing the next token": what the temperature changes.

They generate and measure nothing: see variety.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from course_utils.inference.variety import Point
from course_utils.ui.style import BLUE, ORANGE, sheet, styled


@styled
def facts_and_variety(points: Sequence[Point]) -> Figure:
    """Facts that are right and how much stories differ, over temperature.

    Args:
        points: in the order of their temperatures; at least one.

    Raises:
        ValueError: there is no point.
    """
    if not points:
        raise ValueError("There is no point to draw; measure at one temperature at least.")
    figure, (axes,) = sheet("facts right and variety of stories, over temperature", width=6.4)
    heat = [point.temperature for point in points]
    right = [100 * point.right for point in points]
    # Two standard errors, so that a dip within them is not taken for a fall.
    errors = [200 * point.standard_error for point in points]
    axes.errorbar(heat, right, errors, color=BLUE, marker="o", capsize=3, label="facts right")
    variety = [100 * point.variety for point in points]
    label = "variety: pairs of words that are not repeated"
    axes.plot(heat, variety, color=ORANGE, marker="s", linestyle="--", label=label)
    axes.set(xlabel="temperature", ylabel="percent", ylim=(0, 105))
    axes.set_xticks(heat, [f"{one:g}" for one in heat])
    axes.legend(loc="lower center")
    return figure
