"""The valley lab: a ball on the loss surface of a real network, steered by the reader.

What is trained is in training.py, the arithmetic in `pretraining.valley`, the machinery in
`course_utils.ui`. The view is made of map.js (the contour map), contours.js (its lines) and
lab.js, which joins them with cut and curve. Notebook 03, section "The valley".
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
from matplotlib.figure import Figure

from course_utils.pretraining import valley
from course_utils.pretraining.labs.valley import figure
from course_utils.pretraining.labs.valley.training import (
    GHOSTS,
    LEARNING_RATE,
    STILL_GRID,
    ValleyTraining,
    axes,
    map_box,
)
from course_utils.ui import Lab, LabView, bundle, toggle_buttons, wrapping_row

GOOD_RATES = {"SGD": 1.0, "momentum": 0.3, "AdamW": 0.1, "Muon": 0.1}  # each converges
RATES = (-3.0, 1.5)  # the ends of the learning rate's slider, powers of ten
STEPS_PER_SECOND = 20  # slow enough to follow the ball with the eye
LABEL_PX = 104


class ValleyView(LabView):
    """The drawing: the map with ball and paths, the cut along the next step, the loss curve."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class ValleyLab(Lab):
    """The lab as a cell's last line; its numbers are those of this moment.

    Args:
        seed: of the first weights.
        steps: how many are trained headless; a live lab waits for the play button.
        learning_rate: the slider's first place, 0.001 to 31.6.
        optimizer: "SGD", "momentum", "AdamW" or "Muon".

    Raises:
        ValueError: a setting is outside of what the lab offers.
    """

    name = "valley"
    title = "The valley: a ball on the loss surface of a network"
    view_class = ValleyView

    def __init__(
        self,
        seed: int = 0,
        steps: int = 100,
        learning_rate: float = LEARNING_RATE,
        optimizer: str = "SGD",
    ) -> None:
        # Refused here, because a slider would silently move to its end.
        low, high = (10**end for end in RATES)
        if not low <= learning_rate <= high:
            raise ValueError(
                f"learning_rate is {learning_rate}; the slider goes from {low:g} to {high:.3g}."
            )
        if steps < 0:
            raise ValueError(f"steps is {steps}; use 0 or more.")
        super().__init__(
            ValleyTraining(seed, learning_rate, optimizer),
            headless_steps=steps,
            steps_per_second=STEPS_PER_SECOND,
        )

    @property
    def steps(self) -> int:
        """Steps trained since the last reset."""
        return self.trainable.steps

    @property
    def loss(self) -> float:
        """Mean loss in nats."""
        return self.trainable.loss

    @property
    def verdict(self) -> str:
        """ "creeps", "converges", "oscillates", "flies out", or that it is too early to say."""
        return self.trainable.verdict

    def labels(self) -> dict:
        """The levels of the map's lines, and how many ghosts there may be, for the view."""
        return {"levels": list(figure.LEVELS), "ghosts": GHOSTS}

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Learning rate, optimizer, and what trains."""
        ends = (ipywidgets.Label("slow and steady"), ipywidgets.Label("fast and chaotic"))
        return [
            wrapping_row([ends[0], self._rate_slider(), ends[1]]),
            self._optimizer_toggle(),
            self._trains_toggle(),
        ]

    def picture(self) -> Figure:
        """The map with this run's path and those of the other optimizers, each at a good rate."""
        training = self.trainable
        paths = {}
        rates = {training.optimizer: training.learning_rate}
        for optimizer, rate in (rates | {**GOOD_RATES, **rates}).items():
            path = valley.descend(optimizer, rate, self.steps, training.seed, training.what_trains)
            paths[f"{optimizer}, rate {rate:g}"] = (path.places, path.losses)
        across, up = axes(map_box(training.plane.length), STILL_GRID)
        surface = valley.surface(training.weights, training.plane, across, up)
        return figure.valley_map(across, up, surface, paths)

    def as_text(self) -> str:
        """The settings, the loss and the verdict."""
        return (
            f"{self.trainable.recipe}: after {self.steps} steps the loss is {self.loss:.2f}; "
            f"it {self.verdict}"
        )

    def _rate_slider(self) -> ipywidgets.FloatLogSlider:
        self.learning_rate = ipywidgets.FloatLogSlider(
            value=self.trainable.learning_rate,
            min=RATES[0],
            max=RATES[1],
            step=0.05,
            description="Learning rate",
            readout_format=".3g",
            style={"description_width": f"{LABEL_PX}px"},
            layout={"width": "380px", "max_width": "calc(100% - 4px)"},
            tooltip="How far each step moves the ball; the cut and the next step follow at once",
        )
        return self.steer(self.learning_rate, "learning_rate")

    def _optimizer_toggle(self) -> ipywidgets.ToggleButtons:
        self.optimizer = toggle_buttons(
            "Optimizer",
            list(valley.OPTIMIZERS),
            self.trainable.optimizer,
            tooltip="How gradients become a step; the ball stays, memory starts afresh",
            label_px=LABEL_PX,
            button_px=108,
            tooltips=[
                "Plain descent: the ball moves by learning rate times slope",
                "A ball with mass: nine tenths of its speed stay, each slope pushes it on",
                "Every number gets its own step size from its slopes so far",
                "Matrices move equally far in every direction of their slope; biases by AdamW",
            ],
        )
        return self.steer(self.optimizer, "optimizer")

    def _trains_toggle(self) -> ipywidgets.ToggleButtons:
        self.what_trains = toggle_buttons(
            "What trains",
            valley.WHAT_TRAINS,
            self.trainable.what_trains,
            tooltip="Only the map's two directions, or the whole network",
            label_px=LABEL_PX,
            button_px=108,
            tooltips=[
                "The ball moves in the map's two directions only, so it stays on what is drawn",
                "All 26 weights move; the map is cut through the ball anew at every step",
            ],
        )
        return self.steer(self.what_trains, "what_trains")


def valley_lab(
    seed: int = 0,
    steps: int = 100,
    learning_rate: float = LEARNING_RATE,
    optimizer: str = "SGD",
) -> ValleyLab:
    """The valley lab; put it on the last line of a cell.

    Args:
        seed: of the first weights.
        steps: how many are trained headless; a live lab waits for the play button.
        learning_rate: the slider's first place, 0.001 to 31.6.
        optimizer: "SGD", "momentum", "AdamW" or "Muon".

    Returns:
        The lab, with `steps`, `loss` (nats) and `verdict` (a word or a few).

    Raises:
        ValueError: a setting is outside of what the lab offers.
    """
    return ValleyLab(seed, steps, learning_rate, optimizer)
