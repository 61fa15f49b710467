"""Pictures of notebook 01: how MinHash compares two texts, and what became of the pages.

It counts nothing itself; the figures come from the pipeline's reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, GREEN, GREY, ORANGE, label_bars, sheet, styled


@styled
def page_funnel(pages_after: Mapping[str, int]) -> Figure:
    """How many pages are left after each step, from top to bottom.

    Args:
        pages_after: step -> pages left, in the order of the steps; the first is what was crawled.

    Raises:
        ValueError: no step is given.
    """
    if not pages_after:
        raise ValueError(
            "pages_after is empty; give at least the number of pages crawled, "
            "such as {'crawled': 3000}."
        )
    figure, (axes,) = sheet("pages left after each step", height=0.6 + 0.34 * len(pages_after))
    # A full bar for what is left, on a dotted one for what there was.
    counts, rows = list(pages_after.values()), range(len(pages_after))
    before = [counts[0], *counts[:-1]]
    axes.barh(rows, before, color="none", edgecolor=GREY, linestyle=":", height=0.7)
    axes.barh(rows, counts, color=BLUE, height=0.7)
    # The number, and in brackets what the step took away.
    texts = [
        f"{count:,}" + (f"  (−{old - count:,})" if count < old else "")
        for count, old in zip(counts, before, strict=True)
    ]
    # At the end of the dotted bar: there the number stands clear of both.
    label_bars(axes, before, texts, rows)
    name_rows(axes, list(pages_after))
    axes.set_xlabel("pages (dotted: before the step)")
    return figure


@styled
def source_mix(bytes_by_source: Mapping[str, float], weights: Mapping[str, float]) -> Figure:
    """Each source's share of the text beside its share of the training tokens.

    Args:
        bytes_by_source: source -> bytes of clean text.
        weights: source -> sampling weight; they sum to 1.

    Raises:
        ValueError: the two do not name the same sources.
    """
    if set(bytes_by_source) != set(weights):
        odd = ", ".join(sorted(set(bytes_by_source) ^ set(weights)))
        raise ValueError(f"bytes and weights must name the same sources; only one names: {odd}.")
    # The source that is drawn from most comes first.
    names = sorted(weights, key=weights.__getitem__, reverse=True)
    total = sum(bytes_by_source.values()) or 1
    figure, (axes,) = sheet("the mix of sources", height=0.9 + 0.5 * len(names))
    rows = range(len(names))
    shares = [100 * bytes_by_source[name] / total for name in names]
    sampled = [100 * weights[name] for name in names]
    # Hatched for what there is, filled for what the mix makes of it.
    axes.barh(
        [row - 0.2 for row in rows],
        shares,
        0.36,
        color="white",
        edgecolor=GREY,
        hatch="////",
        label="of the clean text",
    )
    axes.barh(
        [row + 0.2 for row in rows], sampled, 0.36, color=BLUE, label="of the training tokens"
    )
    name_rows(axes, names)
    axes.set_xlabel("share in percent")
    axes.legend(loc="lower right")
    return figure


@styled
def random_orders(ranks: np.ndarray, first: Sequence[bool], second: Sequence[bool]) -> Figure:
    """The shingles of two texts in some random orders, with the smallest of each text ringed.

    Args:
        ranks: (P, S), of S shingles in P orders.
        first, second: (S,) whether the first text has a shingle, whether the second has it.

    Raises:
        ValueError: a text has no shingle, or a shingle no text.
    """
    has = np.array([first, second], bool)  # (2, S)
    if not has.any(axis=1).all() or not has.any(axis=0).all():
        raise ValueError("each text needs a shingle, and each shingle a text that has it.")
    figure, (axes,) = sheet("two texts' shingles in random orders", height=1.3 + 0.3 * len(ranks))
    kinds = (
        (has.all(axis=0), "in both texts", BLUE, "o"),
        (has[0] & ~has[1], "in the first only", ORANGE, "<"),
        (has[1] & ~has[0], "in the second only", GREEN, ">"),
    )
    # Every shingle in each order, by its rank.
    x = ranks / ranks.max()  # 0..1, so that every picture has the same width
    rows = np.arange(len(x))
    for members, label, colour, marker in kinds:
        y = np.repeat(rows, members.sum())
        axes.scatter(x[:, members].ravel(), y, 34, colour, marker=marker, label=label, zorder=3)
    # The smallest of each text, and whether it is the same one.
    smallest = np.stack([np.where(members, x, np.inf).min(axis=1) for members in has])  # (2, P)
    for places in smallest:
        axes.scatter(places, rows, 130, facecolors="none", edgecolors="black", zorder=4)
    for row, same in zip(rows, smallest[0] == smallest[1], strict=True):
        axes.text(1.04, row, "agree" if same else "differ", va="center", fontsize=9)
    # Room on the right for the words, and on the axis the meaning of left and right.
    axes.set_xlim(-0.03, 1.14)
    axes.set_xticks([0, 1], ["smallest rank", "largest"])
    axes.set_yticks(rows, [f"order {row + 1}" for row in rows])
    axes.set_xlabel("ringed: the smallest of each text")
    axes.invert_yaxis()
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderpad=0)
    return figure


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Names for the rows of a picture, the first one at the top."""
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
