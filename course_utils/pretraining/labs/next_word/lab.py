"""The next-word lab: a network learns one sentence by heart while the reader steers and asks.

What is trained is in training.py, what is read off it in reading.py, the
drawing in lab.js and its parts, the machinery in `course_utils.ui`. Notebook 03, section "Guess
the next word".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import ipywidgets
from matplotlib.figure import Figure

from course_utils.pretraining.labs.next_word.figure import next_word
from course_utils.pretraining.labs.next_word.reading import OFTEN_SAID, SURE
from course_utils.pretraining.labs.next_word.training import (
    FOLLOWED,
    LEARNING_RATE,
    OPTIMIZERS,
    QUESTION,
    NextWordTraining,
)
from course_utils.ui import Lab, LabView, assets, toggle_buttons, wrapping_row

RATES = (-4.0, 1.0)  # the ends of the learning rate's slider, powers of ten
EPOCHS_PER_SECOND = 10  # slow enough to watch: at the default rate it is over in some 20 epochs
QUESTIONS = (QUESTION, "sat the cat on the mat", "mat mat cat cat", "on sat on mat the")
PARTS = ("network.js", "curves.js", "map.js")
LABEL_PX = 104
LABEL = {"description_width": f"{LABEL_PX}px"}


def _view_source() -> str:
    """The shared functions, this lab's view, and the parts that it is made of."""
    beside = (Path(__file__).with_name(part) for part in PARTS)
    return "\n".join(
        [assets(__file__, ".js"), *(path.read_text(encoding="utf-8") for path in beside)]
    )


def _wide(pixels: int) -> dict[str, str]:
    """So wide, or as wide as a narrow window is, less a control's margins."""
    return {"width": f"{pixels}px", "max_width": "calc(100% - 4px)"}


class NextWordView(LabView):
    """The drawing: the network left to right, bars, the map of words, curves, guesses."""

    _esm = _view_source()
    _css = assets(__file__, ".css")


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
        training = self.trainable
        context, word = training.network.examples[training.example]
        return next_word(
            training.losses.values(),
            training.converged_at,
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
