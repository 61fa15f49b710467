"""What the Training Gym trains: a small transformer whose settings may change between two steps.

Leaves out sliders and drawing (lab.py, lab.js), the record of a run (frame.py) and the
learning-rate schedule: here the reader is the schedule. Notebook 03, section "Start the long
run".
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils import workspace
from course_utils.model.save import save
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import memory
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.labs.gym.frame import Looking, Run, Sample
from course_utils.pretraining.labs.gym.optimizers import (
    OPTIMIZERS,
    copy_moments,
    make_optimizers,
    restore_moments,
    set_rates,
)
from course_utils.tokenization.interface import TextTokenizer
from course_utils.ui import lab_threads, pack

LIVE = ("learning_rate", "batch", "optimizer", "weight_decay")
VALIDATION_ROWS = 4  # as many as a step has by default
GRAD_CLIP = 1.0
MIN_MODEL_CONTEXT = 256  # what later notebooks need of a model, however short its rows were
MADE_FROM = ("corpus", "tokenizer", "tokens")  # the artifacts behind a base model


@dataclass(frozen=True)
class Shape:
    """What only a reset can change. The defaults take about 25 ms a step on one core."""

    layers: int = 2
    width: int = 48
    heads: int = 4
    context: int = 64
    device: str = "cpu"

    def model(self, vocab_size: int) -> TransformerConfig:
        """The model's size; its feed-forward layer is 8/3 as wide as its width."""
        intermediate_size = 8 * max(1, round(self.width / 3))  # a multiple of 8
        return TransformerConfig(
            vocab_size,
            self.width,
            self.layers,
            self.heads,
            intermediate_size,
            context_tokens=max(MIN_MODEL_CONTEXT, self.context),
        )


class GymTraining:
    """What the lab trains; see trainable.Trainable, Rewindable, Renewable and Unhurried.

    Args:
        train: token ids by source.
        validation: token ids by source; may be empty.
        mix: how often each source is drawn.
        tokenizer: the one that wrote the tokens.
        settings: learning_rate, batch, optimizer and weight_decay.
        shape: of the model.
        seed: of the first weights and of the rows.
        prompt: what the samples go on from.
        sentence: in which the heads are looked at.
        inputs: artifacts that a kept model is made from.

    Raises:
        ValueError: a source is missing or too short, or holds ids that the tokenizer lacks.
    """

    keep_every = 10  # steps between two states to go back to

    def __init__(
        self,
        train: Mapping[str, np.ndarray],
        validation: Mapping[str, np.ndarray],
        mix: Mapping[str, float],
        tokenizer: TextTokenizer,
        settings: Mapping[str, object],
        shape: Shape,
        seed: int = 0,
        prompt: str = "The",
        sentence: str = "The",
        inputs: Sequence = (),
    ) -> None:
        self._train, self._validation, self._mix = train, validation, mix
        self._tokenizer, self._inputs = tokenizer, inputs
        self.settings, self.shape, self.seed = dict(settings), shape, seed
        self.sample = Sample(tokenizer, prompt, seed)
        self.looking = Looking(tokenizer, sentence)
        self.previous_run = Run().as_previous()
        self.run, self.note = Run(), ""
        self._build()

    @property
    def wanted(self) -> Shape:
        """The shape of the model after the next reset."""
        return self._wanted

    def step(self) -> float:
        """One step with the settings of now, and an evaluation where one is due.

        Returns:
            The loss of the weights before the step, nats per token; not a number where the
            gradient has none, and then the weights stay as they are.
        """
        sizes = {"batch": self._batches.batch, "context": self.shape.context}
        with lab_threads(), memory.explained(**sizes):
            # The first evaluation is of weights that have seen nothing.
            self._evaluate()
            # The step itself, timed without evaluations and samples.
            started = time.perf_counter()
            loss, accuracy = self._measure(self._batches.next())
            value = loss.item()
            norm = self._descend(loss)
            if not math.isfinite(norm):
                value = math.nan
            seconds = time.perf_counter() - started
            # What came of it, for the frame.
            self.run.add(value, accuracy, norm, self.settings["learning_rate"])
            self._count_speed(self._batches.batch * self.shape.context / seconds)
            if math.isfinite(value):
                self._evaluate()
                self.sample.write(self.model, len(self.run))
        return value

    def reset(self) -> None:
        """The first weights of the seed again, in the shape that is wanted now."""
        self._build()
        # The run before stays in view, if there was one.
        if len(self.run):
            self.previous_run = self.run.as_previous()
        self.run, self.note = Run(), ""
        self.sample.begin(0)

    def new_weights(self) -> None:
        """The first weights of the next seed."""
        self.seed += 1
        self.reset()

    def change(self, name: str, value: object) -> None:
        """Take a setting of LIVE (for the next step) or of Shape (for the next reset).

        Raises:
            KeyError: there is no such setting.
        """
        if name in LIVE:
            self.settings[name] = value
            # Another optimizer's moments would mean nothing to this one.
            if name == "optimizer":
                self._optimizers = make_optimizers(self.model, str(value))
            self._batches.batch = int(self.settings["batch"])
        elif name in asdict(self.shape):
            self._wanted = replace(self._wanted, **{name: value})
        else:
            known = ", ".join((*LIVE, *asdict(self.shape)))
            raise KeyError(f"There is no setting {name!r}; there are {known}.")

    def keep(self) -> None:
        """Make the model of now the base model of the course; `note` says how it went."""
        extra = {
            "optimizer": self.settings["optimizer"],
            "learning_rate_moved": self.run.marks,
        }
        try:
            kept = keep_model(self.model, self.config(), len(self.run), self._inputs, extra)
            self.note = (
                f"Kept after step {len(self.run)}: base_model is this model now "
                f"({kept.manifest['settings']['steps']} steps). Go on with notebook 04; the "
                "hand-off cell below would put the model of this section's long run in its place."
            )
        except (ValueError, RuntimeError) as error:
            self.note = str(error)

    def config(self) -> TrainConfig:
        """The settings of now, in the words of `pretraining.train`."""
        # One rate for both optimizers: the lab has one slider.
        rate = self.settings["learning_rate"]
        return TrainConfig(
            model=self.model.config,
            steps=max(1, len(self.run)),
            batch=int(self.settings["batch"]),
            context_tokens=self.shape.context,
            muon=self.settings["optimizer"] == OPTIMIZERS[0],
            muon_lr=rate,
            adamw_lr=rate,
            warmup_steps=0,
            warmdown=0.0,
            weight_decay=self.settings["weight_decay"],
            grad_clip=GRAD_CLIP,
            seed=self.seed,
        )

    def state(self) -> dict:
        """Copies of weights, moments and random numbers, and how long the curves are."""
        return {
            "model": {name: weight.clone() for name, weight in self.model.state_dict().items()},
            "optimizer": self.settings["optimizer"],
            "moments": copy_moments(self._optimizers),
            "batches": self._batches.state_dict(),
            "step": len(self.run),
        }

    def restore(self, state: Mapping) -> None:
        """Go back to a state; moments of another optimizer than the one chosen now start anew."""
        self.model.load_state_dict(state["model"])
        # Made anew, for the reader may have chosen another since.
        self._optimizers = make_optimizers(self.model, self.settings["optimizer"])
        if state["optimizer"] == self.settings["optimizer"]:
            restore_moments(self._optimizers, state["moments"])
        self._batches.load_state_dict(state["batches"])
        self.run.cut(state["step"])
        self.sample.begin(state["step"])

    def frame(self) -> bytes:
        """The curves, the figures of now, the sample and the notes."""
        return pack(self._facts(), self.run.arrays() | self.previous_run)

    def full_frame(self) -> bytes:
        """The same, and where each head looks: one more reading, so not for every frame."""
        with lab_threads():
            weights = self.looking.weights(self.model)
        facts = self._facts() | {"heads": self.looking.facts(weights, len(self.run))}
        return pack(facts, self.run.arrays() | self.previous_run | {"weights": weights})

    def _build(self) -> None:
        """Model, rows and optimizers anew; where that fails, all stay as they were."""
        # All parts first, because a shape that the tokens do not allow raises here.
        wanted = getattr(self, "_wanted", self.shape)
        size, batch = self._tokenizer.vocab_size, int(self.settings["batch"])
        batches = Batches(self._train, self._mix, batch, wanted.context, self.seed, size)
        rows = self._validation_rows(wanted.context, size)
        model = Transformer(wanted.model(size), self.seed).to(wanted.device)
        chosen = make_optimizers(model, self.settings["optimizer"])
        # Then all at once.
        self.shape = self._wanted = wanted
        self._batches, self._rows, self.model, self._optimizers = batches, rows, model, chosen
        self.speed: float | None = None

    def _validation_rows(self, context: int, size: int) -> Tensor | None:
        """The same rows at every evaluation; None where no source is long enough."""
        # A source too short for a row is left out, and its weight with it.
        long = {name: ids for name, ids in self._validation.items() if len(ids) > context}
        mix = {name: weight for name, weight in self._mix.items() if name in long}
        if not any(mix.values()):
            return None
        # The same rows each time: only the weights differ between two evaluations.
        return Batches(long, mix, VALIDATION_ROWS, context, 0, size).next()

    def _measure(self, rows: Tensor) -> tuple[Tensor, float]:
        """The mean loss of rows (B, T + 1), and the share of next tokens guessed right."""
        rows = rows.to(self.shape.device, non_blocking=True)
        logits = self.model(rows[:, :-1]).float()  # (B, T, V)
        targets = rows[:, 1:]
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        scores = logits.detach()
        top = scores.amax(-1)  # several times faster than argmax; a tie of all is no guess
        right = (scores.gather(-1, targets[..., None])[..., 0] >= top) & (top > scores.mean(-1))
        return loss, float(right.float().mean())

    def _descend(self, loss: Tensor) -> float:
        """Change the weights; returns the gradient's length before it was clipped."""
        # Gradients of this step only, and none longer than GRAD_CLIP.
        for optimizer in self._optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), GRAD_CLIP))
        # Without a way downhill the weights stay where they are.
        if math.isfinite(norm):
            set_rates(
                self._optimizers, self.settings["learning_rate"], self.settings["weight_decay"]
            )
            for optimizer in self._optimizers:
                optimizer.step()
        return norm

    @torch.no_grad()
    def _evaluate(self) -> None:
        """Measure the loss on the validation rows, where there are any and it is time."""
        if self._rows is not None and self.run.validation_is_due:
            loss, accuracy = self._measure(self._rows)
            self.run.add_validation(loss.item(), accuracy)

    def _count_speed(self, now: float) -> None:
        # A running mean: single steps differ too much to be read.
        self.speed = now if self.speed is None else self.speed + 0.1 * (now - self.speed)

    def _facts(self) -> dict[str, object]:
        """What a frame says in words and single numbers; None where there is none yet."""
        return self.run.facts() | {
            "speed": self.speed,  # tokens per second
            "guessing": math.log(self.model.config.vocab_size),
            "parameters": self.model.count(),
            "seed": self.seed,
            "shape": asdict(self.shape),
            "wanted": asdict(self.wanted),
            "settings": self.settings,
            "sample": self.sample.text,
            "sample_step": self.sample.step,
            "note": self.note,
        }


def keep_model(
    model: Transformer,
    config: TrainConfig,
    steps: int,
    inputs: Sequence[workspace.Artifact],
    extra: Mapping[str, object],
) -> workspace.Artifact:
    """Write a model as the artifact base_model, as the hand-off cell of notebook 03 does.

    Args:
        model: as it is now.
        config: of its training; its `steps` is replaced by `steps`.
        steps: how many steps were trained.
        inputs: the artifacts that it is made from: corpus, tokenizer and tokens.
        extra: settings that TrainConfig has no name for.

    Returns:
        The new artifact.

    Raises:
        ValueError: no step was trained, or an input is missing.
        ArtifactError: it cannot be written; the old one is untouched.
    """
    if steps < 1:
        raise ValueError("No step was trained yet, so there is nothing to keep: press Play first.")
    # Everything that the model was made from is written down with it.
    by_name = {artifact.name: artifact for artifact in inputs}
    if missing := [name for name in MADE_FROM if name not in by_name]:
        raise ValueError(
            f"The lab was not told which {missing[0]} this model is made from. Give "
            "training_gym(..., inputs=[corpus, tokenizer, tokens]) the three artifacts."
        )
    # Written as the hand-off cell writes it, so that notebook 04 sees no difference.
    settings = asdict(config) | {"steps": steps} | dict(extra)
    ordered = [by_name[name] for name in MADE_FROM]
    with workspace.write(
        "base_model", inputs=ordered, settings=settings, seed=config.seed
    ) as folder:
        save(model, folder, by_name["tokenizer"].path)
    return workspace.load("base_model")
