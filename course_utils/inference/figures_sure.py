"""Pictures of how sure a model is: calibration, by kind of fact, and the price of abstaining.

They measure nothing: bins and curves are given. Left out: all other pictures of notebook 05
(figures.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.inference.abstain import Coverage
from course_utils.inference.calibration import Bin
from course_utils.inference.made_up_names import OUTCOMES, Outcomes
from course_utils.ui.style import BLUE, GREY, ORANGE, PURPLE, sheet, styled

# Told apart by the mark and the line, not by colour alone.
LOOKS = ((BLUE, "o", "-", 8), (ORANGE, "s", "--", -15), (PURPLE, "^", ":", 8))


@styled
def calibration(found: Mapping[str, Sequence[Bin]], kinds: Mapping[str, Bin]) -> Figure:
    """How often somebody was right, by how sure they were; and the same by kind of fact.

    Args:
        found: name -> bins; who has none is left out of the picture.
        kinds: kind of fact -> all of its answers as one bin.

    Raises:
        ValueError: nobody has any, or more than three do; or there is no kind.
    """
    drawn = {name: bins for name, bins in found.items() if bins}
    if not 0 < len(drawn) <= len(LOOKS) or not kinds:
        raise ValueError(
            f"{len(drawn)} have answers, of {len(kinds)} kinds; the picture is for one to "
            f"{len(LOOKS)}, and at least one kind."
        )
    figure, (left, right) = sheet(
        "how sure, and how often right", width=9.4, height=3.9, columns=2, widths=(5, 4)
    )
    # left: everybody's bins along the line on which the two are equal
    left.plot([0, 100], [0, 100], color=GREY, linestyle=":", label="as often as said")
    for (name, bins), (colour, mark, line, shift) in zip(drawn.items(), LOOKS, strict=False):
        _points(left, bins, f"{mark}{line}", colour, name)
        for part in bins:
            place = (100 * part.confidence, 100 * part.accuracy)
            left.annotate(
                f"{part.count}", place, (9, shift), textcoords="offset points", fontsize=9
            )
    left.set(xlim=(-3, 108), ylim=(-8, 112), title="number of answers beside each mark")
    left.set(xlabel="how sure, in percent", ylabel="right, in percent")
    left.legend(loc="lower right")
    _kinds(right, kinds)
    return figure


def _points(axes: Axes, bins: Sequence[Bin], look: str, colour: str, name: str) -> None:
    """Bins as marks with bars of one standard error."""
    sure, right, errors = (
        [100 * getattr(part, field) for part in bins]
        for field in ("confidence", "accuracy", "standard_error")
    )
    axes.errorbar(sure, right, errors, fmt=look, color=colour, capsize=3, label=name)


def _kinds(axes: Axes, kinds: Mapping[str, Bin]) -> None:
    """How sure and how often right, a row per kind."""
    rows = range(len(kinds))
    sure, right, errors = (
        [100 * getattr(part, field) for part in kinds.values()]
        for field in ("confidence", "accuracy", "standard_error")
    )
    axes.errorbar(right, rows, xerr=errors, fmt="o", color=BLUE, capsize=3, label="right")
    axes.plot(sure, rows, "D", color=ORANGE, markerfacecolor="white", label="how sure")
    axes.set_yticks(rows, [kind.replace("_", " ") for kind in kinds])
    axes.invert_yaxis()
    axes.set(xlim=(0, 105), xlabel="percent", title="by kind of fact")
    axes.legend(loc="lower left")


@styled
def risk_coverage(curves: Mapping[str, Sequence[Coverage]], chosen: Coverage) -> Figure:
    """The share of wrong answers by the share of questions that is answered.

    Args:
        curves: name of the sign -> what its thresholds do; one to three.
        chosen: the point of the threshold that is used.

    Raises:
        ValueError: there is no curve, or more than three.
    """
    if not 0 < len(curves) <= len(LOOKS):
        raise ValueError(f"{len(curves)} curves; give one to {len(LOOKS)}.")
    figure, (axes,) = sheet("what abstaining gains and costs", width=6.6, height=3.6)
    for (name, points), (colour, _, line, _) in zip(curves.items(), LOOKS, strict=False):
        shares = [100 * point.coverage for point in points]
        risks = [100 * point.risk for point in points]
        axes.plot(shares, risks, line, color=colour, label=name)
    axes.errorbar(
        [100 * chosen.coverage],
        [100 * chosen.risk],
        [100 * chosen.standard_error],
        fmt="o",
        color="black",
        capsize=3,
        label="the chosen threshold",
    )
    axes.set(xlim=(0, 103), ylim=(-2, None), title="abstaining")
    axes.set(xlabel="questions answered, in percent", ylabel="wrong among them, in percent")
    axes.legend(loc="upper left")
    return figure


@styled
def made_up(by_maker: Mapping[str, Outcomes]) -> Figure:
    """What became of names that no country has, a bar per maker of names.

    Args:
        by_maker: maker -> what became of its names.

    Raises:
        ValueError: there is no maker.
    """
    if not by_maker:
        raise ValueError("There is no maker of names; give at least one.")
    figure, (axes,) = sheet(
        "made-up countries, by maker of names", width=7.6, height=1.3 + 0.36 * len(by_maker)
    )
    rows, left = range(len(by_maker)), [0.0] * len(by_maker)
    looks = zip((BLUE, ORANGE, GREY, "black"), ("", "////", "....", "xxxx"), strict=True)
    for name, (colour, hatch) in zip(OUTCOMES, looks, strict=True):
        shares = [100 * part.share(name) for part in by_maker.values()]
        face = colour if not hatch else "white"
        axes.barh(
            rows, shares, 0.7, left, label=name, facecolor=face, edgecolor=colour, hatch=hatch
        )
        left = [start + share for start, share in zip(left, shares, strict=True)]
    axes.set_yticks(rows, list(by_maker))
    axes.invert_yaxis()
    axes.set(xlim=(0, 100), xlabel="percent of the replies")
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=len(OUTCOMES))
    return figure
