"""Pictures of what each stage gained, and of ways to ask, each with its error.

They measure nothing: shares and standard errors are given. Taught in notebook 05, sections "Asking
well" and "What each stage gained".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, GREY, ORANGE, sheet, styled

ERRORS_DRAWN = 2.0  # standard errors on each side, which hold the truth nineteen times of twenty
MARKS = (("o", BLUE, "-"), ("s", ORANGE, "--"), ("^", GREY, ":"))
SHIFT = 0.18  # between the marks of a row
TITLES = {
    "all": "all four kinds",
    "facts": "facts",
    "stories": "stories",
    "unknown": "made-up countries",
    "talk": "small talk",
}


class Shares(Protocol):
    """What is drawn of a way: experiments/gains_study.py's Bar has both."""

    share: Mapping[str, float]
    standard_error: Mapping[str, float]


class Estimate(Protocol):
    """A share that was measured: inference/prompting.py's Share has both."""

    value: float
    standard_error: float


@styled
def stages(ways: Mapping[str, Mapping[str, Shares]], whole: str = "practised") -> Figure:
    """What a chat answers rightly with a stage left out: all ways on one axis.

    Args:
        ways: what was done, such as "greedy" -> way -> its shares; one to three of them.
        whole: the way that leaves out nothing; a line stands at its share.

    Raises:
        ValueError: there is nothing to draw, or more than three things are.
    """
    names = _rows(ways)
    figure, (axes,) = sheet("what a chat answers rightly", height=1.3 + 0.42 * len(names))
    _marks(axes, ways, names, "all", whole)
    axes.set_title("four kinds of questions and wishes, each a quarter")
    axes.set_xlabel("right in percent, with two standard errors on each side")
    _legend(figure, axes)
    return figure


@styled
def by_kind(
    ways: Mapping[str, Mapping[str, Shares]], kinds: Sequence[str], whole: str = "practised"
) -> Figure:
    """The same for each kind by itself, side by side.

    Args:
        ways: see `stages`.
        kinds: those that get a panel, such as "facts".
        whole: see `stages`.

    Raises:
        ValueError: there is nothing to draw, or more than three things are.
    """
    names = _rows(ways)
    height = 1.3 + 0.42 * len(names)
    figure, panels = sheet(
        "what a chat answers rightly, by kind", width=9.4, height=height, columns=len(kinds)
    )
    for number, (axes, kind) in enumerate(zip(panels, kinds, strict=True)):
        _marks(axes, ways, names, kind, whole)
        axes.set_title(TITLES.get(kind, kind))
        # The ways are named once, on the left.
        if number:
            axes.set_yticklabels([])
    figure.supxlabel("right in percent, with two standard errors on each side", fontsize=10)
    _legend(figure, panels[0])
    return figure


def _legend(figure: Figure, axes: Axes) -> None:
    """What the marks stand for, beside the axes so that it hides no mark; none for one thing."""
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > 1:
        figure.legend(handles, labels, loc="outside right center")


def _rows(ways: Mapping[str, Mapping[str, Shares]]) -> list[str]:
    """The ways in the order in which they are named first."""
    names = list(dict.fromkeys(name for some in ways.values() for name in some))
    if not names or len(ways) > len(MARKS):
        raise ValueError(
            f"{len(ways)} things with {len(names)} ways are to be drawn; give one to "
            f"{len(MARKS)} things, with at least one way."
        )
    return names


def _marks(
    axes: Axes,
    ways: Mapping[str, Mapping[str, Shares]],
    names: Sequence[str],
    kind: str,
    whole: str,
) -> None:
    """A row for each way, in it a mark for each thing with its error."""
    for number, (label, some) in enumerate(ways.items()):
        mark, colour, line = MARKS[number]
        rows = [names.index(name) + SHIFT * (number - (len(ways) - 1) / 2) for name in some]
        axes.errorbar(
            [100 * each.share[kind] for each in some.values()],
            rows,
            xerr=[100 * ERRORS_DRAWN * each.standard_error[kind] for each in some.values()],
            fmt=mark,
            color=colour,
            capsize=3,
            label=label,
        )
        if whole in some:
            axes.axvline(100 * some[whole].share[kind], color=colour, linestyle=line, alpha=0.5)
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.5, -0.5)  # the first on top
    axes.set_xlim(-4, 104)
    axes.grid(visible=False, axis="y")


@styled
def examples_help(
    shares: Mapping[str, Mapping[int, Estimate]], title: str = "examples in the prompt"
) -> Figure:
    """What share is right, by how many examples stand before the question.

    Args:
        shares: what was asked -> number of examples -> the share.
        title: what the picture shows; also its description.

    Raises:
        ValueError: nothing was asked, or more than three things.
    """
    if not 0 < len(shares) <= len(MARKS):
        raise ValueError(f"{len(shares)} lines are to be drawn; give one to {len(MARKS)}.")
    figure, (axes,) = sheet(title, width=6.4, height=3.0)
    # Evenly spaced: 0, 1, 2 and 4 are steps of a reader, not of a ruler.
    counts = sorted({count for by_count in shares.values() for count in by_count})
    for (label, by_count), (mark, colour, line) in zip(shares.items(), MARKS, strict=False):
        axes.errorbar(
            [counts.index(count) for count in by_count],
            [100 * each.value for each in by_count.values()],
            yerr=[100 * ERRORS_DRAWN * each.standard_error for each in by_count.values()],
            marker=mark,
            color=colour,
            linestyle=line,
            capsize=3,
            label=label,
        )
    axes.set_xticks(range(len(counts)), [str(count) for count in counts])
    axes.set(xlabel="examples before the question", ylabel="right in percent", ylim=(-4, 104))
    axes.set_title(title)
    _legend(figure, axes)
    return figure
