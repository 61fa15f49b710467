"""Pictures of notebook 04: what finetuning, taste and practice with a leash brought.

It trains and judges nothing; losses, scores and rewards are given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.ui.style import BLUE, COLOURS, GREEN, GREY, ORANGE, sheet, styled

HATCHES = ("", "////", "....", "xxxx", "++")


@styled
def sft_curve(losses: Sequence[float]) -> Figure:
    """The loss of finetuning over the steps, with a running mean.

    Args:
        losses: one a step, in nats a counted token.

    Raises:
        ValueError: there is no step.
    """
    if not len(losses):
        raise ValueError("losses is empty; finetune first, then draw its losses.")
    figure, (axes,) = sheet("the loss of finetuning", height=2.6)
    values = np.asarray(losses, dtype=float)
    # a mean over a thirtieth of the run: smooth, and still no flat line
    window = max(1, len(values) // 30)
    smooth = np.convolve(values, np.ones(window) / window, mode="valid")
    steps = np.arange(1, len(values) + 1)
    axes.plot(steps, values, color=BLUE, alpha=0.35, linewidth=0.8)
    # a mean has no value before its window is full
    axes.plot(steps[window - 1 :], smooth, color=BLUE, linewidth=1.8)
    axes.set(xlabel="step", ylabel="nats a counted token", ylim=(0, None))
    return figure


@styled
def accuracy_by_kind(before: Mapping[str, float], after: Mapping[str, float]) -> Figure:
    """How many questions of each kind are answered right, before and after.

    Args:
        before: kind -> share right, 0..1.
        after: the same kinds -> share right.

    Raises:
        ValueError: the two do not name the same kinds, or none.
    """
    return _pairs_of_bars(
        {"before": before, "after": after},
        "questions answered right, by kind",
        "right in percent",
        scale=100,
    )


@styled
def reward_histogram(chosen_scores: Sequence[float], rejected_scores: Sequence[float]) -> Figure:
    """What the reward model gives the replies that people chose, and those that they rejected.

    Args:
        chosen_scores: N scores.
        rejected_scores: N scores of the same pairs.

    Raises:
        ValueError: there is no pair, or the two differ in number.
    """
    chosen, rejected = np.asarray(chosen_scores, float), np.asarray(rejected_scores, float)
    if not len(chosen) or len(chosen) != len(rejected):
        raise ValueError(
            f"There are {len(chosen)} chosen and {len(rejected)} rejected scores; give one of "
            "each for every pair."
        )
    figure, axes = sheet("the reward model's scores of chosen and rejected replies", columns=2)
    # the same edges for both, so that the heights can be compared
    low, high = min(chosen.min(), rejected.min()), max(chosen.max(), rejected.max())
    edges = np.linspace(low, high if high > low else low + 1, 25)
    axes[0].hist(chosen, edges, color=BLUE, alpha=0.75, label="chosen")
    axes[0].hist(rejected, edges, histtype="step", hatch="////", color=ORANGE, label="rejected")
    axes[0].set(title="scores", xlabel="score", ylabel="replies")
    axes[0].legend()
    # what training looks at: the difference within a pair
    ahead = chosen - rejected
    axes[1].hist(ahead, 25, color=GREEN)
    axes[1].axvline(0, color=GREY, linestyle="--")
    axes[1].set(title="chosen minus rejected", xlabel="difference", ylabel="pairs")
    return figure


@styled
def labels_come_in(curve: Sequence[tuple[int, float]], ceiling: float) -> Figure:
    """How often a reward model is right on pairs kept apart, after so many labels.

    Args:
        curve: (labels seen, share right) each.
        ceiling: the share that the best possible model would have.

    Raises:
        ValueError: there is no point.
    """
    if not curve:
        raise ValueError("There is no point; train with watch_every=8.")
    figure, (axes,) = sheet("accuracy on pairs kept apart as labels come in", height=2.4)
    labels, right = zip(*curve, strict=True)
    axes.plot(labels, right, color=BLUE, marker="o", label="reward model")
    axes.axhline(ceiling, color=ORANGE, linestyle="--", label="noise ceiling")
    axes.axhline(0.5, color=GREY, linestyle=":", label="guessing")
    axes.set(xlabel="labels seen", ylabel="share right", ylim=(0.4, 1))
    axes.legend(loc="lower right")
    return figure


@styled
def leash_curves(
    proxy: Sequence[float],
    true: Sequence[float],
    kl: Sequence[float],
    entropy: Sequence[float] | None = None,
    length: Sequence[float] | None = None,
) -> Figure:
    """Practice over the steps: what the reward model sees, what is true, how far it went.

    Args:
        proxy: the reward model's mean score at each step, in standard deviations.
        true: the judge's mean reward at each step.
        kl: nats that a reply has moved from the start, at each step.
        entropy: of the policy, in nats per token, at each step; None to leave it out.
        length: tokens of a reply, at each step; None to leave it out.

    Raises:
        ValueError: they differ in length, or are empty.
    """
    # each measure has its own unit, so each has a panel of its own
    given = (
        ("proxy reward", "standard deviations", proxy, ORANGE),
        ("true reward", "the judge's mean", true, BLUE),
        ("distance", "KL, nats a reply", kl, GREY),
        ("entropy", "nats per token", entropy, GREEN),
        ("length", "tokens per reply", length, GREEN),
    )
    shown = [panel for panel in given if panel[2] is not None]
    counts = {title: len(values) for title, _, values, _ in shown}
    if not len(proxy) or len(set(counts.values())) > 1:
        raise ValueError(f"The numbers of steps are {counts}; give one of each for every step.")
    words = ", ".join(["proxy", "true reward", "KL", *list(counts)[3:]])
    rows = math.ceil(len(shown) / 3)
    title = f"practice with a leash: {words}"
    figure, axes = sheet(title, height=2.7 * rows, columns=3, rows=rows)
    for panel in axes[len(shown) :]:
        panel.remove()
    for panel, (title, unit, values, colour) in zip(axes, shown, strict=False):
        # with many steps the points would run into each other
        _steps(panel, values, colour, "o" if len(values) < 30 else "")
        panel.set(title=title, xlabel="step", ylabel=unit)
    return figure


@styled
def leash_on_off(on: Mapping[str, Sequence[float]], off: Mapping[str, Sequence[float]]) -> Figure:
    """Proxy and true reward over the steps, with the leash on and with it off.

    Args:
        on: "proxy" and "true" -> one number a step.
        off: the same without a leash; it may have another number of steps.

    Raises:
        ValueError: one of them lacks "proxy" or "true", or their lengths differ.
    """
    # the two runs may differ in length, proxy and true of one run may not
    for name, run in (("on", on), ("off", off)):
        if not {"proxy", "true"} <= set(run) or not 0 < len(run["proxy"]) == len(run["true"]):
            raise ValueError(
                f"{name} has { ({key: len(run[key]) for key in run}) }; it needs 'proxy' and "
                "'true' with one number a step each."
            )
    figure, axes = sheet("proxy and true reward, with the leash on and off", columns=2)
    rows = (("proxy", "the reward model's score"), ("true", "the judge's reward"))
    for panel, (name, title) in zip(axes, rows, strict=True):
        # solid and dashed, so that the colour is not the only sign
        _steps(panel, on[name], BLUE, "", label="leash on")
        _steps(panel, off[name], ORANGE, "", label="leash off", linestyle="--")
        panel.set(title=title, xlabel="step", ylabel=f"{name} reward")
    axes[0].legend()
    return figure


@styled
def best_of_n(n: Sequence[int], proxy: Sequence[float], true: Sequence[float]) -> Figure:
    """The best of n replies by the reward model: its own score, and the true reward.

    Args:
        n: how many replies were made of which the best was kept, growing.
        proxy: the reward model's mean score of the kept ones.
        true: the judge's mean reward of the kept ones.

    Raises:
        ValueError: the three differ in length, or are empty.
    """
    if not len(n) or not len(n) == len(proxy) == len(true):
        raise ValueError(
            f"There are {len(n)} n, {len(proxy)} proxy rewards and {len(true)} true ones; give "
            "one of each."
        )
    figure, axes = sheet("best of n: proxy and true reward", height=2.7, columns=2)
    rows = (("proxy reward", proxy, ORANGE, "s"), ("true reward", true, BLUE, "o"))
    for panel, (title, values, colour, marker) in zip(axes, rows, strict=True):
        panel.plot(n, values, color=colour, marker=marker)
        panel.set_xscale("log", base=2)  # n doubles
        panel.set_xticks(list(n), [str(count) for count in n])
        panel.minorticks_off()
        panel.set(title=title, xlabel="n, replies to choose from", ylabel=title)
    return figure


@styled
def rewards_by_kind(table: Mapping[str, Mapping[str, float]]) -> Figure:
    """The true reward by kind of prompt, a bar for each model.

    Args:
        table: name of a model -> kind of prompt -> mean true reward, 0..1; one to five models.

    Raises:
        ValueError: there are none or too many, or they do not name the same kinds.
    """
    return _pairs_of_bars(table, "the true reward, by kind of prompt", "mean true reward")


def _pairs_of_bars(
    table: Mapping[str, Mapping[str, float]], title: str, unit: str, scale: float = 1
) -> Figure:
    """A group of lying bars a kind, one bar for each name."""
    # the first table names the kinds, and all others have to name the same
    kinds = list(next(iter(table.values()), ()))
    same = all(set(shares) == set(kinds) for shares in table.values())
    if not kinds or not same or len(table) > len(HATCHES):
        named = {name: sorted(shares) for name, shares in table.items()}
        raise ValueError(
            f"The kinds are {named}; give one to {len(HATCHES)} tables with the same kinds each."
        )
    # the bars of a kind lie side by side, centred on its row
    thick = 0.84 / len(table)
    figure, (axes,) = sheet(title, height=min(6.5, 1.1 + 0.2 * len(kinds) * (len(table) + 0.6)))
    rows = np.arange(len(kinds))
    for number, (name, shares) in enumerate(table.items()):
        values = np.array([scale * shares[kind] for kind in kinds])
        colour, hatch = COLOURS[number], HATCHES[number]
        bars = axes.barh(
            rows + (number - (len(table) - 1) / 2) * thick,
            values,
            thick,
            label=name,
            hatch=hatch,
            facecolor="white" if hatch else colour,
            edgecolor=colour,
        )
        # a number at each bar: small differences are what the picture is about
        texts = [f"{value:.0f} %" if scale == 100 else f"{value:.2f}" for value in values]
        axes.bar_label(bars, texts, padding=3, fontsize=8)
    axes.set_xlim(0, 1.13 * scale)  # room for those numbers
    axes.set_yticks(rows, [kind.replace("_", " ") for kind in kinds])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(unit)
    figure.legend(loc="outside upper right", ncols=len(table))
    return figure


def _steps(axes: Axes, values: Sequence[float], colour: str, marker: str, **look: object) -> None:
    """Values over the steps; with many of them thin, and a running mean on top."""
    numbers = np.asarray(values, dtype=float)
    steps = np.arange(1, len(numbers) + 1)
    # long runs are noisy: the mean is drawn on top of what was measured
    window = max(1, len(numbers) // 15)
    if window > 1:
        axes.plot(steps, numbers, color=colour, alpha=0.3, linewidth=0.8)
        numbers = np.convolve(numbers, np.ones(window) / window, mode="valid")
        steps = steps[window - 1 :]
    axes.plot(steps, numbers, color=colour, marker=marker, markersize=4, linewidth=1.8, **look)
