"""The picture of the whole course: what each stage gained, one small panel a stage.

It measures nothing: the figures are the report card's. Drawn at the end of notebook 05.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, DOTS_PER_INCH, GREY, ORANGE, label_bars, styled


@dataclass(frozen=True)
class Panel:
    """One stage's small picture: a title, what the axis counts, and its bars.

    Attributes:
        title: the stage and what is better now.
        unit: what the axis counts.
        bars: (name, key in the report card); the last one is the stage's own result.
        peer: the name of the bar that it is compared with; "" where there is none.
        percent: whether shares are drawn as percent.
    """

    title: str
    unit: str
    bars: tuple[tuple[str, str], ...]
    peer: str = ""
    percent: bool = False


UNSEEN = "finetuning.fact_accuracy_unseen_phrasing"
PANELS = (
    Panel(
        "01 collection",
        "right in percent",
        (
            ("text extracted", "collection.extract_f1"),
            ("junk: recall", "collection.quality_recall"),
            ("junk: precision", "collection.quality_precision"),
        ),
        percent=True,
    ),
    Panel(
        "02 tokenization",
        "bytes a token",
        (
            ("GPT-2", "tokenization.bytes_per_token_gpt2"),
            ("yours", "tokenization.bytes_per_token"),
        ),
        peer="GPT-2",
    ),
    Panel(
        "03 pretraining",
        "facts right in percent",
        (("base model", "pretraining.fact_accuracy"),),
        percent=True,
    ),
    Panel(
        "04 finetuning",
        "new questions right in percent",
        (("before", UNSEEN + "_before"), ("after", UNSEEN)),
        peer="before",
        percent=True,
    ),
    Panel(
        "04 human feedback",
        "true reward",
        (("finetuned", "rlhf.true_reward_sft"), ("with PPO", "rlhf.true_reward_ppo")),
        peer="finetuned",
    ),
    Panel(
        "05 inference",
        "tokens a second",
        (
            ("without cache", "inference.tokens_per_second_uncached"),
            ("with cache", "inference.tokens_per_second"),
        ),
        peer="without cache",
    ),
)


@styled
def gains(report: Mapping[str, object]) -> Figure:
    """What each stage gained: one small panel a stage, from the report card's figures.

    A panel whose last figure (the stage's own result) is missing is left out, and so is a bar
    whose figure is missing.

    Args:
        report: key -> a number, or an entry of report.load() with its "value"; PANELS lists the
            keys. "inference.cache_speedup" may stand for the uncached speed.

    Raises:
        ValueError: no panel has its figure.
    """
    found = {key: value for key in report if (value := _number(report[key])) is not None}
    speed, ratio = "inference.tokens_per_second", found.get("inference.cache_speedup")
    if speed in found and ratio:
        found.setdefault(speed + "_uncached", found[speed] / ratio)
    panels = [panel for panel in PANELS if panel.bars[-1][1] in found]
    if not panels:
        raise ValueError(
            "The report has none of the figures that this picture is drawn from, such as "
            f"{PANELS[0].bars[-1][1]}.\nRun the notebooks first; each one adds its own."
        )
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(9.4, 0.4 + 1.7 * rows), dpi=DOTS_PER_INCH, layout="constrained")
    figure.set_label("what each stage gained")
    places = figure.subplots(rows, columns, squeeze=False).flatten()
    for axes, panel in zip(places, panels, strict=False):
        _panel(axes, panel, found)
    for axes in places[len(panels) :]:
        axes.set_axis_off()
    return figure


def _panel(axes: Axes, panel: Panel, found: Mapping[str, float]) -> None:
    times = 100 if panel.percent else 1
    values = {name: times * found[key] for name, key in panel.bars if key in found}
    digits = ".1f" if panel.percent else ",.0f" if max(values.values()) >= 100 else ".2f"
    own_bars(
        axes, values, {*values} - {panel.peer}, [f"{one:{digits}}" for one in values.values()]
    )
    axes.set(title=panel.title, xlabel=panel.unit)
    if panel.percent:
        axes.set_xlim(0, 125)
    axes.locator_params(axis="x", nbins=4)
    axes.set_ylim(max(2, len(values)) - 0.4, -0.6)  # bars of the same height in all panels


def own_bars(
    axes: Axes, values: Mapping[str, float], own: Container[str], texts: Sequence[str]
) -> None:
    """Lying bars with a text at each end; those in `own` are filled, the others hatched."""
    rows, lengths = range(len(values)), list(values.values())
    bars = axes.barh(rows, lengths, 0.7, color="white", edgecolor=GREY, hatch="////")
    for bar, name in zip(bars, values, strict=True):
        if name in own:
            bar.set(facecolor=BLUE, edgecolor=BLUE, hatch="")
        if bar.get_width() < 0:
            bar.set(edgecolor=ORANGE)
    label_bars(axes, lengths, texts, rows)
    axes.set_xlim(min(0, *lengths) * 1.1, max(0, *lengths) * 1.28 or 1)
    axes.set_yticks(rows, list(values))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")


def _number(entry: object) -> float | None:
    """A figure of the report card as a number; None for a dict of figures or none at all."""
    value = entry.get("value") if isinstance(entry, Mapping) else entry
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if np.isfinite(value) else None
