"""Pictures of reward hacking: the frontier of all roads, practice off the leash, calibration.

They measure nothing; the numbers come from frontier.py, hacking_study.py and
reward_calibration.py. Taught in notebook 04, section "A reward is hacked".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.finetuning_rlhf.frontier import BEST_OF_N, ROADS, TEMPERATURE, Point
from course_utils.finetuning_rlhf.hacking_study import HackingRun
from course_utils.finetuning_rlhf.reward_calibration import MarginBin
from course_utils.ui.style import BLUE, GREEN, GREY, ORANGE, PURPLE, sheet, styled

LOOKS = ((BLUE, "o", "-"), (ORANGE, "s", "--"), (GREEN, "^", "-."), (PURPLE, "D", ":"))
SIGNS = {BEST_OF_N: "n=", TEMPERATURE: "T="}  # of a leash the number alone


@styled
def frontier(points: Sequence[Point]) -> Figure:
    """The proxy, and the true reward won, over the square root of the KL: a line per road.

    Bars are one standard error each way. The distance of best of n is an upper bound.

    Args:
        points: of frontier.averaged, or of one seed.

    Raises:
        ValueError: there is no point.
    """
    if not points:
        raise ValueError("There are no points to draw; measure at least one road.")
    title = "proxy and true reward over the square root of the KL, a line per road"
    figure, (left, right) = sheet(title, columns=2, height=3.6)
    present = [road for road in ROADS if any(one.road == road for one in points)]
    for road in present:
        colour, marker, linestyle = LOOKS[ROADS.index(road)]
        # every road begins at the start, which is no distance away and gains nothing
        along = sorted((one for one in points if one.road == road), key=lambda one: one.kl)
        x = [0.0, *(one.distance for one in along)]
        look = {"color": colour, "linestyle": linestyle, "marker": marker, "markersize": 5}
        label = f"{road} (at most)" if road == BEST_OF_N else road
        left.plot(x, [0.0, *(one.proxy for one in along)], label=label, **look)
        gains, errors = ([getattr(one, name) for one in along] for name in ("gain", "gain_error"))
        right.errorbar(x, [0.0, *gains], [0.0, *errors], capsize=2, **look)
        _settings(right, along, colour)
    for axes in (left, right):
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.margins(x=0.12)  # room for the last point's setting
        axes.set_xlabel("square root of the KL, nats")
    left.set(title="proxy", ylabel="standard deviations")
    right.set(title="true reward", ylabel="won over the start")
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _settings(axes: Axes, along: Sequence[Point], colour: str) -> None:
    """n, leash or temperature beside the last point of a road, which is the furthest."""
    last = along[-1]
    text = f"{SIGNS.get(last.road, 'leash ')}{last.setting:g}"
    axes.annotate(
        text, (last.distance, last.gain), (4, 5), textcoords="offset points",
        color=colour, fontsize=8,
    )  # fmt: skip


@styled
def off_the_leash(runs: Sequence[HackingRun]) -> Figure:
    """Proxy and true reward over the steps of practice with the leash off, a line per seed.

    Args:
        runs: one to four, of one hole.

    Raises:
        ValueError: there are none, or more than can be told apart.
    """
    if not 0 < len(runs) <= len(LOOKS):
        raise ValueError(f"There are {len(runs)} runs; 1 to {len(LOOKS)} can be told apart.")
    title = "practice off the leash: proxy and true reward over the steps, a line per seed"
    figure, panels = sheet(title, columns=2, height=2.9)
    for run, (colour, _, linestyle) in zip(runs, LOOKS, strict=False):
        for axes, values in zip(panels, (run.proxy, run.true), strict=True):
            _smoothed(axes, values, colour, linestyle, f"seed {run.seed}")
    panels[0].set(title="proxy", xlabel="step", ylabel="standard deviations")
    panels[1].set(title="true reward", xlabel="step", ylabel="the judge's mean", ylim=(0, 1))
    panels[0].legend()
    return figure


def _smoothed(
    axes: Axes, values: Sequence[float], colour: str, linestyle: str, label: str
) -> None:
    """A running mean of five steps; a single step's few replies are noisy."""
    window = min(5, len(values))
    smooth = np.convolve(np.asarray(values, float), np.ones(window) / window, mode="valid")
    steps = np.arange(window, len(values) + 1)
    axes.plot(steps, smooth, color=colour, linestyle=linestyle, label=label)


@styled
def calibration(found: Mapping[str, Sequence[MarginBin]]) -> Figure:
    """How often the reply with the higher score is preferred, over the margin, and the sigmoid.

    Args:
        found: whose labels -> bins of reward_calibration.bins; one to four.

    Raises:
        ValueError: there are none, or more than can be told apart.
    """
    if not 0 < len(found) <= len(LOOKS):
        raise ValueError(f"There are {len(found)} sets; 1 to {len(LOOKS)} can be told apart.")
    figure, (axes,) = sheet("share preferred over the margin of two scores", height=3.2)
    highest = max(one.margin for some in found.values() for one in some)
    line = np.linspace(0, 1.05 * highest + 1e-6, 60)
    axes.plot(line, 100 / (1 + np.exp(-line)), color=GREY, label="the sigmoid")
    for (name, some), (colour, marker, _) in zip(found.items(), LOOKS, strict=False):
        columns = ([one.margin for one in some], [100 * one.right for one in some])
        errors = [100 * one.standard_error for one in some]
        axes.errorbar(
            *columns, errors, color=colour, marker=marker, linestyle="", capsize=2, label=name
        )
    axes.set(xlabel="how far the two scores are apart", ylabel="preferred, %")
    axes.set_ylim(min(40, axes.get_ylim()[0]), 103)
    axes.legend(loc="lower right")
    return figure
