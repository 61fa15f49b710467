"""The spam network: 26 numbers that learn to tell spam from mail, with nothing hidden.

Leaves out mini-batches and optimizers beyond plain gradient descent. Taught in notebook 03,
section "Twenty-six numbers that spot spam", where a live lab trains it.

Shape letters: N e-mails, 3 inputs, 4 hidden neurons, 2 classes (0 mail, 1 spam).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

INPUTS = ("Win $$$", "suspicious links", "known sender")
CLASSES = ("mail", "spam")
ACTIVATIONS = ("linear", "ReLU", "sigmoid", "tanh")
BOUND = 1e6  # no step takes a parameter beyond it


@dataclass(frozen=True)
class Flow:
    """All values on the way through the network."""

    inputs: np.ndarray  # (N, 3)
    sums: np.ndarray  # (N, 4) before the activation
    hidden: np.ndarray  # (N, 4) after it
    logits: np.ndarray  # (N, 2)
    probabilities: np.ndarray  # (N, 2), each row sums to 1


@dataclass(frozen=True)
class Trace:
    """One way through the network and back: every value, the loss, and every gradient.

    `neurons` has how the loss changes with the "inputs", "sums", "hidden", "logits" of a flow,
    `parameters` how it changes with each parameter; the shapes are theirs.
    """

    flow: Flow
    loss: float  # mean cross-entropy in nats
    neurons: dict[str, np.ndarray]
    parameters: dict[str, np.ndarray]


def activate(name: str, sums: np.ndarray) -> np.ndarray:
    """Bends each sum, or leaves it as it is ("linear")."""
    if name == "ReLU":
        return np.maximum(sums, 0.0)
    if name == "sigmoid":
        return 0.5 * (1.0 + np.tanh(0.5 * sums))
    return np.tanh(sums) if name == "tanh" else sums


def slope(name: str, sums: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """How fast the activation rises at each sum."""
    if name == "ReLU":
        return (sums > 0).astype(sums.dtype)
    if name == "sigmoid":
        return hidden * (1.0 - hidden)
    return 1.0 - hidden**2 if name == "tanh" else np.ones_like(sums)


class SpamNetwork:
    """3 inputs, 4 hidden neurons, 2 outputs: 3 x 4 + 4 + 4 x 2 + 2 = 26 parameters.

    Args:
        activation: one of ACTIVATIONS; it may be changed at any time, the weights stay.
        seed: of the starting weights.
    """

    def __init__(self, activation: str = "tanh", seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self.parameters: dict[str, np.ndarray] = {
            "hidden_weights": random.normal(size=(3, 4)),
            "hidden_bias": np.zeros(4),
            "output_weights": random.normal(size=(4, 2)) / 2,
            "output_bias": np.zeros(2),
        }
        self.activation = activation

    @property
    def activation(self) -> str:
        """The name of the activation in use."""
        return self._activation

    @activation.setter
    def activation(self, name: str) -> None:
        if name not in ACTIVATIONS:
            raise ValueError(f"There is no activation {name!r}; use one of {ACTIVATIONS}.")
        self._activation = name

    def count(self) -> int:
        """How many numbers the network learns."""
        return sum(values.size for values in self.parameters.values())

    def forward(self, x: np.ndarray) -> Flow:
        """Sends e-mails (N, 3) through the network and keeps every value on the way."""
        x = np.atleast_2d(np.asarray(x, dtype=np.float64))
        if x.shape[1] != len(INPUTS):
            raise ValueError(
                f"An e-mail has {len(INPUTS)} inputs ({', '.join(INPUTS)}), but x has shape "
                f"{x.shape}; it must be (N, 3)."
            )
        p = self.parameters
        sums = x @ p["hidden_weights"] + p["hidden_bias"]  # (N, 4)
        hidden = activate(self.activation, sums)  # (N, 4)
        logits = hidden @ p["output_weights"] + p["output_bias"]  # (N, 2)
        odds = np.exp(logits - logits.max(1, keepdims=True))
        return Flow(x, sums, hidden, logits, odds / odds.sum(1, keepdims=True))

    def loss(self, x: np.ndarray, y: np.ndarray) -> float:
        """Mean cross-entropy in nats: 0.69 is guessing, 0 is sure and right."""
        return _loss(self.forward(x), y)

    def gradients(self, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
        """How the loss changes with every parameter, by the chain rule, back to front."""
        return self.trace(x, y).parameters

    def trace(self, x: np.ndarray, y: np.ndarray) -> Trace:
        """Forward, loss and backward of e-mails (N, 3) with classes (N,), with all values kept."""
        flow, y = self.forward(x), np.asarray(y)
        neurons = self._at_neurons(flow, y)
        neurons["inputs"] = neurons["sums"] @ self.parameters["hidden_weights"].T  # (N, 3)
        return Trace(flow, _loss(flow, y), neurons, _at_parameters(flow, neurons))

    def put(self, name: str, place: int, value: float) -> None:
        """Sets one parameter by hand; all others stay.

        Args:
            name: "hidden_weights", "hidden_bias", "output_weights" or "output_bias".
            place: which of them, counted row by row from 0.
            value: a finite number, at most BOUND in size.

        Raises:
            KeyError: there are no parameters of this name.
            ValueError: the value or the place is not one of those above.
        """
        changed = self.parameters[name].copy()
        if not 0 <= place < changed.size:
            raise ValueError(f"{name} has the places 0 to {changed.size - 1}, not {place}.")
        if not abs(value) <= BOUND:  # false for NaN too
            raise ValueError(
                f"A parameter cannot be {value}: one such number makes every sum behind it "
                f"useless. Use a finite number, at most {BOUND:,.0f} in size."
            )
        changed.flat[place] = value
        self.parameters = {**self.parameters, name: changed}

    def _at_neurons(self, flow: Flow, y: np.ndarray) -> dict[str, np.ndarray]:
        logits = (flow.probabilities - np.eye(2)[y]) / len(y)  # (N, 2)
        hidden = logits @ self.parameters["output_weights"].T  # (N, 4)
        sums = hidden * slope(self.activation, flow.sums, flow.hidden)  # (N, 4)
        return {"logits": logits, "hidden": hidden, "sums": sums}

    def step(self, x: np.ndarray, y: np.ndarray, lr: float) -> float:
        """One step downhill on all e-mails given.

        Args:
            x: (N, 3) e-mails.
            y: (N,) 0 for mail, 1 for spam.
            lr: how far to go along the gradient.

        Returns:
            The loss before the step. A step that would throw a weight beyond a million is not
            taken, and the loss is infinite: the rate was too high.
        """
        flow = self.forward(x)
        changes = _at_parameters(flow, self._at_neurons(flow, np.asarray(y)))
        moved = {name: self.parameters[name] - lr * changes[name] for name in changes}
        if not all(np.abs(values).max() < BOUND for values in moved.values()):
            return float("inf")
        self.parameters = moved
        return _loss(flow, y)

    def accuracy(self, x: np.ndarray, y: np.ndarray) -> float:
        """The share of e-mails put into the right class."""
        return float((self.forward(x).logits.argmax(1) == np.asarray(y)).mean())

    def decision_grid(self, known_sender: float, size: int = 32) -> np.ndarray:
        """The probability of spam over all pairs of the first two inputs.

        Args:
            known_sender: 0 or 1.
            size: points a side.

        Returns:
            (size, size): rows go by suspicious links, columns by "Win $$$", both from 0 to 1.
        """
        win, links = np.meshgrid(np.linspace(0, 1, size), np.linspace(0, 1, size))
        known = np.full(size * size, float(known_sender))
        flow = self.forward(np.column_stack([win.ravel(), links.ravel(), known]))
        return flow.probabilities[:, 1].reshape(size, size)


def _loss(flow: Flow, y: np.ndarray) -> float:
    logits = flow.logits - flow.logits.max(1, keepdims=True)
    return float((np.log(np.exp(logits).sum(1)) - logits[np.arange(len(y)), y]).mean())


def _at_parameters(flow: Flow, neurons: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {
        "hidden_weights": flow.inputs.T @ neurons["sums"],
        "hidden_bias": neurons["sums"].sum(0),
        "output_weights": flow.hidden.T @ neurons["logits"],
        "output_bias": neurons["logits"].sum(0),
    }


def _border(win: np.ndarray, links: np.ndarray, known: np.ndarray) -> np.ndarray:
    """How far each e-mail lies on the side of spam; negative for mail."""
    return np.where(known == 0, win + links - 0.7, links - win - 0.3) / np.sqrt(2)


def true_border(known_sender: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """The two ends of the straight line that the rule behind `emails` draws for one sender.

    Args:
        known_sender: 0 for a stranger, 1 for a friend.

    Returns:
        Two points (winnings, links) on the edges of the square from 0 to 1.
    """
    return ((0.0, 0.3), (0.7, 1.0)) if known_sender else ((0.0, 0.7), (0.7, 0.0))


def truth(x: np.ndarray) -> np.ndarray:
    """The class of any e-mail by the rule behind `emails`: 1 for spam, 0 for mail.

    Args:
        x: (N, 3) e-mails; a sender who is known by less than one half counts as a stranger.

    Returns:
        (N,) integers.
    """
    win, links, known = np.atleast_2d(np.asarray(x, dtype=np.float64)).T
    return (_border(win, links, known >= 0.5) > 0).astype(np.int64)


def emails(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Made-up e-mails and whether each is spam.

    From a stranger, talk of winnings or links make spam. From a friend, both together are an
    ordinary newsletter, and so is neither; but links without a word of winnings come from a
    friend's stolen account. No single weighted sum of the three inputs can tell these apart.

    Args:
        n: how many; half are from strangers. None lies within 0.05 of the border.
        seed: the same seed gives the same e-mails.

    Returns:
        x (n, 3): winnings 0..1, links 0..1, known sender 0 or 1; and y (n,): 1 for spam.
    """
    random = np.random.default_rng(seed)
    many = random.random((n * 8 + 64, 2))
    known = np.arange(len(many)) % 2
    win, links = many[:, 0], many[:, 1]
    border = _border(win, links, known)
    clear = np.flatnonzero(np.abs(border) > 0.05)[:n]
    x = np.column_stack([win, links, known.astype(np.float64)])[clear]
    return x, (border[clear] > 0).astype(np.int64)
