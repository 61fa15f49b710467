"""The quality lab's picture: precision and recall along a threshold.

It stands for the lab where there is no browser, and draws what it is given; the lab counts. Taught
in notebook 01, section "Garbage in, garbage out".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, GREY, ORANGE, sheet, styled


@styled
def threshold_curves(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray, float]],
) -> Figure:
    """Precision and recall while one threshold goes from end to end.

    Args:
        panels: the threshold's name -> (S,) its values, (S,) precision (NaN where nothing is
            dropped), (S,) recall, and where the threshold stands by default.

    Raises:
        ValueError: there is no panel.
    """
    if not panels:
        raise ValueError("panels is empty; give at least one threshold with its curves.")
    figure, axes = sheet("precision and recall along two thresholds", columns=len(panels))
    for part, (name, (places, precision, recall, default)) in zip(
        axes, panels.items(), strict=True
    ):
        part.plot(places, 100 * precision, color=BLUE, linewidth=2, label="precision")
        part.plot(places, 100 * recall, "--", color=ORANGE, linewidth=2, label="recall")
        part.axvline(default, color=GREY, linestyle=":", label="usual")
        part.set_xlabel(name)
        part.set_ylim(-3, 103)
    axes[0].set_ylabel("percent")
    axes[0].legend(loc="lower right")
    return figure
