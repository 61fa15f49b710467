"""The picture of the ablation in notebook 01: four forms of one crawl, a panel a mark.

It measures nothing; the marks come from ablation.py, whose table is printed beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.experiments.outcome import Ablation
from course_utils.ui.style import BLUE, GREY, ORANGE, label_bars, sheet, styled

PANELS = (  # mark, title, what the axis counts, whether it is a share
    ("bits_per_byte", "clean text", "bits/byte, less is better", False),
    ("junk_samples", "junk written", "% of samples, less is better", True),
    ("private_samples", "private data written", "% of samples, less is better", True),
    ("fact_accuracy", "facts known", "%, more is better", True),
)


@styled
def marks_by_form(ablation: Ablation) -> Figure:
    """One panel a mark, one bar a form, with what seeds alone make of a mark.

    Args:
        ablation: what ablation.compare returned.

    Raises:
        ValueError: it holds no outcome.
    """
    outcomes = ablation.outcomes
    if not outcomes:
        raise ValueError("there are no outcomes to draw; give what ablation.compare returned.")
    figure, panel_axes = sheet(
        "what each step of the collection does to the model",
        width=9.4,
        height=0.9 + 0.32 * len(outcomes),
        columns=len(PANELS),
    )
    for axes, (mark, title, unit, share) in zip(panel_axes, PANELS, strict=True):
        times = 100 if share else 1
        values = [times * getattr(outcome, mark) for outcome in outcomes]
        _bars(axes, values, times * ablation.spread.get(mark, 0.0), ".0f" if share else ".2f")
        axes.set_title(title)
        axes.set_xlabel(unit)
    # The forms are named beside the first panel only; the last one has the line of guessing.
    panel_axes[-1].axvline(100 * ablation.majority_baseline, color=GREY, linestyle=":")
    panel_axes[0].set_yticks(range(len(outcomes)), [outcome.form for outcome in outcomes])
    for axes in panel_axes[1:]:
        axes.set_yticks(range(len(outcomes)), [""] * len(outcomes))
    return figure


def _bars(axes: Axes, values: Sequence[float], spread: float, digits: str) -> None:
    """Lying bars from the first form at the top, the raw one hatched, with whiskers."""
    rows = range(len(values))
    bars = axes.barh(rows, values, 0.7, color=BLUE)
    bars[0].set(facecolor="white", edgecolor=ORANGE, hatch="////")
    axes.errorbar(values, rows, xerr=spread, fmt="none", ecolor=GREY, capsize=2)
    ends = [value + 1.1 * spread for value in values]
    label_bars(axes, ends, [format(value, digits) for value in values], rows)
    axes.set_xlim(0, 1.32 * max(max(ends), 1e-9))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", nbins=4)
