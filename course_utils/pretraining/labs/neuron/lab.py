"""The neuron lab: one input's line and its bend, and four corners that one neuron tells apart.

Nothing is trained: the reader is the one who turns the weights. The arithmetic is in
`pretraining.neuron` and `pretraining.mlp`; bend.js draws the upper view, corners.js the lower one.
Notebook 03, section "One neuron".
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from course_utils.pretraining import mlp
from course_utils.pretraining.labs.neuron import figure
from course_utils.pretraining.neuron import CORNERS, TASKS, corners_right
from course_utils.ui import bundle, pack, toggle_buttons, wrapping_row
from course_utils.ui.static_lab import StaticLab, StaticLabView, button, sized

INPUTS = ("this", "that")  # of the neuron with two
ENDS = (-2.0, 2.0)  # of the one input
MAP_ENDS = (-0.25, 1.25)  # of both inputs, so that all corners lie inside
POINTS, SIZE = 81, 25  # of the curves, and a side of the map
SLIDERS = {  # setting -> label, tooltip, size of both ends, step
    "weight": ("weight", "How steeply the sum follows the input; below 0 it falls", 3, 0.1),
    "bias": ("bias", "Moves the whole line up or down", 3, 0.1),
    "x": ("input x", "The input at which the marks stand; the neuron stays as it is", 2, 0.1),
    "this": (
        "weight of this",
        "How much the first input counts; below 0, against firing",
        10,
        0.5,
    ),
    "that": (
        "weight of that",
        "How much the second input counts; below 0, against firing",
        10,
        0.5,
    ),
    "bias_2": ("bias", "How eager the neuron is before it has seen any input", 10, 0.5),
}
BENDS = ("The sum as it is", "Nothing below 0", "Squeezed between 0 and 1", "Between -1 and 1")
MEANT = (
    "Fires only where both inputs are 1",
    "Fires where at least one input is 1",
    "Fires where this is 1 and that is 0",
    "Fires where exactly one input is 1",
)


class NeuronView(StaticLabView):
    """One of the two drawings; the label "part" says which."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class NeuronLab(StaticLab):
    """The lab as a cell's last line.

    Args:
        activation: of the neuron with one input, one of mlp.ACTIVATIONS.
        task: of the neuron with two, one of neuron.TASKS.

    Raises:
        ValueError: there is no such activation or task.
    """

    title = "Neuron lab: a line, its bend, and four corners"
    view_class = NeuronView

    def __init__(self, activation: str = "sigmoid", task: str = "AND") -> None:
        # Refused here, before a toggle would say it in ipywidgets' words.
        for kind, name, known in (
            ("activation", activation, mlp.ACTIVATIONS),
            ("task", task, TASKS),
        ):
            if name not in known:
                raise ValueError(f"There is no {kind} {name!r}; use one of {', '.join(known)}.")
        self.upper: NeuronView | None = None
        one = {"activation": activation, "weight": 2.0, "bias": -0.5, "x": 1.0}
        super().__init__({**one, "task": task, "this": 1.0, "that": 1.0, "bias_2": -0.5})

    @property
    def sum(self) -> float:
        """What the neuron with one input has added up."""
        return self.settings["weight"] * self.settings["x"] + self.settings["bias"]

    @property
    def output(self) -> float:
        """What its activation makes of that."""
        return float(mlp.activate(self.settings["activation"], np.array(self.sum)))

    @property
    def right(self) -> int:
        """How many of the four corners the neuron with two inputs gets right."""
        settings = self.settings
        weights = (settings["this"], settings["that"])
        return corners_right(settings["task"], weights, settings["bias_2"])

    def labels(self) -> dict:
        """Names for both views; the lower one is the lab's own."""
        return {"part": "corners", "inputs": list(INPUTS), "ends": ENDS, "map_ends": MAP_ENDS}

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """The controls of one input with their view, then those of two inputs."""
        self.sliders = {name: self._slider(name) for name in SLIDERS}
        # Each view stands below the controls that it answers.
        self.upper = NeuronView(labels={**self.labels(), "part": "bend"}, frame=self.frame())
        self.activation = toggle_buttons(
            "Activation",
            mlp.ACTIVATIONS,
            self.settings["activation"],
            tooltip="What the neuron makes of its sum",
            tooltips=BENDS,
            label_px=104,
        )
        self.task = toggle_buttons(
            "Task",
            list(TASKS),
            self.settings["task"],
            tooltip="At which corners the neuron should fire; the weights stay",
            tooltips=MEANT,
            label_px=104,
            button_px=144,
        )
        words = "Zero weights and bias", "undo", "Put both weights and the bias to 0"
        return [
            ipywidgets.Label("A neuron with one input:"),
            self.steer(self.activation, "activation"),
            wrapping_row([self.sliders[name] for name in ("weight", "bias", "x")]),
            self.upper,
            ipywidgets.Label("A sigmoid neuron with two inputs, this and that:"),
            self.steer(self.task, "task"),
            wrapping_row(
                [*(self.sliders[name] for name in ("this", "that", "bias_2"))]
                + [button(*words, self.clear)]
            ),
        ]

    def clear(self) -> None:
        """Put the weights and the bias of the neuron with two inputs to 0."""
        with self.at_once():
            for name in ("this", "that", "bias_2"):
                self.sliders[name].value = 0.0

    def redraw(self) -> None:
        """Send a new frame to both views."""
        super().redraw()
        if self.view is not None and self.upper is not None:
            self.upper.frame = self.view.frame

    def frame(self) -> bytes:
        """The curves of one input and where x stands; the map and corners of two."""
        xs, line, bend = self._curves()
        corners = self._sums(np.array(CORNERS, dtype=float))
        targets = np.array(TASKS[self.settings["task"]])
        facts = {**self.settings, "sum": self.sum, "output": self.output, "right": self.right}
        arrays = {
            "xs": xs,
            "line": line,
            "bend": bend,
            "map": self._map(),
            "corners": np.array(CORNERS),
            "targets": targets,
            "corner_sums": corners,
            "corner_outputs": mlp.activate("sigmoid", corners),
        }
        return pack(facts, arrays)

    def picture(self) -> Figure:
        """The line and its bend with x marked, and the map of two inputs with its corners."""
        return figure.neuron_panels(
            self._curves(),
            (self.settings["x"], self.sum, self.output),
            self.settings["activation"],
            (self._map().reshape(SIZE, SIZE), MAP_ENDS),
            TASKS[self.settings["task"]],
            f"{self.settings['task']}: {self.right} of 4 right",
        )

    def as_text(self) -> str:
        """The sum and the output at x, and how many corners are right."""
        settings = self.settings
        return (
            f"one input: {settings['weight']:g} × {settings['x']:g} + ({settings['bias']:g}) = "
            f"{self.sum:.2f}, {settings['activation']} gives {self.output:.3f}; "
            f"two inputs, {settings['task']}: {self.right} of 4 right"
        )

    def _curves(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Inputs, their sums, and the activation of these, (POINTS,) each."""
        xs = np.linspace(*ENDS, POINTS)
        sums = self.settings["weight"] * xs + self.settings["bias"]
        return xs, sums, mlp.activate(self.settings["activation"], sums)

    def _sums(self, inputs: np.ndarray) -> np.ndarray:
        """The sums (N,) of pairs of inputs (N, 2)."""
        return inputs @ [self.settings["this"], self.settings["that"]] + self.settings["bias_2"]

    def _map(self) -> np.ndarray:
        """The sums over the square, (SIZE x SIZE,) row by row: that goes up, this across."""
        this, that = np.meshgrid(*[np.linspace(*MAP_ENDS, SIZE)] * 2)
        return self._sums(np.column_stack([this.ravel(), that.ravel()]))

    def _slider(self, name: str) -> ipywidgets.FloatSlider:
        label, tooltip, end, step = SLIDERS[name]
        slider = ipywidgets.FloatSlider(
            value=self.settings[name],
            min=-end,
            max=end,
            step=step,
            description=label,
            tooltip=tooltip,
            readout_format=".1f",
            **sized(104, 320),
        )
        return self.steer(slider, name)


def neuron_lab(activation: str = "sigmoid", task: str = "AND") -> NeuronLab:
    """The neuron lab; put it on the last line of a cell.

    Args:
        activation: "linear", "ReLU", "sigmoid" or "tanh".
        task: "AND", "OR", "this, but not that" or "XOR".

    Returns:
        The lab, with `sum`, `output` and `right`.
    """
    return NeuronLab(activation, task)
