"""Pictures of notebook 03, section "Beyond words": recall, the cups, and drawings in patches.

It trains and measures nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from course_utils.pretraining.pixels import ANIMALS, PATCH, SIDE
from course_utils.ui.style import BLUE, GREY, ORANGE, PURPLE, sheet, styled

LOOKS = ((BLUE, "o", "-"), (ORANGE, "s", "--"), (PURPLE, "^", ":"))


@styled
def recall(
    far: Mapping[str, Mapping[int, float]],
    many: Mapping[str, Mapping[int, float]],
    guessing: float,
) -> Figure:
    """Accuracy over distance beside accuracy over the number of things, a line per model.

    Args:
        far: model -> distance in tokens -> share right; up to 3 models.
        many: model -> number of things -> share right.
        guessing: share right of a guess.
    """
    figure, panels = sheet("what is remembered: by distance, and by number of things", columns=2)
    for axes, curves, label in zip(
        panels,
        (far, many),
        ("tokens between (one thing to keep)", "things to keep (16 tokens between)"),
        strict=True,
    ):
        _curves(axes, curves, guessing)
        ticks = list(next(iter(curves.values())))
        axes.set_xscale("log", base=2)
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.set(xlabel=label)
    panels[0].set_ylabel("% right")
    panels[0].legend(loc="center left")
    return figure


@styled
def swaps(right: Mapping[str, Sequence[float]], guessing: float) -> Figure:
    """Accuracy after one, two and more swaps, a line per model.

    Args:
        right: model -> share right after each swap; up to 3 models.
        guessing: share right of a guess.
    """
    figure, (axes,) = sheet("where the ball is, after so many swaps", height=2.8)
    curves = {name: dict(enumerate(shares, 1)) for name, shares in right.items()}
    _curves(axes, curves, guessing)
    axes.set(xlabel="swaps so far", ylabel="% right")
    axes.set_xticks(list(next(iter(curves.values()))))
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.68))
    return figure


@styled
def drawings(ink: Tensor, animals: Tensor) -> Figure:
    """Drawings with the cuts between their patches, which are numbered in the first one.

    Args:
        ink: (N, 12, 12) from 0 to 1; 1 to 6 of them.
        animals: (N,) the number of each animal.

    Raises:
        ValueError: there is no drawing, or there are more than 6.
    """
    if not 0 < len(ink) <= 6:
        raise ValueError(f"There are {len(ink)} drawings; give 1 to 6 of them.")
    figure, panels = sheet("drawings, cut into patches", columns=len(ink), height=2.2)
    cuts = [at - 0.5 for at in range(0, SIDE + 1, PATCH)]
    for axes, drawing, animal in zip(panels, ink, animals.tolist(), strict=True):
        axes.imshow(drawing.numpy(), cmap="Greys", vmin=0, vmax=1)
        axes.set(title=ANIMALS[animal], xticks=[], yticks=[])
        axes.grid(visible=False)
        axes.hlines(cuts, -0.5, SIDE - 0.5, colors=ORANGE, linewidth=0.8)
        axes.vlines(cuts, -0.5, SIDE - 0.5, colors=ORANGE, linewidth=0.8)
    for number in range((SIDE // PATCH) ** 2):
        row, column = divmod(number, SIDE // PATCH)
        place = (column * PATCH - 0.3, row * PATCH + 0.3)
        panels[0].text(*place, str(number + 1), color=BLUE, fontsize=7, va="center")
    return figure


def _curves(axes: Axes, curves: Mapping[str, Mapping[int, float]], guessing: float) -> None:
    for (name, shares), (colour, marker, line) in zip(curves.items(), LOOKS, strict=False):
        percent = [100 * share for share in shares.values()]
        axes.plot(
            list(shares), percent, line, color=colour, marker=marker, markersize=4, label=name
        )
    axes.axhline(100 * guessing, color=GREY, linestyle=":", linewidth=1, label="guessing")
    axes.set_ylim(-4, 104)
