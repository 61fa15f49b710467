"""Pictures of notebook 05: the candidates at several temperatures, and how fast tokens come.

It generates and measures nothing; probabilities and speeds are given. What each stage gained is
drawn in `figures.gains`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from course_utils.inference.gains import gains, own_bars
from course_utils.ui.style import COLOURS, STYLE, sheet, styled

HATCHES = ("////", "", "....", "xxxx")
LONGEST_NAME, LINE_CHARACTERS, MOST_LINES = 14, 45, 15
MISSING = "\N{WHITE SQUARE}"
__all__ = ["gains", "speed_bars", "temperature_bars"]


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
    height = max(2.6, 1.1 + 0.3 * len(names), 3.4 if turns else 0)
    figure, axes = sheet(
        "the next token's candidates, by temperature",
        width=8.4 if turns else 7.2,
        height=height,
        columns=2 if turns else 1,
        widths=(6, 5) if turns else None,
    )
    if turns:
        _conversation(axes[0], turns)
    _candidates(axes[-1], names, by_temperature)
    return figure


def _candidates(
    axes: Axes, names: Sequence[str], by_temperature: Mapping[float, Sequence[float]]
) -> None:
    rows, thick = np.arange(len(names)), 0.84 / len(by_temperature)
    for number, (temperature, shares) in enumerate(by_temperature.items()):
        colour = COLOURS[number]
        axes.barh(
            rows + (number - (len(by_temperature) - 1) / 2) * thick,
            100 * np.asarray(shares, dtype=float),
            thick,
            label=f"temperature {temperature:g}",
            hatch=HATCHES[number],
            facecolor=colour if not HATCHES[number] else "white",
            edgecolor=colour,
        )
    axes.set_yticks(rows, [_visible(name) for name in names], parse_math=False)
    axes.set_xlim(0, 100)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set(title="candidates for one token", xlabel="probability in percent")
    axes.legend(loc="lower right")


def _conversation(axes: Axes, turns: Sequence[tuple[str, str]]) -> None:
    """The turns as lines of text, cut where there is no more room."""
    lines: list[tuple[str, bool]] = []
    for role, text in turns:
        who = "You: " if role == "user" else "Model: "
        wrapped = textwrap.wrap(who + drawable(" ".join(text.split())), LINE_CHARACTERS)
        lines += [(line, role == "user") for line in wrapped] + [("", False)]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], ("…", False)]
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


def drawable(text: str) -> str:
    """The text with a square for each character that the pictures' font does not have."""
    font = get_font(findfont(FontProperties(family=STYLE["font.sans-serif"])))
    glyphs = font.get_charmap()
    return "".join(one if ord(one) in glyphs else MISSING for one in text)


@styled
def speed_bars(
    tokens_per_second: Mapping[str, float], own: str = "", unit: str = "tokens a second"
) -> Figure:
    """How fast each way of writing is.

    Args:
        tokens_per_second: name -> speed, above 0.
        own: the name whose bar is filled; the others are hatched.
        unit: the label of the axis.

    Raises:
        ValueError: there is no speed, or one that is not above 0.
    """
    if not tokens_per_second or min(tokens_per_second.values()) <= 0:
        raise ValueError(
            f"tokens_per_second is {dict(tokens_per_second)}; give one speed or more, all above 0."
        )
    figure, (axes,) = sheet(
        "how fast tokens are written", height=0.8 + 0.4 * len(tokens_per_second)
    )
    own_bars(axes, tokens_per_second, {own}, [f"{one:,.0f}" for one in tokens_per_second.values()])
    axes.set_xlabel(f"{unit} (longer is better)")
    return figure
