"""The command `run`: executes the notebooks without a browser and prints the report card.

The executing itself is tools/run_notebooks.py's; the notebooks in the repository are not changed.
Taught in no notebook; README.md shows the command.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from course_utils import report, workspace

ROOT = workspace.PACKAGE.parent


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `run`: numbers of notebooks, or nothing for all.

    Returns:
        0; or 1 when a notebook failed, or when a run of all of them rested on a starter.
    """
    parser = argparse.ArgumentParser(prog="course.py run", description="Execute the notebooks.")
    parser.add_argument("numbers", nargs="*", help="such as 01 02; all of them when left out")
    parser.add_argument(
        "--exact", action="store_true", help="fix instruction set and threads, as CI does"
    )
    options = parser.parse_args(arguments)
    paths, unknown = choose(options.numbers)
    if unknown or not paths:
        there = ", ".join(path.stem for path in notebooks()) or "none"
        print(f"There is no notebook {', '.join(unknown) or 'to run'}; there are: {there}.")
        return 1
    # A run of all begins anew; one of some goes on from what is there.
    workspace.open_root()
    if not options.numbers:
        workspace.begin_anew()
    started = time.perf_counter()
    code = execute(paths, options.exact)
    # The card is shown even after a failure: it says how far the run came.
    print(f"\nReport card ({workspace.root() / report.FILE}):")
    print(report.as_text() or "empty")
    minutes = (time.perf_counter() - started) / 60
    if code:
        print(
            f"\nThe run failed after {minutes:.1f} minutes: what went wrong stands above the card."
        )
        print("What was finished is kept; `python course.py reset` starts from nothing.")
        return 130 if code == 130 else 1
    print(f"\n{len(paths)} notebooks in {minutes:.1f} minutes.")
    return 0


def notebooks() -> list[Path]:
    """The course's notebooks, in order."""
    return sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def choose(numbers: list[str]) -> tuple[list[Path], list[str]]:
    """The notebooks for numbers such as "02" or "2", in order, and the unknown numbers."""
    by_number = {path.name[:2]: path for path in notebooks()}
    # "2" and "02" are the same notebook.
    wanted = {number.zfill(2) for number in numbers}
    paths = [path for number, path in by_number.items() if number in wanted or not numbers]
    return paths, sorted(wanted - set(by_number))


def execute(paths: list[Path], exact: bool = False) -> int:
    """Execute notebooks without a browser; returns the exit code.

    Args:
        paths: the notebooks, in order.
        exact: fix what the last digits depend on, as when the committed outputs are made; else the
            processor is used as it is.
    """
    tool = [sys.executable, str(ROOT / "tools" / "run_notebooks.py"), "--execute"]
    if exact:
        tool.append("--exact")
    environment = os.environ | {"COURSE_HEADLESS": "1"}
    child = subprocess.Popen([*tool, *map(str, paths)], env=environment, cwd=ROOT)
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.wait()  # it got the Ctrl-C too, and puts away what it was at
        raise
