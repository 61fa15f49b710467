"""The preference lab's picture where there is no browser: labelled pairs, and how labels agree.

It computes nothing; the lab's own view is in lab.js beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.finetuning_rlhf.agreement import Share
from course_utils.finetuning_rlhf.labels import BOTH_GOOD, LEFT, RIGHT, Label
from course_utils.ui.style import BLUE, ORANGE, drawable, sheet, styled

LETTERS = 74  # of a reply in a line
CHOSEN, SLIP = "\N{BLACK RIGHT-POINTING POINTER}", "  (a slip: the other was meant)"


@styled
def labelled_pairs(labels: Sequence[Label], shares: Mapping[str, Share], title: str) -> Figure:
    """Pairs with the better reply marked, slips too, beside shares with their intervals.

    Args:
        labels: one to eight; each takes three lines.
        shares: name -> how many of how many.
        title: what the picture shows.

    Raises:
        ValueError: there is no label, or there are more than eight.
    """
    if not 1 <= len(labels) <= 8:
        raise ValueError(f"There are {len(labels)} labels for a picture of one to eight.")
    figure, (left, right) = sheet(
        title, width=9.6, height=0.7 + 0.62 * max(4, len(labels)), columns=2, widths=(7, 3)
    )
    _pairs(left, labels)
    _shares(right, shares)
    return figure


def _pairs(axes: Axes, labels: Sequence[Label]) -> None:
    axes.set(xlim=(0, 1), ylim=(3.4 * len(labels), 0), xticks=(), yticks=())
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    for number, label in enumerate(labels):
        top = 3.4 * number + 0.7
        plain = {"va": "center", "parse_math": False}
        axes.text(0, top, cut(label.turns[-1][1]), fontsize=9, fontweight="bold", **plain)
        for below, (side, reply) in enumerate(((LEFT, label.left), (RIGHT, label.right)), 1):
            won = label.choice == side
            mark = CHOSEN if won else ("+" if label.choice == BOTH_GOOD else "-") * label.tie
            words = f"{cut(reply)}{SLIP if won and label.slip else ''}"
            look = {"fontsize": 8.5, "color": ORANGE if label.slip else "black", **plain}
            axes.text(0, top + below, mark, **look)
            axes.text(0.025, top + below, words, **look)


def _shares(axes: Axes, shares: Mapping[str, Share]) -> None:
    known = {name: share for name, share in shares.items() if share.of}
    for row, share in enumerate(known.values()):
        low, high = share.interval
        axes.plot([100 * low, 100 * high], [row, row], color=BLUE, linewidth=2)
        axes.plot(100 * share.value, row, "o", color=BLUE)
        axes.text(100 * share.value, row - 0.22, f"{share.count} of {share.of}", ha="center")
    axes.set(xlim=(0, 100), ylim=(max(1, len(known)) - 0.4, -0.6), xlabel="%")
    axes.set_yticks(range(len(known)), list(known))


def cut(text: str, letters: int = LETTERS) -> str:
    """A text in one line of so many letters."""
    line = drawable(" ".join(text[: 4 * letters].split())) or "(an empty reply)"
    return line if len(line) <= letters else f"{line[: letters - 1]}\N{HORIZONTAL ELLIPSIS}"
