"""Ctrl-C in the middle of every step: what was there stays, and the next run ends as if unstopped.

The step runs in a process of its own and gets a real SIGINT, as from a terminal or JupyterLab's
stop button. That a crawl loses and repeats nothing is test_journal.py's.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from course_utils import workspace

from . import stages

ROOT = Path(__file__).resolve().parents[1]
AFTER = {"crawl_pages": 40, "corpus": 30, "tokenizer": 20, "tokens": 1, "base_model": 13}


def silent(*_about: object) -> None:
    """Says nothing."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace in which every step ran to its end."""
    folder = tmp_path_factory.mktemp("whole") / "workspace"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_WORKSPACE", str(folder))
        for step in stages.STEPS:
            step(silent)
    yield folder


def stop(step: Callable, said: int) -> tuple[int, str]:
    """Run a step in a process, press Ctrl-C after it has said so much; (exit code, its errors)."""
    child = subprocess.Popen(
        [sys.executable, stages.__file__, step.__name__],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    for _ in range(said):
        assert child.stdout.readline() == "on\n", child.stderr.read()
    child.send_signal(signal.SIGINT)
    _, wrong = child.communicate(timeout=60)
    return child.returncode, wrong


def fingerprints(folder: Path) -> dict[str, str]:
    """Each artifact's fingerprint, where it is there; a damaged one raises."""
    there = [name for name in workspace.KINDS if (folder / name).exists()]
    return {name: workspace.load(name, folder).sha256 for name in there}


@pytest.mark.parametrize("step", stages.STEPS, ids=lambda step: step.__name__)
def test_a_stopped_step_leaves_what_was_there_and_runs_again_to_the_same_end(
    step: Callable, whole: Path, own_workspace: Path
) -> None:
    number = stages.STEPS.index(step)
    shutil.copytree(whole, own_workspace)
    for later in stages.STEPS[number:]:
        shutil.rmtree(own_workspace / later.__name__, ignore_errors=True)
    if step is stages.crawl_pages:
        shutil.rmtree(own_workspace / "pages")
    before = fingerprints(own_workspace)

    code, wrong = stop(step, AFTER[step.__name__])

    assert code in (-signal.SIGINT, 130), wrong
    assert wrong.strip().splitlines()[-1].startswith("KeyboardInterrupt"), wrong
    assert fingerprints(own_workspace) == before
    assert not list(own_workspace.glob("*.new"))
    for again in stages.STEPS[number:]:
        again(silent)
    assert fingerprints(own_workspace) == fingerprints(whole)
    assert not list((own_workspace / "checkpoints").iterdir())


@pytest.mark.parametrize("step", [stages.tokenizer, stages.tokens], ids=lambda step: step.__name__)
def test_a_stopped_step_keeps_the_artifact_of_an_earlier_run(
    step: Callable, whole: Path, own_workspace: Path
) -> None:
    shutil.copytree(whole, own_workspace)

    stop(step, AFTER[step.__name__])

    assert fingerprints(own_workspace) == fingerprints(whole)


def test_a_stopped_training_says_how_to_go_on(whole: Path, own_workspace: Path) -> None:
    shutil.copytree(whole, own_workspace)

    _, wrong = stop(stages.base_model, 5)

    assert "Stopped after step" in wrong and "Run the same cell again" in wrong
