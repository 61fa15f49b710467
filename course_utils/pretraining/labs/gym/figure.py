"""The picture that stands for the Training Gym where there is no browser.

It trains nothing; the lab gives the curves. Notebook 03, section "Train it".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, GREY, ORANGE, sheet, styled

LOOKS = {"color": ORANGE, "marker": "o", "markersize": 4, "linestyle": "--"}


@styled
def gym_run(curves: Mapping[str, Sequence[float]]) -> Figure:
    """Loss, accuracy of the next token, and length of the gradient over the steps.

    Args:
        curves: "steps" with "losses", "smooth", "accuracy" and "norms" of the same length, and
            "look_steps" with "looks" and "look_accuracy", which may be empty.

    Raises:
        ValueError: there is no step.
    """
    if not len(curves["steps"]):
        raise ValueError("The run has no steps yet; train first, then draw it.")
    title = "the Training Gym: loss, accuracy and gradient"
    figure, (loss, accuracy, norm) = sheet(title, height=2.8, columns=3, widths=(3, 2, 2))
    steps, looked = curves["steps"], curves["look_steps"]
    loss.plot(steps, curves["losses"], color=BLUE, alpha=0.35, linewidth=0.8)
    loss.plot(steps, curves["smooth"], color=BLUE, linewidth=1.8, label="training")
    accuracy.plot(steps, [100 * one for one in curves["accuracy"]], color=BLUE, linewidth=1.8)
    norm.plot(steps, curves["norms"], color=GREY, linewidth=1.2)
    if len(looked):
        loss.plot(looked, curves["looks"], label="validation", **LOOKS)
        accuracy.plot(looked, [100 * one for one in curves["look_accuracy"]], **LOOKS)
    loss.set(title="loss", xlabel="step", ylabel="nats a token", ylim=(0, None))
    accuracy.set(title="next token right", xlabel="step", ylabel="percent", ylim=(0, None))
    norm.set(title="gradient", xlabel="step", ylabel="length before clipping", ylim=(0, None))
    loss.legend()
    return figure
