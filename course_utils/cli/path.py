"""The command `path`: how far you are, and what to do next; it can be written out and deleted.

What it knows lies in two files of the workspace and nowhere else: path.json (cells that ran,
predictions) and challenges.json. Artifacts and the report card stay (reset.py deletes those).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from course_utils import disk, workspace
from course_utils.challenges import base, path
from course_utils.cli.reset import confirmed
from course_utils.ui.predictions import verdict
from course_utils.ui.progress import Progress, as_json, latest, next_step, progress

FILES = (path.FILE, base.FILE)


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `path`.

    Returns:
        0 when it was shown, written or deleted; 1 when it was refused or not confirmed.
    """
    parser = argparse.ArgumentParser(prog="course.py path", description="Show how far you are.")
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--export", type=Path, metavar="FILE", help="write it to a file, as JSON")
    asked.add_argument("--delete", action="store_true", help="forget it, after asking")
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    options = parser.parse_args(arguments)
    if options.delete:
        return delete(options.yes)
    known = progress()
    if options.export:
        return export(known, options.export)
    print("\n".join(as_lines(known)))
    return 0


def as_lines(known: tuple[Progress, ...]) -> list[str]:
    """The path as text: each stage with what is run, predicted, solved and made."""
    lines = []
    for number, one in enumerate(known):
        lines.append(f"{number + 1:02} {one.stage.title}: {'; '.join(one.lines())}")
        for question, made in one.predictions:
            if made.said is not None:
                lines.append(f"     {question.asks} {verdict(question, made)}")
    begun = latest(known)
    return [*lines, "", f"Next: {next_step(known, begun)}."]


def export(known: tuple[Progress, ...], file: Path) -> int:
    """Write the path to a file of the reader's choice; one that is there is not replaced."""
    if file.exists():
        print(f"{file} is there already. Choose another name, or delete it first.")
        return 1
    try:
        text = json.dumps({"version": path.VERSION, "stages": as_json(known)}, indent=1) + "\n"
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        print(f"{disk.reason(error)}. {disk.advice(error, 'choose another place')}.")
        return 1
    print(f"Written: {file.resolve()}")
    return 0


def delete(without_asking: bool) -> int:
    """Forget what ran, what was predicted and which challenges are done."""
    folder = workspace.root()
    ours = [one for name in FILES for one in folder.glob(f"{name}*") if _is_ours(one.name)]
    if not ours:
        print(f"There is no path in {folder}: nothing to delete.")
        return 0
    print("This goes: " + ", ".join(str(one) for one in sorted(ours)))
    print("Artifacts and the report card stay.")
    if not without_asking and not confirmed("Delete it?"):
        print("Nothing was deleted.")
        return 1
    for one in ours:
        one.unlink()
    print("Deleted. Your path begins anew.")
    return 0


def _is_ours(name: str) -> bool:
    """Whether it is one of the files, or one that was put aside because it could not be read."""
    return name in FILES or name.split(workspace.ASIDE)[0] in FILES
