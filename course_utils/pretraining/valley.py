"""The valley: four optimizers walk over the loss surface of the spam network, in plain view.

Leaves out mini-batches and weight decay, which would pull the ball off the surface that is drawn.
Taught in notebook 03, section "The valley", where a live lab shows it.

Shape letters: N e-mails, G weight vectors. A weight vector has all 26 parameters, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from course_utils.pretraining import mlp

Arrays = dict[str, np.ndarray]
SHAPES = {
    "hidden_weights": (3, 4),
    "hidden_bias": (4,),
    "output_weights": (4, 2),
    "output_bias": (2,),
}
WHAT_TRAINS = ("two knobs", "all 26")
VERDICTS = ("creeps", "converges", "oscillates", "flies out")
REFERENCE_STEPS, REFERENCE_RATE = 200, 1.0  # of the plain descent that the plane follows
RECENT = 50  # losses that a verdict looks at, or the newer half of fewer


def sgd(gradients: Arrays, memory: dict, lr: float) -> tuple[Arrays, dict]:
    """Plain descent: every number moves against its gradient, and nothing is remembered.

    Args:
        gradients: of each array of parameters, by its name.
        memory: what this optimizer returned with the step before; {} at first.
        lr: learning rate.

    Returns:
        What is to be added to each array, and the memory for the next step. The same holds for
        the other three.
    """
    return {name: -lr * gradient for name, gradient in gradients.items()}, memory


def momentum(gradients: Arrays, memory: dict, lr: float, keep: float = 0.9) -> tuple[Arrays, dict]:
    """A ball with mass: nine tenths of its speed stay, and each gradient pushes it on."""
    speed = {name: keep * memory.get(name, 0.0) + gradients[name] for name in gradients}
    return {name: -lr * speed[name] for name in speed}, speed


def adamw(
    gradients: Arrays,
    memory: dict,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.95),
    eps: float = 1e-8,
) -> tuple[Arrays, dict]:
    """Every number moves by its average gradient over that gradient's usual size.

    Source: Loshchilov and Hutter 2019, algorithm 2, with a weight decay of 0.
    """
    count = memory.get("count", 0) + 1
    changes, means, squares = {}, {}, {}
    for name, gradient in gradients.items():
        # Moving averages of the gradient and of its square.
        mean, square = memory.get(name, (0.0, 0.0))
        means[name] = betas[0] * mean + (1 - betas[0]) * gradient
        squares[name] = betas[1] * square + (1 - betas[1]) * gradient**2
        # They start at zero, so early on they are too small; this undoes it.
        usual = np.sqrt(squares[name] / (1 - betas[1] ** count)) + eps
        changes[name] = -lr * means[name] / (1 - betas[0] ** count) / usual
    return changes, {"count": count, **{name: (means[name], squares[name]) for name in means}}


def orthogonalize(matrix: np.ndarray, steps: int = 5) -> np.ndarray:
    """Makes all singular values about 1 (0.7 to 1.2) by products of matrices only.

    Source: Jordan and others 2024, "Muon": Newton-Schulz iterations with its coefficients.
    """
    x = matrix / (np.linalg.norm(matrix) + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return x


def muon(gradients: Arrays, memory: dict, lr: float, keep: float = 0.95) -> tuple[Arrays, dict]:
    """Matrices move equally far in every direction of their gradient; biases move by AdamW.

    Source: Jordan and others 2024, "Muon"; Nesterov momentum.
    """
    biases = {name: gradient for name, gradient in gradients.items() if gradient.ndim != 2}
    changes, adam = adamw(biases, memory.get("biases", {}), lr)
    remembered: dict = {"biases": adam}
    for name, gradient in gradients.items():
        if gradient.ndim != 2:
            continue
        # A moving average, and a look ahead along it.
        mean = keep * memory.get(name, 0.0) + (1 - keep) * gradient
        ahead = (1 - keep) * gradient + keep * mean
        rows, columns = gradient.shape
        changes[name] = -lr * max(1.0, rows / columns) ** 0.5 * orthogonalize(ahead)
        remembered[name] = mean
    return changes, remembered


OPTIMIZERS: dict[str, Callable[[Arrays, dict, float], tuple[Arrays, dict]]] = {
    "SGD": sgd,
    "momentum": momentum,
    "AdamW": adamw,
    "Muon": muon,
}


def flat(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Named parameters, or their gradients, as one weight vector, (26,)."""
    return np.concatenate([np.ravel(arrays[name]) for name in SHAPES])


def named(weights: np.ndarray) -> Arrays:
    """A weight vector as the network's named arrays; the opposite of `flat`."""
    arrays, at = {}, 0
    for name, shape in SHAPES.items():
        size = int(np.prod(shape))
        arrays[name] = weights[at : at + size].reshape(shape)
        at += size
    return arrays


@lru_cache(maxsize=1)
def _emails() -> tuple[np.ndarray, np.ndarray]:
    return mlp.emails()


def _network(weights: np.ndarray) -> mlp.SpamNetwork:
    network = mlp.SpamNetwork("tanh")
    network.parameters = named(weights)
    return network


def loss(weights: np.ndarray) -> float:
    """Mean cross-entropy of a weight vector on the 400 e-mails, nats."""
    return _network(weights).loss(*_emails())


def gradient(weights: np.ndarray) -> np.ndarray:
    """How that loss changes with each weight, (26,)."""
    return flat(_network(weights).gradients(*_emails()))


@dataclass(frozen=True)
class Plane:
    """Two directions among 26, at right angles and of length 1, through the first weights.

    Attributes:
        start: (26,) the first weights of a seed; their place is (0, 0).
        directions: (2, 26) across and up.
        length: how far the reference descent ends from the start.
    """

    start: np.ndarray
    directions: np.ndarray
    length: float

    def place(self, weights: np.ndarray) -> np.ndarray:
        """Where weights (..., 26) stand on the plane, or cast their shadow on it, (..., 2)."""
        return (weights - self.start) @ self.directions.T

    def off(self, weights: np.ndarray) -> np.ndarray:
        """What of the way from the start to these weights leads off the plane, (26,)."""
        return weights - self.start - self.place(weights) @ self.directions


@lru_cache(maxsize=8)
def plane(seed: int = 0) -> Plane:
    """The plane on which a seed's valley is seen.

    Across goes from the first weights to where 200 steps of plain descent end: along the valley.
    Up is at right angles to it, and of all such directions the one in which the loss bends most
    at that end: from wall to wall. Two random directions would show neither.
    """
    weights = [flat(mlp.SpamNetwork("tanh", seed).parameters)]
    for _ in range(REFERENCE_STEPS):
        weights.append(weights[-1] - REFERENCE_RATE * gradient(weights[-1]))
    way = weights[-1] - weights[0]
    across = way / np.linalg.norm(way)
    # The steepest wall: the curvature's largest direction, without what goes across.
    others = np.eye(len(way)) - np.outer(across, across)
    up = np.linalg.eigh(others @ curvature(weights[-1]) @ others)[1][:, -1]
    up *= np.sign(up[np.abs(up).argmax()])  # of the two opposite ones always the same
    return Plane(weights[0], np.stack([across, up]), float(np.linalg.norm(way)))


def curvature(weights: np.ndarray, nudge: float = 1e-4) -> np.ndarray:
    """How the gradient changes with each weight (the Hessian), by small nudges, (26, 26)."""
    nudges = nudge * np.eye(len(weights))
    rows = [gradient(weights + one) - gradient(weights - one) for one in nudges]
    slopes = np.array(rows) / (2 * nudge)
    return (slopes + slopes.T) / 2


def losses_of(weights: np.ndarray) -> np.ndarray:
    """The losses of many weight vectors at once, in float32.

    Args:
        weights: (G, 26).

    Returns:
        (G,) nats; within 1e-4 of `loss`, in a hundredth of the time.
    """
    x, y = _emails()
    parts = np.split(weights.astype(np.float32), np.cumsum([12, 4, 8]), axis=1)
    # The bias is the weight of one more input that is always 1.
    inputs = np.column_stack([x, np.ones(len(x))]).astype(np.float32)  # (N, 4)
    joined = np.concatenate(parts[:2], axis=1).reshape(-1, 4, 4)  # (G, inputs, hidden)
    hidden = np.tanh(inputs @ joined)  # (G, N, 4)
    # With two classes only the lead of the right one counts.
    outputs = parts[2].reshape(-1, 4, 2)
    votes = (outputs[:, :, 1] - outputs[:, :, 0])[:, :, None]  # (G, 4, 1)
    spam = (hidden @ votes)[:, :, 0] + (parts[3][:, 1] - parts[3][:, 0])[:, None]  # (G, N)
    lead = spam * np.where(y == 1, 1, -1).astype(np.float32)
    return (np.log1p(np.exp(-np.abs(lead))) - np.minimum(lead, 0)).mean(1)


def surface(
    weights: np.ndarray, on: Plane, across: Sequence[float], up: Sequence[float]
) -> np.ndarray:
    """The loss over a plane, or over its neighbour of the same directions.

    Args:
        weights: (26,) what the drawn plane goes through, such as the ball's own weights.
        on: its directions.
        across: places from left to right, growing.
        up: places from bottom to top, growing.

    Returns:
        (len(up), len(across)) nats, float32.
    """
    places = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)  # (G, 2)
    vectors = on.start + on.off(weights) + places @ on.directions
    return losses_of(vectors).reshape(len(up), len(across))


def cut(weights: np.ndarray, change: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """The loss along the line of a step.

    Args:
        weights: (26,) where the ball lies.
        change: (26,) the step that the optimizer is about to take.
        shares: how much of it is taken: 0 is here, 1 is where it lands, 2 is twice as far.

    Returns:
        (len(shares),) nats, float32.
    """
    return losses_of(weights + np.outer(shares, change))


def next_step(
    optimizer: str, weights: np.ndarray, memory: dict, lr: float, on: Plane | None = None
) -> tuple[np.ndarray, dict]:
    """The step that an optimizer would take from here.

    Args:
        optimizer: one of OPTIMIZERS.
        weights: (26,) where the ball lies.
        memory: what the step before returned; {} at first.
        lr: learning rate.
        on: a plane makes a network of two knobs, its two directions: the gradient is projected on
            them, and the optimizer sees a matrix of one row. None: all 26 weights are trained.

    Returns:
        What is to be added to the weights, (26,), and the new memory.

    Raises:
        ValueError: there is no such optimizer.
    """
    if optimizer not in OPTIMIZERS:
        raise ValueError(
            f"There is no optimizer {optimizer!r}; there are {', '.join(OPTIMIZERS)}."
        )
    slope = gradient(weights)
    if on is None:
        changes, memory = OPTIMIZERS[optimizer](named(slope), memory, lr)
        return flat(changes), memory
    knobs = {"knobs": (on.directions @ slope)[None]}  # (1, 2)
    changes, memory = OPTIMIZERS[optimizer](knobs, memory, lr)
    return changes["knobs"][0] @ on.directions, memory


def is_within_bounds(weights: np.ndarray) -> bool:
    """Whether every weight is a number, and smaller than a million."""
    return bool((np.abs(weights) < mlp.BOUND).all())  # false for NaN too


@dataclass(frozen=True)
class Path:
    """Where a ball has been.

    Attributes:
        losses: (steps + 1,) nats, before the first step and after each; infinite from the step on
            that would have left all bounds and was not taken.
        places: (steps + 1, 2) on the seed's plane.
        weights: (steps + 1, 26).
    """

    losses: np.ndarray
    places: np.ndarray
    weights: np.ndarray


def descend(
    optimizer: str, lr: float, steps: int, seed: int = 0, what_trains: str = "two knobs"
) -> Path:
    """Let one optimizer walk from a seed's first weights.

    Args:
        optimizer: one of OPTIMIZERS.
        lr: learning rate, above 0.
        steps: how many, 0 or more.
        seed: of the first weights, which are the same for every optimizer.
        what_trains: "two knobs" (the ball stays on the plane) or "all 26".

    Raises:
        ValueError: a setting is not one of those above.
    """
    check(what_trains=what_trains, lr=lr, steps=steps)
    seen = plane(seed)
    weights, memory, lost = seen.start, {}, [loss(seen.start)]
    walked = [weights]
    for _ in range(steps):
        on = seen if what_trains == WHAT_TRAINS[0] else None
        change, memory = next_step(optimizer, weights, memory, lr, on)
        # A step beyond all bounds is not taken, and nothing comes after it.
        if lost[-1] < np.inf and is_within_bounds(weights + change):
            weights = weights + change
            lost.append(loss(weights))
        else:
            lost.append(np.inf)
        walked.append(weights)
    return Path(np.array(lost), seen.place(np.array(walked)), np.array(walked))


def check(what_trains: str = WHAT_TRAINS[0], lr: float = 1.0, steps: int = 0) -> None:
    """Refuse settings with which nothing can walk.

    Raises:
        ValueError: says which one, and what it may be.
    """
    if what_trains not in WHAT_TRAINS:
        raise ValueError(f"what_trains is {what_trains!r}; use one of {WHAT_TRAINS}.")
    if not 0 < lr < np.inf:
        raise ValueError(f"lr is {lr}; a step needs a learning rate above 0.")
    if steps < 0:
        raise ValueError(f"steps is {steps}; use 0 or more.")


def verdict(losses: Sequence[float]) -> str:
    """What a descent does, read off its losses alone.

    Looked at are the newest 50 losses, or the newer half of fewer, against the first one.
    "flies out": one is infinite, or their mean is above one and a half times the first.
    "oscillates": otherwise, if what they rose by adds up to over a tenth of the first.
    "converges": otherwise, if the newest is below a quarter of the first.
    "creeps": otherwise; also where it lies still on a high plain.

    Args:
        losses: before the first step and after each; one at least.

    Raises:
        ValueError: there is no loss.
    """
    every = np.asarray(losses, dtype=float)
    if not len(every):
        raise ValueError("losses is empty; give at least the loss before the first step.")
    recent = every[-max(1, min(RECENT, len(every) // 2)) :]
    if not np.isfinite(recent).all() or recent.mean() > 1.5 * every[0]:
        return "flies out"
    if np.maximum(np.diff(recent), 0).sum() > 0.1 * every[0]:
        return "oscillates"
    return "converges" if recent[-1] < every[0] / 4 else "creeps"
