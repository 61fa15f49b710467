"""Runs that can be interrupted: the loop around the steps, and the files it goes on from.

A checkpoint holds weights, optimizer state, the place in the stream, the history and fingerprints
of what the run learns from: safetensors and JSON only. Leaves out what a step does (train.py,
finetuning_rlhf/ppo.py), how a fingerprint is made (fingerprint.py) and finished models
(model/save.py). Taught in notebook 03, section "Start the long run".
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Protocol, TypeVar

from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes

from course_utils import disk, runtime
from course_utils.pretraining import fingerprint
from course_utils.pretraining.memory import OutOfMemory

INDEX = "checkpoint.json"
# What every index holds; trainers add their own.
FIELDS = {"config": dict, "history": dict, "made_from": dict}
FIELDS |= {"step": int, "weights": str, "sha256": str}
NOTES = "notes_*.json"  # what is measured while a run trains lies beside its checkpoint


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be written, read, or used with these settings."""


class HasState(Protocol):
    """What a checkpoint needs of a trainer."""

    def state_dict(self) -> dict:
        """Everything, with "tensors" by name."""

    def load_state_dict(self, state: dict) -> None:
        """Takes it back."""


def exists(folder: Path | str) -> bool:
    """Whether the folder holds a checkpoint."""
    return (Path(folder) / INDEX).is_file()


def save(trainer: HasState, history: dict, made_from: dict, folder: Path | str) -> None:
    """Writes a checkpoint; the one before stays good until this one is complete.

    Args:
        trainer: its state is written.
        history: plain lists and numbers, given back by `load`.
        made_from: `fingerprint.of_run` of the trainer before its first step, so that `load` can
            tell whether a run is the same.
        folder: made if it is not there.

    Raises:
        CheckpointError: the disk is full, or may not be written to.
    """
    # tensors go into one file, everything else with that file's hash into the index
    folder, state = Path(folder), trainer.state_dict()
    tensors = {
        name: value.detach().cpu().contiguous() for name, value in state.pop("tensors").items()
    }
    # Bytes first: their hash goes into the index.
    data = tensors_to_bytes(tensors)
    state |= {
        "history": history,
        "made_from": made_from,
        "weights": f"step_{state['step']:06d}.safetensors",
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    # A new file beside the old one, then the index in a single step, then the old file goes.
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # never over the file that the present index names
        if exists(folder) and _read_index(folder).get("weights") == state["weights"]:
            state["weights"] = f"step_{state['step']:06d}_again.safetensors"
        (folder / state["weights"]).write_bytes(data)
        text = json.dumps(state) + "\n"
        (folder / "checkpoint.new").write_text(text, encoding="utf-8", newline="\n")
        os.replace(folder / "checkpoint.new", folder / INDEX)  # from here on the new one counts
        _remove(folder, keep=state["weights"])
    except OSError as error:
        todo = disk.advice(error, "pass another folder")
        raise CheckpointError(
            f"The checkpoint in {folder} could not be written ({disk.reason(error)}).\n{todo}; it "
            f"takes {len(data) / 1e6:.1f} MB."
        ) from None


def load(trainer: HasState, folder: Path | str) -> tuple[dict, dict]:
    """Puts a trainer back to where the checkpoint was written.

    Args:
        trainer: made with the same settings and to learn from the same; its weights are those
            that the run began with, or those that it was stopped with.
        folder: where `save` wrote.

    Returns:
        The history and the fingerprints that were saved.

    Raises:
        CheckpointError: a file is damaged, or the settings or what is learnt from are not the
            same; nothing is deleted.
    """
    folder = Path(folder)
    state = _read(folder)
    # Settings first: they are said by name and value.
    _check_config(folder, state["config"], trainer.state_dict()["config"])
    _check_made_from(folder, state, trainer)
    _check_shapes(folder, state["tensors"], trainer.state_dict()["tensors"])
    try:
        trainer.load_state_dict(state)
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise _of_another_version(folder, f"{type(error).__name__}: {error}") from error
    return state["history"], state["made_from"]


def clear(folder: Path | str) -> None:
    """Removes a checkpoint and the notes beside it, so that the next run starts anew."""
    folder = Path(folder)
    # The index goes first: without it the weights count for nothing.
    (folder / INDEX).unlink(missing_ok=True)
    _remove(folder, keep="")
    for path in folder.glob(NOTES):
        path.unlink(missing_ok=True)


def _remove(folder: Path, keep: str) -> None:
    for path in folder.glob("step_*.safetensors"):
        if path.name != keep:
            path.unlink(missing_ok=True)


def _read(folder: Path) -> dict:
    """All that `save` wrote, "tensors" by name; what is damaged is refused."""
    state = _read_index(folder)
    try:
        data = (folder / state["weights"]).read_bytes()
        # A file that was cut short can still be read in part, so the hash decides.
        if hashlib.sha256(data).hexdigest() != state["sha256"]:
            raise _damaged(folder, f"{state['weights']} is not what was written")
        return state | {"tensors": tensors_from_bytes(data)}
    except OSError as error:
        raise _damaged(folder, f"{error.filename} is missing") from None


def _read_index(folder: Path) -> dict:
    try:
        state = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(folder, f"{INDEX} cannot be read ({error})") from None
    if not isinstance(state, dict):
        raise _damaged(folder, f"{INDEX} is not a JSON object")
    state = {"made_from": {}} | state
    for name, kind in FIELDS.items():
        if not isinstance(state.get(name), kind):
            raise _damaged(folder, f"{INDEX} has {state.get(name)!r:.40} as its {name}")
    return state


def _check_config(folder: Path, saved: dict, now: dict) -> None:
    # As JSON would give them back: tuples become lists. Those of the model one by one.
    then, now = _flat(saved), _flat(json.loads(json.dumps(now)))
    for name, value in now.items():
        if then.get(name) != value:
            raise CheckpointError(
                f"The interrupted run in {folder} had {name}={then.get(name)}, this one has "
                f"{name}={value}; nothing was deleted.\nUse the same settings to go on with it, "
                f"or begin anew: {_anew(folder)}"
            )


def _flat(settings: dict, prefix: str = "") -> dict:
    """Settings within settings under names such as "model.width"."""
    flat = {}
    for name, value in settings.items():
        name = f"{prefix}{name}"
        flat |= _flat(value, f"{name}.") if isinstance(value, dict) else {name: value}
    return flat


def _check_made_from(folder: Path, state: dict, trainer: HasState) -> None:
    """Refuses a trainer that learns from something else than the run in the folder."""
    then, now = state["made_from"], fingerprint.of_run(trainer)
    # Whoever stops a run and calls it again with the same model has that one's weights in hand.
    weights = fingerprint.STARTING_WEIGHTS
    if now[weights] == fingerprint.of_weights(state["tensors"]):
        now[weights] = then.get(weights)
    if different := fingerprint.differences(then, now):
        lines = "\n".join(f"    {line}" for line in different)
        raise CheckpointError(
            f"The interrupted run in {folder} learnt from something else than this one would; "
            f"nothing was deleted.\n{lines}\nMake or load what differs as it was then to go on "
            f"with that run, or begin anew: {_anew(folder)}"
        )


def _check_shapes(folder: Path, saved: dict, now: dict) -> None:
    """Refuses weights that are not this model's, before any of them is put into it."""
    # Only weights: what an optimizer remembers begins with its first step.
    then, here = (
        {name: tuple(value.shape) for name, value in tensors.items() if name[:9] != "optimizer"}
        for tensors in (saved, now)
    )
    for name in sorted({**then, **here}):
        if then.get(name) != here.get(name):
            raise _of_another_version(
                folder, f"{name} is {then.get(name, 'not there')}, here {here.get(name, 'no')}"
            )


def _of_another_version(folder: Path | str, what: str) -> CheckpointError:
    return CheckpointError(
        f"The interrupted run in {folder} was made by another version of the course, or of "
        f"another model: {what}. Nothing was deleted.\nBegin anew: {_anew(folder)}"
    )


def _damaged(folder: Path, what: str) -> CheckpointError:
    return CheckpointError(
        f"The checkpoint in {folder} is damaged: {what}.\nBegin anew: {_anew(folder)}"
    )


def _anew(folder: Path | str) -> str:
    """What begins a run from its first step, to be copied into a cell."""
    return (
        "run this line, then the same cell again.\n"
        f"    from course_utils.pretraining import checkpoint; checkpoint.clear({str(folder)!r})"
    )


class TrainingDiverged(RuntimeError):
    """The loss or its gradient left all bounds; the model is back at its last good weights."""


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


class Resumable(HasState, Protocol):
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
        OutOfMemory: raised by `take_step` or `note`; the state is saved first.
        CheckpointError: the folder's checkpoint is damaged or of another run: of other settings,
            or one that learns from something else. It is not deleted.
        KeyboardInterrupt: Ctrl-C; the state is saved first, so that the next call goes on.
    """
    history, made_from = _begin(trainer, history_type, folder, save_first)

    def step_and_note() -> Result:
        result = take_step()
        note(history, result)  # a checkpoint needs both: weights and history
        due = trainer.step_number % checkpoint_every == 0 and trainer.step_number < steps
        if folder is not None and due:
            save(trainer, asdict(history), made_from, folder)
        return result

    try:
        _take_those_left(trainer, steps, step_and_note, title, on_step)
    except TrainingDiverged:
        if folder is not None:
            clear(folder)  # the next run needs another learning rate
        raise
    except (KeyboardInterrupt, OutOfMemory) as error:
        whole = trainer.recover()  # half a step cannot be saved
        if folder is None:
            raise
        said = _kept(trainer, steps, history, made_from, folder, whole)
        raise type(error)(f"{error}\n{said}".strip()) from None
    if folder is not None:
        clear(folder)  # a finished run leaves none
    return history


def _begin(
    trainer: Resumable, history_type: type[History], folder: Path | str | None, save_first: bool
) -> tuple[History, dict]:
    """The history up to where the trainer now stands, and what the run is made from."""
    if folder is None:
        return history_type(), {}
    if exists(folder):
        saved, made_from = load(trainer, folder)
        # fewer columns would become curves of other lengths
        if saved.keys() != asdict(history_type()).keys():
            raise _of_another_version(
                folder, f"its history has {', '.join(sorted(saved)) or 'nothing'}"
            )
        history = history_type(**saved)
        if (noted := history.steps_taken) != trainer.step_number:
            raise _damaged(folder, f"{noted} steps are noted, and {trainer.step_number} counted")
        return history, made_from
    history, made_from = history_type(), fingerprint.of_run(trainer)
    if save_first:
        save(trainer, asdict(history), made_from, folder)
    return history, made_from


def _kept(
    trainer: Resumable,
    steps: int,
    history: History,
    made_from: dict,
    folder: Path | str,
    whole: bool,
) -> str:
    """Saves the state if it is whole, else goes back to the last one; and says how to go on."""
    said = (
        f"Stopped after step {trainer.step_number} of {steps}. Run the same cell again to go on "
        "from the last checkpoint."
    )
    # a step that the history does not have yet is not saved: the two must agree
    if whole and history.steps_taken == trainer.step_number:
        save(trainer, asdict(history), made_from, folder)
    elif exists(folder):
        trainer.load_state_dict(_read(Path(folder)))  # half a step is no place to go on from
    return said


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
