"""The command `test`: everything that CI runs, one phase after the other, with a line each.

It changes nothing: style is checked, not mended. The tests themselves are in tests/. A phase has a
budget of seconds, and outgrowing it by half is a failure: a slow suite is not run. Taught in no
notebook; README.md shows the command.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from xml.etree import ElementTree

from course_utils import runtime, workspace
from course_utils.cli import deterministic

ROOT = workspace.PACKAGE.parent
# What starts other programs (kernels, JupyterLab, pip, trainings that are stopped) or loads TRL's
# trainers, seconds each.
PROGRAMS = (
    "tests/cli/test_chat.py",
    "tests/cli/test_doctor.py",
    "tests/cli/test_front_door.py",
    "tests/cli/test_install.py",
    "tests/cli/test_lab.py",
    "tests/cli/test_run.py",
    "tests/cli/test_test.py",
    "tests/cli/test_trial.py",
    "tests/finetuning_rlhf/test_trl_oracle.py",
    "tests/littleweb/test_memory.py",
    "tests/test_benchmarks.py",
    "tests/test_ci.py",
    "tests/test_full_disk.py",
    "tests/test_interrupted_stages.py",
    "tests/ui/test_lab_memory.py",
)
SLOW = ("tests/notebooks", "tests/browser", "tests/cluster", *PROGRAMS)
NEEDED = (
    "pytest",
    "xdist",
    "nbval",
    "ruff",
    "playwright",
    "axe_playwright_python",
    "distributed",
    "datasets",
    "peft",
    "trl",
)
SLOWEST = 10
# Budgets are seconds on two quiet cores that multiply matrices at so many GFLOPS.
GFLOPS = 220
OUTGROWN = 1.5
NO_TESTS = 5  # pytest's exit code


@dataclass(frozen=True)
class Phase:
    """A command line, and the seconds that it may take on the machine of the budgets.

    Attributes:
        name: what its line says.
        command: the command line.
        budget: in seconds; None where anything may be asked for.
        junit: the file in which pytest tells each test's seconds; None for other commands.
        may_be_empty: whether it is no failure that none of its tests was asked for.
        side_by_side: whether two of its tests run at a time, so that each has one thread.
    """

    name: str
    command: list[str]
    budget: float | None
    junit: Path | None = None
    may_be_empty: bool = False
    side_by_side: bool = False


def main(arguments: list[str]) -> int:
    """Run the command.

    Args:
        arguments: what stands after `test`; what is not known here goes to pytest.

    Returns:
        0 when every phase is green and none outgrew its budget, else 1.
    """
    parser = argparse.ArgumentParser(prog="course.py test", description="Run what CI runs.")
    parser.add_argument("--fast", action="store_true", help="the unit tests alone")
    options, further = parser.parse_known_args(arguments)
    # Without the packages for testing there is no use in beginning.
    missing = [name for name in NEEDED if util.find_spec(name) is None]
    if missing:
        print(
            f"Testing needs {', '.join(missing)}. Start with `python course.py test`, which "
            'installs them, or type: pip install -c constraints.txt -e ".[test]"'
        )
        return 1
    # A test that is left out is no secret; in CI it fails.
    if not (shutil.which("node") or shutil.which("nodejs")):
        print("Node is not installed, so the JavaScript tests (tests/ui/js) are left out.")
    started, lines, failed = time.perf_counter(), [], 0
    with tempfile.TemporaryDirectory(prefix="course-test-") as folder:
        chosen = phases(options.fast, further, Path(folder))
        for phase in chosen:
            print(f"== {phase.name}", flush=True)
            verdict, line = run(phase)
            failed += verdict != "ok"
            lines.append(line)
        slow = slowest([phase.junit for phase in chosen if phase.junit])
    # A line for each phase, so that the last screen tells it all.
    print("the slowest tests, with what they wait for:", *slow, *lines, sep="\n")
    minutes = (time.perf_counter() - started) / 60
    print(f"{failed or 'no'} phase(s) failed, {minutes:.1f} minutes in all")
    return 1 if failed else 0


def phases(fast: bool, further: list[str], folder: Path) -> list[Phase]:
    """The phases in their order.

    Args:
        fast: leave out what is SLOW.
        further: arguments for pytest; paths among them take the place of all tests.
        folder: where pytest tells the seconds of each test.
    """
    # What exists is a path, and takes the place of all tests.
    paths = [argument for argument in further if (ROOT / argument.split("::")[0]).exists()]
    options = [argument for argument in further if argument not in paths]
    python = [sys.executable, "-m"]

    def tests(name: str, budget: float | None, *which: str) -> Phase:
        junit = folder / f"{name.split()[0]}.xml"
        command = [*python, "pytest", *which, f"--junitxml={junit}", *options]
        beside = "-n" in which
        return Phase(name, command, budget, junit, bool(options), side_by_side=beside)

    style = [
        Phase("ruff check", [*python, "ruff", "check", "."], 10),
        Phase("ruff format --check", [*python, "ruff", "format", "--check", "."], 10),
    ]
    if paths:
        return [*style, tests("pytest", None, *paths)]
    # They wait for files, processes and servers, so two run at a time; a file's stay together.
    two = ("-n", "2", "--dist", "loadfile")
    # nbval is for notebooks, and each of the three processes takes two seconds to load it.
    alone = ("-p", "no:nbval", *(f"--ignore={one}" for one in SLOW))
    units = tests("unit tests", 100, "tests", *two, *alone)
    if fast:
        return [*style, units]
    return [
        *style,
        units,
        tests("programs", 80, *PROGRAMS, *two),
        tests("notebooks", 760, "tests/notebooks"),
        tests("browser and cluster", 490, "tests/browser", "tests/cluster"),
    ]


def run(phase: Phase) -> tuple[str, str]:
    """Run one phase in the pinned environment.

    Returns:
        "ok", "FAILED" or "SLOW", and the line that says so.
    """
    environment = deterministic.pinned_environment() | {"COURSE_HEADLESS": "1"}
    if phase.side_by_side:
        environment["OMP_NUM_THREADS"] = "1"
    began = time.perf_counter()
    child = subprocess.Popen(phase.command, cwd=ROOT, env=environment)
    try:
        code = child.wait()
    except KeyboardInterrupt:
        child.wait()
        raise
    seconds = time.perf_counter() - began
    allowed = None if phase.budget is None else phase.budget * slowness() * OUTGROWN
    empty = code == NO_TESTS and phase.may_be_empty
    verdict = "ok" if code == 0 or empty else "FAILED"
    if verdict == "ok" and allowed is not None and seconds > allowed:
        verdict = "SLOW"
    limit = "" if allowed is None else f"   at most {allowed:,.0f} s on this machine"
    return verdict, f"{verdict:<7} {phase.name:<24} {seconds:7.1f} s{limit}"


def slowness() -> float:
    """How many times as slow as the machine of the budgets this one is now; 1 if it is faster.

    Measured after each phase: a neighbour on the machine slows one down for a while.
    """
    return max(1.0, GFLOPS / runtime.matmul_gflops())


def slowest(files: list[Path]) -> list[str]:
    """Lines for the slowest tests of some JUnit reports, the slowest first."""
    cases = [
        (float(case.get("time", 0)), f"{case.get('classname')}::{case.get('name')}")
        for file in files
        if file.exists()
        for case in ElementTree.parse(file).iter("testcase")
    ]
    return [f"{seconds:9.1f} s  {name}" for seconds, name in sorted(cases, reverse=True)[:SLOWEST]]
