"""The command `test`: everything that CI runs, one phase after the other, with a line each.

It changes nothing: style is checked, not mended. The tests themselves are in tests/. Taught in no
notebook; README.md shows the command.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from importlib import util

from course_utils import workspace
from course_utils.cli import deterministic

ROOT = workspace.PACKAGE.parent
SLOW = ("tests/notebooks", "tests/browser", "tests/cluster")
NEEDED = ("pytest", "nbval", "ruff", "playwright", "distributed", "datasets")


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `test`; what is not known here goes to pytest.

    Returns:
        0 when every phase is green, else 1.
    """
    parser = argparse.ArgumentParser(prog="course.py test", description="Run what CI runs.")
    parser.add_argument("--fast", action="store_true", help="without notebooks, browser, cluster")
    options, further = parser.parse_known_args(arguments)
    # Without the packages for testing there is no use in beginning.
    missing = [name for name in NEEDED if util.find_spec(name) is None]
    if missing:
        print(
            f"Testing needs {', '.join(missing)}. Start with `python course.py test`, which "
            'installs them, or type: pip install -c constraints.txt -e ".[test]"'
        )
        return 1
    started, results = time.perf_counter(), []
    for name, command in phases(options.fast, further):
        print(f"== {name}", flush=True)
        began = time.perf_counter()
        code = run(command)
        results.append((name, code, time.perf_counter() - began))
    # A line for each phase, so that the last screen tells it all.
    minutes = (time.perf_counter() - started) / 60
    for name, code, seconds in results:
        print(f"{'ok' if code == 0 else 'FAILED':<7} {name:<24} {seconds:7.1f} s")
    failed = sum(code != 0 for _, code, _ in results)
    print(f"{failed or 'no'} phase(s) failed, {minutes:.1f} minutes in all")
    return 1 if failed else 0


def phases(fast: bool, further: list[str]) -> list[tuple[str, list[str]]]:
    """The phases in their order: (name, command line).

    Args:
        fast: leave out the notebooks and the browser.
        further: arguments for pytest; paths among them take the place of all tests.
    """
    # What exists is a path, and takes the place of all tests.
    paths = [argument for argument in further if (ROOT / argument.split("::")[0]).exists()]
    options = [argument for argument in further if argument not in paths]
    if fast:
        options += [f"--ignore={folder}" for folder in SLOW]
    python = [sys.executable, "-m"]
    return [
        ("ruff check", [*python, "ruff", "check", "."]),
        ("ruff format --check", [*python, "ruff", "format", "--check", "."]),
        ("pytest", [*python, "pytest", *(paths or ["tests"]), *options]),
    ]


def run(command: list[str]) -> int:
    """Run one phase in the pinned environment; returns its exit code."""
    environment = deterministic.pinned_environment() | {"COURSE_HEADLESS": "1"}
    child = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.wait()
        raise
