"""Pictures of loss and abilities over the size of a model, and of what a budget is best spent on.

They measure nothing; the runs come from scaling.py and scaling_study.py. Notebook 03, section
"Would a larger one be better?".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from course_utils.pretraining.scaling import PowerLaw, Run
from course_utils.pretraining.scaling_study import Study, optimum
from course_utils.ui.style import BLUE, GREEN, GREY, ORANGE, PURPLE, sheet, styled

LOOKS = ((BLUE, "o", "-"), (ORANGE, "s", "--"), (GREEN, "^", "-."), (PURPLE, "D", ":"))


@styled
def power_law(runs: Sequence[Run], law: PowerLaw, larger: Run | None = None) -> Figure:
    """The losses of a ladder over its sizes, the fitted line, and a larger model beside it.

    Args:
        runs: that the law was fitted to.
        law: of scaling.fit.
        larger: a run that the law was not fitted to, drawn beside its prediction.

    Raises:
        ValueError: there is no run.
    """
    if not runs:
        raise ValueError("There are no runs to draw; train a ladder first.")
    figure, (axes,) = sheet("loss over parameters", height=3.2)
    N = [run.parameters for run in runs]
    highest = max(N) if larger is None else max(*N, larger.parameters)
    line = np.geomspace(min(N) / 1.15, highest * 1.15, 60)
    ends = np.array([law.interval(n) for n in line])
    axes.fill_between(line, *ends.T, color=GREY, alpha=0.15, label="95 % for one new run")
    axes.plot(line, [law.predict(n) for n in line], color=GREY, linestyle="--", label="the line")
    axes.plot(N, [run.loss for run in runs], "o", color=BLUE, label="the ladder")
    if larger is not None:
        n = larger.parameters
        axes.plot(n, law.predict(n), "D", markerfacecolor="white", color=GREY, label="predicted")
        axes.plot(n, larger.loss, "^", color=ORANGE, markersize=8, label="run afterwards")
    axes.set(
        xscale="log", yscale="log", xlabel="million parameters", ylabel="loss, nats per token"
    )
    _plain_ticks(axes)
    axes.legend()
    return figure


@styled
def study(runs: Study) -> Figure:
    """Four panels of the study over size, a line per budget: loss, facts, and stories twice.

    A star marks the size that each budget is best spent on, where it lies among those tried.

    Raises:
        ValueError: the study is empty, or has more than four budgets.
    """
    budgets = runs.by_budget()
    if not 0 < len(budgets) <= len(LOOKS):
        raise ValueError(f"There are {len(budgets)} budgets; 1 to {len(LOOKS)} can be told apart.")
    title = "loss, facts and stories over size, a line per budget"
    figure, panels = sheet(title, columns=2, rows=2, height=4.6)
    for (budget, group), (colour, marker, linestyle) in zip(budgets.items(), LOOKS, strict=False):
        sizes = [run.parameters for run in group]
        columns = (
            [run.loss for run in group],
            [100 * run.facts for run in group],
            [100 * run.stories for run in group],
            [run.story_bits for run in group],
        )
        for axes, values in zip(panels, columns, strict=True):
            axes.plot(
                sizes, values, color=colour, marker=marker, linestyle=linestyle,
                markersize=5, label=f"{budget:.0e} operations",
            )  # fmt: skip
        _mark_optimum(panels[0], group, colour)
    names = (
        "loss, nats per token",
        "facts right, %",
        "stories that hold together, %",
        "stories, bits per byte",
    )
    for axes, name in zip(panels, names, strict=True):
        axes.set(xscale="log", xlabel="million parameters", title=name)
        _plain_ticks(axes)
    for axes in panels[1:3]:
        axes.set_ylim(-4, 104)
    figure.legend(*panels[1].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _mark_optimum(axes: Axes, group: Sequence, colour: str) -> None:
    try:
        best = optimum(group)
    except ValueError:  # the lowest point lies beyond the sizes tried
        return
    losses = np.interp(
        np.log(best), np.log([run.parameters for run in group]), [run.loss for run in group]
    )
    axes.plot(best, losses, "*", color=colour, markersize=13)


def _plain_ticks(axes: Axes) -> None:
    """Ticks as people write them, 0.1 M for 100,000 and 5.5 for a loss, and no powers of ten."""
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1e6:g}"))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
