"""The spam lab: 26 numbers learn to tell spam from mail while the reader moves the sliders.

The network and its e-mails are in `pretraining.mlp`, the drawing in spam_network.js, the machinery
in `widgets.base`. Notebook 03, section "Twenty-six numbers that spot spam".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from course_utils import figures
from course_utils.pretraining import mlp
from course_utils.widgets.base import Curve, Lab, LabView, assets, pack, wrapping_row

LEARNING_RATE = 0.3
FIRST_EMAIL = (0.8, 0.6, 0.0)
EMAIL_TOOLTIPS = (
    "How much this e-mail talks of winnings; the network's answer follows at once",
    "How many of its links look suspicious; the network's answer follows at once",
    "Whether you know the sender: 0 for a stranger, 1 for a friend",
)
HIDDEN = tuple(f"hidden {number}" for number in range(1, 5))


class SpamTraining:
    """What the lab trains; see `trainer.Subject`. Settings: learning_rate, activation, email.

    Args:
        seed: of the first weights; `reset` goes back to them.
        learning_rate: how far a step goes along the gradient.
        activation: one of mlp.ACTIVATIONS.
    """

    def __init__(
        self, seed: int = 0, learning_rate: float = LEARNING_RATE, activation: str = "tanh"
    ) -> None:
        self.seed, self.learning_rate = seed, float(learning_rate)
        self.network = mlp.SpamNetwork(activation, seed)
        self.email = np.array(FIRST_EMAIL)
        self.losses = Curve()
        self.rate_used = 0.0
        self._x, self._y = mlp.emails()

    def step(self) -> None:
        """One step downhill on all e-mails.

        Raises:
            OverflowError: the rate is so high that a weight would leave all bounds.
        """
        loss = self.network.step(self._x, self._y, self.learning_rate)
        self.rate_used = self.learning_rate
        if not math.isfinite(loss):
            raise OverflowError(
                f"After step {len(self.losses)} a learning rate of {self.learning_rate:.3g} would "
                f"throw the weights beyond a million. Move the learning rate towards slow and "
                f"steady."
            )
        self.losses.add(loss)

    def reset(self) -> None:
        """The first weights of the seed again; learning rate, activation and e-mail stay."""
        self.network = mlp.SpamNetwork(self.network.activation, self.seed)
        self.losses.clear()
        self.rate_used = 0.0

    def change(self, name: str, value: object) -> None:
        """Take a new learning_rate (float), activation (a name) or email (three numbers 0..1)."""
        if name == "learning_rate":
            self.learning_rate = float(value)
        elif name == "activation":
            self.network.activation = str(value)
        elif name == "email":
            self.email = np.array(value, dtype=float)
        else:
            raise KeyError(
                f"There is no setting {name!r}; there are learning_rate, activation, email."
            )

    @property
    def loss(self) -> float:
        """Mean loss on all e-mails with the weights of now, in nats."""
        return self.network.loss(self._x, self._y)

    @property
    def accuracy(self) -> float:
        """The share of e-mails that the weights of now get right."""
        return self.network.accuracy(self._x, self._y)

    def frame(self) -> bytes:
        """All weights, the values of the reader's e-mail on its way, and the loss curve."""
        flow = self.network.forward(self.email)
        steps, losses = self.losses.thin()
        facts = {
            "step": len(self.losses),
            "loss": self.loss,
            "accuracy": self.accuracy,
            "rate_used": self.rate_used,
            "learning_rate": self.learning_rate,
            "activation": self.network.activation,
            "parameters": self.network.count(),
        }
        return pack(
            facts,
            {
                **self.network.parameters,
                "inputs": flow.inputs,
                "hidden": flow.hidden,
                "probabilities": flow.probabilities,
                "curve_steps": steps,
                "curve_losses": losses,
            },
        )


class SpamView(LabView):
    """The drawing: the network left to right, the loss curve, the answer for one e-mail."""

    _esm = assets(__file__, ".js")
    _css = assets(__file__, ".css")


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
        return len(self.subject.losses)

    @property
    def loss(self) -> float:
        """Mean loss in nats."""
        return self.subject.loss

    @property
    def accuracy(self) -> float:
        """The share of e-mails put into the right class."""
        return self.subject.accuracy

    def labels(self) -> dict:
        """The neurons' names, for the view."""
        return {"inputs": list(mlp.INPUTS), "hidden": list(HIDDEN), "classes": list(mlp.CLASSES)}

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Learning rate, activation, and three sliders that describe one e-mail."""
        self.learning_rate = self.steer(
            ipywidgets.FloatLogSlider(
                value=self.subject.learning_rate,
                min=-3,
                max=1.5,
                step=0.05,
                description="Learning rate",
                readout_format=".3g",
                style={"description_width": "90px"},
                layout={"width": "380px"},
                continuous_update=True,
                tooltip="How far each step moves the weights; acts on the next step",
            ),
            "learning_rate",
        )
        self.activation = self.steer(
            ipywidgets.ToggleButtons(
                options=list(mlp.ACTIVATIONS),
                value=self.subject.network.activation,
                description="Activation",
                style={"description_width": "90px", "button_width": "72px"},
                layout={"width": "440px", "max_width": "100%"},
                tooltips=[
                    "The sum as it is: only straight borders",
                    "Nothing below zero",
                    "Squeezed between 0 and 1",
                    "Squeezed between -1 and 1",
                ],
            ),
            "activation",
        )
        self.email = [
            ipywidgets.FloatSlider(
                value=value,
                min=0,
                max=1,
                step=0.05,
                description=name,
                tooltip=tooltip,
                readout_format=".2f",
                style={"description_width": "104px"},
                layout={"width": "340px"},
            )
            for name, value, tooltip in zip(mlp.INPUTS, FIRST_EMAIL, EMAIL_TOOLTIPS, strict=True)
        ]
        for slider in self.email:
            slider.observe(self._write_email, names="value")
        ends = (ipywidgets.Label("slow and steady"), ipywidgets.Label("fast and chaotic"))
        rate = wrapping_row([ends[0], self.learning_rate, ends[1]])
        title = ipywidgets.Label("One e-mail, described by you:")
        return [rate, self.activation, title, wrapping_row(self.email)]

    def picture(self) -> Figure:
        """The network after the headless steps, and its loss curve."""
        p = self.subject.network.parameters
        names = [[name.replace(" ", "\n", 1) for name in mlp.INPUTS], HIDDEN, mlp.CLASSES]
        return figures.pretraining.spam_network(
            [p["hidden_weights"], p["output_weights"]], names, self.subject.losses.values()
        )

    def _write_email(self, _change: object) -> None:
        self.trainer.send("change", "email", [slider.value for slider in self.email])


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
    if not 0.001 <= learning_rate <= 30:
        raise ValueError(f"learning_rate is {learning_rate}; the slider goes from 0.001 to 30.")
    return SpamLab(seed, steps, learning_rate, activation)
