"""The Training Gym's controls: sliders and menus, their words, and what values they take.

It wires nothing but the stops of the learning rate. Notebook 03, section "Train it".
"""

from __future__ import annotations

import math
from collections.abc import Callable

import ipywidgets
import torch

from course_utils.pretraining.labs.gym.optimizers import OPTIMIZERS
from course_utils.pretraining.labs.gym.shape import Shape
from course_utils.ui import toggle_buttons

RATES = (-4.0, 1.0)  # the ends of the slider, powers of ten
STOPS = {  # each a place that the slider can stand at
    "crawl": (10**-3.5, "So small that hours would pass"),
    "careful": (10**-2.3, "Safe, and slow"),
    "usual": (10**-1.7, "What this course trains with"),
    "bold": (0.1, "Fast for Muon, too fast for AdamW alone"),
    "chaos": (10**0.5, "Every step overshoots"),
}
BATCHES = (1, 2, 4, 8, 16, 32)
DECAYS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)
SHAPES = {
    "layers": ("Depth", (1, 2, 3, 4), "How many blocks stand on one another"),
    "width": ("Width", (16, 32, 48, 64, 96, 128), "How many numbers stand for a token"),
    "heads": ("Heads", (1, 2, 4), "How many attention patterns a layer has"),
    "context": ("Context", (16, 32, 64, 128), "How many tokens a row has"),
    "device": ("Device", (), "Where it is computed"),
}


def devices() -> tuple[str, ...]:
    """What this machine can compute on, the processor first."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return ("cpu", *(name for name, yes in there.items() if yes))


def rate_slider(value: float) -> ipywidgets.FloatLogSlider:
    """The learning rate, on a scale of powers of ten."""
    return ipywidgets.FloatLogSlider(
        value=value,
        min=RATES[0],
        max=RATES[1],
        step=0.05,
        description="Learning rate",
        readout_format=".2g",
        tooltip="How far each step moves the weights; acts on the next step",
        style={"description_width": "90px"},
        layout={"width": "400px", "max_width": "100%"},
    )


def stop_buttons(slider: ipywidgets.FloatLogSlider) -> list[ipywidgets.Button]:
    """One button for each named learning rate; a press moves the slider there."""
    buttons = []
    for name, (rate, words) in STOPS.items():
        button = ipywidgets.Button(
            description=f"{name} {rate:.2g}",
            tooltip=f"Learning rate {rate:.2g}. {words}; acts on the next step",
            layout={"width": "auto"},
        )
        button.on_click(lambda _, rate=rate: setattr(slider, "value", rate))
        buttons.append(button)
    return buttons


def batch_slider(value: int) -> ipywidgets.SelectionSlider:
    """Rows a step."""
    return ipywidgets.SelectionSlider(
        options=BATCHES,
        value=value,
        description="Batch",
        tooltip="Rows that a step looks at: fewer are noisy, more are slow; acts on the next step",
        style={"description_width": "90px"},
        layout={"width": "300px", "max_width": "100%"},
    )


def decay_slider(value: float) -> ipywidgets.SelectionSlider:
    """Weight decay."""
    return ipywidgets.SelectionSlider(
        options=[(f"{one:g}", one) for one in DECAYS],
        value=value,
        description="Weight decay",
        tooltip="Share of the learning rate by which tables of weights shrink each step; acts on "
        "the next step",
        style={"description_width": "90px"},
        layout={"width": "300px", "max_width": "100%"},
    )


def optimizer_buttons(value: str) -> ipywidgets.ToggleButtons:
    """The three optimizers."""
    return toggle_buttons(
        "Optimizer",
        OPTIMIZERS,
        value,
        tooltip="How a gradient becomes a step; acts on the next step",
        button_px=140,
        tooltips=[
            "Muon turns the tables inside the blocks, AdamW the rest; moments begin anew",
            "A step size of its own for every number; moments begin anew",
            "Straight down the gradient, with momentum; it wants a larger rate",
        ],
    )


def shape_menus(shape: Shape) -> dict[str, ipywidgets.Dropdown]:
    """One menu for each thing that only a reset can change."""
    return {
        name: ipywidgets.Dropdown(
            options=values or devices(),
            value=getattr(shape, name),
            description=words,
            tooltip=f"{tooltip}; applies at the next reset",
            style={"description_width": "56px"},
            layout={"width": "138px"},
        )
        for name, (words, values, tooltip) in SHAPES.items()
    }


def keep_button(press: Callable[[], None]) -> ipywidgets.Button:
    """Makes the lab's model the course's base model."""
    button = ipywidgets.Button(
        description="Keep this model",
        icon="save",
        tooltip="Make the model of now the base model that notebook 04 goes on with",
        layout={"width": "auto"},
    )
    button.on_click(lambda _: press())
    return button


def check(rate: float, batch: int, optimizer: str, decay: float, shape: Shape) -> None:
    """Refuse a first setting that its control could not show.

    Raises:
        ValueError: which one, what it was, and what it may be.
    """
    low, high = (10**end for end in RATES)
    if not (math.isfinite(rate) and low <= rate <= high):
        raise ValueError(f"learning_rate is {rate}; the slider goes from {low:g} to {high:g}.")
    rows = [("batch", batch, BATCHES), ("optimizer", optimizer, OPTIMIZERS)]
    rows += [("weight_decay", decay, DECAYS)]
    for name, (_, values, _) in SHAPES.items():
        rows.append((name, getattr(shape, name), values or devices()))
    for name, value, values in rows:
        if value not in values:
            raise ValueError(f"{name} is {value!r}; choose one of {', '.join(map(str, values))}.")
