"""The loop around a trainer's steps: interrupted by Ctrl-C, it goes on from a checkpoint.

Leaves out what a step does (train.py, finetuning_rlhf/ppo.py) and the files (checkpoint.py). Used
in notebook 03, section "Train it", and by everything that notebook 04 trains with checkpoints.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, TypeVar

from course_utils import runtime
from course_utils.pretraining import checkpoint


class TrainingDiverged(RuntimeError):
    """The loss exploded; the model is back at its last good weights."""


class StepTaken(Protocol):
    """What the loop needs of a step's result."""

    @property
    def progress(self) -> str:
        """The words for the line of progress."""


class RunHistory(Protocol):
    """What the loop needs of a history, a dataclass of plain lists and numbers."""

    @property
    def steps_taken(self) -> int:
        """How many steps are noted."""


class Resumable(checkpoint.HasState, Protocol):
    """What the loop needs of a trainer."""

    step_number: int

    def recover(self) -> bool:
        """After an interruption: whether the state is now that of a whole number of steps."""


Result = TypeVar("Result", bound=StepTaken)
History = TypeVar("History", bound=RunHistory)


def take_steps(
    trainer: Resumable,
    steps: int,
    history_type: type[History],
    take_step: Callable[[], Result],
    note: Callable[[History, Result], None],
    *,
    title: str,
    folder: Path | str | None = None,
    checkpoint_every: int = 100,
    save_first: bool = False,
    on_step: Callable[[Result], None] | None = None,
) -> History:
    """Takes all steps of a run that are left, from the beginning or from a checkpoint.

    Args:
        trainer: made with the same arguments when a run is resumed.
        steps: how many the whole run has.
        history_type: makes an empty history, or one from the fields that a checkpoint holds.
        take_step: one step of the trainer.
        note: enters a step in the history, with what is measured after it.
        title: what the line of progress calls the run.
        folder: for checkpoints. A finished run leaves none.
        checkpoint_every: steps between checkpoints.
        save_first: write a checkpoint before the first step, for a trainer that cannot undo half
            a step.
        on_step: called after every step, when its checkpoint is written.

    Returns:
        The whole course of the run, with the part before an interruption.

    Raises:
        TrainingDiverged: raised by `take_step`; no checkpoint is left.
        CheckpointError: the folder's checkpoint is damaged or of another run.
        KeyboardInterrupt: Ctrl-C; the state is saved first, so that the next call goes on.
    """
    history = _begin(trainer, history_type, folder, save_first)

    def step_and_note() -> Result:
        result = take_step()
        note(history, result)  # a checkpoint needs both: weights and history
        due = trainer.step_number % checkpoint_every == 0 and trainer.step_number < steps
        if folder is not None and due:
            checkpoint.save(trainer, asdict(history), folder)
        return result

    try:
        _take_those_left(trainer, steps, step_and_note, title, on_step)
    except TrainingDiverged:
        if folder is not None:
            checkpoint.clear(folder)  # the next run needs another learning rate
        raise
    except KeyboardInterrupt:
        whole = trainer.recover()  # half a step cannot be saved
        if folder is None:
            raise
        raise _stopped(trainer, steps, history, folder, whole) from None
    if folder is not None:
        checkpoint.clear(folder)  # a finished run leaves none
    return history


def _begin(
    trainer: Resumable, history_type: type[History], folder: Path | str | None, save_first: bool
) -> History:
    """The history up to where the trainer now stands: empty, or an interrupted run's."""
    # An interrupted run goes on, with its history.
    if folder is not None and checkpoint.exists(folder):
        saved = checkpoint.load(trainer, folder)
        try:
            return history_type(**saved)
        except TypeError:
            raise checkpoint.CheckpointError(
                f"The interrupted run in {folder} was made by another version of the course; its "
                f"history has {', '.join(sorted(saved))}.\nCall checkpoint.clear(folder) to start "
                "anew."
            ) from None
    history = history_type()
    if folder is not None and save_first:
        checkpoint.save(trainer, asdict(history), folder)
    return history


def _stopped(
    trainer: Resumable, steps: int, history: History, folder: Path | str, whole: bool
) -> KeyboardInterrupt:
    """Saves the state if it is whole, and says how to go on."""
    # a step that the history does not have yet is not saved: the two must agree
    if whole and history.steps_taken == trainer.step_number:
        checkpoint.save(trainer, asdict(history), folder)
    return KeyboardInterrupt(
        f"Stopped after step {trainer.step_number} of {steps}. Run the same cell again to go on "
        "from the last checkpoint."
    )


def _take_those_left(
    trainer: Resumable,
    steps: int,
    step: Callable[[], Result],
    title: str,
    on_step: Callable[[Result], None] | None,
) -> None:
    """One step after the other, with a line of progress."""
    with runtime.Progress(title, steps) as progress:
        # Steps of an earlier part count as done.
        progress.advance(trainer.step_number)
        while trainer.step_number < steps:
            result = step()
            progress.advance(1, result.progress)
            if on_step is not None:
                on_step(result)
