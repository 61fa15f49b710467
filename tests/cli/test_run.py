"""The command run: an exit code to be trusted, and Ctrl-C, with small notebooks for ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from course_utils import report, workspace
from course_utils.cli import deterministic, run

OWN = "from course_utils import report\nreport.add('a.own', 1.0)"
BORROWED = "from course_utils import report\nreport.add('b.borrowed', 1.0, origin='starter')"
WITH_OTHER_NOTEBOOKS = """
import pathlib, sys
from course_utils.__main__ import main
from course_utils.cli import run
run.notebooks = lambda: [pathlib.Path(sys.argv[1])]
sys.exit(main(["run"]))
"""


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Let the course be these notebooks: name=source of the only cell."""

    def make(**sources: str) -> list[Path]:
        folder = tmp_path / "notebooks"
        folder.mkdir()
        for name, source in sources.items():
            cell = nbformat.v4.new_code_cell(source, id="only")
            nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / f"{name[1:]}.ipynb")
        paths = sorted(folder.iterdir())
        monkeypatch.setattr(run, "notebooks", lambda: paths)
        return paths

    return make


def test_a_run_of_everything_prints_the_card_and_ends_with_zero(course, capfd) -> None:
    course(_01_one=OWN, _02_two="1 + 1")

    assert run.main([]) == 0

    said = capfd.readouterr().out
    assert said.startswith("01_one ... ") and "02_two ... " in said
    assert "a.own" in said and "peak_memory_mb" in said and "2 notebooks in" in said
    assert {"seconds.01", "seconds.02", "seconds.total"} < set(report.load())
    assert report.load()["machine.matmul_gflops"]["value"] > 1


def test_the_processor_is_used_as_it_is_unless_the_run_is_exact(course, monkeypatch) -> None:
    for name in ("OMP_NUM_THREADS", *deterministic.INSTRUCTION_SET):
        monkeypatch.delenv(name, raising=False)
    course(
        _01_one="import os\nfrom course_utils import report\n"
        "report.add('a.threads', os.environ.get('OMP_NUM_THREADS', 'free'))\n"
        "report.add('a.set', os.environ.get('ATEN_CPU_CAPABILITY', 'free'))"
    )
    pinned = deterministic.pinned_environment()

    assert run.main([]) == 0
    assert {report.load()[key]["value"] for key in ("a.threads", "a.set")} == {"free"}
    assert run.main(["--exact"]) == 0
    assert report.load()["a.threads"]["value"] == pinned["OMP_NUM_THREADS"]
    assert report.load()["a.set"]["value"] == pinned.get("ATEN_CPU_CAPABILITY", "free")


def test_a_run_that_a_starter_slipped_into_fails_and_names_the_figure(course, capfd) -> None:
    course(_01_one=OWN, _02_two=BORROWED)

    assert run.main([]) == 1

    said = capfd.readouterr()
    assert "starter" in said.err and "b.borrowed" in said.err
    assert "The run failed" in said.out


def test_a_part_of_the_course_may_rest_on_a_starter(course, capfd) -> None:
    course(_01_one=OWN, _02_two=BORROWED)

    assert run.main(["2"]) == 0

    assert "(starter)" in capfd.readouterr().out


def test_a_notebook_that_breaks_off_fails_the_run_and_keeps_what_was_finished(
    course, capfd
) -> None:
    course(_01_one=OWN, _02_two="raise ValueError('the corpus is empty')")

    assert run.main([]) == 1

    said = capfd.readouterr()
    assert "ValueError: the corpus is empty" in said.err and "Traceback" not in said.err
    assert list(report.load()) == ["a.own"]


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a console, not to a group")
def test_ctrl_c_ends_a_run_with_a_sentence_and_leaves_no_kernel(course, tmp_path: Path) -> None:
    sign = tmp_path / "pid"
    (path,) = course(
        _01_slow="import os, pathlib, time\n"
        "from course_utils import workspace\n"
        "with workspace.write('tokenizer') as folder:\n"
        "    (folder / 'tokenizer.json').write_text('half')\n"
        f"    pathlib.Path({str(sign)!r}).write_text(str(os.getpid()))\n"
        "    time.sleep(300)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", WITH_OTHER_NOTEBOOKS, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not (sign.exists() and sign.read_text(encoding="utf-8")):
        assert time.monotonic() < until and child.poll() is None
        time.sleep(0.05)

    os.killpg(child.pid, signal.SIGINT)
    said, _ = child.communicate(timeout=60)

    assert child.returncode == 130
    assert "what was finished is kept" in said and "Traceback" not in said
    kernel = Path(f"/proc/{sign.read_text(encoding='utf-8')}")
    assert not kernel.exists() or "Z (zombie)" in (kernel / "status").read_text(encoding="utf-8")
    assert workspace.have()["tokenizer"] == "missing"
    with workspace.write("tokenizer") as folder:  # what the kernel left half-made is no obstacle
        (folder / "tokenizer.json").write_text("whole", encoding="utf-8", newline="\n")
    assert workspace.load("tokenizer").origin == "own"
