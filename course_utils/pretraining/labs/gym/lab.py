"""The Training Gym: the transformer on the reader's own tokens, with every setting in reach.

What is trained is in training.py, the controls in controls.py, the drawing in lab.js.
Notebook 03, section "Train it".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from course_utils.model.transformer import Transformer
from course_utils.pretraining.labs.gym import controls as gym_controls
from course_utils.pretraining.labs.gym.figure import gym_run
from course_utils.pretraining.labs.gym.optimizers import OPTIMIZERS
from course_utils.pretraining.labs.gym.shape import Shape
from course_utils.pretraining.labs.gym.training import LIVE, GymTraining
from course_utils.tokenization import shards
from course_utils.ui import Lab, LabView, assets, wrapping_row
from course_utils.workspace import Artifact

Ids = Mapping[str, np.ndarray]
DEFAULT_SHAPE = Shape()


class GymView(LabView):
    """The drawing: loss, accuracy and gradient over the steps, the figures and a sample."""

    _esm = assets(__file__, ".js", "chart")
    _css = assets(__file__, ".css")


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
        """Running mean of the training loss, nats a token; not a number before the first step."""
        last = self.trainable.run.smooth.last
        return math.nan if last is None else last

    @property
    def validation_loss(self) -> float:
        """Loss at the last look at the validation rows; not a number where there was none."""
        last = self.trainable.run.looks.last
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
            self.trainer.send("change", "keep", True)

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Learning rate with its stops, live settings, settings for the next reset, and keep."""
        settings, shape = self.trainable.settings, self.trainable.wanted
        self.learning_rate = gym_controls.rate_slider(settings["learning_rate"])
        self.batch = gym_controls.batch_slider(settings["batch"])
        self.optimizer = gym_controls.optimizer_buttons(settings["optimizer"])
        self.weight_decay = gym_controls.decay_slider(settings["weight_decay"])
        for setting in LIVE:
            self.steer(getattr(self, setting), setting)
        self.shape = gym_controls.shape_menus(shape)
        for setting, menu in self.shape.items():
            self.steer(menu, setting)
        self.stops = gym_controls.stop_buttons(self.learning_rate)
        self.keep = gym_controls.keep_button(self.keep_model)
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
        """Loss, accuracy and gradient after the headless steps."""
        arrays = self.trainable.run.arrays()
        return gym_run({name: values.tolist() for name, values in arrays.items()})


def training_gym(
    tokens: Path | str | Ids | Artifact,
    mix: Mapping[str, float],
    tokenizer: object,
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

    Raises:
        ValueError: a setting is off its control, or the tokens are too few for one row.
        ShardError: the folder holds no tokens.
    """
    gym_controls.check(learning_rate, batch, optimizer, weight_decay, shape)
    settings = {
        "learning_rate": float(learning_rate),
        "batch": batch,
        "optimizer": optimizer,
        "weight_decay": float(weight_decay),
    }
    train, held_out = _read(tokens, mix)
    if not len(train):
        raise ValueError(
            f"There are no tokens of {', '.join(mix) or 'any source'} to train on. Run notebook "
            "02 to write them, and notebook 01 before it if the corpus is empty."
        )
    held_out = held_out if validation is None else validation
    training = GymTraining(
        train, held_out, mix, tokenizer, settings, shape, seed, prompt, list(inputs)
    )
    return GymLab(training, steps)


def _read(tokens: Path | str | Ids | Artifact, mix: Mapping[str, float]) -> tuple[Ids, Ids]:
    """The training and the validation ids of the mix's sources; validation {} for arrays."""
    if isinstance(tokens, Mapping):
        return tokens, {}
    folder = Path(tokens.path if isinstance(tokens, Artifact) else tokens)
    train, held_out = (
        {
            name: shards.read(folder, name, split)
            for name in shards.sources(folder, split)
            if mix.get(name, 0) > 0
        }
        for split in shards.SPLITS
    )
    return train, held_out
