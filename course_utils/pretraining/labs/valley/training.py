"""What the valley trains: a ball on the spam network's loss surface, and the frames of its map.

The optimizers and the surface are in `pretraining.valley`, the controls are in lab.py. Notebook
03, section "The valley".
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from course_utils.pretraining import valley
from course_utils.ui import Curve, pack

LEARNING_RATE = 1.0
SETTINGS = ("learning_rate", "optimizer", "what_trains")
GRID = (49, 25)  # points across and up: 5 ms on one core
STILL_GRID = (73, 37)  # of the picture, which nobody waits for
LARGEST_ZOOM = 3  # the map doubles so often; farther out the ball is shown at its edge
GHOSTS = 3  # earlier runs that stay on the map
TRAIL_STEPS = 200  # of the path, and of each ghost's, that are drawn
CUT = np.linspace(0, 2, 41)  # shares of the next step
ENOUGH_STEPS = 20  # for a verdict other than "flies out"
DRAWN = {
    "two knobs": "Drawn: the loss of every setting of two knobs. The ball lies on this surface.",
    "all 26": (
        "Drawn: a slice through the ball where it is now, so the map changes with every step; "
        "the path is its shadow on the slice."
    ),
}
MUON_KNOBS = " Muon takes two knobs for a matrix of one row, so its steps are as long everywhere."


@dataclass(frozen=True)
class Ghost:
    """An earlier run from the same start.

    Attributes:
        recipe: optimizer, rate and what was trained, in words.
        verdict: of the run.
        steps: how many it took.
        end_loss: after the last of them, nats.
        losses: (S + 1,) nats, S the first TRAIL_STEPS of them.
        places: (S + 1, 2) on the plane.
    """

    recipe: str
    verdict: str
    steps: int
    end_loss: float
    losses: np.ndarray
    places: np.ndarray

    def facts(self) -> dict[str, object]:
        """What the view says of it in words."""
        return {
            "recipe": self.recipe,
            "verdict": self.verdict,
            "steps": self.steps,
            "loss": self.end_loss,
        }


class ValleyTraining:
    """What the lab trains; see trainable.Trainable, Rewindable and Renewable.

    Settings: learning_rate, optimizer, what_trains.

    Args:
        seed: of the first weights; `reset` goes back to them.
        learning_rate: how far a step goes.
        optimizer: one of valley.OPTIMIZERS.

    Attributes:
        plane: the two directions that are drawn, fixed for a seed.
        weights: (26,) of now.
        losses: nats, before the first step and after each.
        ghosts: the earlier runs from this start, the newest first.
    """

    def __init__(
        self, seed: int = 0, learning_rate: float = LEARNING_RATE, optimizer: str = "SGD"
    ) -> None:
        valley.check(lr=learning_rate)
        self.seed, self.learning_rate = seed, float(learning_rate)
        self.what_trains = valley.WHAT_TRAINS[0]
        self._use(optimizer)
        self.ghosts: deque[Ghost] = deque(maxlen=GHOSTS)
        self.losses, self._path = Curve(), (Curve(), Curve())
        self._drawn: tuple | None = None  # which surface, and its losses
        self._surfaces = 0  # computed so far, so that the page sees a new one
        self._begin()

    def _begin(self) -> None:
        self.plane = valley.plane(self.seed)
        self._drawn = None
        self._recipes: set[tuple[str, float, str]] = set()
        self._use(self.optimizer)
        self.rate_used = 0.0
        for curve in (self.losses, *self._path):
            curve.clear()
        self._arrive(self.plane.start)

    def reset(self) -> None:
        """The seed's first weights again; settings stay, and the run's path stays as a ghost."""
        if self.steps:
            ghost = Ghost(
                self.recipe,
                self.verdict,
                self.steps,
                self.loss,
                self.losses.values()[: TRAIL_STEPS + 1],
                self._places()[: TRAIL_STEPS + 1],
            )
            # The same recipe walks the same way: its older ghost would lie below.
            others = [one for one in self.ghosts if one.recipe != ghost.recipe]
            self.ghosts = deque([ghost, *others][:GHOSTS], maxlen=GHOSTS)
        self._begin()

    def new_weights(self) -> None:
        """The first weights of the next seed, in a valley of their own, without ghosts."""
        self.seed += 1
        self.ghosts.clear()
        self._begin()

    def state(self) -> dict:
        """Copies of the weights and of the optimizer's memory, and how long the path is."""
        # The optimizers make new arrays at each step, so their memory can be kept as it is.
        return {
            "weights": self.weights.copy(),
            "memory": self._memory,
            "walker": (self.optimizer, self.what_trains),
            "steps": self.steps,
            "rate_used": self.rate_used,
            "recipes": sorted(self._recipes),
        }

    def restore(self, state: Mapping) -> None:
        """Go back to a state; settings stay, and what was chosen since begins afresh."""
        self.weights = state["weights"].copy()
        # A memory of another optimizer, or of other knobs, would not fit.
        self._use(self.optimizer)
        if state["walker"] == (self.optimizer, self.what_trains):
            self._memory = state["memory"]
        self.rate_used, self._recipes = state["rate_used"], set(state["recipes"])
        for curve in (self.losses, *self._path):
            curve.cut(state["steps"] + 1)

    def step(self) -> float:
        """One step of the optimizer on all e-mails.

        Returns:
            The loss after it, nats.

        Raises:
            OverflowError: the rate is so high that a weight would leave all bounds; the ball
                stays where it is.
        """
        change, memory = self._next()
        moved = self.weights + change
        if not valley.is_within_bounds(moved):
            raise OverflowError(
                f"After step {self.steps} a learning rate of {self.learning_rate:.3g} would throw "
                "the ball beyond a million; it lies where it was. Move the learning rate towards "
                "slow and steady."
            )
        # Only a step that is taken is remembered.
        self._memory = memory
        self.rate_used = self.learning_rate
        self._recipes.add((self.optimizer, self.learning_rate, self.what_trains))
        return self._arrive(moved)

    def change(self, name: str, value: object) -> None:
        """Take a new setting; the ball stays, and another optimizer begins without a memory.

        Raises:
            KeyError: there is no such setting.
            ValueError: there is no such optimizer, or nothing of this name trains.
        """
        if name not in SETTINGS:
            raise KeyError(f"There is no setting {name!r}; there are {', '.join(SETTINGS)}.")
        if name == "learning_rate":
            valley.check(lr=float(value))
            self.learning_rate = float(value)
        elif name == "optimizer":
            self._use(str(value))
        else:
            valley.check(what_trains=str(value))
            self.what_trains = str(value)
            self._use(self.optimizer)

    @property
    def steps(self) -> int:
        """Steps since the last reset."""
        return len(self.losses) - 1

    @property
    def loss(self) -> float:
        """Mean loss with the weights of now, nats."""
        return self.losses.last

    @property
    def verdict(self) -> str:
        """What the run does; see `valley.verdict`."""
        word = valley.verdict(self.losses.values())
        early = self.steps < ENOUGH_STEPS and word != "flies out"
        return "too early to say" if early else word

    @property
    def recipe(self) -> str:
        """The settings that this run was trained with, in words."""
        if len(self._recipes) > 1:
            return "settings changed on the way"
        now = (self.optimizer, self.learning_rate, self.what_trains)
        optimizer, rate, trained = next(iter(self._recipes), now)
        return f"{optimizer}, rate {rate:.3g}, {trained}"

    def frame(self) -> bytes:
        """All that the view draws: the surface, the ball and its paths, the cut, the curves."""
        change, _ = self._next()
        box = self._box()
        place = self.plane.place(self.weights)
        cut = valley.cut(self.weights, change, CUT)
        surface = self._surface(box)
        facts = {
            "step": self.steps,
            "loss": self.loss,
            "verdict": self.verdict,
            "drawn": self._words(),
            "optimizer": self.optimizer,
            "what_trains": self.what_trains,
            "learning_rate": self.learning_rate,
            "rate_used": self.rate_used,
            "stride": float(np.linalg.norm(change)),
            "landing": float(cut[len(CUT) // 2]),
            "is_outside": not _holds(box, place),
            "grid": list(GRID),
            "surface": self._surfaces,
            "ghosts": [one.facts() for one in self.ghosts],
        }
        steps, losses = self.losses.thin()
        arrays = {
            "surface": surface,
            "box": np.array(box),
            "ball": place,
            "next": place + self.plane.directions @ change,
            "trail": self._places()[-TRAIL_STEPS - 1 :],
            "cut_shares": CUT,
            "cut_losses": cut,
            "curve_steps": steps - 1,
            "curve_losses": losses,
            **self._ghost_arrays(),
        }
        return pack(facts, arrays)

    def _next(self) -> tuple[np.ndarray, dict]:
        on = self.plane if self.what_trains == valley.WHAT_TRAINS[0] else None
        return valley.next_step(self.optimizer, self.weights, self._memory, self.learning_rate, on)

    def _use(self, optimizer: str) -> None:
        """Begin with an optimizer that remembers nothing of earlier steps."""
        if optimizer not in valley.OPTIMIZERS:
            raise ValueError(
                f"There is no optimizer {optimizer!r}; there are {', '.join(valley.OPTIMIZERS)}."
            )
        self.optimizer, self._memory = optimizer, {}

    def _arrive(self, weights: np.ndarray) -> float:
        """Take down where the ball is now."""
        self.weights = weights
        self.losses.add(valley.loss(weights))
        for curve, value in zip(self._path, self.plane.place(weights), strict=True):
            curve.add(value)
        return self.losses.last

    def _places(self) -> np.ndarray:
        """Where the ball has been on the plane, (steps + 1, 2)."""
        return np.column_stack([curve.values() for curve in self._path])

    def _words(self) -> str:
        alone = self.what_trains == valley.WHAT_TRAINS[0] and self.optimizer == "Muon"
        return DRAWN[self.what_trains] + (MUON_KNOBS if alone else "")

    def _box(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of the map: doubled until it holds all of the run."""
        reach = self._places()
        for zoom in range(LARGEST_ZOOM + 1):
            box = map_box(self.plane.length, zoom)
            if all(_holds(box, place) for place in (reach.min(0), reach.max(0))):
                return box
        return box

    def _surface(self, box: tuple[float, float, float, float]) -> np.ndarray:
        """The losses over the map; computed anew only where map or slice are others."""
        off = self.plane.off(self.weights)
        if self._drawn is None or self._drawn[0] != box or not _same(self._drawn[1], off):
            self._drawn = (box, off, valley.surface(self.weights, self.plane, *axes(box)))
            self._surfaces += 1
        return self._drawn[2]

    def _ghost_arrays(self) -> dict[str, np.ndarray]:
        """Path and losses of each ghost; empty where there is none."""
        arrays = {}
        for number in range(GHOSTS):
            ghost = self.ghosts[number] if number < len(self.ghosts) else None
            losses = np.empty(0) if ghost is None else ghost.losses
            arrays[f"ghost{number}"] = np.empty(0) if ghost is None else ghost.places
            arrays[f"ghost{number}_losses"] = losses
            arrays[f"ghost{number}_steps"] = np.arange(len(losses))
        return arrays


def map_box(length: float, zoom: int = 0) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a map, twice as wide as high.

    Args:
        length: from the start to the end of the reference descent.
        zoom: how often the map has doubled around its middle.
    """
    half = 0.85 * length * 2**zoom
    middle = 0.55 * length
    return middle - half, middle + half, -half / 2, half / 2


def axes(
    box: tuple[float, float, float, float], grid: tuple[int, int] = GRID
) -> tuple[np.ndarray, np.ndarray]:
    """The grid's places across and up."""
    return np.linspace(*box[:2], grid[0]), np.linspace(*box[2:], grid[1])


def _holds(box: tuple[float, float, float, float], place: np.ndarray) -> bool:
    left, right, bottom, top = box
    return bool(left <= place[0] <= right and bottom <= place[1] <= top)


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return math.isclose(float(np.abs(one - other).max()), 0.0, abs_tol=1e-9)
