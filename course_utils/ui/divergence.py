"""Whether training still goes well: a loss that is no number, or tenfold, stops it.

It looks at losses alone, and does not act: the trainer stops. No notebook section; every lab whose
steps return a loss is watched.
"""

from __future__ import annotations

import math
import statistics
from collections import deque

WINDOW = 20
TENFOLD = 10.0


class Exploded(ArithmeticError):
    """The loss is no number, or ten times what it was: the last steps did harm."""


class DivergenceMonitor:
    """Takes the loss of every step and raises when it has exploded."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, at other weights."""
        self._recent: deque[float] = deque(maxlen=WINDOW)
        self._first: float | None = None

    @property
    def median_loss(self) -> float | None:
        """The median of the latest losses; None before the first."""
        return statistics.median(self._recent) if self._recent else None

    def take(self, loss: float) -> None:
        """Look at one more loss.

        A tenfold loss counts only where it is above the first one: from 0.001 to 0.01 is noise.

        Raises:
            Exploded: it is not a number, or ten times the median of the latest ones.
        """
        # No number at all.
        if not math.isfinite(loss):
            raise Exploded(
                "The loss is not a number any more: the last steps threw the weights too far. "
                "Lower the learning rate, towards slow and steady."
            )
        # Tenfold, unless it is still below where it began.
        median = self.median_loss
        if median is not None and loss > TENFOLD * median and loss > self._first:
            raise Exploded(
                f"The loss jumped to {loss:.3g}, more than ten times the usual {median:.3g}. "
                "Lower the learning rate, towards slow and steady."
            )
        self._first = loss if self._first is None else self._first
        self._recent.append(loss)
