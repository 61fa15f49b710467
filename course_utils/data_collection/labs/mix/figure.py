"""The mix lab's picture: each source in the text, in training, and how often it is read.

It stands for the lab where there is no browser, and draws what it is given; the lab counts. Taught
in notebook 01, section "The whole pipeline".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from course_utils.data_collection.figures import name_rows
from course_utils.ui.style import BLUE, GREY, ORANGE, label_bars, sheet, styled


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
    # Left what it is by bytes and by training, right how often that is each page.
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
        name_rows(axes, names if axes is left else [""] * len(names))
    return figure
