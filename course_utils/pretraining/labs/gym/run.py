"""The record of one run in the Training Gym: its curves, its looks, and where the rate was moved.

It keeps numbers and thins them for the view; it does not train. Notebook 03, section "Train it".
"""

from __future__ import annotations

import numpy as np

from course_utils.ui import Curve

LOOK_EVERY = 10  # steps between looks at the validation rows, the first before step 1
SMOOTHING = 0.2  # share of a new value in the running means
POINTS, LOOK_POINTS, GHOST_POINTS = 300, 200, 200
MOST_MARKS = 40
ONE_DRAG_STEPS = 15  # moves of a slider that lie closer together are one mark


class Run:
    """The curves of a run; step 1 is the first."""

    def __init__(self) -> None:
        self.losses, self.smooth = Curve(), Curve()
        self.accuracy, self.norms = Curve(), Curve()
        self.looks, self.look_accuracy = Curve(), Curve()
        self.marks: list[tuple[int, float]] = []  # (the first step with it, the new rate)
        self.rate: float | None = None

    def __len__(self) -> int:
        return len(self.losses)

    def add(self, loss: float, accuracy: float, norm: float, rate: float) -> None:
        """Take in one step."""
        self._mark(rate)
        for curve, value in ((self.smooth, loss), (self.accuracy, accuracy)):
            before = curve.last
            curve.add(value if before is None else before + SMOOTHING * (value - before))
        self.losses.add(loss)
        self.norms.add(norm)

    def look(self, loss: float, accuracy: float) -> None:
        """Take in a look at the validation rows."""
        self.looks.add(loss)
        self.look_accuracy.add(accuracy)

    @property
    def look_is_due(self) -> bool:
        """Whether the looks so far end before this step's."""
        return len(self.looks) <= len(self) // LOOK_EVERY

    def cut(self, step: int) -> None:
        """Forget all after a step."""
        for curve in (self.losses, self.smooth, self.accuracy, self.norms):
            curve.cut(step)
        for curve in (self.looks, self.look_accuracy):
            curve.cut(1 + step // LOOK_EVERY)
        self.marks = [mark for mark in self.marks if mark[0] <= step]

    def arrays(self) -> dict[str, np.ndarray]:
        """What the view draws; at most 300 points a curve."""
        steps, losses = self.losses.thin(POINTS)
        looked, looks = self.looks.thin(LOOK_POINTS)
        return {
            "steps": steps,
            "losses": losses,
            "smooth": self.smooth.thin(POINTS)[1],
            "accuracy": self.accuracy.thin(POINTS)[1],
            "norms": self.norms.thin(POINTS)[1],
            "look_steps": (looked - 1) * LOOK_EVERY,
            "looks": looks,
            "look_accuracy": self.look_accuracy.thin(LOOK_POINTS)[1],
            "mark_steps": np.array([step for step, _ in self.marks]),
            "mark_rates": np.array([rate for _, rate in self.marks]),
        }

    def ghost(self) -> dict[str, np.ndarray]:
        """What stays of it in the view of the run after it."""
        steps, smooth = self.smooth.thin(GHOST_POINTS)
        looked, looks = self.looks.thin(GHOST_POINTS)
        return {
            "ghost_steps": steps,
            "ghost_smooth": smooth,
            "ghost_look_steps": (looked - 1) * LOOK_EVERY,
            "ghost_looks": looks,
        }

    def _mark(self, rate: float) -> None:
        step = len(self) + 1
        if self.rate not in (None, rate):
            if self.marks and step - self.marks[-1][0] <= ONE_DRAG_STEPS:
                step = self.marks.pop()[0]
            self.marks = [*self.marks, (step, rate)][-MOST_MARKS:]
        self.rate = rate
