"""The files of an interrupted run: weights and optimizer state, stream position, history.

Leaves out finished models (save.py). Safetensors and JSON only. Taught in notebook 03, section
"Train it".
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Protocol

from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as tensors_to_bytes

INDEX = "checkpoint.json"


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


def save(trainer: HasState, history: dict, folder: Path | str) -> None:
    """Writes a checkpoint; the one before stays good until this one is complete.

    Args:
        trainer: its state is written.
        history: plain lists and numbers, given back by `load`.
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
        raise CheckpointError(
            f"The checkpoint in {folder} could not be written ({error.strerror}).\nFree "
            f"{len(data) / 1e6:.0f} MB of disk, or pass a folder that you may write to."
        ) from None


def load(trainer: HasState, folder: Path | str) -> dict:
    """Puts a trainer back to where the checkpoint was written.

    Args:
        trainer: made with the same settings and the same sources.
        folder: where `save` wrote.

    Returns:
        The history that was saved.

    Raises:
        CheckpointError: a file is damaged, or the settings are not the same.
    """
    folder = Path(folder)
    state = _read_index(folder)
    # As JSON would give them back: tuples become lists.
    config = json.loads(json.dumps(trainer.state_dict()["config"]))
    try:
        # Settings first: weights of another shape would only fail later.
        _check_config(folder, state["config"], config)
        data = (folder / state["weights"]).read_bytes()
        # A file that was cut short can still be read in part, so the hash decides.
        if hashlib.sha256(data).hexdigest() != state["sha256"]:
            raise _damaged(folder, f"{state['weights']} is not what was written")
        trainer.load_state_dict(state | {"tensors": tensors_from_bytes(data)})
        return state["history"]
    except (KeyError, OSError) as error:
        raise _damaged(folder, f"{error} is missing") from None


def clear(folder: Path | str) -> None:
    """Removes a checkpoint, so that the next run starts anew."""
    folder = Path(folder)
    # The index goes first: without it the weights count for nothing.
    (folder / INDEX).unlink(missing_ok=True)
    _remove(folder, keep="")


def _remove(folder: Path, keep: str) -> None:
    for path in folder.glob("step_*.safetensors"):
        if path.name != keep:
            path.unlink(missing_ok=True)


def _read_index(folder: Path) -> dict:
    try:
        state = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(folder, f"{INDEX} cannot be read ({error})") from None
    if not isinstance(state, dict):
        raise _damaged(folder, f"{INDEX} is not a JSON object")
    return state


def _check_config(folder: Path, saved: dict, now: dict) -> None:
    for name, value in now.items():
        if saved.get(name) != value:
            raise CheckpointError(
                f"The interrupted run in {folder} had {name}={saved.get(name)}, this one has "
                f"{name}={value}.\nUse the same settings to go on, or call "
                "checkpoint.clear(folder) to start anew."
            )


def _damaged(folder: Path, what: str) -> CheckpointError:
    return CheckpointError(
        f"The checkpoint in {folder} is damaged: {what}.\nCall checkpoint.clear(folder) to start "
        "anew."
    )
