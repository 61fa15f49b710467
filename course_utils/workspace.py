"""The hand-offs between the notebooks: artifacts, their manifests, and where they live.

The only file that knows the artifacts' folder names. It checks what it hands over and never
trains, crawls or tokenizes. Taught at the end of every notebook, in the hand-off cell.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from course_utils import disk, runtime
from course_utils import manifest as manifests

PACKAGE = Path(__file__).resolve().parent
MARKER = ".anatomy-workspace"
UNFINISHED = ("pages", "checkpoints")
ASIDE = ".aside"  # ends the name of a file that could not be read and was kept
UNREADABLE = (json.JSONDecodeError, UnicodeDecodeError, RecursionError)

T = TypeVar("T")


class ArtifactError(RuntimeError):
    """An artifact is missing, half-written or edited; the text says which cell makes it again."""


@dataclass(frozen=True)
class Kind:
    """What an artifact is: the notebook that makes it, and how it is had without that notebook."""

    notebook: str
    without: str  # "shipped": a starter lies in the package; "module:function": made again


KINDS: Mapping[str, Kind] = {
    "corpus": Kind("01_data_collection", "course_utils.experiments.remake:corpus"),
    "tokenizer": Kind("02_tokenization", "shipped"),
    "tokens": Kind("02_tokenization", "course_utils.experiments.remake:tokens"),
    "base_model": Kind("03_pretraining", "shipped"),
    "chat_model": Kind("04_finetuning_rlhf", "shipped"),
    "reward_model": Kind("04_finetuning_rlhf", "shipped"),
}


@dataclass(frozen=True)
class Artifact:
    """A folder that was checked against its manifest.

    Attributes:
        name: one of KINDS.
        path: the folder.
        manifest: files with sha256 and bytes, inputs, settings, seed, seconds, versions.
        origin: "own" (the reader made it) or "starter" (shipped, or made again from the seed).
    """

    name: str
    path: Path
    manifest: Mapping
    origin: str

    @property
    def sha256(self) -> str:
        """One hash for the whole folder: of its files' names and hashes."""
        return manifests.digest(self.manifest)

    @property
    def rests_on_starter(self) -> bool:
        """Whether this, or anything that it was made from, came from a starter."""
        origins = [made_from["origin"] for made_from in self.manifest["inputs"].values()]
        return "starter" in (self.origin, *origins)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        """A text that is the same on every machine: no path, no seconds."""
        size = sum(entry["bytes"] for entry in self.manifest["files"].values())
        return {
            "text/plain": f"{self.name}/ ({self.origin}): {len(self.manifest['files'])} files, "
            f"{size / 1e6:.1f} MB"
        }


def root() -> Path:
    """The workspace folder: $COURSE_WORKSPACE, or workspace/ beside the package.

    A relative one begins there too, so that a command and a kernel, which stand in different
    folders, mean the same.

    Raises:
        ArtifactError: it begins with a home folder that is not known.
    """
    try:
        return PACKAGE.parent / (disk.chosen_folder("COURSE_WORKSPACE") or "workspace")
    except disk.NoHome as error:
        raise ArtifactError(str(error)) from error


def open_root(folder: Path | None = None) -> Path:
    """Make the workspace folder where it is missing, mark it as ours, and return it.

    Raises:
        ArtifactError: the folder cannot be made or written.
    """
    folder = folder or root()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).touch()
    except OSError as error:
        raise ArtifactError(_disk_sentence(folder, error)) from error
    return folder


@contextlib.contextmanager
def write(
    name: str,
    *,
    inputs: Iterable[Artifact] = (),
    settings: Mapping | None = None,
    seed: int | None = None,
    folder: Path | None = None,
) -> Iterator[Path]:
    """Write an artifact whole or not at all.

    Yields an empty folder `<name>.new`. When the block ends well its manifest is written and it
    takes the place of `<name>`; when it ends badly the old artifact stays as it was. One program
    writes at a time, and a second one waits: what is written last is what stays.

    Args:
        name: one of KINDS.
        inputs: the artifacts that this one is made from; their hashes go into the manifest.
        settings: what to write down of how it was made; must be JSON.
        seed: the seed it was made with.
        folder: the workspace; the reader's when None.

    Raises:
        ArtifactError: a full or read-only disk, or another program that writes it for very long.
            The old artifact is untouched.
    """
    _known(name)
    target, inputs = open_root(folder) / name, list(inputs)
    new = target.with_name(name + ".new")
    with alone(target):
        started = time.perf_counter()
        try:
            # The caller fills an empty folder beside the old one.
            disk.remove(new)
            new.mkdir()
            yield new
            # Then it is described, and only a whole one takes the old one's place.
            details = {
                "name": name,
                "notebook": KINDS[name].notebook,
                "inputs": {artifact.name: _lineage(artifact) for artifact in inputs},
                "settings": dict(settings or {}),
                "seed": seed,
                "seconds": round(time.perf_counter() - started, 2),
            }
            manifests.write(new, details)
            _swap(new, target)
        except BaseException as error:
            shutil.rmtree(new, ignore_errors=True)
            if isinstance(error, OSError):
                raise ArtifactError(_disk_sentence(target, error)) from error
            if isinstance(error, manifests.Mismatch):
                raise ArtifactError(f"{name}: {error}; what was there before is kept.") from error
            raise


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a file or folder of a workspace, so that no other program changes it meanwhile.

    Raises:
        ArtifactError: another program does not let go of it, or the folder cannot be written.
    """
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(disk.alone(path))
        except disk.Busy as error:
            raise ArtifactError(
                f"{path} cannot be written: {error}. Wait for that notebook or run, or end it, "
                "and run this again; what was there before is kept."
            ) from error
        except OSError as error:
            raise ArtifactError(_disk_sentence(path, error)) from error
        yield


def put(path: Path, text: str) -> None:
    """Write a file of a workspace whole or not at all; see `alone` for what is read before.

    Raises:
        ArtifactError: the disk is full or read-only; the old file is kept.
    """
    new = path.with_name(path.name + ".new")
    try:
        new.write_text(text, encoding="utf-8", newline="\n")
        disk.rename(new, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)  # half of a file helps nobody, and a full disk has no room
        raise ArtifactError(_disk_sentence(path, error)) from error


def read(path: Path, parse: Callable[[object], T]) -> T | None:
    """What a JSON file of a workspace holds; one that cannot be read is put aside, never lost.

    It keeps its name with ".aside" behind it, a live notebook is told so, and everything goes on
    as without a file.

    Args:
        path: the file.
        parse: makes something of the parsed JSON; its ValueError says what is wrong with it.

    Returns:
        What `parse` gave; None where there is no file, or none that can be read.
    """
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except OSError as error:
        _tell(f"{path} cannot be read ({disk.reason(error)}); this goes on without it.")
        return None
    except (ValueError, RecursionError) as error:
        wrong = "it is not JSON" if isinstance(error, UNREADABLE) else str(error)
    with contextlib.suppress(OSError):
        aside = put_aside(path)
        _tell(f"{path} could not be read: {wrong}. It is kept as {aside}, and a new one begins.")
    return None


def put_aside(path: Path) -> str:
    """Give a file that cannot be read a free name, so that what was aside before stays too."""
    first = path.name + ASIDE
    names = itertools.chain([first], (f"{first}-{number}" for number in itertools.count(2)))
    aside = next(name for name in names if not path.with_name(name).exists())
    disk.rename(path, path.with_name(aside))
    return aside


def load(name: str, folder: Path | None = None) -> Artifact:
    """The reader's own artifact, or the starter where there is none; a live notebook is told so.

    Args:
        name: one of KINDS.
        folder: the workspace; the reader's when None.

    Raises:
        ArtifactError: the artifact is there and does not match its manifest, or what it was made
            from has been made anew since.
    """
    kind, target = _known(name), (folder or root()) / name
    # The reader's own goes before everything else.
    own = _present(name, target, "own")
    if own:
        return _in_line(own, target.parent)
    # Else the shipped one, or one that is made again from the seed.
    if kind.without == "shipped":
        shipped = PACKAGE / "starters" / name
        if shipped.exists():
            _tell(f"No {name} of your own yet: the starter that comes with the course stands in.")
            return _verified(name, shipped, "starter")
        raise ArtifactError(
            f"{name} is missing from {target.parent}, and no starter of it is shipped. "
            f"Run the hand-off cell of {kind.notebook}.ipynb."
        )
    return _remade(name, kind)


def have(folder: Path | None = None) -> dict[str, str]:
    """Each artifact's state in a workspace: "missing", "whole", or what is wrong with it."""
    states, folder = {}, folder or root()
    for name in KINDS:
        # Compared with its manifest, not only found.
        try:
            own = _present(name, folder / name, "own", seconds=1.0)
            states[name] = "whole" if own else "missing"
        except ArtifactError as error:
            states[name] = str(error)
    return states


def _in_line(artifact: Artifact, folder: Path) -> Artifact:
    """Refuse an artifact that was made from others than those in the workspace now."""
    for name, made_from in artifact.manifest["inputs"].items():
        with contextlib.suppress(manifests.Mismatch):
            # What is missing now says nothing; only another one does.
            now = manifests.digest(manifests.read(folder / name))
            if now != made_from["sha256"]:
                raise ArtifactError(
                    f"{artifact.name} was made from another {name} than the one in {folder} now. "
                    f"Run {KINDS[artifact.name].notebook}.ipynb again."
                )
    return artifact


def unfinished(name: str) -> Path:
    """A folder for what a notebook is in the middle of ("pages", "checkpoints").

    A cell that is run again goes on from there; `python course.py run` begins anew.
    """
    if name not in UNFINISHED:
        raise ArtifactError(f"There is no folder {name!r}; there are {', '.join(UNFINISHED)}.")
    return open_root() / name


def begin_anew() -> None:
    """Forget what notebooks were in the middle of; artifacts stay."""
    for name in UNFINISHED:
        shutil.rmtree(root() / name, ignore_errors=True)


def _present(
    name: str, target: Path, origin: str, seconds: float | None = None
) -> Artifact | None:
    """The artifact of a folder, or None; one that is just being exchanged is waited for."""
    old = target.with_name(name + ".old")
    if target.exists():
        with contextlib.suppress(ArtifactError):
            return _verified(name, target, origin)
    elif not old.exists() and not disk.lock_file(target).exists():
        return None
    # Not whole, or not there: looked at once more while nobody can write. A workspace that cannot
    # be written has nobody who writes.
    with contextlib.ExitStack() as held:
        with contextlib.suppress(OSError, disk.Busy, ImportError):
            held.enter_context(disk.alone(target, seconds))
            if not target.exists() and old.exists():
                disk.rename(old, target)  # a swap was interrupted between its two renames
        there = target if target.exists() else old
        return _verified(name, there, origin) if there.exists() else None


def _remade(name: str, kind: Kind) -> Artifact:
    """An artifact made again from the seed, kept in a cache so that it is made once."""
    cache = Path(os.environ.get("COURSE_REMADE") or root() / "remade")
    _tell(f"No {name} of your own yet: what stands in is made from the seed, once.")
    # Made once: a folder that is there is only compared with its manifest.
    made = _present(name, cache / name, "starter")
    if not made:
        module, function = kind.without.split(":")
        getattr(importlib.import_module(module), function)(cache)
        made = _present(name, cache / name, "starter")
    return made or _verified(name, cache / name, "starter")


def _verified(name: str, path: Path, origin: str) -> Artifact:
    """Compare an artifact with its manifest; where they differ, say how to make it again."""
    try:
        return Artifact(name, path, manifests.verify(path), origin)
    except manifests.Mismatch as error:
        again = f"Run {KINDS[name].notebook}.ipynb to its hand-off cell to make {name} again."
        if origin == "starter":
            again = "Install the course again, or run `python course.py reset` and start over."
        raise ArtifactError(f"{error} {again}") from error


def _tell(sentence: str) -> None:
    """Say something in a live notebook; a headless run's text is the same with and without."""
    if not runtime.headless():
        print(sentence)


def _lineage(artifact: Artifact) -> dict:
    return {"sha256": artifact.sha256, "origin": "starter" if artifact.rests_on_starter else "own"}


def _known(name: str) -> Kind:
    if name not in KINDS:
        raise ArtifactError(f"There is no artifact {name!r}; there are {', '.join(KINDS)}.")
    return KINDS[name]


def _swap(new: Path, target: Path) -> None:
    """Put `new` in the place of `target`; at every moment one whole copy has a known name."""
    old = target.with_name(target.name + ".old")
    # The old one steps aside first; load() finds it there if this is cut off.
    if target.exists():
        disk.remove(old)
        disk.rename(target, old)
    disk.rename(new, target)
    shutil.rmtree(old, ignore_errors=True)


def _disk_sentence(path: Path, error: OSError) -> str:
    todo = disk.advice(error, "set COURSE_WORKSPACE to another folder")
    return (
        f"{path} cannot be written ({disk.reason(error)}). {todo}; what was there before is kept."
    )
