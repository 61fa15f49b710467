"""What a lab trains, as the trainer sees it: four methods that are needed, five more that help.

Labs bring classes that have these methods; what a trainable does not offer, its lab's buttons do
not show. Here too is how many threads its steps may use. No notebook section.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from course_utils import runtime


class Trainable(Protocol):
    """What a lab trains. Only the trainer's thread calls these."""

    def step(self) -> float | None:
        """Train one step, with the settings of this moment. At most 30 ms.

        Returns:
            The loss, where the trainer is to watch it (see trainer.py); otherwise None.
        """

    def reset(self) -> None:
        """Go back to the first weights of the same seed; settings stay."""

    def change(self, name: str, value: object) -> None:
        """Take a new setting; it holds from the next step."""

    def frame(self) -> bytes:
        """Everything that the view draws, complete in itself (see `frames.pack`)."""


@runtime_checkable
class Rewindable(Protocol):
    """A trainable that can go back: its lab has the buttons "Back" and "Rewind".

    It may say with an attribute `keep_every` after how many steps each a state is kept; 1 if not.
    """

    def state(self) -> object:
        """A copy of all that going on from here needs: weights, moments, random numbers, curves.

        Returns:
            Bytes, arrays or tensors, alone or in mappings and lists; later steps must not
            change it.
        """

    def restore(self, state: object) -> None:
        """Go back to a state; the given one stays as it is. The reader's settings stay too."""


@runtime_checkable
class Renewable(Protocol):
    """A trainable that can start from other weights: its lab has the button "New weights"."""

    def new_weights(self) -> None:
        """Start again from the first weights of another seed; `reset` then goes back to these."""


@runtime_checkable
class Unhurried(Protocol):
    """A trainable with something to show that is worth computing once a second, not 18 times."""

    def full_frame(self) -> bytes:
        """The frame with all of it: asked for once a second, and when training comes to rest."""


def full_frame(trainable: Trainable) -> bytes:
    """The frame that a page opened later starts from."""
    return trainable.full_frame() if isinstance(trainable, Unhurried) else trainable.frame()


def lab_threads() -> AbstractContextManager[None]:
    """What a lab's step may use: all cores but one, so that the page stays quick."""
    return runtime.torch_threads(max(1, runtime.threads() - 1))
