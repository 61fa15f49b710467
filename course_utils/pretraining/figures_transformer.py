"""Pictures of the transformer's insides: the whole of it with its shapes, and rotary positions.

It computes nothing but angles; what a trained model does is measured in inside/ and drawn
elsewhere. Taught in notebook 03, section "One sentence, all the way through".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

from course_utils.model.transformer import TransformerConfig
from course_utils.ui.style import BLUE, GREEN, GREY, ORANGE, PURPLE, sheet, styled

STREAM = 1.0  # height at which the residual stream runs
BRANCH = 3.0  # height of the layers beside it
HAND = {"arrowstyle": "-|>", "color": BLUE, "linewidth": 2, "shrinkA": 0, "shrinkB": 0}


@styled
def whole(config: TransformerConfig) -> Figure:
    """The way of T tokens through a transformer, from left to right, with the shapes on it.

    Args:
        config: its size; the blocks are drawn once.
    """
    figure, (axes,) = sheet(
        "the way of tokens through a transformer, from ids to logits", width=9.4, height=3.3
    )
    axes.set(xlim=(-0.5, 16.0), ylim=(-0.9, 4.9))
    axes.axis("off")
    # The stream itself, and how many numbers are on it.
    axes.annotate(
        "", (15.7, STREAM), (-0.4, STREAM),
        arrowprops={"arrowstyle": "-|>", "color": "black", "linewidth": 2.5},
    )  # fmt: skip
    C, V = config.width, config.vocab_size
    for x, words in ((0.15, "ids\n(T,)"), (3.05, f"(T, {C})"), (11.15, f"(T, {C})")):
        axes.text(x, STREAM - 0.25, words, ha="center", va="top", fontsize=9)
    axes.text(15.1, STREAM - 0.25, f"logits\n(T, {V})", ha="center", va="top", fontsize=9)
    _box(axes, 1.5, STREAM, "embedding", BLUE, f"{V} rows of {C}", width=1.75)
    # One block: two branches that leave the stream and are added to it again.
    frame = FancyBboxPatch((3.75, -0.75), 6.65, 5.4, boxstyle="round,pad=0.05", fill=False)
    frame.set(edgecolor=GREY, linestyle="--")
    axes.add_patch(frame)
    words = f"one block, {config.layers} times" if config.layers > 1 else "one block"
    axes.text(7.07, 4.35, words, ha="center", va="center", fontsize=10, fontweight="bold")
    heads = f"{config.heads} heads of {C // config.heads}"
    _branch(axes, 3.95, "attention", ORANGE, heads, "the only place where\ntokens meet")
    inside = f"{config.intermediate_size} inside"
    _branch(axes, 7.25, "SwiGLU", GREEN, inside, "each token\nby itself")
    _box(axes, 12.45, STREAM, "RMSNorm", GREY, "", width=1.25)
    _box(axes, 13.75, STREAM, "head", PURPLE, "tied" if config.tied else f"{V} × {C}", width=0.9)
    return figure


def _branch(axes: Axes, left: float, name: str, colour: str, detail: str, below: str) -> None:
    """RMSNorm and a layer beside the stream, and the + where they come back."""
    line = {"color": "black", "linewidth": 1.3}
    axes.plot([left, left, left + 0.2], [STREAM, BRANCH, BRANCH], **line)
    axes.plot([left + 2.7, left + 2.95, left + 2.95], [BRANCH, BRANCH, STREAM + 0.25], **line)
    _box(axes, left + 0.72, BRANCH, "RMSNorm", GREY, "")
    _box(axes, left + 2.05, BRANCH, name, colour, detail, width=1.3)
    axes.plot([left + 1.27, left + 1.4], [BRANCH, BRANCH], **line)
    axes.add_patch(
        Circle((left + 2.95, STREAM), 0.25, facecolor="white", edgecolor="black", zorder=4)
    )
    axes.text(left + 2.95, STREAM, "+", ha="center", va="center", fontsize=12, zorder=5)
    axes.text(
        left + 1.45, STREAM - 0.25, below, ha="center", va="top", fontsize=8.5, color="#444444"
    )


def _box(
    axes: Axes, x: float, y: float, name: str, colour: str, detail: str, width: float = 1.1
) -> None:
    """A layer as a box with its name, around its middle."""
    box = FancyBboxPatch(
        (x - width / 2, y - 0.48), width, 0.96, boxstyle="round,pad=0.04",
        facecolor="white", edgecolor=colour, linewidth=2, zorder=4,
    )  # fmt: skip
    axes.add_patch(box)
    axes.text(
        x, y + (0.16 if detail else 0), name, ha="center", va="center", fontsize=8.5, zorder=5
    )
    if detail:
        axes.text(x, y - 0.24, detail, ha="center", va="center", fontsize=7, zorder=5)


@styled
def turning_hands(angles: np.ndarray, names: Sequence[str], tokens: Sequence[str] = ()) -> Figure:
    """Rotary positions as hands of clocks: a column for each position, a row for each pair.

    Args:
        angles: (pairs, T) how far each position's hand is turned, in radians.
        names: of the pairs, such as "pair 0".
        tokens: T tokens as text, or none for the bare positions.

    Raises:
        ValueError: the shapes do not fit.
    """
    angles = np.asarray(angles, dtype=float)
    if angles.ndim != 2 or len(names) != len(angles) or len(tokens) not in (0, angles.shape[1]):
        raise ValueError(
            f"angles are {angles.shape} for {len(names)} names and {len(tokens)} tokens; expected "
            "(pairs, T), a name for each pair, and T tokens or none."
        )
    pairs, T = angles.shape
    figure, panels = sheet(
        "hands of clocks, turned further at each position, faster in some pairs than in others",
        width=1.5 + 1.0 * T,
        height=1.15 * pairs + 0.4,
        columns=T,
        rows=pairs,
    )
    for number, axes in enumerate(panels):
        pair, position = divmod(number, T)
        axes.add_patch(Circle((0, 0), 1, fill=False, edgecolor="#BDBDBD"))
        axes.plot([0, 1], [0, 0], color="#BDBDBD", linewidth=1, linestyle="--")  # not turned
        angle = angles[pair, position]
        axes.annotate(
            "", (math.cos(angle), math.sin(angle)), (0, 0),
            arrowprops=HAND,
        )  # fmt: skip
        axes.set(xlim=(-1.15, 1.15), ylim=(-1.15, 1.15), xticks=(), yticks=(), aspect="equal")
        axes.grid(visible=False)
        for side in axes.spines.values():
            side.set_visible(False)
        if pair == 0:
            token = f"{tokens[position].strip()}\n" if len(tokens) else ""
            axes.set_title(f"{token}{position}", fontsize=9, fontweight="normal", loc="center")
        if position == 0:
            axes.set_ylabel(names[pair], fontsize=9)
    return figure
