"""Pictures of where answers come from: pages by site, unpublished pages, contradictions, copies.

They measure nothing: counts and shares are given. Left out: the pictures of notebook 05's other
sections (figures.py). Taught in notebook 05, section "Where did it read that?".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, COLOURS, GREY, ORANGE, drawable, label_bars, sheet, styled

HATCHES = ("", "////", "....", "xxxx")
LONGEST_NAME = 32


@styled
def pages_by_site(same: Mapping[str, int], others: Mapping[str, int], value: str) -> Figure:
    """How many pages of each site say the same as an answer, and how many say otherwise.

    Args:
        same, others: site -> pages, such as sources.by_site gives; both may be empty.
        value: what the answer says, such as "Paris".
    """
    sites = list(dict.fromkeys([*same, *others])) or ["no page"]
    title = "the pages behind an answer"
    figure, [axes] = sheet(title, height=1.4 + 0.5 * len(sites))
    rows = np.arange(len(sites))
    for number, (name, counts) in enumerate((("say the same", same), ("say otherwise", others))):
        lengths = [counts.get(site, 0) for site in sites]
        colour, y = (BLUE, ORANGE)[number], rows + (number - 0.5) * 0.4
        axes.barh(
            y,
            lengths,
            0.36,
            label=name,
            hatch=HATCHES[number],
            facecolor=colour if not number else "white",
            edgecolor=colour,
        )
        for length, place in zip(lengths, y, strict=True):
            if length:
                axes.text(length, place, f" {length}", va="center", fontsize=9)
    axes.set_yticks(rows, sites)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlim(0, 1.15 * max([1, *same.values(), *others.values()]))
    axes.set_title(f"pages about this fact; the answer is {_short(value)}", parse_math=False)
    axes.set_xlabel("pages of the crawl")
    axes.legend(loc="lower right")
    return figure


@styled
def unpublished_and_contradicted(
    known: Mapping[str, float], beliefs: Sequence[tuple[float, float]]
) -> Figure:
    """Left: the facts known by how many pages are gone. Right: belief by the share of false pages.

    Args:
        known: how many pages were taken back, in words -> share of the facts that are known, 0..1.
        beliefs: (share of a fact's pages that say something false, how likely the model finds
            that), both 0..1, one pair per fact.

    Raises:
        ValueError: there is nothing to draw.
    """
    if not known or not beliefs:
        raise ValueError(f"{len(known)} doses and {len(beliefs)} beliefs; give some of both.")
    figure, (left, right) = sheet(
        "what is known when pages are taken back, and when they contradict one another",
        width=9.4,
        height=3.0,
        columns=2,
    )
    shares = [100 * share for share in known.values()]
    rows = np.arange(len(known))
    left.barh(rows, shares, 0.7, color=BLUE)
    label_bars(left, shares, [f"{share:.0f} %" for share in shares], rows)
    left.set_yticks(rows, list(known))
    left.invert_yaxis()
    left.grid(visible=False, axis="y")
    left.set(title="facts known, by pages taken back", xlabel="% of the facts")
    _beliefs(right, beliefs)
    return figure


def _beliefs(axes: Axes, beliefs: Sequence[tuple[float, float]]) -> None:
    """Every fact as a point, the mean of each share, and the line on which pages are votes."""
    pairs = 100 * np.array(beliefs, dtype=float)  # (facts, 2)
    axes.plot([0, 100], [0, 100], color=GREY, linestyle=":", label="as many as the pages")
    axes.plot(*pairs.T, ".", color=BLUE, alpha=0.35)
    # Points of nearly the same share are put together, so that a mean is one of several.
    places = np.round(pairs[:, 0] / 100 * 6).astype(int)
    means = np.array([pairs[places == place].mean(0) for place in np.unique(places)])
    axes.plot(*means.T, "D-", color=ORANGE, label="mean")
    axes.set(title="belief in the falsehood", xlabel="% of its pages that say it", ylabel="%")
    axes.set(xlim=(-3, 103), ylim=(-3, 103))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))


@styled
def shares_by_name(
    groups: Mapping[str, Mapping[str, float]], title: str, label: str = "%"
) -> Figure:
    """Bars of shares in groups, such as how much of each sort of reply is copied.

    Args:
        groups: name of a group -> name of a bar -> share, 0..1; every group has the same bars,
            one to four.
        title: what the picture shows.
        label: of the axis.

    Raises:
        ValueError: there is no group, or the groups have other bars, or more than four.
    """
    bars = list(next(iter(groups.values()), {}))
    if not 0 < len(bars) <= len(HATCHES):
        raise ValueError(f"The groups have {len(bars)} bars; give one to {len(HATCHES)}.")
    if any(list(group) != bars for group in groups.values()):
        raise ValueError(f"Every group has to have the bars {', '.join(bars)}, in this order.")
    figure, [axes] = sheet(title, height=1.2 + 0.24 * (len(bars) + 0.6) * len(groups))
    rows, thick = np.arange(len(groups)), 0.84 / len(bars)
    for number, name in enumerate(bars):
        shares = [100 * group[name] for group in groups.values()]
        y = rows + (number - (len(bars) - 1) / 2) * thick
        axes.barh(
            y,
            shares,
            thick,
            label=name,
            hatch=HATCHES[number],
            facecolor=COLOURS[number] if not HATCHES[number] else "white",
            edgecolor=COLOURS[number],
        )
        for share, place in zip(shares, y, strict=True):
            axes.text(share, place, f" {share:.0f}", va="center", fontsize=9)
    axes.set_yticks(rows, [_short(name) for name in groups], parse_math=False)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set(title=title, xlabel=label, xlim=(0, 112))
    if len(bars) > 1:  # beside the bars, which may be long
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _short(name: str) -> str:
    """A name short enough for a picture, in letters that its font has."""
    shown = drawable(name)
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…"
