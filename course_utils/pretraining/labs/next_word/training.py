"""What the next-word lab trains: one sentence by heart, an epoch a step, measured after each.

Leaves out sliders and drawing (lab.py, lab.js); the network is `pretraining.next_word`.
Taught in notebook 03, section "Guess the next word".
"""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from course_utils.pretraining.labs.next_word.reading import SURE, WordMap, answers, verdict
from course_utils.pretraining.next_word import NextWordNetwork
from course_utils.ui import Curve, pack

LEARNING_RATE = 0.01
OPTIMIZERS = {"SGD": torch.optim.SGD, "Adam": torch.optim.Adam}
SETTINGS = ("learning_rate", "optimizer", "example", "question")
FOLLOWED = "cat"  # the word whose path the map shows
TRAIL_EPOCHS = 120  # of the path that is shown
QUESTION = "the mat sat on the"
MOST_EPOCHS = 5_000
LARGEST_WEIGHT = 1e6  # beyond it a step is taken back


class NextWordTraining:
    """What the lab trains; see trainable.Trainable, Rewindable and Renewable.

    Settings: learning_rate, optimizer, example (0..3: which one is shown), question (a sentence).

    Args:
        seed: of the first weights; `reset` goes back to them.
        learning_rate: how far a step goes.
        optimizer: "SGD" or "Adam".

    Attributes:
        network: the one in training.
        epochs: steps since the last reset; a step sees all examples once.
        losses: nats a word, before the first epoch and after each.
        loss: with the weights of now.
        right: the probability of the right word of each example, with the weights of now.
        converged_at: the first epoch with all of `right` above SURE, or None before it.
        map: the word vectors, seen from a direction that is fixed at the first weights.
        trail: where the followed word stood on it, the last TRAIL_EPOCHS epochs.
    """

    def __init__(
        self, seed: int = 0, learning_rate: float = LEARNING_RATE, optimizer: str = "Adam"
    ) -> None:
        self.seed, self.learning_rate = seed, float(learning_rate)
        self.optimizer, self.example, self.question = optimizer, 0, QUESTION
        # The curves live as long as the lab; a reset only clears them.
        self.losses, self._rights = Curve(), [Curve() for _ in NextWordNetwork().examples]
        self.reset()

    def reset(self) -> None:
        """The first weights of the seed again; all settings stay."""
        self.network = NextWordNetwork(seed=self.seed)
        self._use(self.optimizer)
        self.epochs, self.converged_at, self.rate_used = 0, None, 0.0
        self._recipes: set[tuple[str, float]] = set()
        # A new map for new first weights, and curves from their loss on.
        self.map = WordMap(self.network, FOLLOWED)
        self.trail: deque[np.ndarray] = deque(maxlen=TRAIL_EPOCHS + 1)
        for curve in (self.losses, *self._rights):
            curve.clear()
        self._measure(self.network.loss().item())

    def new_weights(self) -> None:
        """The first weights of the next seed, and a map of their own."""
        self.seed += 1
        self.reset()

    def state(self) -> dict:
        """Copies of weights, the optimizer's memory and the trail, and how long the curves are."""
        # Copies, because later steps change the weights in place.
        return {
            "weights": _copied(self.network.state_dict()),
            "optimizer": self.optimizer,
            "memory": copy.deepcopy(self._descent.state_dict()),
            "epochs": self.epochs,
            "converged_at": self.converged_at,
            "rate_used": self.rate_used,
            "recipes": sorted(self._recipes),
            "trail": [position.copy() for position in self.trail],
        }

    def restore(self, state: Mapping) -> None:
        """Go back to a state; settings stay, and an optimizer chosen since begins afresh."""
        self.network.load_state_dict(state["weights"])
        # Moments of another optimizer than the one chosen now would not fit.
        self._use(self.optimizer)
        if state["optimizer"] == self.optimizer:
            self._descent.load_state_dict(copy.deepcopy(state["memory"]))
        self.epochs, self.converged_at = state["epochs"], state["converged_at"]
        self.rate_used, self._recipes = state["rate_used"], set(state["recipes"])
        self.trail = deque(state["trail"], maxlen=TRAIL_EPOCHS + 1)
        # One value before the first epoch, and one after each.
        for curve in (self.losses, *self._rights):
            curve.cut(self.epochs + 1)
        self.loss, self.right = self.losses.last, self.network.right_probabilities()

    def step(self) -> float:
        """One epoch: a step downhill on all examples together.

        Returns:
            The loss after it, nats a word.

        Raises:
            ArithmeticError: a weight is not a number, so there is no way downhill.
            OverflowError: the rate is so high that a weight would leave all bounds; the weights
                stay those before the step.
        """
        # No gradient leads out of weights that are no numbers.
        loss = self.network.loss()
        if not math.isfinite(loss.item()):
            raise ArithmeticError(
                f"Before epoch {self.epochs + 1} the loss is not a number, because a weight is "
                "not one, and no step leads out of that."
            )
        # The step, with the reader's rate; the weights before it are kept for the way back.
        before = _copied(self.network.state_dict())
        for group in self._descent.param_groups:
            group["lr"] = self.learning_rate
        self._descent.zero_grad()
        loss.backward()
        self._descent.step()
        # Where it threw the weights out of bounds, it is taken back.
        after = self.network.loss().item()
        if not (math.isfinite(after) and self._largest_weight() <= LARGEST_WEIGHT):
            self.network.load_state_dict(before)
            self._use(self.optimizer)
            raise OverflowError(
                f"In epoch {self.epochs + 1} a learning rate of {self.learning_rate:.3g} would "
                "throw the weights beyond a million; they are those of the epoch before. Move "
                "the learning rate towards slow and steady."
            )
        # Only a step that holds counts.
        self.epochs += 1
        self.rate_used = self.learning_rate
        self._recipes.add((self.optimizer, self.learning_rate))
        self._measure(after)
        return after

    def change(self, name: str, value: object) -> None:
        """Take a new setting; the weights stay, and another optimizer begins without a memory.

        Raises:
            KeyError: there is no such setting.
            ValueError: there is no such optimizer or example.
        """
        # Each setting is checked here: a bad one would fail in the middle of a step.
        if name not in SETTINGS:
            raise KeyError(f"There is no setting {name!r}; there are {', '.join(SETTINGS)}.")
        if name == "learning_rate":
            self.learning_rate = float(value)
        elif name == "optimizer":
            self._use(str(value))
        elif name == "question":
            self.question = str(value)
        elif value in range(len(self.network.examples)):
            self.example = int(value)
        else:
            last = len(self.network.examples) - 1
            raise ValueError(f"There is no example {value!r}; there are 0 to {last}.")

    @property
    def recipe(self) -> str:
        """The settings that this run was trained with, in words."""
        # More than one recipe has no single name.
        if len(self._recipes) > 1:
            return "settings changed on the way"
        name, rate = next(iter(self._recipes), (self.optimizer, self.learning_rate))
        return f"{name}, learning rate {rate:.3g}"

    def frame(self) -> bytes:
        """All that the view draws: the example's way through, the map, the curves, the guesses."""
        # The example on its way through, and what the reader asked.
        context, word = self.network.examples[self.example]
        layers = self.network.layers(*context)
        steps, losses = self.losses.thin()
        rows, note = answers(self.network, self.question)
        facts = {
            "step": self.epochs,
            "loss": self.loss,
            "context": context,
            "right": self.network.words.index(word),
            "example": self.example,
            "converged_at": self.converged_at,
            "verdict": verdict(self.converged_at, self.epochs, self.right, self.recipe),
            "moved": self.map.moved(self.network),
            "rate_used": self.rate_used,
            "optimizer": self.optimizer,
            "parameters": sum(weight.numel() for weight in self.network.parameters()),
            "answers": rows,
            "note": note,
        }
        arrays = {
            "embedding": layers.embedding.numpy(),
            "hidden": layers.hidden.numpy(),
            "probabilities": layers.probabilities.numpy(),
            "hidden_weights": self.network.hidden.weight.detach().numpy(),
            "output_weights": self.network.output.weight.detach().numpy(),
            "map": self.map.places(self.network),
            "map_start": self.map.start,
            "trail": np.array(self.trail),
            "curve_steps": steps - 1,
            "curve_losses": losses,
            "curve_right": self._rights[self.example].thin()[1],
        }
        return pack(facts, arrays)

    def _use(self, optimizer: str) -> None:
        """Begin with an optimizer that remembers nothing of earlier steps."""
        if optimizer not in OPTIMIZERS:
            raise ValueError(
                f"There is no optimizer {optimizer!r}; there are {', '.join(OPTIMIZERS)}."
            )
        self.optimizer = optimizer
        self._descent = OPTIMIZERS[optimizer](self.network.parameters(), lr=LEARNING_RATE)

    def _largest_weight(self) -> float:
        return max(float(weight.detach().abs().max()) for weight in self.network.parameters())

    def _measure(self, loss: float) -> None:
        """Take down what the weights of now do."""
        self.loss, self.right = loss, self.network.right_probabilities()
        # What is drawn: the loss, each right word's probability, and the path.
        self.losses.add(loss)
        for curve, probability in zip(self._rights, self.right, strict=True):
            curve.add(probability)
        self.trail.append(self.map.places(self.network)[self.network.words.index(FOLLOWED)])
        # Sure of every example for the first time.
        if self.converged_at is None and min(self.right) > SURE:
            self.converged_at = self.epochs


def epochs_to_converge(
    optimizer: str, learning_rate: float, seeds: Sequence[int] = (0, 1, 2)
) -> list[int]:
    """The first epoch with every right word above SURE, one per seed of the first weights.

    Args:
        optimizer: "SGD" or "Adam".
        learning_rate: of all epochs.
        seeds: of the first weights.

    Raises:
        ValueError: there is no such optimizer.
        OverflowError: the rate is too high to train at all.
        ArithmeticError: a run has not converged after MOST_EPOCHS.
    """
    epochs = []
    for seed in seeds:
        training = NextWordTraining(seed, learning_rate, optimizer)
        while training.converged_at is None:
            if training.epochs >= MOST_EPOCHS:
                raise ArithmeticError(
                    f"{optimizer} at rate {learning_rate:.3g} has not converged after "
                    f"{MOST_EPOCHS:,} epochs; try a higher rate."
                )
            training.step()
        epochs.append(training.converged_at)
    return epochs


def _copied(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in weights.items()}
