"""The extraction lab's picture: which words of a page each way keeps.

It stands for the lab where there is no browser, and draws what it is given; the lab counts. Taught
in notebook 01, section "From pages to documents".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from course_utils.data_collection.figures import name_rows
from course_utils.ui.style import sheet, styled


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
    name_rows(axes, names)
    axes.grid(visible=False)
    axes.set_xlabel("place in the page, percent of its words")
    return figure
