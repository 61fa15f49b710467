"""A curve that grows by one value a step for hours and can be drawn 30 times a second.

It keeps every value (8 bytes each) and hands out at most a few hundred. No notebook section; labs
use it for their loss curves.
"""

from __future__ import annotations

import numpy as np


class Curve:
    """Values in the order of the steps; the first is step 1."""

    def __init__(self) -> None:
        self._values = np.empty(1024)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def last(self) -> float | None:
        """The newest value; None where there is none."""
        return float(self._values[self._size - 1]) if self._size else None

    def add(self, value: float) -> None:
        """Put one more value at the end."""
        # Twice as much room each time, so that adding stays cheap for hours.
        if self._size == len(self._values):
            self._values = np.concatenate([self._values, np.empty(self._size)])
        self._values[self._size] = value
        self._size += 1

    def cut(self, size: int) -> None:
        """Forget all values after the first `size`."""
        self._size = min(self._size, max(0, size))

    def clear(self) -> None:
        """Forget all values."""
        self._size = 0

    def values(self) -> np.ndarray:
        """A copy of all values, (N,)."""
        return self._values[: self._size].copy()

    def thin(self, points: int = 400) -> tuple[np.ndarray, np.ndarray]:
        """At most so many points, evenly spaced, the first and the last among them.

        Args:
            points: 2 or more.

        Returns:
            (steps, values), both (min(N, points),).
        """
        # Steps count from 1, places in the array from 0.
        kept = np.arange(self._size)
        if self._size > points:
            # Rounded to whole places, so that every point drawn is one that was measured.
            kept = np.linspace(0, self._size - 1, points).round().astype(int)
        return kept + 1, self._values[kept]
