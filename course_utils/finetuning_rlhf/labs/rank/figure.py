"""The rank lab's picture where there is no browser: loss and share kept over the rank.

It computes nothing; the lab's own view is in lab.js beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, GREY, ORANGE, sheet, styled


@styled
def rank_panels(
    ranks: Sequence[int],
    losses: Sequence[float],
    kept: Sequence[float],
    chosen: int,
    trained: tuple[Sequence[float], Sequence[float]],
    base_loss: float,
    title: str,
) -> Figure:
    """Two curves over the rank, whose steps are all of one width.

    Args:
        ranks: the stops, the lowest first.
        losses: at each of them, in nats per token.
        kept: the share of the change at each of them, 0 to 1.
        chosen: the rank that is marked.
        trained: where LoRA's points stand, in steps from the first rank, and their losses.
        base_loss: of the model before finetuning.
        title: what the picture shows.

    Raises:
        ValueError: there is not one loss and one share per rank, or `chosen` is none of them.
    """
    if not len(ranks) == len(losses) == len(kept):
        raise ValueError(f"{len(ranks)} ranks have {len(losses)} losses, {len(kept)} shares.")
    if chosen not in ranks:
        raise ValueError(f"chosen is {chosen}; give one of {', '.join(map(str, ranks))}.")
    figure, (left, right) = sheet(title, width=8.6, height=3.0, columns=2)
    at = list(ranks).index(chosen)
    _curve(left, ranks, losses, at)
    left.axhline(base_loss, color=GREY, linestyle="--", linewidth=1)
    left.text(len(ranks) - 1, base_loss, "base model", ha="right", va="bottom", color=GREY)
    if len(trained[0]):
        left.plot(*trained, "D", color=ORANGE, label="trained by LoRA")
        left.legend(loc="upper right")
    left.set(title="loss on held-out replies", ylabel="nats per token")
    left.set_ylim(0, 1.08 * max([*losses, *trained[1], base_loss, 0.1]))
    _curve(right, ranks, [100 * share for share in kept], at)
    right.set(title="share of the change kept", ylabel="%", ylim=(0, 105))
    return figure


def _curve(axes: Axes, ranks: Sequence[int], values: Sequence[float], at: int) -> None:
    """A curve with the chosen rank marked."""
    axes.axvline(at, color=GREY, linestyle=":")
    axes.plot(range(len(ranks)), values, "o-", color=BLUE, label="cut to the rank")
    axes.plot([at], values[at : at + 1], "o", color=BLUE, markersize=10)
    axes.set_xticks(range(len(ranks)), [str(rank) for rank in ranks])
    axes.set_xlabel("rank")
