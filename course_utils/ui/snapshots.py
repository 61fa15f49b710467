"""The states that a lab can go back to: under 64 MB, dense of late and sparse long ago.

It keeps what it is given and knows nothing of weights. No notebook section; labs use it for their
buttons "Back" and "Rewind".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LIMIT_BYTES = 64_000_000
MAX_STATES = 128
MARGIN_STEPS = 10  # weights are damaged some steps before the loss shows it


@dataclass(frozen=True)
class Snapshot:
    """One state.

    Attributes:
        step: how many steps had been taken since the first weights.
        state: what the trainable gave.
        loss: of the step before; None where the trainable does not say.
        size: bytes.
    """

    step: int
    state: object
    loss: float | None
    size: int


class Snapshots:
    """A ring buffer of states; a full one loses those whose neighbours lie closest, for their age.

    Args:
        limit_bytes: all states together.
        max_states: how many states at most.
    """

    def __init__(self, limit_bytes: int = LIMIT_BYTES, max_states: int = MAX_STATES) -> None:
        self._limit, self._max_states = limit_bytes, max_states
        self._kept: list[Snapshot] = []

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """Bytes of all states together."""
        return sum(snapshot.size for snapshot in self._kept)

    @property
    def steps(self) -> list[int]:
        """After which steps a state is kept, growing."""
        return [snapshot.step for snapshot in self._kept]

    def keep(self, step: int, state: object, loss: float | None = None) -> None:
        """Keep a state; one that alone is over the limit is not kept.

        Args:
            step: larger than those kept; otherwise the states from there on are replaced.
            state: see trainable.Rewindable.
            loss: of this step, where it is known.
        """
        # The road not taken goes: states from after this step belong to another run.
        self.cut(step - 1)
        size = size_of(state)
        if size > self._limit:
            return
        # Then the buffer is brought back under its limits.
        self._kept.append(Snapshot(step, state, loss, size))
        while len(self._kept) > self._max_states or self.size > self._limit:
            del self._kept[self._least_missed()]

    def before(self, step: int) -> Snapshot | None:
        """The newest state from before a step, or None."""
        return next((snapshot for snapshot in reversed(self._kept) if snapshot.step < step), None)

    def before_failure(self, step: int, typical_loss: float | None) -> Snapshot | None:
        """The newest state that a failure at a step had not yet reached; the oldest if none.

        Args:
            step: the one that failed.
            typical_loss: of calm steps before; a kept state with twice that is not trusted.
        """
        # From the newest back: old enough, and of a loss that was still calm.
        for snapshot in reversed(self._kept):
            loss = snapshot.loss
            calm = loss is None or typical_loss is None or loss <= 2 * typical_loss
            if snapshot.step <= step - MARGIN_STEPS and calm:
                return snapshot
        return self._kept[0] if self._kept else None

    def cut(self, step: int) -> None:
        """Forget the states from after a step."""
        while self._kept and self._kept[-1].step > step:
            self._kept.pop()

    def clear(self) -> None:
        """Forget all states."""
        self._kept.clear()

    def _least_missed(self) -> int:
        """The index of the state to lose: neither the first nor the newest, if there are others.

        The gap that it would leave, measured by its age, is the smallest. So gaps grow with age,
        and a buffer of twelve states reaches back over thousands of steps.
        """
        # The first and the newest always stay, so with fewer than three the oldest goes.
        if len(self._kept) < 3:
            return 0
        steps, newest = self.steps, self._kept[-1].step

        def gap(index: int) -> float:
            # The gap that would be left, in proportion to the age of the state.
            return (steps[index + 1] - steps[index - 1]) / (newest + 1 - steps[index])

        return min(range(1, len(steps) - 1), key=gap)


def size_of(state: object) -> int:
    """About how many bytes a state takes.

    Args:
        state: bytes, arrays, tensors or numbers, alone or in mappings and sequences.
    """
    if isinstance(state, (bytes, bytearray, str)):
        return len(state)
    if isinstance(state, Mapping):
        return sum(size_of(part) for part in state.values())
    if isinstance(state, (list, tuple)):
        return sum(size_of(part) for part in state)
    return int(getattr(state, "nbytes", 32))  # a bare number takes about 32 bytes
