"""The LSH lab's picture: the S-curve, and the reader's pairs by similarity.

It stands for the lab where there is no browser, and draws what it is given; the lab counts. Taught
in notebook 01, section "Saying it once".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, GREY, ORANGE, sheet, styled


@styled
def s_curve(
    bands: int, rows: int, threshold: float, met: Sequence[int], missed: Sequence[int]
) -> Figure:
    """The chance that LSH compares a pair, and the real pairs by similarity.

    Args:
        bands, rows: of the signatures.
        threshold: similarity from which two texts count as copies.
        met, missed: (B,) pairs that met and pairs that did not, in B equal steps from 0 to 1.

    Raises:
        ValueError: the two do not have the same length.
    """
    if len(met) != len(missed) or not len(met):
        raise ValueError(
            f"met has {len(met)} bars and missed {len(missed)}; give as many of both."
        )
    figure, (curve, bars) = sheet("the S-curve, and the pairs that meet", columns=2)
    # What is promised for any pair.
    similarity = np.linspace(0, 1, 101)
    curve.plot(similarity, 100 * (1 - (1 - similarity**rows) ** bands), color=BLUE, linewidth=2)
    curve.axvline(threshold, color=GREY, linestyle=":")
    curve.set_xlabel("similarity of a pair")
    curve.set_ylabel("chance to meet, percent")
    # What became of the reader's own.
    edges = np.arange(len(met)) / len(met)
    bars.bar(edges, met, 1 / len(met), align="edge", color=ORANGE, label="met")
    bars.bar(
        edges,
        missed,
        1 / len(met),
        bottom=np.asarray(met),
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
