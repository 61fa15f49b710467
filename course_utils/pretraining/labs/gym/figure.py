"""The Training Gym's picture where there is no browser: status, three charts, all heads.

It computes nothing; the lab's own view is in lab.js beside it. Notebook 03, section "Start the
long run".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.pretraining.labs.attention.figure import draw_heads
from course_utils.ui.style import BLUE, DOTS_PER_INCH, GREY, RED, styled

TITLE = "the Training Gym: loss, accuracy, gradient, and where the heads look"
VALIDATION_LINE = {"color": RED, "marker": "o", "markersize": 4, "linestyle": "--"}
WIDTH, CHARTS, HEAD = 7.2, 3.0, 0.8  # inches: the picture, its row of charts, a row of heads


@styled
def gym_run(
    curves: Mapping[str, Sequence[float]], status: str, heads: np.ndarray, read: str
) -> Figure:
    """The run's curves over its steps, with its status above and its heads below.

    Args:
        curves: "steps" with "losses", "smooth", "accuracy" and "norms" of the same length, and
            "validation_steps" with "validation_losses" and "validation_accuracy", which may be
            empty.
        status: the words on the run.
        heads: (L, H, T, T) attention weights.
        read: what the heads were looked at in, in words.

    Raises:
        ValueError: there is no step.
    """
    if not len(curves["steps"]):
        raise ValueError("The run has no steps yet; train first, then draw it.")
    below = 0.6 + HEAD * len(heads)
    size = (WIDTH, CHARTS + below)
    figure = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained", label=TITLE)
    above, grid = figure.subfigures(2, 1, height_ratios=(CHARTS, below))
    above.suptitle(status, x=0.01, ha="left", fontsize=10)
    _charts(above.subplots(1, 3, width_ratios=(3, 2, 2)), curves)
    grid.suptitle(f"Where the heads look. {read}", x=0.01, ha="left", fontsize=10)
    draw_heads(grid, heads)
    return figure


def _charts(places: Sequence[Axes], curves: Mapping[str, Sequence[float]]) -> None:
    """Loss, accuracy of the next token, and length of the gradient."""
    loss, accuracy, norm = places
    # Every step's values.
    steps = curves["steps"]
    loss.plot(steps, curves["losses"], color=BLUE, alpha=0.35, linewidth=0.8)
    loss.plot(steps, curves["smooth"], color=BLUE, linewidth=1.8, label="training")
    percent = [100 * share for share in curves["accuracy"]]
    accuracy.plot(steps, percent, color=BLUE, linewidth=1.8)
    norm.plot(steps, curves["norms"], color=GREY, linewidth=1.2)
    # The evaluations, which a run without validation rows lacks.
    steps = curves["validation_steps"]
    if len(steps):
        words = "validation (red, dashed)"
        loss.plot(steps, curves["validation_losses"], label=words, **VALIDATION_LINE)
        percent = [100 * share for share in curves["validation_accuracy"]]
        accuracy.plot(steps, percent, **VALIDATION_LINE)
    loss.set(title="loss", xlabel="step", ylabel="nats per token", ylim=(0, None))
    accuracy.set(title="next token right", xlabel="step", ylabel="percent", ylim=(0, None))
    norm.set(title="gradient", xlabel="step", ylabel="length before clipping", ylim=(0, None))
    loss.legend()
