"""Pictures of notebook 05: candidates by temperature, speeds, gains by stage, calibration.

They generate and measure nothing: probabilities, speeds and the report card's figures are given.
"""

from __future__ import annotations

import textwrap
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.inference.calibration import Bin
from course_utils.ui.style import (
    BLUE,
    COLOURS,
    DOTS_PER_INCH,
    GREY,
    ORANGE,
    drawable,
    label_bars,
    sheet,
    styled,
)

HATCHES = ("////", "", "....", "xxxx")
LONGEST_NAME, LINE_CHARACTERS, MOST_LINES = 14, 45, 15


@styled
def temperature_bars(
    names: Sequence[str],
    by_temperature: Mapping[float, Sequence[float]],
    turns: Sequence[tuple[str, str]] = (),
) -> Figure:
    """The candidates for the next token, each with one bar a temperature.

    Args:
        names: N candidates as text, the likeliest first.
        by_temperature: temperature -> N probabilities, 0..1; one to four temperatures.
        turns: (role, text) of a conversation to write beside the bars; none draws none.

    Raises:
        ValueError: there is no candidate or temperature, more than four, or the counts differ.
    """
    # A reader tells the temperatures apart by hatch, and there is one hatch for each of four.
    if not names or not 0 < len(by_temperature) <= len(HATCHES):
        raise ValueError(
            f"{len(names)} names and {len(by_temperature)} temperatures; give at least one name, "
            f"and one to {len(HATCHES)} temperatures."
        )
    for temperature, shares in by_temperature.items():
        if len(shares) != len(names):
            raise ValueError(
                f"Temperature {temperature} has {len(shares)} probabilities for {len(names)} "
                "names; give one each."
            )
    # Room for every candidate, and for the conversation where there is one.
    height = max(2.6, 1.1 + 0.3 * len(names), 3.4 if turns else 0)
    figure, axes = sheet(
        "the next token's candidates, by temperature",
        width=8.4 if turns else 7.2,
        height=height,
        columns=2 if turns else 1,
        widths=(6, 5) if turns else None,
    )
    # The conversation stands left of the bars, as it is read before them.
    if turns:
        _conversation(axes[0], turns)
    _candidates(axes[-1], names, by_temperature)
    return figure


def _candidates(
    axes: Axes, names: Sequence[str], by_temperature: Mapping[float, Sequence[float]]
) -> None:
    # A group of bars a candidate, one of each temperature, with the group's middle on its tick.
    rows, thick = np.arange(len(names)), 0.84 / len(by_temperature)
    for number, (temperature, shares) in enumerate(by_temperature.items()):
        colour = COLOURS[number]
        axes.barh(
            rows + (number - (len(by_temperature) - 1) / 2) * thick,
            100 * np.asarray(shares, dtype=float),
            thick,
            label=f"temperature {temperature:g}",
            hatch=HATCHES[number],
            # Only the bar without a hatch is filled, so that colour is not the only sign.
            facecolor=colour if not HATCHES[number] else "white",
            edgecolor=colour,
        )
    # The likeliest on top, as a reader expects it.
    axes.set_yticks(rows, [_visible(name) for name in names], parse_math=False)
    axes.set_xlim(0, 100)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set(title="candidates for one token", xlabel="probability in percent")
    axes.legend(loc="lower right")


def _conversation(axes: Axes, turns: Sequence[tuple[str, str]]) -> None:
    """The turns as lines of text, cut where there is no more room."""
    # Each turn in lines that fit, and an empty one after it.
    lines: list[tuple[str, bool]] = []
    for role, text in turns:
        who = "You: " if role == "user" else "Model: "
        wrapped = textwrap.wrap(who + drawable(" ".join(text.split())), LINE_CHARACTERS)
        lines += [(line, role == "user") for line in wrapped] + [("", False)]
    # What has no room is cut, and a sign says so.
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], ("…", False)]
    # From the top down; each line has the same height, however many there are.
    for number, (line, bold) in enumerate(lines):
        axes.text(
            0,
            1 - (number + 0.5) / MOST_LINES,
            line,
            parse_math=False,
            fontweight="bold" if bold else "normal",
            va="center",
            fontsize=9,
        )
    axes.set_title("the conversation")
    axes.set_axis_off()


def _visible(name: str) -> str:
    """A token with its spaces and line ends to be seen, and short enough for an axis."""
    shown = drawable(name.replace(" ", "␣").replace("\n", "⏎"))
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…"


@styled
def speed_bars(
    tokens_per_second: Mapping[str, float], own: str = "", unit: str = "tokens per second"
) -> Figure:
    """How fast each way of writing is.

    Args:
        tokens_per_second: name -> speed, above 0.
        own: the name whose bar is filled; the others are hatched.
        unit: the label of the axis.

    Raises:
        ValueError: there is no speed, or one that is not above 0.
    """
    # A speed of zero has no bar to see.
    if not tokens_per_second or min(tokens_per_second.values()) <= 0:
        raise ValueError(
            f"tokens_per_second is {dict(tokens_per_second)}; give one speed or more, all above 0."
        )
    figure, (axes,) = sheet(
        "how fast tokens are written", height=0.8 + 0.4 * len(tokens_per_second)
    )
    # Each bar has its number at the end, so that nobody has to read it off the axis.
    texts = [f"{speed:,.0f}" for speed in tokens_per_second.values()]
    own_bars(axes, tokens_per_second, {own}, texts)
    axes.set_xlabel(f"{unit} (longer is better)")
    return figure


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
        "bytes per token",
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
        "tokens per second",
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
    # The figures that are numbers; the uncached speed may have to be worked out.
    numbers = {key: value for key in report if (value := _number(report[key])) is not None}
    speed, ratio = "inference.tokens_per_second", numbers.get("inference.cache_speedup")
    if speed in numbers and ratio:
        numbers.setdefault(speed + "_uncached", numbers[speed] / ratio)
    panels = [panel for panel in PANELS if panel.bars[-1][1] in numbers]
    if not panels:
        raise ValueError(
            "The report has none of the figures that this picture is drawn from, such as "
            f"{PANELS[0].bars[-1][1]}.\nRun the notebooks first; each one adds its own."
        )
    # Three panels a row, the last ones of a row left empty.
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(9.4, 0.4 + 1.7 * rows), dpi=DOTS_PER_INCH, layout="constrained")
    figure.set_label("what each stage gained")
    grid = figure.subplots(rows, columns, squeeze=False).flatten()
    for axes, panel in zip(grid, panels, strict=False):
        _panel(axes, panel, numbers)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    return figure


def _panel(axes: Axes, panel: Panel, numbers: Mapping[str, float]) -> None:
    # A share is drawn as percent; any other figure as it is.
    times = 100 if panel.percent else 1
    values = {name: times * numbers[key] for name, key in panel.bars if key in numbers}
    # As many digits as a reader needs: none behind the point for large numbers.
    digits = ".1f" if panel.percent else ",.0f" if max(values.values()) >= 100 else ".2f"
    # The peer is hatched, and what the course made is filled.
    own_bars(
        axes, values, {*values} - {panel.peer}, [f"{value:{digits}}" for value in values.values()]
    )
    axes.set(title=panel.title, xlabel=panel.unit)
    if panel.percent:
        axes.set_xlim(0, 125)  # beyond 100, so that the number beside a full bar has room
    axes.locator_params(axis="x", nbins=4)
    axes.set_ylim(max(2, len(values)) - 0.4, -0.6)  # bars of the same height in all panels


@styled
def calibration(found: Mapping[str, Sequence[Bin]]) -> Figure:
    """How often somebody was right, by how sure they were; the line is where the two are equal.

    Args:
        found: name -> its bins; who has none is left out of the picture.

    Raises:
        ValueError: nobody has any, or more than two do.
    """
    drawn = {name: bins for name, bins in found.items() if bins}
    if not 0 < len(drawn) <= 2:
        raise ValueError(f"{len(drawn)} have answers; the picture is for one or two.")
    figure, (axes,) = sheet("how sure, and how often right", width=6.4, height=4.2)
    axes.plot([0, 100], [0, 100], color=GREY, linestyle=":", label="as often as said")
    # Told apart by the mark and the line, not by colour alone; the counts stand beside the marks.
    looks = ((BLUE, "o", "-", (0, 8)), (ORANGE, "s", "--", (0, -15)))
    for (name, bins), (colour, mark, line, shift) in zip(drawn.items(), looks, strict=False):
        sure, right = ([100 * getattr(one, part) for one in bins] for part in ("sure", "right"))
        axes.plot(sure, right, line, color=colour, marker=mark, label=name)
        for x, y, one in zip(sure, right, bins, strict=True):
            axes.annotate(
                f"{one.count}", (x, y), shift, textcoords="offset points", ha="center", fontsize=9
            )
    axes.set(title="the number of answers beside each mark", xlim=(-3, 106), ylim=(-8, 112))
    axes.set(xlabel="how sure, in percent", ylabel="right, in percent")
    axes.legend(loc="lower right")
    return figure


def own_bars(
    axes: Axes, values: Mapping[str, float], own: Container[str], texts: Sequence[str]
) -> None:
    """Lying bars with a text at each end; those in `own` are filled, the others hatched."""
    # All bars hatched first, then those of the course's own filled.
    rows, lengths = range(len(values)), list(values.values())
    bars = axes.barh(rows, lengths, 0.7, color="white", edgecolor=GREY, hatch="////")
    for bar, name in zip(bars, values, strict=True):
        if name in own:
            bar.set(facecolor=BLUE, edgecolor=BLUE, hatch="")
        # A loss has a colour of its own.
        if bar.get_width() < 0:
            bar.set(edgecolor=ORANGE)
    # Each number at the end of its bar, with room for it on the axis.
    label_bars(axes, lengths, texts, rows)
    axes.set_xlim(min(0, *lengths) * 1.1, max(0, *lengths) * 1.28 or 1)
    # The first name on top, as in the list.
    axes.set_yticks(rows, list(values))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")


def _number(entry: object) -> float | None:
    """A figure of the report card as a number; None for a dict of figures or none at all."""
    # An entry of the report card carries its origin too; here only the number counts.
    value = entry.get("value") if isinstance(entry, Mapping) else entry
    # True and False are integers to Python, but no figures.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if np.isfinite(value) else None
