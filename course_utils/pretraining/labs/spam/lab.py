"""The spam lab: 26 numbers learn to tell spam from mail while the reader moves the sliders.

What is trained is in training.py, the machinery in `course_utils.ui`. The view is made of
network_view.js (the drawing), neuron_card.js (what is hovered), weight_editor.js, timeline.js,
maps.js (what is called spam) and lab.js, which joins them. Notebook 03, section "Twenty-six
numbers that spot spam".
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from course_utils.pretraining import mlp
from course_utils.pretraining.labs.spam import figure
from course_utils.pretraining.labs.spam.training import (
    FIRST_EMAIL,
    LEARNING_RATE,
    SENDERS,
    SpamTraining,
    typed_parameter,
)
from course_utils.ui import Lab, LabView, bundle, toggle_buttons, wrapping_row
from course_utils.ui.static_lab import button

EMAIL_TOOLTIPS = (
    "How much this e-mail talks of winnings; the network's answer follows at once",
    "How many of its links look suspicious; the network's answer follows at once",
    "Whether you know the sender: 0 for a stranger, 1 for a friend",
)
PRESETS = (  # words, icon, tooltip, the three sliders
    (
        "A stranger's jackpot",
        "envelope",
        "Move the sliders to winnings 1, links 1, from a stranger",
        (1.0, 1.0, 0.0),
    ),
    (
        "The reverse",
        "exchange",
        "Move the sliders to no winnings, no links, from a friend",
        (0.0, 0.0, 1.0),
    ),
)
MARKED = 16  # training e-mails on each sender's map
HIDDEN = tuple(f"hidden {number}" for number in range(1, 5))


class SpamView(LabView):
    """The drawing: the network left to right, the loss curve, the answer for one e-mail."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class SpamLab(Lab):
    """The lab as a cell's last line; `steps`, `loss` and `accuracy` are those of this moment."""

    name = "spam-network"
    title = "Spam lab: a network of 26 parameters"
    view_class = SpamView

    def __init__(
        self,
        seed: int = 0,
        steps: int = 600,
        learning_rate: float = LEARNING_RATE,
        activation: str = "tanh",
    ) -> None:
        super().__init__(SpamTraining(seed, learning_rate, activation), headless_steps=steps)

    @property
    def steps(self) -> int:
        """Steps trained since the last reset."""
        return len(self.trainable.losses)

    @property
    def loss(self) -> float:
        """Mean loss in nats."""
        return self.trainable.loss

    @property
    def accuracy(self) -> float:
        """The share of e-mails put into the right class."""
        return self.trainable.accuracy

    def labels(self) -> dict:
        """The neurons' names, and what stands still on the maps, for the view."""
        x, y = mlp.emails()
        maps = []
        for known, name in enumerate(SENDERS):
            some = np.flatnonzero(x[:, 2] == known)[:MARKED]
            marked = np.column_stack([x[some, :2], y[some]]).round(3).tolist()
            maps.append({"sender": name, "border": mlp.true_border(known), "emails": marked})
        names = {"inputs": mlp.INPUTS, "hidden": HIDDEN, "classes": mlp.CLASSES}
        return {**{part: list(each) for part, each in names.items()}, "maps": maps}

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Learning rate, activation, and three sliders that describe one e-mail."""
        # The reader steers these between two steps.
        self.learning_rate = self.steer(
            ipywidgets.FloatLogSlider(
                value=self.trainable.learning_rate,
                min=-3,
                max=1.5,
                step=0.05,
                description="Learning rate",
                readout_format=".3g",
                style={"description_width": "90px"},
                layout={"width": "380px", "max_width": "100%"},
                continuous_update=True,
                tooltip="How far each step moves the weights; acts on the next step",
            ),
            "learning_rate",
        )
        self.activation = self.steer(
            toggle_buttons(
                "Activation",
                mlp.ACTIVATIONS,
                self.trainable.network.activation,
                tooltip="What a hidden neuron makes of its sum; the weights stay",
                tooltips=[
                    "The sum as it is: only straight borders",
                    "Nothing below zero",
                    "Squeezed between 0 and 1",
                    "Squeezed between -1 and 1",
                ],
            ),
            "activation",
        )
        self.email = self._email_sliders()
        # In the order in which they stand above the view.
        ends = (ipywidgets.Label("slow and steady"), ipywidgets.Label("fast and chaotic"))
        rate = wrapping_row([ends[0], self.learning_rate, ends[1]])
        self.presets = self._preset_buttons()
        title = ipywidgets.Label("One e-mail, described by you:")
        own = [wrapping_row([title, *self.presets]), wrapping_row(self.email)]
        return [rate, self.activation, *own]

    def _preset_buttons(self) -> list[ipywidgets.Button]:
        """The classic e-mails of the exercise, one button each."""
        return [
            button(words, icon, tooltip, lambda email=email: self._describe(email))
            for words, icon, tooltip, email in PRESETS
        ]

    def _email_sliders(self) -> list[ipywidgets.FloatSlider]:
        """One e-mail of the reader's own: three sliders that are sent together."""
        sliders = [
            ipywidgets.FloatSlider(
                value=value,
                min=0,
                max=1,
                step=0.05,
                description=name,
                tooltip=tooltip,
                readout_format=".2f",
                style={"description_width": "104px"},
                layout={"width": "340px", "max_width": "100%"},
            )
            for name, value, tooltip in zip(mlp.INPUTS, FIRST_EMAIL, EMAIL_TOOLTIPS, strict=True)
        ]
        for slider in sliders:
            slider.observe(self._write_email, names="value")
        return sliders

    def picture(self) -> Figure:
        """The network after the headless steps, and its loss curve."""
        p = self.trainable.network.parameters
        # Long names take two lines beside the neurons.
        names = [[name.replace(" ", "\n", 1) for name in mlp.INPUTS], HIDDEN, mlp.CLASSES]
        return figure.spam_network(
            [p["hidden_weights"], p["output_weights"]], names, self.trainable.losses.values()
        )

    def as_text(self) -> str:
        """How many steps were trained, and how many e-mails are right."""
        return f"after {self.steps} steps: {self.accuracy:.0%} of the e-mails right"

    def _describe(self, email: Sequence[float]) -> None:
        # The sliders tell the trainer, so what is judged is what they show.
        for slider, value in zip(self.email, email, strict=True):
            slider.value = value

    def _write_email(self, _change: object) -> None:
        self.trainer.send("change", "email", [slider.value for slider in self.email])

    def _hear(self, view: LabView, content: dict, buffers: list) -> None:
        # Only edits are this lab's own; all else goes the usual way.
        if content.get("type") != "edit":
            return super()._hear(view, content, buffers)
        # What was typed is answered in the editor, whether it was taken or refused.
        answer = {"type": "edited", "editor": content.get("editor"), "refused": ""}
        try:
            # Without a thread nobody would take the command.
            if not self.trainer.is_alive():
                raise ValueError("This lab has ended. Run its cell again, then change the weight.")
            value = typed_parameter(str(content["text"]))
            self.trainer.call(self.trainable.put, content["name"], int(content["place"]), value)
        except ValueError as error:
            answer["refused"] = str(error)
        view.send(answer)


def spam_lab(
    seed: int = 0, steps: int = 600, learning_rate: float = LEARNING_RATE, activation: str = "tanh"
) -> SpamLab:
    """The spam lab; put it on the last line of a cell.

    Args:
        seed: of the first weights.
        steps: how many steps are trained headless; a live lab waits for the play button.
        learning_rate: the slider's first place, 0.001 to 30.
        activation: "linear", "ReLU", "sigmoid" or "tanh".

    Raises:
        ValueError: learning_rate is outside of the slider, or there is no such activation.
    """
    # Refused here, because a slider would silently move to its end.
    if not 0.001 <= learning_rate <= 30:
        raise ValueError(f"learning_rate is {learning_rate}; the slider goes from 0.001 to 30.")
    return SpamLab(seed, steps, learning_rate, activation)
