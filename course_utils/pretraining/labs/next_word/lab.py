"""The next-word lab: a network learns one sentence by heart while the reader steers and asks.

What is trained is in training.py, what is read off it in reading.py, the
drawing in lab.js and its parts, the machinery in `course_utils.ui`. Notebook 03, section "Guess
the next word".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import ipywidgets
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_utils.pretraining.labs.next_word.reading import OFTEN_SAID, SURE
from course_utils.pretraining.labs.next_word.training import (
    FOLLOWED,
    LEARNING_RATE,
    OPTIMIZERS,
    QUESTION,
    NextWordTraining,
)
from course_utils.ui import Lab, LabView, bundle, toggle_buttons, wrapping_row
from course_utils.ui.style import BLUE, GREY, ORANGE, sheet, styled

RATES = (-4.0, 1.0)  # the ends of the learning rate's slider, powers of ten
EPOCHS_PER_SECOND = 10  # slow enough to watch: at the default rate it is over in some 20 epochs
QUESTIONS = (QUESTION, "sat the cat on the mat", "mat mat cat cat", "on sat on mat the")
LABEL_PX = 104
LABEL = {"description_width": f"{LABEL_PX}px"}


def _wide(pixels: int) -> dict[str, str]:
    """So wide, or as wide as a narrow window is, less a control's margins."""
    return {"width": f"{pixels}px", "max_width": "calc(100% - 4px)"}


class NextWordView(LabView):
    """The drawing: the network left to right, bars, the map of words, curves, guesses."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class NextWordLab(Lab):
    """The lab as a cell's last line; its numbers are those of this moment.

    Args:
        seed: of the first weights.
        epochs: how many are trained headless; a live lab waits for the play button.
        learning_rate: the slider's first place, 0.0001 to 10.
        optimizer: "SGD" or "Adam".

    Raises:
        ValueError: learning_rate is outside of the slider, there is no such optimizer, or epochs
            is negative.
    """

    name = "next-word"
    title = "Next-word lab: one sentence, learnt by heart"
    view_class = NextWordView

    def __init__(
        self,
        seed: int = 0,
        epochs: int = 100,
        learning_rate: float = LEARNING_RATE,
        optimizer: str = "Adam",
    ) -> None:
        # Refused here, because a slider would silently move to its end.
        low, high = (10**end for end in RATES)
        if not low <= learning_rate <= high:
            raise ValueError(
                f"learning_rate is {learning_rate}; the slider goes from {low:g} to {high:g}."
            )
        if epochs < 0:
            raise ValueError(f"epochs is {epochs}; use 0 or more.")
        super().__init__(
            NextWordTraining(seed, learning_rate, optimizer),
            headless_steps=epochs,
            steps_per_second=EPOCHS_PER_SECOND,
        )

    @property
    def steps(self) -> int:
        """Epochs trained since the last reset; one step is one epoch."""
        return self.trainable.epochs

    @property
    def loss(self) -> float:
        """Mean loss over the examples, in nats a word."""
        return self.trainable.loss

    @property
    def converged_at(self) -> int | None:
        """The first epoch with every right word's probability above 0.9; None before it."""
        return self.trainable.converged_at

    def labels(self) -> dict:
        """The words, the neurons and the marks, for the view."""
        network = self.trainable.network
        # Words that never stand before another get no gradient: their vectors stay still.
        before = {word for context, _ in network.examples for word in context}
        return {
            "words": network.words,
            "hidden": network.hidden.out_features,
            "width": network.embedding.embedding_dim,
            "followed": FOLLOWED,
            "still": [word for word in network.words if word not in before],
            "chance": 1 / len(network.words),
            "chance_loss": math.log(len(network.words)),
            "sure": SURE,
            "often_said": OFTEN_SAID,
        }

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Learning rate, optimizer, which example is shown, and a sentence to try."""
        ends = (ipywidgets.Label("slow and steady"), ipywidgets.Label("fast and chaotic"))
        return [
            wrapping_row([ends[0], self._rate_slider(), ends[1]]),
            self._optimizer_toggle(),
            self._example_toggle(),
            self._question_field(),
        ]

    def picture(self) -> Figure:
        """Loss with the mark of convergence, the map of words, the bars of the shown example."""
        # The example that the reader chose last.
        training = self.trainable
        context, word = training.network.examples[training.example]
        return next_word(
            training.losses.values(),
            training.converged_at,
            # The same words at the start and now, so that the map can show their ways.
            dict(zip(training.network.words, training.map.start, strict=True)),
            dict(zip(training.network.words, training.map.places(training.network), strict=True)),
            training.network.predict(*context),
            (" ".join(context), word),
        )

    def _rate_slider(self) -> ipywidgets.FloatLogSlider:
        self.learning_rate = ipywidgets.FloatLogSlider(
            value=self.trainable.learning_rate,
            min=RATES[0],
            max=RATES[1],
            step=0.05,
            description="Learning rate",
            readout_format=".3g",
            style=LABEL,
            layout=_wide(380),
            tooltip="How far each epoch moves the weights; acts on the next epoch",
        )
        return self.steer(self.learning_rate, "learning_rate")

    def _optimizer_toggle(self) -> ipywidgets.ToggleButtons:
        self.optimizer = toggle_buttons(
            "Optimizer",
            OPTIMIZERS,
            self.trainable.optimizer,
            tooltip="How slopes become a step; acts on the next epoch",
            label_px=LABEL_PX,
            tooltips=[
                "Plain descent: each weight moves by learning rate times slope",
                "Every weight gets its own step size from its slopes so far; starts afresh here",
            ],
        )
        return self.steer(self.optimizer, "optimizer")

    def _example_toggle(self) -> ipywidgets.ToggleButtons:
        examples = self.trainable.network.examples
        # The two words and what follows them, as the drawing says it.
        texts = [" ".join(context) + " \u2192 " + word for context, word in examples]
        self.example = toggle_buttons(
            "Example",
            [(text, number) for number, text in enumerate(texts)],
            self.trainable.example,
            tooltip="Which two words the drawing shows",
            label_px=LABEL_PX,
            button_px=122,
            tooltips=[
                f"Show how it guesses after these two words; all are trained ({text})"
                for text in texts
            ],
        )
        return self.steer(self.example, "example")

    def _question_field(self) -> ipywidgets.Combobox:
        self.question = ipywidgets.Combobox(
            value=QUESTION,
            options=QUESTIONS,
            ensure_option=False,
            continuous_update=True,
            description="Your sentence",
            style=LABEL,
            layout=_wide(380),
            tooltip="The words it knows, in any order; it guesses after every two of them",
        )
        return self.steer(self.question, "question")


def next_word_lab(
    seed: int = 0,
    epochs: int = 100,
    learning_rate: float = LEARNING_RATE,
    optimizer: str = "Adam",
) -> NextWordLab:
    """The next-word lab; put it on the last line of a cell.

    Args:
        seed: of the first weights.
        epochs: how many are trained headless; a live lab waits for the play button.
        learning_rate: the slider's first place, 0.0001 to 10.
        optimizer: "SGD" or "Adam".

    Returns:
        The lab, with `steps`, `loss` (nats a word) and `converged_at` (an epoch, or None).

    Raises:
        ValueError: a setting is outside of what the lab offers.
    """
    return NextWordLab(seed, epochs, learning_rate, optimizer)


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
    # The loss, the words' ways, and one guess.
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
    axes.set(title="loss", xlabel="epoch", ylabel="nats per word")
    # From zero, so that a small fall does not look like a large one.
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
    # Each word's way from its first place to its place now.
    for word, position in now.items():
        axes.plot(*zip(start[word], position, strict=True), color=GREY, linewidth=1)
        axes.plot(*start[word], "o", markersize=5, markerfacecolor="white", color=GREY)
        axes.plot(*position, "o", markersize=6, color=BLUE)
        axes.annotate(word, position, xytext=(5, 4), textcoords="offset points", fontsize=9)
    axes.margins(0.18)
    axes.set_aspect("equal", adjustable="datalim")  # distances mean the same both ways
    axes.set(
        title="word vectors",
        xlabel="direction 1 (hollow: start, filled: now)",
        ylabel="direction 2",
    )


def _bars(axes: Axes, odds: Mapping[str, float], example: tuple[str, str]) -> None:
    before, right = example
    words = sorted(odds)
    # Only the right word is filled, so that colour is not the only sign.
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
