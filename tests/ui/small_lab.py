"""The smallest labs, for tests of what all labs have in common; no browser, nothing is learnt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from matplotlib.figure import Figure

from course_utils.ui import Lab, LabView, pack

SCRIPT = "export default { render() {} };"


class Counting:
    """A trainable that cannot go back: its steps are counted."""

    def __init__(self) -> None:
        self.count, self.rate = 0, 1.0

    def step(self) -> float | None:
        self.count += 1

    def reset(self) -> None:
        self.count = 0

    def change(self, name: str, value: object) -> None:
        setattr(self, name, value)

    def frame(self) -> bytes:
        return pack({"step": self.count}, {})


class Halving(Counting):
    """A trainable that can: its loss halves and doubles with the rate, and a seed begins it."""

    def __init__(self) -> None:
        super().__init__()
        self.seed, self.weight, self.loss = 1, 1.0, 1.0

    def step(self) -> float | None:
        self.count += 1
        self.weight *= 0.99 * self.rate
        return self.weight

    def reset(self) -> None:
        self.count, self.weight = 0, float(self.seed)

    def new_weights(self) -> None:
        self.seed += 1
        self.reset()

    def state(self) -> dict:
        return {"weight": self.weight, "count": self.count}

    def restore(self, state: dict) -> None:
        self.weight, self.count = state["weight"], state["count"]


class View(LabView):
    _esm = SCRIPT


class SmallLab(Lab):
    name, title, view_class = "small", "Small lab", View

    def picture(self) -> Figure:
        return Figure()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "not within 10 s"
        time.sleep(0.002)


def take(lab: SmallLab, steps: int) -> None:
    done = threading.Event()
    lab.trainer.send("steps", steps, done)
    assert done.wait(10)


def press(lab: SmallLab, words: str) -> None:
    next(one for one in lab.buttons if one.description == words).click()
