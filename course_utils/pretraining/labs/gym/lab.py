"""The Training Gym: the transformer on the reader's own tokens, with every setting in reach.

Here is the lab with its controls: their words, what values they take, and what they set. What is
trained is in training.py, what is drawn in frame.py, the drawing in lab.js.
Notebook 03, section "Start the long run".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import ipywidgets
import numpy as np
import torch
from matplotlib.figure import Figure

from course_utils.model.transformer import Transformer
from course_utils.pretraining.labs.gym.figure import gym_run
from course_utils.pretraining.labs.gym.optimizers import OPTIMIZERS
from course_utils.pretraining.labs.gym.training import LIVE, GymTraining, Shape
from course_utils.tokenization import shards
from course_utils.tokenization.interface import TextTokenizer
from course_utils.ui import Lab, LabView, bundle, toggle_buttons, wrapping_row
from course_utils.workspace import Artifact

Ids = Mapping[str, np.ndarray]
DEFAULT_SHAPE = Shape()
RATES = (-4.0, 1.0)  # the ends of the slider, powers of ten
STOPS = {  # named places of the slider: the rate, and what to expect of it
    "crawl": (10**-3.5, "So small that hours would pass"),
    "careful": (10**-2.3, "Safe, and slow"),
    "usual": (10**-1.7, "What this course trains with"),
    "bold": (0.1, "Fast for Muon, too fast for AdamW alone"),
    "chaos": (10**0.5, "Every step overshoots"),
}
BATCHES = (1, 2, 4, 8, 16, 32)  # rows a step
DECAYS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)
SHAPES = {
    "layers": ("Depth", (1, 2, 3, 4), "How many blocks stand on one another"),
    "width": ("Width", (16, 32, 48, 64, 96, 128), "How many numbers stand for a token"),
    "heads": ("Heads", (1, 2, 4), "How many attention patterns a layer has"),
    "context": ("Context", (16, 32, 64, 128), "How many tokens a row has"),
    "device": ("Device", (), "Where it is computed"),
}


class GymView(LabView):
    """The drawing: loss, accuracy and gradient over the steps, the figures and a sample."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class GymLab(Lab):
    """The lab as a cell's last line; `training_gym` makes it.

    Args:
        training: what is trained.
        steps: how many steps are trained headless; a live lab waits for the play button.
    """

    name = "training-gym"
    title = "Training Gym: a transformer on your own tokens"
    view_class = GymView

    def __init__(self, training: GymTraining, steps: int) -> None:
        super().__init__(training, headless_steps=steps, run_steps=50, steps_per_second=200)

    @property
    def model(self) -> Transformer:
        """The model of this moment."""
        return self.trainable.model

    @property
    def steps(self) -> int:
        """Steps trained since the last reset."""
        return len(self.trainable.run)

    @property
    def loss(self) -> float:
        """Running mean of the training loss, nats per token; NaN before the first step."""
        last = self.trainable.run.smooth.last
        return math.nan if last is None else last

    @property
    def validation_loss(self) -> float:
        """Loss on the validation rows when last evaluated; not a number before that."""
        last = self.trainable.run.validation_losses.last
        return math.nan if last is None else last

    @property
    def note(self) -> str:
        """What "Keep this model" answered."""
        return self.trainable.note

    def keep_model(self) -> None:
        """Make the model of now the artifact base_model; live, between two steps. See `note`."""
        if self.trainer is None:
            self.trainable.keep()
        else:
            self.trainer.call(self.trainable.keep)

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Learning rate with its stops, live settings, settings for the next reset, and keep."""
        # Each control begins where training stands.
        settings, shape = self.trainable.settings, self.trainable.wanted
        self.learning_rate = rate_slider(settings["learning_rate"])
        self.batch = batch_slider(settings["batch"])
        self.optimizer = optimizer_buttons(settings["optimizer"])
        self.weight_decay = decay_slider(settings["weight_decay"])
        # Those of LIVE act on the next step, those of the shape on the next reset.
        for setting in LIVE:
            self.steer(getattr(self, setting), setting)
        self.shape = shape_menus(shape)
        for setting, menu in self.shape.items():
            self.steer(menu, setting)
        # What only presses: stops move the slider, keep writes an artifact.
        self.stops = stop_buttons(self.learning_rate)
        self.keep = keep_button(self.keep_model)
        label = ipywidgets.Label
        return [
            wrapping_row(
                [label("slow and steady"), self.learning_rate, label("fast and chaotic")]
            ),
            wrapping_row([label("Stops on the way:"), *self.stops]),
            wrapping_row([self.batch, self.weight_decay]),
            self.optimizer,
            wrapping_row([label("At the next reset:"), *self.shape.values(), self.keep]),
        ]

    def picture(self) -> Figure:
        """Status, loss, accuracy, gradient and heads after the headless steps."""
        run, looking = self.trainable.run, self.trainable.looking
        curves = {name: values.tolist() for name, values in run.arrays().items()}
        facts, weights = run.facts(), looking.weights(self.model)
        read = looking.facts(weights, self.steps)["words"]
        return gym_run(curves, f"{facts['status']}: {facts['meaning']}", weights, read)

    def as_text(self) -> str:
        """The loss of now, and that of guessing among all tokens."""
        guessing = math.log(self.model.config.vocab_size)
        return f"after {self.steps} steps the loss is {self.loss:.1f}, from {guessing:.1f}"


def training_gym(
    tokens: Path | str | Ids | Artifact,
    mix: Mapping[str, float],
    tokenizer: TextTokenizer,
    *,
    inputs: Sequence[Artifact] = (),
    validation: Ids | None = None,
    seed: int = 0,
    steps: int = 40,
    learning_rate: float = 0.02,
    batch: int = 4,
    optimizer: str = OPTIMIZERS[0],
    weight_decay: float = 0.0,
    shape: Shape = DEFAULT_SHAPE,
    prompt: str = "The capital of",
    sentence: str = "The dog saw the cat, and the cat saw the dog.",
) -> GymLab:
    """The Training Gym; put it on the last line of a cell.

    Args:
        tokens: the artifact, a folder of shards, or arrays of token ids by source.
        mix: how often each source is drawn.
        tokenizer: the one that wrote the tokens.
        inputs: the artifacts corpus, tokenizer and tokens, which "Keep this model" writes down.
        validation: token ids by source that training never sees; a folder has its own.
        seed: of the first weights and of the rows.
        steps: how many are trained headless.
        learning_rate: the slider's first place, 0.0001 to 10.
        batch: 1, 2, 4, 8, 16 or 32 rows a step.
        optimizer: "Muon + AdamW", "AdamW" or "SGD".
        weight_decay: 0 or more.
        shape: layers, width, heads, context and device of the model.
        prompt: what the samples of text go on from.
        sentence: in which it is shown where each head looks; its first 16 tokens count.

    Raises:
        ValueError: a setting is off its control, the tokens are too few for one row, or there is
            no sentence.
        ShardError: the folder holds no tokens.
    """
    _refuse(learning_rate, batch, optimizer, weight_decay, shape)
    settings = {
        "learning_rate": float(learning_rate),
        "batch": batch,
        "optimizer": optimizer,
        "weight_decay": float(weight_decay),
    }
    # The reader's tokens; validation rows that are given go before those of a folder.
    train, held_back = _read(tokens, mix)
    # A corpus without these sources is told here, not by an empty stream.
    if not len(train):
        raise ValueError(
            f"There are no tokens of {', '.join(mix) or 'any source'} to train on. Run notebook "
            "02 to write them, and notebook 01 before it if the corpus is empty."
        )
    held_back = held_back if validation is None else validation
    training = GymTraining(
        train, held_back, mix, tokenizer, settings, shape, seed, prompt, sentence, list(inputs)
    )
    return GymLab(training, steps)


def _read(tokens: Path | str | Ids | Artifact, mix: Mapping[str, float]) -> tuple[Ids, Ids]:
    """The training and the validation ids of the mix's sources; validation {} for arrays."""
    if isinstance(tokens, Mapping):
        return tokens, {}
    # From a folder only the sources that the mix draws from.
    folder = Path(tokens.path if isinstance(tokens, Artifact) else tokens)
    train, held_back = (
        {
            name: shards.read(folder, name, split)
            for name in shards.sources(folder, split)
            if mix.get(name, 0) > 0
        }
        for split in shards.SPLITS
    )
    return train, held_back


def devices() -> tuple[str, ...]:
    """What this machine can compute on, the processor first."""
    # Only what is there is offered, the processor always.
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
        # The rate is bound here, since the loop goes on to the next one.
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
        options=[(f"{decay:g}", decay) for decay in DECAYS],
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
        # The device's choices are the machine's, all others are fixed.
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


def _refuse(rate: float, batch: int, optimizer: str, decay: float, shape: Shape) -> None:
    """Refuse a first setting that its control could not show.

    Raises:
        ValueError: which one, what it was, and what it may be.
    """
    # The rate has a range, the others have choices.
    low, high = (10**end for end in RATES)
    if not (math.isfinite(rate) and low <= rate <= high):
        raise ValueError(f"learning_rate is {rate}; the slider goes from {low:g} to {high:g}.")
    rows = [("batch", batch, BATCHES), ("optimizer", optimizer, OPTIMIZERS)]
    rows += [("weight_decay", decay, DECAYS)]
    for name, (_, values, _) in SHAPES.items():
        rows.append((name, getattr(shape, name), values or devices()))
    # Each by its name and choices, as its control would show them.
    for name, value, values in rows:
        if value not in values:
            raise ValueError(f"{name} is {value!r}; choose one of {', '.join(map(str, values))}.")
