"""What the spam lab trains: the network, its e-mails, and the frames that its view draws.

The arithmetic is in `pretraining.mlp`, the controls are in lab.py. Notebook 03, section
"Twenty-six numbers that spot spam".
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from course_utils.pretraining import mlp
from course_utils.ui import Curve, pack

LEARNING_RATE = 0.3
FIRST_EMAIL = (0.8, 0.6, 0.0)  # talks of winnings, bad links, from a stranger
SENDERS = ("stranger", "friend")  # known sender 0 and 1
MAP_SIZE = 24  # points a side of a sender's map
TYPED_BOUND = 1000.0  # far beyond what training reaches, and one step from there is still safe


def typed_parameter(text: str) -> float:
    """The number that a reader typed for a parameter.

    Args:
        text: as it was typed.

    Raises:
        ValueError: it is no number, NaN, infinite or beyond TYPED_BOUND; says so in a sentence.
    """
    shown = text.strip()[:20]  # enough to recognise what was typed
    if not shown:
        raise ValueError("Nothing was typed. Type a number such as 0.5.")
    try:
        value = float(text)
    except ValueError:
        raise ValueError(
            f"{shown!r} is not a number. Type digits with a point, such as 0.5 or -2."
        ) from None
    # A number, but one that would end the training.
    if not math.isfinite(value):
        raise ValueError(
            f"{shown!r} would spoil every sum behind it. Type a finite number such as 0.5."
        )
    if abs(value) > TYPED_BOUND:
        raise ValueError(
            f"{shown!r} is too large. Type a number from -{TYPED_BOUND:g} to {TYPED_BOUND:g}."
        )
    return value


def in_pairs(shares: np.ndarray) -> np.ndarray:
    """Shares of 0 to 1 in 12 bits each, two in every number: a frame stays small in a long run.

    Args:
        shares: an even count of numbers, any shape.

    Returns:
        (count / 2,) whole numbers below 2 to the power of 24, which float32 holds exactly; the
        first of a pair counts 4,096 times.
    """
    levels = np.rint(np.asarray(shares).reshape(-1, 2) * 4095)
    return levels @ [4096.0, 1.0]


class SpamTraining:
    """What the lab trains; see trainable.Trainable, Rewindable and Renewable.

    Settings: learning_rate, activation and email. `put` sets one of the 26 parameters by hand.

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
        # The same e-mails at every step.
        self._x, self._y = mlp.emails()
        self._earlier = mlp.SpamNetwork(activation, seed)  # the weights before the last change

    def step(self) -> float:
        """One step downhill on all e-mails.

        Returns:
            The loss before the step, in nats.

        Raises:
            OverflowError: the rate is so high that a weight would leave all bounds.
        """
        # The weights before it stay in hand: the view shows what the last step changed.
        before = self.network.parameters
        loss = self.network.step(self._x, self._y, self.learning_rate)
        self.rate_used = self.learning_rate
        if not math.isfinite(loss):
            raise OverflowError(
                f"After step {len(self.losses)} a learning rate of {self.learning_rate:.3g} would "
                f"throw the weights beyond a million. Move the learning rate towards slow and "
                f"steady."
            )
        self.losses.add(loss)
        self._earlier.parameters = before
        return loss

    def reset(self) -> None:
        """The first weights of the seed again; learning rate, activation and e-mail stay."""
        self.network = mlp.SpamNetwork(self.network.activation, self.seed)
        # Nothing has changed yet, so nothing is shown as changed.
        self._earlier.parameters = self.network.parameters
        self.losses.clear()
        self.rate_used = 0.0

    def new_weights(self) -> None:
        """The first weights of the next seed."""
        self.seed += 1
        self.reset()

    def state(self) -> dict:
        """Copies of the weights of now and of the step before, and how long the curve is."""
        return {
            "now": _copied(self.network.parameters),
            "before": _copied(self._earlier.parameters),
            "steps": len(self.losses),
            "rate_used": self.rate_used,
        }

    def restore(self, state: Mapping) -> None:
        """Go back to a state; learning rate, activation and e-mail stay."""
        self.network.parameters = _copied(state["now"])
        self._earlier.parameters = _copied(state["before"])
        self.losses.cut(state["steps"])
        self.rate_used = state["rate_used"]

    def change(self, name: str, value: object) -> None:
        """Take a new setting from the next step on.

        Args:
            name: "learning_rate", "activation" or "email".
            value: a float, a name, or three numbers 0..1.
        """
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

    def put(self, name: str, place: int, value: float) -> None:
        """Set one parameter to what the reader typed; see `mlp.SpamNetwork.put`."""
        # A change by hand is shown like one by training.
        self._earlier.parameters = self.network.parameters
        self.network.put(name, place, value)

    @property
    def loss(self) -> float:
        """Mean loss on all e-mails with the weights of now, in nats."""
        return self.network.loss(self._x, self._y)

    @property
    def accuracy(self) -> float:
        """The share of e-mails that the weights of now get right."""
        return self.network.accuracy(self._x, self._y)

    def frame(self) -> bytes:
        """Weights, gradients, last changes; the reader's e-mail on its way; loss and maps."""
        # All e-mails for the loss and the gradients; the reader's own for what is drawn.
        everything = self.network.trace(self._x, self._y)
        right = mlp.truth(self.email)
        traced = self.network.trace(self.email, right)
        steps, losses = self.losses.thin()
        facts = {
            "step": len(self.losses),
            "loss": everything.loss,
            "accuracy": float((everything.flow.logits.argmax(1) == self._y).mean()),
            "rate_used": self.rate_used,
            "learning_rate": self.learning_rate,
            "activation": self.network.activation,
            "parameters": self.network.count(),
            "emails": len(self._y),
            "truth": int(right[0]),
            "email_loss": traced.loss,
        }
        # What the network says of every e-mail that a stranger, or a friend, could send.
        maps = {name: self.network.decision_grid(at, MAP_SIZE) for at, name in enumerate(SENDERS)}
        for name, grid in maps.items():
            facts[f"spam_share_{name}"] = float((grid > 0.5).mean())
        # How far the last step moved each parameter.
        parameters = self.network.parameters
        changes = {name: parameters[name] - old for name, old in self._earlier.parameters.items()}
        # Every array has a name of its own in the frame.
        arrays = {
            **parameters,
            **_named("gradient_", everything.parameters),
            **_named("email_gradient_", traced.parameters),
            **_named("change_", changes),
            **_named("slope_", traced.neurons),
            **vars(traced.flow),
            **self._moved(traced.flow),
            **{f"map_{name}": in_pairs(grid) for name, grid in maps.items()},
            "curve_steps": steps,
            "curve_losses": losses,
        }
        return pack(facts, arrays)

    def _moved(self, now: mlp.Flow) -> dict[str, np.ndarray]:
        """How far the last change of the weights moved the neurons' values for this e-mail."""
        # Only the weights differ between the two.
        self._earlier.activation = self.network.activation
        before = self._earlier.forward(self.email)
        return {
            "moved_hidden": now.hidden - before.hidden,
            "moved_probabilities": now.probabilities - before.probabilities,
        }


def _copied(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: values.copy() for name, values in arrays.items()}


def _named(prefix: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {prefix + name: values for name, values in arrays.items()}
