"""Pictures that stand for notebook 01's labs where there is no browser.

They draw what they are given; the labs count. See widgets/data_collection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, GREY, ORANGE, label_bars, sheet, styled


@styled
def threshold_curves(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray, float]],
) -> Figure:
    """Precision and recall while one threshold goes from end to end.

    Args:
        panels: the threshold's name -> (S,) its values, (S,) precision (NaN where nothing is
            dropped), (S,) recall, and the usual value.

    Raises:
        ValueError: there is no panel.
    """
    if not panels:
        raise ValueError("panels is empty; give at least one threshold with its curves.")
    figure, axes = sheet("precision and recall along two thresholds", columns=len(panels))
    for part, (name, (places, precision, recall, usual)) in zip(axes, panels.items(), strict=True):
        part.plot(places, 100 * precision, color=BLUE, linewidth=2, label="precision")
        part.plot(places, 100 * recall, "--", color=ORANGE, linewidth=2, label="recall")
        part.axvline(usual, color=GREY, linestyle=":", label="usual")
        part.set_xlabel(name)
        part.set_ylim(-3, 103)
    axes[0].set_ylabel("percent")
    axes[0].legend(loc="lower right")
    return figure


@styled
def s_curve(
    bands: int, rows: int, threshold: float, found: Sequence[int], lost: Sequence[int]
) -> Figure:
    """The chance that LSH compares a pair, and the real pairs by similarity.

    Args:
        bands, rows: of the signatures.
        threshold: similarity from which two texts count as copies.
        found, lost: (B,) pairs that met and pairs that did not, in B equal steps from 0 to 1.

    Raises:
        ValueError: found and lost do not have the same length.
    """
    if len(found) != len(lost) or not len(found):
        raise ValueError(
            f"found has {len(found)} bars and lost {len(lost)}; give as many of both."
        )
    figure, (curve, bars) = sheet("the S-curve, and the pairs that meet", columns=2)
    how = np.linspace(0, 1, 101)
    curve.plot(how, 100 * (1 - (1 - how**rows) ** bands), color=BLUE, linewidth=2)
    curve.axvline(threshold, color=GREY, linestyle=":")
    curve.set_xlabel("similarity of a pair")
    curve.set_ylabel("chance to meet, percent")
    edges = np.arange(len(found)) / len(found)
    bars.bar(edges, found, 1 / len(found), align="edge", color=ORANGE, label="met")
    bars.bar(
        edges,
        lost,
        1 / len(found),
        bottom=np.asarray(found),
        align="edge",
        color="white",
        edgecolor=GREY,
        hatch="////",
        label="never met",
    )
    bars.set_yscale("symlog", linthresh=1)
    bars.axvline(threshold, color=GREY, linestyle=":")
    bars.set_ylim(bottom=0)
    bars.set_xlabel("similarity of a pair")
    bars.set_ylabel("pairs")
    bars.legend(loc="upper right")
    return figure


@styled
def mix_effect(
    names: Sequence[str], text: Sequence[float], shares: Sequence[float], times: Sequence[float]
) -> Figure:
    """Each source in the text and in training, and how often its pages are read.

    Args:
        names: S sources.
        text: (S,) share of the text.
        shares: (S,) share of the training tokens.
        times: (S,) how often each page is read.

    Raises:
        ValueError: the lists do not have the same length, or are empty.
    """
    if not len(names) == len(text) == len(shares) == len(times) or not len(names):
        raise ValueError(
            f"got {len(names)} names, {len(text)} shares of the text, {len(shares)} of training "
            f"and {len(times)} readings; give one of each a source."
        )
    figure, (left, right) = sheet("what the mix does", height=0.9 + 0.4 * len(names), columns=2)
    rows = np.arange(len(names))
    left.barh(
        rows - 0.2,
        100 * np.asarray(text),
        0.36,
        color="white",
        edgecolor=GREY,
        hatch="////",
        label="of the text",
    )
    left.barh(rows + 0.2, 100 * np.asarray(shares), 0.36, color=BLUE, label="of training")
    left.set_xlabel("share in percent")
    left.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    right.barh(rows, times, 0.6, color=ORANGE)
    label_bars(right, times, [f"{value:.1f}" for value in times], rows)
    right.set_xlabel("times each page is read")
    for axes in (left, right):
        _name_rows(axes, names if axes is left else [""] * len(names))
    return figure


@styled
def kept_strips(strips: Mapping[str, np.ndarray], f1: Mapping[str, float | None]) -> Figure:
    """The words of a page from first to last, coloured where they are kept, a strip a way.

    Args:
        strips: way -> share of kept words in equal parts of the page.
        f1: way -> F1, None where it is not known; the truth has none.

    Raises:
        ValueError: there is no strip.
    """
    if not strips:
        raise ValueError("strips is empty; give at least one way of extraction.")
    figure, (axes,) = sheet("what each way keeps of a page", height=0.7 + 0.5 * len(strips))
    for row, shares in enumerate(strips.values()):
        edges = np.linspace(0, 100, len(shares) + 1)
        axes.pcolormesh(
            edges, [row - 0.35, row + 0.35], np.asarray(shares)[None], cmap="Blues", vmin=0, vmax=1
        )
    names = [name if f1.get(name) is None else f"{name}, F1 {f1[name]:.3f}" for name in strips]
    _name_rows(axes, names)
    axes.grid(visible=False)
    axes.set_xlabel("place in the page, percent of its words")
    return figure


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
