"""The clinic: a small classifier whose training is broken in five ways, and its vital signs.

Leaves out what speaks for each fault: that is the reader's challenge, and stands in exercises/.
Taught in notebook 03, section "The clinic".

Shape letters: N pages, S steps, M measurements; 12 inputs, 32 hidden units, 3 classes.
"""

from __future__ import annotations

import math
import numbers
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

import numpy as np

from course_utils.pretraining.mlp import BOUND

CLASSES = ("recipe", "story", "advert")
INPUTS, HIDDEN = 12, 32
TRAINING, HELD_OUT = 240, 900  # pages; there are as many fresh pages as held-out ones
BATCH, EPOCHS = 6, 15
STEPS_PER_EPOCH = TRAINING // BATCH
MEASURED_EVERY = 5  # steps: eight times an epoch
SPREAD = 0.6  # how far the pages of a cluster lie from its middle
GUESSING = math.log(len(CLASSES))  # nats: the loss of one third for each class

# Each fault is one setting that is not as in a healthy run.
FAULTS: Mapping[str, Mapping[str, object]] = {
    "data in order": {"shuffle": False},
    "dead units": {"hidden_bias": -8.0},
    "labels shifted": {"label_shift": 1},
    "learning rate too high": {"lr": 0.8},
    "validation leaked": {"leaked_fraction": 0.9},
}
_ORDER_SEED = 4  # of the patients, so that a number does not give a fault away


@dataclass(frozen=True)
class Settings:
    """How a run is set up; the defaults are those of a healthy one.

    Attributes:
        lr: the learning rate of plain gradient descent, above 0 and at most 100.
        label_shift: how many rows the labels stand behind the inputs; 0 is right.
        shuffle: every epoch takes the pages in a new order; without it, one class after another.
        leaked_fraction: the share of the validation pages that are copies of training pages, 0..1.
        hidden_bias: what the bias of every hidden unit starts at, -100 to 100.

    Raises:
        ValueError: a setting is not one of those above.
    """

    lr: float = 0.15
    label_shift: int = 0
    shuffle: bool = True
    leaked_fraction: float = 0.0
    hidden_bias: float = 0.0

    def __post_init__(self) -> None:
        if not _is_number(self.lr) or not 0 < self.lr <= 100:
            raise ValueError(f"lr is {self.lr!r}; use a number above 0 and at most 100.")
        if (
            not _is_number(self.label_shift, numbers.Integral)
            or not 0 <= self.label_shift < TRAINING
        ):
            raise ValueError(
                f"label_shift is {self.label_shift!r}; use a whole number, 0 to {TRAINING - 1}."
            )
        if not isinstance(self.shuffle, bool):
            raise ValueError(f"shuffle is {self.shuffle!r}; use True or False.")
        if not _is_number(self.leaked_fraction) or not 0 <= self.leaked_fraction <= 1:
            raise ValueError(
                f"leaked_fraction is {self.leaked_fraction!r}; use a share from 0 to 1."
            )
        if not _is_number(self.hidden_bias) or not abs(self.hidden_bias) <= 100:
            raise ValueError(f"hidden_bias is {self.hidden_bias!r}; use a number, -100 to 100.")

    def changed(self, changes: Mapping[str, object]) -> Settings:
        """The same settings but for some of them.

        Raises:
            ValueError: there is no setting of this name, or its value is refused.
        """
        known = [one.name for one in fields(self)]
        unknown = [str(name) for name in changes if name not in known]
        if unknown:
            raise ValueError(f"There is no setting {unknown[0]!r}; there are {', '.join(known)}.")
        return replace(self, **changes)


@dataclass(frozen=True)
class Signs:
    """The vital signs of a run: what can be measured without knowing its settings.

    Attributes:
        first_loss: of the first batch, in nats; guessing is 1.10.
        last_loss: mean over the last epoch's batches, in nats.
        worst_loss: the largest of a batch in the second half, in nats.
        training: accuracy on the training pages at the end, by the labels that were trained on.
        validation: accuracy on the validation pages at the end.
        fresh: accuracy on pages that were made after training.
        dead: share of the hidden units that fire for no training page at the end.
        class_gap: accuracy on the best class minus that on the worst, validation pages, mean over
            the second half.
        repeats: correlation of the batches' losses with those one epoch before, over the second
            half: near 1 where every epoch looks like the last, near 0 where it does not.
    """

    first_loss: float
    last_loss: float
    worst_loss: float
    training: float
    validation: float
    fresh: float
    dead: float
    class_gap: float
    repeats: float


@dataclass(frozen=True)
class Run:
    """What was measured while a network trained.

    Attributes:
        losses: (S,) nats, of each step's batch before the step.
        measured_at: (M,) steps that were done when the two below were measured.
        validation_losses: (M,) nats.
        class_accuracy: (M, 3) accuracy on the validation pages of each class.
        signs: all in a few numbers.
    """

    losses: np.ndarray
    measured_at: np.ndarray
    validation_losses: np.ndarray
    class_accuracy: np.ndarray
    signs: Signs


def pages(n: int, random_numbers: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Made-up pages of three kinds, in mixed order.

    Two inputs say the kind: around a circle lie six clusters, two to a kind, opposite each other,
    so that no straight line will do. The other ten say nothing, which invites learning by heart.

    Args:
        n: how many.
        random_numbers: where they come from.

    Returns:
        x (n, 12) and y (n,), 0 to 2 as in CLASSES.
    """
    cluster = random_numbers.permutation(np.arange(n) % (2 * len(CLASSES)))
    x = random_numbers.normal(size=(n, INPUTS))
    angle = cluster * (math.pi / len(CLASSES))
    x[:, :2] = 2 * np.column_stack([np.cos(angle), np.sin(angle)]) + SPREAD * x[:, :2]
    return x, cluster % len(CLASSES)


def train(settings: Settings, seed: int = 0) -> Run:
    """Train one network from its first weights on.

    Args:
        settings: healthy or broken.
        seed: of the pages and the first weights; the same one gives the same run.
    """
    random_numbers = np.random.default_rng(seed)
    training, held_out, fresh = (pages(n, random_numbers) for n in (TRAINING, HELD_OUT, HELD_OUT))
    # What is broken in the data is broken before training; the fresh pages are as they should be.
    x, y = training[0], np.roll(training[1], settings.label_shift)
    validation = _validation(held_out, (x, y), settings)
    network = _Network(settings.hidden_bias, random_numbers)
    losses, measured = [], []
    for _ in range(EPOCHS):
        in_order = np.argsort(y, kind="stable")
        order = random_numbers.permutation(TRAINING) if settings.shuffle else in_order
        for rows in order.reshape(STEPS_PER_EPOCH, BATCH):
            if len(losses) % MEASURED_EVERY == 0:
                measured.append(_measure(network, *validation))
            losses.append(network.step(x[rows], y[rows], settings.lr))
    measured.append(_measure(network, *validation))
    validation_losses, class_accuracy = map(np.array, zip(*measured, strict=True))
    signs = Signs(
        **_signs_of_curves(np.array(losses), class_accuracy),
        training=network.accuracy(x, y),
        validation=network.accuracy(*validation),
        fresh=network.accuracy(*fresh),
        dead=float((network.forward(x)[0].max(0) == 0).mean()),
    )
    measured_at = np.arange(len(measured)) * MEASURED_EVERY
    return Run(np.array(losses), measured_at, validation_losses, class_accuracy, signs)


def patients(seed: int = 0) -> dict[str, Run]:
    """The five broken runs, "patient 1" to "patient 5"; each has one fault.

    Args:
        seed: of their pages and first weights; the faults stay with their patients.
    """
    return {name: mended(name, {}, seed) for name in _faults_by_patient()}


def mended(patient: str, changes: Mapping[str, object], seed: int = 0) -> Run:
    """Train a patient once more, with some of the settings changed.

    Args:
        patient: "patient 1" to "patient 5".
        changes: settings by name, such as {"lr": 0.1}.
        seed: of the pages and the first weights.

    Raises:
        KeyError: there is no such patient.
        ValueError: there is no such setting, or its value is refused.
    """
    return train(Settings(**FAULTS[diagnosis(patient)]).changed(changes), seed)


def diagnosis(patient: str) -> str:
    """Which of FAULTS a patient has. This is the challenge's answer.

    Raises:
        KeyError: there is no such patient.
    """
    known = _faults_by_patient()
    if patient not in known:
        raise KeyError(f"There is no {patient!r}; there are {', '.join(known)}.")
    return known[patient]


def table(runs: Mapping[str, Run]) -> str:
    """The vital signs as text, one row for each run.

    Args:
        runs: what each is called -> the run.
    """
    names = ("loss: first", "last", "worst", "accuracy: training", "validation", "fresh")
    heads = (*names, "dead units", "class gap", "repeats")
    lines = [" " * 10 + "  ".join(heads)]
    for name, run in runs.items():
        values = asdict(run.signs).values()
        cells = (f"{value:{len(head)}.2f}" for value, head in zip(values, heads, strict=True))
        lines.append(f"{name:<10}" + "  ".join(cells))
    return "\n".join(lines)


def _faults_by_patient() -> dict[str, str]:
    """Patient -> fault, in an order that is fixed and not that of FAULTS."""
    shuffled = random.Random(_ORDER_SEED).sample(sorted(FAULTS), len(FAULTS))
    return {f"patient {number}": fault for number, fault in enumerate(shuffled, 1)}


def _is_number(value: object, kind: type = numbers.Real) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _validation(
    held_out: tuple[np.ndarray, np.ndarray],
    training: tuple[np.ndarray, np.ndarray],
    settings: Settings,
) -> tuple[np.ndarray, np.ndarray]:
    """The validation pages as the run has them: labels shifted too, and some of it copied."""
    x, y = held_out[0].copy(), np.roll(held_out[1], settings.label_shift)
    copied = np.arange(round(settings.leaked_fraction * HELD_OUT))
    x[copied], y[copied] = (part[copied % TRAINING] for part in training)
    return x, y


class _Network:
    """12 inputs, 32 hidden ReLU units, 3 outputs; the backward pass by hand, as in mlp.py."""

    def __init__(self, hidden_bias: float, random_numbers: np.random.Generator) -> None:
        self.parameters = [
            random_numbers.normal(size=(INPUTS, HIDDEN)) * math.sqrt(2 / INPUTS),
            np.full(HIDDEN, float(hidden_bias)),
            random_numbers.normal(size=(HIDDEN, len(CLASSES))) / math.sqrt(HIDDEN),
            np.zeros(len(CLASSES)),
        ]

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The hidden units (N, 32) and the logarithms of the probabilities (N, 3)."""
        hidden_weights, hidden_bias, output_weights, output_bias = self.parameters
        hidden = np.maximum(x @ hidden_weights + hidden_bias, 0.0)
        logits = hidden @ output_weights + output_bias
        logits -= logits.max(1, keepdims=True)
        return hidden, logits - np.log(np.exp(logits).sum(1, keepdims=True))

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float:
        """The share of pages put into the right class."""
        return float((self.forward(x)[1].argmax(1) == y).mean())

    def step(self, x: np.ndarray, y: np.ndarray, lr: float) -> float:
        """One step downhill; returns the loss before it.

        A step that would throw a parameter beyond a million is not taken.
        """
        hidden, scores = self.forward(x)
        at_logits = (np.exp(scores) - np.eye(len(CLASSES))[y]) / len(y)  # (N, 3)
        at_sums = (at_logits @ self.parameters[2].T) * (hidden > 0)  # (N, 32)
        gradients = (x.T @ at_sums, at_sums.sum(0), hidden.T @ at_logits, at_logits.sum(0))
        moved = [
            values - lr * gradient
            for values, gradient in zip(self.parameters, gradients, strict=True)
        ]
        if all(np.abs(values).max() < BOUND for values in moved):
            self.parameters = moved
        return float(-scores[np.arange(len(y)), y].mean())


def _measure(network: _Network, x: np.ndarray, y: np.ndarray) -> tuple[float, list[float]]:
    """Loss on the validation pages, and accuracy on each class of them."""
    scores = network.forward(x)[1]
    right = scores.argmax(1) == y
    by_class = [float(right[y == number].mean()) for number in range(len(CLASSES))]
    return float(-scores[np.arange(len(y)), y].mean()), by_class


def _signs_of_curves(losses: np.ndarray, class_accuracy: np.ndarray) -> dict[str, float]:
    """The vital signs that are read off the curves."""
    half = len(losses) // 2
    late, before = losses[half:], losses[half - STEPS_PER_EPOCH : -STEPS_PER_EPOCH]
    moves = late.std() > 0 and before.std() > 0  # what never moves repeats nothing
    late_accuracy = class_accuracy[len(class_accuracy) // 2 :]
    return {
        "first_loss": float(losses[0]),
        "last_loss": float(losses[-STEPS_PER_EPOCH:].mean()),
        "worst_loss": float(late.max()),
        "class_gap": float((late_accuracy.max(1) - late_accuracy.min(1)).mean()),
        "repeats": float(np.corrcoef(late, before)[0, 1]) if moves else 0.0,
    }
