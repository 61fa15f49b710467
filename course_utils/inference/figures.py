"""Pictures of notebook 05: candidates by temperature, and speeds.

They generate and measure nothing: probabilities and speeds are given.
"""

from __future__ import annotations

import textwrap
from collections.abc import Container, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.ui.style import (
    BLUE,
    COLOURS,
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
