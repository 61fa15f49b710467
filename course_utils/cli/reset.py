"""The command `reset`: deletes what the notebooks made, after saying what and asking.

It goes by names that the course itself writes, and never out of the workspace folder; packages and
notebooks stay. Taught in no notebook; README.md shows the command.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from course_utils import report, workspace

# Folders, and files of these names with .json or .jsonl.
MADE = (*workspace.KINDS, *workspace.UNFINISHED, "remade", "challenges", "path")
FILES = (report.FILE, "model_card.md", workspace.MARKER)


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `reset`.

    Returns:
        0 when the workspace is gone or was not there; 1 when it was refused or not confirmed.
    """
    parser = argparse.ArgumentParser(prog="course.py reset", description="Delete the workspace.")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    options = parser.parse_args(arguments)
    # Where there is nothing, or nothing that may go, it says so.
    folder = workspace.root()
    if not folder.exists():
        print(f"There is no workspace at {folder}: nothing to delete.")
        return 0
    problem = refusal(folder)
    if problem:
        print(problem)
        return 1
    # What goes and what stays is shown before it is asked.
    ours, others = contents(folder)
    print(f"From {folder.resolve()} this goes:")
    for path in ours:
        print(f"    {path.name:<20} {size_of(path) / 1e6:8.1f} MB")
    for path in others:
        print(f"    {path.name:<20} stays: the course did not make it")
    if not options.yes and not confirmed():
        print("Nothing was deleted.")
        return 1
    delete(folder, ours)
    print("Deleted. Begin again with notebook 01.")
    return 0


def refusal(folder: Path) -> str | None:
    """Why a folder may not be reset, in a sentence; None when it may.

    Args:
        folder: the workspace, which exists.
    """
    target, course, home = folder.resolve(), workspace.PACKAGE.parent, Path.home().resolve()
    if not target.is_dir():
        return f"{folder} is a file, and a workspace is a folder. Nothing was deleted."
    # A folder that holds more than a workspace.
    if any(target == protected or target in protected.parents for protected in (course, home)):
        return (
            f"{folder} holds your home folder or the course itself, so it is not reset. Set "
            "COURSE_WORKSPACE to a folder of its own."
        )
    # A folder that the course never marked.
    if not (target / workspace.MARKER).is_file():
        return (
            f"{folder} has no {workspace.MARKER}, so it is no workspace of the course and "
            "nothing in it was deleted. Delete it yourself if it should go."
        )
    return None


def contents(folder: Path) -> tuple[list[Path], list[Path]]:
    """What in a workspace the course made, and what it did not."""
    ours, others = [], []
    for path in sorted(folder.iterdir()):
        (ours if is_ours(path.name) else others).append(path)
    return ours, others


def is_ours(name: str) -> bool:
    """Whether the course writes a file or folder of this name at the top of a workspace."""
    if name.startswith(".") and name.endswith((".lock", ".lock.soft")):
        name = name[1:].removesuffix(".soft").removesuffix(".lock")
    plain = name.removesuffix(".new").removesuffix(".old").split(workspace.ASIDE)[0]
    return plain in FILES or plain.removesuffix(".json").removesuffix(".jsonl") in MADE


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files in a folder."""
    if path.is_dir() and not path.is_symlink():
        return sum(size_of(inner) for inner in path.iterdir())
    return path.lstat().st_size


def delete(folder: Path, ours: list[Path]) -> None:
    """Delete entries of a workspace, its mark last, and the folder itself once it is empty."""
    for path in sorted(ours, key=lambda path: path.name == workspace.MARKER):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    if not any(folder.iterdir()) and not folder.is_symlink():
        folder.rmdir()


def confirmed() -> bool:
    """Ask on the terminal; no where there is none to ask."""
    if not sys.stdin or not sys.stdin.isatty():
        print("Add --yes to delete it without being asked.")
        return False
    return input("Delete it? [y/N] ").strip().lower() in ("y", "yes")
