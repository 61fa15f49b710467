"""Several programs at one workspace: every write takes place, every reader sees something whole.

Each program is a process of its own. A file system without locks is one whose flock says so.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_utils import disk, report, workspace

ROOT = Path(__file__).resolve().parents[1]
WITHOUT_LOCKS = """
import errno, fcntl, os
def refused(*about):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
fcntl.flock = refused
"""
WRITES = """
import sys
from course_utils import workspace
sys.stdin.read()
for number in range({times}):
    with workspace.write("tokenizer") as folder:
        for name in ("a.json", "b.json", "c.json"):
            (folder / name).write_text(sys.argv[1] + str(number), encoding="utf-8")
"""
READS = """
import sys
from course_utils import workspace
sys.stdin.read()
for number in range({times}):
    assert workspace.load("tokenizer").origin == "own"
    assert workspace.have()["tokenizer"] == "whole"
"""
REPORTS = """
import sys
from course_utils import report
sys.stdin.read()
for number in range({times}):
    report.add("stage." + sys.argv[1] + str(number), number)
"""
HOLDS = """
import time
from course_utils import workspace
with workspace.write("tokenizer") as folder:
    (folder / "a.json").write_text("half", encoding="utf-8")
    print("in", flush=True)
    time.sleep(60)
"""
LOCKS = pytest.mark.parametrize("locks", [True, False][: 1 if os.name == "nt" else 2])


def begin(code: str, name: str, locks: bool = True) -> subprocess.Popen:
    """Start a program; the three that end begin when their input does."""
    return subprocess.Popen(
        [sys.executable, "-c", code if locks else WITHOUT_LOCKS + code, name],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def together(programs: list[subprocess.Popen]) -> list[str]:
    """Let programs begin at once; what each of them says."""
    for program in programs:
        program.stdin.close()
        program.stdin = None  # communicate() would close it again
    return [program.communicate(timeout=60)[0] for program in programs]


def make(text: str) -> None:
    with workspace.write("tokenizer") as folder:
        (folder / "a.json").write_text(text, encoding="utf-8")


@LOCKS
def test_every_write_of_several_takes_place_and_no_reader_sees_a_half_one(
    own_workspace: Path, locks: bool
) -> None:
    make("first")
    programs = [begin(WRITES.format(times=25), name, locks) for name in ("one", "other")]
    programs.append(begin(READS.format(times=500), "reader", locks))

    assert together(programs) == ["", "", ""]

    folder = workspace.load("tokenizer").path
    texts = {file.read_text(encoding="utf-8") for file in folder.glob("?.json")}
    assert texts in ({"one24"}, {"other24"})
    left = {path.name for path in own_workspace.iterdir()}
    assert left == {workspace.MARKER, "tokenizer", ".tokenizer.lock"}


def test_no_figure_of_several_programs_is_lost() -> None:
    programs = [begin(REPORTS.format(times=20), name) for name in ("one", "other")]

    assert together(programs) == ["", ""]

    assert len(report.load()) == 40


@pytest.fixture
def holder():
    """A program that is in the middle of writing the tokenizer, and for long."""
    program = begin(HOLDS, "holder")
    assert program.stdout.readline() == "in\n"
    yield program
    program.kill()
    program.wait()
    program.stdout.close()
    program.stdin.close()


def test_a_writer_that_does_not_end_is_named_and_room_is_not_asked_for(
    holder: subprocess.Popen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "WAIT_SECONDS", 0.2)
    with pytest.raises(workspace.ArtifactError, match="another program") as refused:
        make("second")
    assert "Free" not in str(refused.value) and "writable" not in str(refused.value)
    assert (workspace.root() / "tokenizer.new" / "a.json").exists()  # its own is left alone


@LOCKS
def test_a_writer_that_was_killed_keeps_nobody_waiting(locks: bool) -> None:
    first = begin(HOLDS, "first", locks)
    assert first.stdout.readline() == "in\n"
    first.kill()
    first.communicate()
    assert (workspace.root() / "tokenizer.new").exists()

    second = begin(WRITES.format(times=1), "second", locks)

    assert together([second]) == [""]
    made = workspace.load("tokenizer").path / "a.json"
    assert made.read_text(encoding="utf-8") == "second0"
