"""The command `reset`: deletes what the notebooks made, after saying what and asking.

It goes by names that the course itself writes, and never out of the workspace folder; packages,
the course's notebooks and the copies that the reader has changed stay. `reset 03` renews one copy.
Taught in no notebook; README.md shows the command.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
from pathlib import Path

from course_utils import report, workspace
from course_utils.cli import desk, run

# Folders, and files of these names with .json or .jsonl.
MADE = (
    *(*workspace.KINDS, *workspace.UNFINISHED, "remade"),
    *("challenges", "path", "preferences", "chats"),
)
FILES = (report.FILE, "model_card.md", workspace.MARKER)


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `reset`: numbers of notebooks whose copies are to be renewed,
            or nothing for the workspace.

    Returns:
        0 when the workspace is gone, or was not there, or the copies are new; 1 when it was
        refused or not confirmed.
    """
    parser = argparse.ArgumentParser(
        prog="course.py reset", description="Delete the workspace, or renew copies of notebooks."
    )
    parser.add_argument(
        "numbers", nargs="*", help="such as 03: renew only your copy of that notebook"
    )
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
    with workspace.alone(folder / desk.FOLDER):
        if options.numbers:
            return renew(options.numbers, folder, options.yes)
        begin_anew = empty(folder, options.yes)
    if begin_anew is None:
        return 1
    # The lock itself goes last, when nobody holds it.
    delete(folder, begin_anew)
    print("Deleted. Begin again with notebook 01.")
    return 0


def empty(folder: Path, yes: bool) -> list[Path] | None:
    """Show what goes and what stays, ask, and delete what is on the desk.

    Args:
        folder: the workspace.
        yes: do not ask.

    Returns:
        The entries of the workspace that are still to be deleted; None when it was not confirmed.
    """
    ours, others = contents(folder)
    goes, stays = desk.parted(folder)
    # As long as copies lie here, this is a workspace.
    ours = [path for path in ours if not stays or path.name != workspace.MARKER]
    # What goes and what stays is shown before it is asked.
    print(f"From {folder.resolve()} this goes:")
    for path in ours:
        print(f"    {path.name:<20} {size_of(path) / 1e6:8.1f} MB")
    if goes:
        size = sum(size_of(path) for path in goes) / 1e6
        print(f"    {desk.FOLDER:<20} {size:8.1f} MB  (copies that you have not changed)")
    for path in stays:
        print(f"    {path.relative_to(folder)} stays: {reason(path, folder)}")
    for path in others:
        print(f"    {path.name:<20} stays: the course did not make it")
    if not yes and not confirmed("Delete it?"):
        print("Nothing was deleted.")
        return None
    desk.delete(goes, folder)
    return ours


def reason(path: Path, folder: Path) -> str:
    """Why a file of the desk stays."""
    if path.parent == folder / desk.FOLDER and path.name in {one.name for one in run.notebooks()}:
        number = path.name[:2]
        return f"you have changed it; `python course.py reset {number}` renews it"
    return "the course did not make it, or you have changed it"


def renew(numbers: list[str], folder: Path, yes: bool) -> int:
    """Renew the copies of some notebooks, after saying which are changed and asking.

    Args:
        numbers: of the notebooks, such as "03".
        folder: the workspace.
        yes: do not ask.

    Returns:
        0 when they are new, else 1.
    """
    originals, unknown = run.choose(numbers)
    if unknown:
        there = ", ".join(path.stem for path in run.notebooks()) or "none"
        print(f"There is no notebook {', '.join(unknown)}; there are: {there}.")
        return 1
    copies = [folder / desk.FOLDER / path.name for path in originals]
    there = [path for path in copies if path.is_file()]
    for path in copies:
        if path not in there:
            state = "is not there; `python course.py lab` makes it"
        elif desk.is_changed(path, folder):
            state = "is changed: what you wrote in it goes"
        else:
            state = "is not changed: only its outputs go"
        print(f"    {path.relative_to(folder)} {state}.")
    question = "Renew it?" if len(there) == 1 else "Renew them?"
    if not there or (not yes and not confirmed(question)):
        print("Nothing was renewed.")
        return 1
    for path in there:
        desk.renew(path.name, folder)
    print("Renewed. Where it is open in JupyterLab: File, Reload Notebook from Disk.")
    return 0


def refusal(folder: Path) -> str | None:
    """Why a folder may not be reset, in a sentence; None when it may.

    Args:
        folder: the workspace, which exists.
    """
    target, protected = folder.resolve(), [workspace.PACKAGE.parent]
    # A user of a container may have no home folder, and then none is to be protected.
    with contextlib.suppress(RuntimeError):
        protected.append(Path.home().resolve())
    if not target.is_dir():
        return f"{folder} is a file, and a workspace is a folder. Nothing was deleted."
    # A folder that holds more than a workspace.
    if any(target == each or target in each.parents for each in protected):
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
    """What in a workspace the course made, and what it did not; the desk is neither."""
    ours, others = [], []
    for path in sorted(folder.iterdir()):
        if path.name != desk.FOLDER or not path.is_dir():
            (ours if is_ours(path.name) else others).append(path)
    return ours, others


def is_ours(name: str) -> bool:
    """Whether the course writes a file or folder of this name at the top of a workspace."""
    if name.startswith(".") and name.endswith((".lock", ".lock.soft")):
        name = name[1:].removesuffix(".soft").removesuffix(".lock")
        if name == desk.FOLDER:
            return True
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


def confirmed(question: str) -> bool:
    """Ask on the terminal; no where there is none to ask."""
    if not sys.stdin or not sys.stdin.isatty():
        print("Add --yes to do it without being asked.")
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
