"""Pictures of notebook 03: activations, losses, learning rate, facts, attention, skills, clinic.

It trains and measures nothing; the figures come from the training history and from `evaluate`. The
26-parameter network and its maps are drawn beside its lab.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.pretraining import mlp
from course_utils.pretraining.clinic import CLASSES, GUESSING, STEPS_PER_EPOCH, Run
from course_utils.pretraining.history import History
from course_utils.pretraining.inside.skills import Point
from course_utils.pretraining.labs.spam.figure import decision_maps, spam_network
from course_utils.pretraining.scores import KindScore
from course_utils.ui.style import BLUE, GREEN, GREY, ORANGE, label_bars, sheet, styled

HOLDOUT = {"color": ORANGE, "marker": "o", "markersize": 4, "linestyle": "--"}
HIGHEST_LOSS = 4.0  # nats; the clinic's panels end there
EPOCHS_BY_CLASS = 5  # later ones are too dense to be read
RANGES = {  # of each activation: in words, and where it is bounded
    "linear": ("any number", ()),
    "ReLU": ("0 and up, no top", (0,)),
    "sigmoid": ("from 0 to 1", (0, 1)),
    "tanh": ("from −1 to 1", (-1, 1)),
}
__all__ = [
    "activations",
    "attention_map",
    "clinic_classes",
    "clinic_losses",
    "decision_maps",
    "fact_accuracy",
    "learning_rate_schedule",
    "loss_curve",
    "overfitting",
    "skills_over_steps",
    "spam_network",
]


@styled
def activations() -> Figure:
    """What each of mlp.ACTIVATIONS makes of a sum from -4 to 4, all on the same scale."""
    figure, panels = sheet("the four activations", height=2.4, columns=len(mlp.ACTIVATIONS))
    sums = np.linspace(-4, 4, 161)
    for axes, name in zip(panels, mlp.ACTIVATIONS, strict=True):
        words, bounds = RANGES[name]
        # Dashed where it can never pass.
        for bound in bounds:
            axes.axhline(bound, color=GREY, linestyle="--", linewidth=1)
        axes.plot(sums, mlp.activate(name, sums), color=BLUE, linewidth=2)
        axes.set_title(f"{name}\n{words}", fontsize=9.5)
        axes.set(xlabel="sum", ylim=(-1.6, 3), xticks=(-4, 0, 4), yticks=(-1, 0, 1, 2, 3))
    panels[0].set_ylabel("output")
    return figure


@styled
def loss_curve(history: History, bytes_per_token: float | None = None) -> Figure:
    """Training and validation loss over the steps, and the held-out text in bits per byte.

    Args:
        history: of a run: steps, losses (nats per token), val_steps and val_losses (may be empty).
        bytes_per_token: how many bytes per token stands for in the held-out text; with it the
            validation loss is also drawn in bits per byte, which tokenizers cannot flatter.

    Raises:
        ValueError: nothing was trained yet, or bytes_per_token is not above 0.
    """
    if not history.losses:
        raise ValueError("The history has no steps yet; train first, then draw its losses.")
    if bytes_per_token is not None and bytes_per_token <= 0:
        raise ValueError(f"bytes_per_token is {bytes_per_token}; it must be above 0, such as 3.9.")
    right = bytes_per_token is not None and bool(history.val_losses)
    figure, axes = sheet(
        "training and validation loss", columns=2 if right else 1, widths=(3, 2) if right else None
    )
    # The loss as it was measured; bits per byte beside it where they can be known.
    _losses(axes[0], history)
    if right:
        # Nats to bits, then from tokens to bytes.
        bits = np.asarray(history.val_losses) / np.log(2) / bytes_per_token
        axes[1].plot(history.val_steps, bits, **HOLDOUT)
        axes[1].set(title="held-out text", xlabel="step", ylabel="bits per byte", ylim=(0, None))
    return figure


def _losses(axes: Axes, history: History) -> None:
    """The training loss drawn thin with a running mean on top, validation as marked points."""
    steps, losses = np.asarray(history.steps), np.asarray(history.losses, dtype=float)
    # A mean over a fiftieth of the run: smooth enough to see, short enough to follow.
    window = max(1, len(losses) // 50)
    smooth = np.convolve(losses, np.ones(window) / window, mode="valid")
    axes.plot(steps, losses, color=BLUE, alpha=0.35, linewidth=0.8)
    # Full windows only.
    axes.plot(steps[window - 1 :], smooth, color=BLUE, linewidth=1.8, label="training")
    if history.val_losses:
        axes.plot(history.val_steps, history.val_losses, label="validation", **HOLDOUT)
    axes.set(title="loss", xlabel="step", ylabel="nats per token", ylim=(0, None))
    axes.legend()


@styled
def skills_over_steps(
    points: Sequence[Point], history: History, marks: Mapping[int, str] | None = None
) -> Figure:
    """What a model can do after so many steps, above the validation loss of the same steps.

    Args:
        points: as `Skills` has them: shares of facts right and of unseen names copied, 0..1.
        history: of the same run; its validation losses are drawn, if it has any.
        marks: steps at which something changes, and what, such as {400: "the mix of pages"}.

    Raises:
        ValueError: there is no point.
    """
    if not points:
        raise ValueError("There are no points yet; train with on_step=Skills(...), then draw.")
    figure, (skills, loss) = sheet(
        "facts right and new names copied over the steps, and the validation loss",
        height=4.2,
        rows=2,
    )
    steps = [point.step for point in points]
    shares = {
        "facts right": ([100 * point.facts for point in points], BLUE, "o-"),
        "new names copied": ([100 * point.names for point in points], GREEN, "s--"),
    }
    for percent, colour, line in shares.values():
        skills.plot(steps, percent, line, color=colour, markersize=5, linewidth=1.8)
    # A label at the end of each line; where the ends are near, the labels keep apart.
    (low, high) = sorted(shares, key=lambda name: shares[name][0][-1])
    below = min(shares[low][0][-1], 88)
    for name, y in {low: below, high: max(shares[high][0][-1], below + 12)}.items():
        _label_end(skills, name, steps[-1], y, shares[name][1])
    skills.set(title="what it can do", ylabel="percent", ylim=(-4, 104))
    loss.plot(history.val_steps, history.val_losses, **HOLDOUT)
    if history.val_losses:
        _label_end(loss, "validation", history.val_steps[-1], history.val_losses[-1], ORANGE)
    loss.set(title="its loss", xlabel="step", ylabel="nats per token", ylim=(0, None))
    for axes in (skills, loss):  # one scale of steps, with room for the labels
        axes.set_xlim(-0.02 * steps[-1], max(1.24 * steps[-1], 1))
        for step in marks or {}:
            axes.axvline(step, color=GREY, linestyle=":", linewidth=1.2)
    for step, words in (marks or {}).items():
        _label_end(loss, words, step, 0.9 * loss.get_ylim()[1], GREY)
    return figure


def _label_end(axes: Axes, name: str, x: float, y: float, colour: str) -> None:
    """A line's name, right of its last point."""
    axes.annotate(
        name, (x, y), (7, 0), textcoords="offset points", color=colour, va="center", fontsize=9
    )


@styled
def overfitting(training: Sequence[float], validation: Sequence[float]) -> Figure:
    """The losses on what is trained on and on what is only measured, epoch by epoch.

    Args:
        training: nats per word, one loss per epoch.
        validation: of the same epochs; its lowest point is marked.

    Raises:
        ValueError: there is no epoch, or the two have different lengths.
    """
    if not len(training) or len(training) != len(validation):
        raise ValueError(
            f"There are {len(training)} training and {len(validation)} validation losses; "
            "give one of each per epoch, for one epoch or more."
        )
    figure, (axes,) = sheet("by heart, or learnt: two losses", height=2.8)
    lowest = int(np.argmin(validation))
    axes.plot(training, color=BLUE, linewidth=1.8, label="training")
    axes.plot(validation, color=ORANGE, linewidth=1.8, linestyle="--", label="validation")
    axes.plot(lowest, validation[lowest], "o", color=ORANGE)
    axes.annotate(
        f"lowest: epoch {lowest}",
        (lowest, validation[lowest]),
        xytext=(0, -14),
        textcoords="offset points",
        ha="center",
        fontsize=9,
    )
    axes.set(xlabel="epoch", ylabel="loss (nats per word)", ylim=(0, None))
    axes.legend()
    return figure


@styled
def learning_rate_schedule(rates: Sequence[float], name: str = "learning rate") -> Figure:
    """The learning rate over the steps.

    Args:
        rates: one rate a step.
        name: the label of the axis.

    Raises:
        ValueError: there is no rate.
    """
    if not len(rates):
        raise ValueError("rates is empty; give one learning rate for each step.")
    figure, (axes,) = sheet("the learning rate over the steps", height=2.2)
    axes.plot(np.arange(len(rates)), rates, color=BLUE, linewidth=2)
    axes.set(xlabel="step", ylabel=name, ylim=(0, None))
    return figure


@styled
def fact_accuracy(kinds: Mapping[str, KindScore]) -> Figure:
    """How many facts of each kind are right, beside always giving the commonest answer.

    Args:
        kinds: the scores of each kind, as `evaluate.fact_accuracy` finds them.

    Raises:
        ValueError: there is no kind.
    """
    if not kinds:
        raise ValueError("There is no kind of fact to draw; ask for some facts first.")
    figure, (axes,) = sheet("facts right, by kind", height=1.1 + 0.42 * len(kinds))
    # Two bars a kind, the model's above.
    rows = np.arange(len(kinds))
    right = [100 * score.accuracy for score in kinds.values()]
    axes.barh(rows - 0.2, right, 0.36, color=BLUE, label="the model")
    axes.barh(
        rows + 0.2,
        [100 * score.majority_baseline for score in kinds.values()],
        0.36,
        color="white",
        edgecolor=GREY,
        hatch="////",
        label="always the commonest answer",
    )
    label_bars(axes, right, [f"{value:.0f} %" for value in right], rows - 0.2)
    axes.set_xlim(0, 112)  # room for the labels beyond 100
    axes.set_yticks(rows, [f"{kind.replace('_', ' ')} ({kinds[kind].count})" for kind in kinds])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("right in percent (in brackets: facts asked)")
    figure.legend(loc="outside upper right", ncols=2)
    return figure


@styled
def attention_map(weights: np.ndarray, tokens: Sequence[str], title: str = "") -> Figure:
    """Where each token looks: a row a token, a column for each token that it may look at.

    Args:
        weights: (T, T) attention weights; each row sums to 1.
        tokens: T tokens as text.
        title: which layer and head, for example.

    Raises:
        ValueError: the shapes do not fit, or there are more than 40 tokens.
    """
    weights = np.asarray(weights, dtype=float)
    if weights.shape != (len(tokens), len(tokens)) or not 0 < len(tokens) <= 40:
        raise ValueError(
            f"weights are {weights.shape} for {len(tokens)} tokens; expected (T, T) "
            f"for T tokens, from 1 to 40 of them."
        )
    # A cell of the same size however many tokens there are.
    size = max(2.6, (0.42 if len(tokens) <= 8 else 0.28) * len(tokens) + 1.4)
    figure, (axes,) = sheet(title or "where each token looks", width=size + 0.8, height=size)
    seaborn.heatmap(
        weights,
        ax=axes,
        cmap="cividis",
        vmin=0,
        vmax=1,
        square=True,
        linewidths=0.3,
        annot=len(tokens) <= 8,  # as numbers where there is room
        fmt=".2f",
        annot_kws={"fontsize": 8},
        mask=np.triu(np.ones_like(weights, dtype=bool), 1),  # what comes later is hidden from it
        cbar_kws={"label": "attention weight", "shrink": 0.7},
    )
    # Spaces and line ends as signs, so that each token can be read.
    marks = [token.replace(" ", "␣").replace("\n", "⏎") for token in tokens]
    middles = np.arange(len(tokens)) + 0.5
    axes.set_xticks(middles, marks, rotation=90)
    axes.set_yticks(middles, marks, rotation=0)
    axes.grid(visible=False)
    axes.set(title=title, xlabel="looks at", ylabel="token")
    return figure


@styled
def clinic_losses(runs: Mapping[str, Run]) -> Figure:
    """Training and validation loss of each run of the clinic, in panels with the same axes.

    Args:
        runs: what each is called -> the run; 1 to 6 of them.

    Raises:
        ValueError: there is no run, or there are more than 6.
    """
    figure, panels = _panels(runs, "training and validation loss of the clinic's runs")
    for axes, run in zip(panels, runs.values(), strict=True):
        axes.plot(run.losses, color=BLUE, linewidth=0.7, alpha=0.7, label="training, each batch")
        axes.plot(
            run.measured_at,
            run.validation_losses,
            color=ORANGE,
            linestyle="--",
            label="validation",
        )
        axes.axhline(GUESSING, color=GREY, linestyle=":", linewidth=1, label="guessing")
        axes.set(ylabel=f"nats, cut at {HIGHEST_LOSS:g}", ylim=(0, HIGHEST_LOSS))
    return _with_legend(figure, panels)


@styled
def clinic_classes(runs: Mapping[str, Run]) -> Figure:
    """Accuracy on each class of the validation pages in the first epochs, in panels alike.

    Args:
        runs: what each is called -> the run; 1 to 6 of them.

    Raises:
        ValueError: there is no run, or there are more than 6.
    """
    figure, panels = _panels(runs, "accuracy on each class of the clinic's runs")
    looks = list(zip(CLASSES, (BLUE, ORANGE, GREEN), ("-", "--", ":"), strict=True))
    for axes, run in zip(panels, runs.values(), strict=True):
        early = run.measured_at <= EPOCHS_BY_CLASS * STEPS_PER_EPOCH
        columns = 100 * run.class_accuracy[early].T  # (3, M)
        for (name, colour, linestyle), right in zip(looks, columns, strict=True):
            axes.plot(run.measured_at[early], right, linestyle, color=colour, label=name)
        axes.set(ylabel="% right", ylim=(-4, 104))
    return _with_legend(figure, panels)


def _panels(runs: Mapping[str, Run], title: str) -> tuple[Figure, list[Axes]]:
    """One panel for each run, three in a row."""
    if not 0 < len(runs) <= 6:
        raise ValueError(f"There are {len(runs)} runs; give 1 to 6 of them by name.")
    columns = min(3, len(runs))
    rows = -(-len(runs) // columns)
    figure, panels = sheet(title, columns=columns, rows=rows, height=0.6 + 1.8 * rows)
    for empty in panels[len(runs) :]:
        empty.set_axis_off()
    for axes, name in zip(panels, runs, strict=False):
        axes.set(title=name, xlabel="step")
    return figure, panels[: len(runs)]


def _with_legend(figure: Figure, panels: Sequence[Axes]) -> Figure:
    """One legend for all panels; the numbers and the label of the vertical axis stand left."""
    for axes in panels:
        if not axes.get_subplotspec().is_first_col():
            axes.set_ylabel("")
            axes.tick_params(labelleft=False)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right", ncols=3)
    return figure
