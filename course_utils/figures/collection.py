"""Pictures of notebook 01: what became of the pages.

It counts nothing itself; the figures come from the pipeline's reports.
"""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from course_utils.figures.style import BLUE, GREY, label_bars, sheet, styled


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
    counts, rows = list(pages_after.values()), range(len(pages_after))
    before = [counts[0], *counts[:-1]]
    axes.barh(rows, before, color="none", edgecolor=GREY, linestyle=":", height=0.7)
    axes.barh(rows, counts, color=BLUE, height=0.7)
    texts = [
        f"{count:,}" + (f"  (−{old - count:,})" if count < old else "")
        for count, old in zip(counts, before, strict=True)
    ]
    label_bars(axes, before, texts, rows)
    axes.set_yticks(rows, list(pages_after))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
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
    names = sorted(weights, key=weights.__getitem__, reverse=True)
    total = sum(bytes_by_source.values()) or 1
    figure, (axes,) = sheet("the mix of sources", height=0.9 + 0.5 * len(names))
    rows = range(len(names))
    shares = [100 * bytes_by_source[name] / total for name in names]
    sampled = [100 * weights[name] for name in names]
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
    axes.set_yticks(rows, names)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("share in percent")
    axes.legend(loc="lower right")
    return figure
