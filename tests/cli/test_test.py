"""The command test: its phases, the slowest tests, and a phase that outgrew its budget."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from course_utils.cli import test as command

SLEEPY = "import time\ndef test_long():\n    time.sleep(0.4)\ndef test_short():\n    pass\n"


def test_every_test_belongs_to_one_phase_and_fast_leaves_out_the_slow_ones(tmp_path: Path) -> None:
    whole = command.phases(False, [], tmp_path)
    fast = command.phases(True, [], tmp_path)

    assert fast == whole[: len(fast)] and len(whole) == len(fast) + 3
    units = fast[-1].command
    left_out = {one.partition("=")[2] for one in units if one.startswith("--ignore=")}
    later = [one for phase in whole[len(fast) :] for one in phase.command if "tests/" in one]
    assert left_out == set(later) == set(command.SLOW) and len(later) == len(command.SLOW)
    assert all((command.ROOT / one).exists() for one in command.SLOW)


def test_paths_take_the_place_of_all_tests_and_options_reach_pytest(tmp_path: Path) -> None:
    *_, only = command.phases(False, ["tests/test_ci.py::x", "-k", "one"], tmp_path)

    assert only.name == "pytest" and only.budget is None
    assert only.command[3:] == ["tests/test_ci.py::x", f"--junitxml={only.junit}", "-k", "one"]


@pytest.mark.parametrize(
    ("source", "budget", "verdict"),
    [("pass", 60, "ok"), ("raise SystemExit(3)", 60, "FAILED"), ("pass", 0, "SLOW")],
)
def test_a_phase_fails_when_it_fails_and_when_it_outgrows_its_budget(
    source: str, budget: float, verdict: str
) -> None:
    phase = command.Phase("one", [sys.executable, "-c", source], budget)

    found, line = command.run(phase)

    assert found == verdict and line.startswith(verdict) and "at most" in line


def test_a_phase_without_tests_is_a_failure_unless_only_some_were_asked_for(
    tmp_path: Path,
) -> None:
    nothing = [sys.executable, "-c", f"raise SystemExit({command.NO_TESTS})"]

    assert command.run(command.Phase("all", nothing, 60))[0] == "FAILED"
    assert command.run(command.Phase("some", nothing, 60, may_be_empty=True))[0] == "ok"


def test_the_slowest_tests_are_named_first(tmp_path: Path) -> None:
    test, junit = tmp_path / "test_sleepy.py", tmp_path / "one.xml"
    test.write_text(SLEEPY, encoding="utf-8", newline="\n")
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={junit}"]

    assert command.run(command.Phase("one", [*line, str(test)], None, junit))[0] == "ok"

    first, second = command.slowest([junit, tmp_path / "missing.xml"])
    assert first.endswith("test_long") and second.endswith("test_short")
    assert 0.4 <= float(first.split()[0]) < 30


def test_a_slow_machine_has_more_time_and_a_fast_one_no_less() -> None:
    assert command.slowness() >= 1
