"""A picture of the next-word network: its loss, its word vectors, its guess.

It draws what others trained. It stands for the next-word lab of notebook 03 where there is no
browser; the lab's own view is in lab.js beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, GREY, ORANGE, sheet, styled


@styled
def next_word(
    losses: Sequence[float],
    converged_at: int | None,
    start: Mapping[str, Sequence[float]],
    now: Mapping[str, Sequence[float]],
    odds: Mapping[str, float],
    example: tuple[str, str],
) -> Figure:
    """The loss over the epochs, where the words moved, and the probability of every next word.

    Args:
        losses: nats a word, before the first epoch and after each.
        converged_at: the epoch to mark in the curve; None for no mark.
        start: word -> its place (x, y) on the map before the first epoch.
        now: the same words -> their places now.
        odds: the same words -> probability of coming next.
        example: the words before, and the word that really follows.

    Raises:
        ValueError: there is no loss, or the words do not fit each other.
    """
    if not len(losses):
        raise ValueError("losses is empty; give at least the loss before the first epoch.")
    if not set(start) == set(now) == set(odds) or example[1] not in odds:
        raise ValueError(
            f"The words are {sorted(start)} at the start, {sorted(now)} now and {sorted(odds)} in "
            f"the guess, with {example[1]!r} the right one; they must be the same."
        )
    figure, axes = sheet(
        "the next-word network: loss, word vectors, one guess", width=9, height=3, columns=3
    )
    _loss(axes[0], np.asarray(losses, float), converged_at)
    _map(axes[1], start, now)
    _bars(axes[2], odds, example)
    return figure


def _loss(axes: Axes, losses: np.ndarray, converged_at: int | None) -> None:
    axes.plot(
        np.arange(len(losses)), losses, color=BLUE, linewidth=1.8, marker="." * (len(losses) < 2)
    )
    axes.set(title="loss", xlabel="epoch", ylabel="nats a word")
    axes.set_ylim(0, 1.1 * float(losses.max()))
    # Where it converged, or that it has not yet.
    if converged_at is None:
        axes.text(
            0.97, 0.93, "not converged yet", transform=axes.transAxes, ha="right", fontsize=9
        )
        return
    axes.axvline(converged_at, color=ORANGE, linestyle="--", linewidth=1.4)
    # The words stand on the side that has room.
    late = converged_at > 0.6 * len(losses)
    axes.annotate(
        f"converged:\nepoch {converged_at}",
        (converged_at, 0.95),
        xycoords=("data", "axes fraction"),
        xytext=(-5 if late else 5, 0),
        textcoords="offset points",
        ha="right" if late else "left",
        va="top",
        fontsize=9,
    )


def _map(
    axes: Axes, start: Mapping[str, Sequence[float]], now: Mapping[str, Sequence[float]]
) -> None:
    for word, position in now.items():
        axes.plot(*zip(start[word], position, strict=True), color=GREY, linewidth=1)
        axes.plot(*start[word], "o", markersize=5, markerfacecolor="white", color=GREY)
        axes.plot(*position, "o", markersize=6, color=BLUE)
        axes.annotate(word, position, xytext=(5, 4), textcoords="offset points", fontsize=9)
    axes.margins(0.18)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set(title="word vectors", xlabel="hollow: start, filled: now")


def _bars(axes: Axes, odds: Mapping[str, float], example: tuple[str, str]) -> None:
    before, right = example
    words = sorted(odds)
    for row, word in enumerate(words):
        colour = BLUE if word == right else GREY
        axes.barh(
            row, odds[word], 0.7, color=colour if word == right else "white", edgecolor=colour
        )
        axes.text(odds[word] + 0.02, row, f"{100 * odds[word]:.0f} %", va="center", fontsize=9)
    # What guessing would give, and room for the labels.
    axes.axvline(1 / len(words), color=ORANGE, linestyle="--", linewidth=1.4, label="chance")
    axes.set_yticks(range(len(words)), [f"{w} (right)" if w == right else w for w in words])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.2)
    axes.set_xticks([0, 0.5, 1])
    axes.grid(visible=False, axis="y")
    axes.legend(loc="lower right")
    axes.set(title=f"after \u201c{before}\u201d", xlabel="probability")
