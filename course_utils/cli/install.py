"""Makes .venv and installs the pinned packages into it, once; only with the standard library.

The course itself is not installed: .venv is told where it lies, so that it can be moved, and
nothing is written beside it. It checks no versions later on (doctor does) and is taught in no
notebook; README.md says how to call it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterable
from pathlib import Path

from course_utils import disk
from course_utils.cli import pip
from course_utils.cli.virtualenv import put_on_path, python_of, site_packages, was_moved

ROOT = Path(__file__).resolve().parents[2]
STAMP = "anatomy-stamp.json"  # in .venv, written last: what was installed there
MARKER = "anatomy-made-here"  # in .venv, written first: this file made the folder
COURSE, TORCH = "anatomy-course", "anatomy-torch"  # in .venv: where these two lie
EXTRAS = {"test": {"test"}}  # command -> what it needs beyond the default


class InstallError(RuntimeError):
    """The packages could not be installed; the text says at what it failed and what to try."""


def chosen_folder() -> Path:
    """Where the virtual environment is: $COURSE_VENV, or .venv beside course.py.

    Raises:
        InstallError: it begins with a home folder that is not known.
    """
    try:
        return (disk.chosen_folder("COURSE_VENV") or ROOT / ".venv").absolute()
    except disk.NoHome as error:
        raise InstallError(str(error)) from error


def ensure(folder: Path, command: str, torch_index: str | None = None, root: Path = ROOT) -> Path:
    """A virtual environment that has what a command needs; installs nothing when it is whole.

    Args:
        folder: the virtual environment.
        command: lab, run, test, doctor or reset; test needs more packages than the others.
        torch_index: the index that torch alone is installed from, or None for pip's own.
        root: the checkout, with pyproject.toml and constraints.txt.

    Returns:
        The path of its Python.

    Raises:
        InstallError: it could not be made; what was there before is there again.
    """
    # Nothing to do where the stamp says that all of it is there, be it at another place.
    stamp, pins = read_stamp(folder), pins_of(root)
    extras = EXTRAS.get(command, set()) | set(stamp.get("extras", []))
    same_pins = stamp.get("pins") == pins
    same_torch = torch_index in (None, stamp.get("torch_index"))
    if same_pins:
        stamp = _follow(folder, root, stamp)
    if same_pins and same_torch and extras == set(stamp["extras"]):
        return python_of(folder)
    torch_index = torch_index or stamp.get("torch_index")
    print(f"Installing the course's packages into {folder} (once, some minutes) ...", flush=True)
    try:
        # Theirs is filled, ours is filled up or made again.
        theirs = _is_theirs(folder)
        if theirs or (same_pins and (same_torch or "torch" not in stamp)):
            _fill(folder, root, extras, torch_index, stamp)
        elif Path(sys.prefix).resolve() == folder.resolve():
            raise InstallError(
                f"This Python is the one of {folder}, which has to be made again. "
                "Type `deactivate`, then start again."
            )
        else:
            _make(folder, root, extras, torch_index)
    except pip.PipError as error:
        raise InstallError(str(error)) from error
    except OSError as error:
        todo = disk.advice(error, "set COURSE_VENV to another folder")
        raise InstallError(
            f"{folder} could not be made ({disk.reason(error)}). {todo}. "
            "Nothing half-made was left."
        ) from error
    return python_of(folder)


def pins_of(root: Path) -> str:
    """What has to be unchanged for a virtual environment to be good still: a hash of all pins."""
    every = sorted(requirements(root, _project(root).get("optional-dependencies", {})))
    pins = (root / "constraints.txt").read_text(encoding="utf-8")
    return hashlib.sha256(json.dumps([every, pins]).encode()).hexdigest()


def requirements(root: Path, extras: Iterable[str]) -> list[str]:
    """What pyproject.toml asks for, with some extras."""
    project = _project(root)
    optional = project.get("optional-dependencies", {})
    return [
        *project["dependencies"],
        *(name for extra in sorted(extras) for name in optional.get(extra, [])),
    ]


def _project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _follow(folder: Path, root: Path, stamp: dict) -> dict:
    """Let a whole virtual environment go on where it or the course was moved or renamed, offline.

    Where it may not be written to, it stays as it is: the commands say themselves where the
    course is.
    """
    old_root = stamp.get("root", "")
    # A stamp from before this was written down: .venv moves with the course that it lies in.
    inside = folder.parent == root and old_root
    old = stamp.get("folder") or str(Path(old_root) / folder.name if inside else folder)
    if (old_root, old) == (str(root), str(folder)):
        return stamp
    stamp = stamp | _place(folder, root)
    try:
        put_on_path(folder, COURSE, str(root))
        if old != str(folder):
            was_moved(folder, old)
        _write_stamp(folder, stamp)
    except OSError:
        return stamp
    print(
        f"The course or its environment was moved: paths in {folder} were put right, and nothing "
        "had to be installed.",
        flush=True,
    )
    return stamp


def _place(folder: Path, root: Path) -> dict[str, str]:
    return {"root": str(root), "folder": str(folder)}


def _write_stamp(folder: Path, stamp: dict) -> None:
    text = json.dumps(stamp, indent=1, sort_keys=True) + "\n"
    (folder / STAMP).write_text(text, encoding="utf-8", newline="\n")


def read_stamp(folder: Path) -> dict:
    """What was installed; empty for a folder that was never finished or whose Python is gone."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        borrowed = stamp.get("torch")
        changed = borrowed and version_in(Path(borrowed)) != stamp["torch_version"]
        usable = isinstance(stamp["extras"], list) and python_of(folder).exists() and not changed
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}
    return stamp if usable else {}


def _is_theirs(folder: Path) -> bool:
    """Whether a virtual environment is there that we did not make: it is filled, never removed."""
    if not folder.is_dir() or (folder / MARKER).exists() or not any(folder.iterdir()):
        return False
    if not python_of(folder).exists():
        raise InstallError(
            f"{folder} is there and is no virtual environment; nothing in it was touched. "
            "Move it away, or set COURSE_VENV to another folder."
        )
    return True


def _make(folder: Path, root: Path, extras: Iterable[str], torch_index: str | None) -> None:
    """Make a virtual environment from nothing; when that fails, what was there comes back."""
    old = folder.with_name(folder.name + ".old")
    if folder.exists() and not (folder / STAMP).exists():
        shutil.rmtree(folder)  # an interrupted one of ours, or an empty folder
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    try:
        folder.mkdir(parents=True)
        (folder / MARKER).touch()
        try:
            venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(folder)
        except subprocess.CalledProcessError as error:
            said = (error.output or b"").decode("utf-8", "replace").strip().splitlines()[-1:]
            raise InstallError(
                "This Python cannot make virtual environments. On Debian and Ubuntu type "
                "`apt install python3-venv`; elsewhere take another Python.\n"
                + "\n".join(f"It said: {line}" for line in said)
            ) from error
        _fill(folder, root, extras, torch_index, {})
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _fill(
    folder: Path, root: Path, extras: Iterable[str], torch_index: str | None, before: dict
) -> None:
    """Install into a virtual environment and write the stamp, which makes it whole."""
    stamp = {**before, **_place(folder, root), "pins": pins_of(root), "extras": sorted(extras)}
    made_now = (folder / MARKER).exists() and not before
    # A torch that the running Python has is used only by a fresh environment.
    borrowed = folder_with_torch(root, folder) if made_now and not torch_index else None
    if borrowed:
        print(f"Using the torch {pinned_version(root)} in {borrowed}.", flush=True)
        announce(borrowed, folder)
        stamp |= {"torch": str(borrowed), "torch_version": pinned_version(root)}
    index: list[str] = []
    if torch_index:
        if before.get("torch_index") != torch_index:
            _install_torch(folder, root, torch_index)
        index, stamp["torch_index"] = ["--extra-index-url", torch_index], torch_index
    put_on_path(folder, TORCH, None)  # so that pip sees only what .venv itself holds
    try:
        arguments = [*index, "-c", "constraints.txt", *requirements(root, extras)]
        # PIP_CONSTRAINT reaches the packages that are built from source, which -c does not. The
        # path is relative because pip splits the variable at spaces.
        only = {"PIP_CONSTRAINT": "constraints.txt"}
        pip.install(python_of(folder), root, arguments, only)
    finally:
        # Last: nothing there can hide a package of .venv.
        put_on_path(folder, TORCH, stamp.get("torch"))
    put_on_path(folder, COURSE, str(root))
    _write_stamp(folder, stamp)


def _install_torch(folder: Path, root: Path, index: str) -> None:
    """Install torch alone from an index, even where pip's own settings name other sources."""
    only = {"PIP_EXTRA_INDEX_URL": index, "PIP_FIND_LINKS": "."}
    arguments = ["--no-deps", "--force-reinstall", "--index-url", index]
    arguments.append(f"torch=={pinned_version(root)}")
    pip.install(python_of(folder), root, arguments, only)


PARTS = re.compile(r"(torch|nvidia|cuda|triton|pytorch_triton)[\w.]*-[^-]+\.dist-info")


def version_in(packages: Path) -> str | None:
    """The version of the torch in a folder of packages, without its +cpu; None where none is."""
    try:
        text = (packages / "torch" / "version.py").read_text(encoding="utf-8")
    except OSError:
        return None
    match = re.search(r"__version__ = ['\"]([^'\"+]+)", text)
    return match.group(1) if match else None


def folder_with_torch(root: Path, folder: Path) -> Path | None:
    """The folder of packages of the running Python, if the pinned torch lies in it.

    Args:
        root: the checkout, whose constraints.txt names the version.
        folder: the virtual environment; a torch that lies inside it needs no borrowing.
    """
    for packages in map(Path, sys.path):
        # The first torch on the path is the one that would be imported.
        if version_in(packages):
            inside = folder.resolve() in packages.resolve().parents
            right = version_in(packages) == pinned_version(root)
            return packages.resolve() if right and not inside else None
    return None


def pinned_version(root: Path) -> str:
    """The version of torch in constraints.txt."""
    text = (root / "constraints.txt").read_text(encoding="utf-8")
    match = re.search(r"^torch==([\w.]+)", text, re.MULTILINE)
    return match.group(1) if match else ""


def announce(borrowed: Path, folder: Path) -> None:
    """Let pip believe that torch and its CUDA packages are installed, by their metadata.

    Every other package goes into .venv itself, even one that the borrowed folder has too, so that
    an upgrade over there changes nothing here.

    Args:
        borrowed: the folder of packages with torch.
        folder: the virtual environment, before pip installs into it.
    """
    # Without RECORD pip cannot remove files that are not here.
    for info in sorted(borrowed.iterdir()):
        if PARTS.fullmatch(info.name):
            target = site_packages(folder) / info.name
            shutil.copytree(info, target, ignore=shutil.ignore_patterns("RECORD"))
