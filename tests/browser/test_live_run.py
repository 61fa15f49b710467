"""Run All in a live browser, with labs at play, gives the artifacts of a headless run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from course_utils.cli import deterministic

from .jupyter_lab import REPOSITORY, Jupyter, running_jupyter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

NUMBERS = ("01", "02", "03", "04")
ARTIFACTS = ("corpus", "tokenizer", "tokens", "base_model", "chat_model", "reward_model")
TINY = deterministic.pinned_environment({}) | {"COURSE_SCALE": "tiny"}
DONE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const cells = [...panel.content.model.cells].filter((one) => one.type === "code");
  return panel.sessionContext.session.kernel.status === "idle"
    && cells.every((one) => one.executionCount !== null);
}"""
ERRORS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
  .filter((one) => one.type === "code")
  .flatMap((one) => one.outputs.toJSON().filter((output) => output.output_type === "error"))
  .map((output) => `${output.ename}: ${output.evalue}`)"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """A JupyterLab whose kernels work at the tiny scale."""
    with running_jupyter(tmp_path_factory.mktemp("live"), TINY) as one:
        yield one


def fingerprints(workspace: Path) -> dict[str, str]:
    """artifact/file: its SHA-256, as the artifacts' manifests say."""
    return {
        f"{name}/{file}": one["sha256"]
        for name in ARTIFACTS
        for file, one in json.loads((workspace / name / "manifest.json").read_text("utf-8"))[
            "files"
        ].items()
    }


def run_live(live: Jupyter, browser: object, path: Path) -> None:
    """Open a notebook without its outputs, run all of it, and play each lab that appears."""
    shutil.copy(path, live.notebooks / path.name)
    live.start_kernel(path.name)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    live.open(page, path.name)
    live.command(page, "notebook:clear-all-cell-outputs")
    page.wait_for_timeout(500)
    live.run_all(page)
    played = 0
    for _ in range(3000):
        for button in page.locator(".jupyter-button", has_text="Play").all()[played:]:
            button.click()
            played += 1
        if page.evaluate(DONE):  # for a moment: a lab at play keeps the kernel busy, too
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail(f"{path.name} did not come to its end within five minutes")
    assert page.evaluate(ERRORS) == []
    assert played or "pretraining" not in path.name
    context.close()


def test_run_all_with_labs_at_play_gives_the_artifacts_of_the_headless_run(
    live: Jupyter, browser: object, tmp_path: Path
) -> None:
    tool = REPOSITORY / "tools" / "run_notebooks.py"
    command = [sys.executable, tool, "--workspace", tmp_path / "headless", "--only", *NUMBERS]
    environment = {**os.environ, **TINY}
    subprocess.run(command, check=True, timeout=600, env=environment, stdout=subprocess.DEVNULL)
    for number in NUMBERS:
        run_live(live, browser, next((REPOSITORY / "notebooks").glob(f"{number}_*.ipynb")))
    made = fingerprints(live.notebooks.with_name("home") / "workspace")
    assert made == fingerprints(tmp_path / "headless")
