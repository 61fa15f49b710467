"""A long run while its page closes, and after the stop button: nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from .jupyter_lab import Jupyter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PARTS = """
import time

import numpy as np
import torch

from course_utils import workspace
from course_utils.model.transformer import Transformer
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.train import train

torch.set_num_threads(1)
config = TrainConfig.preset("tiny", 300)
ids = np.random.default_rng(0).integers(0, 300, 2_000).astype(np.uint16)
seen, runs, pause = [], [], 0.1


def note(result):
    seen.append(result.step)
    time.sleep(pause)


def parts():
    return Transformer(config.model), Batches({"only": ids}, {"only": 1.0}, 4, 64)


folder = workspace.unfinished("checkpoints")
whole = train(*parts(), config).losses
"""
RUN = "runs.append(train(*parts(), config, folder=folder, on_step=note).losses)"


@pytest.fixture
def page(jupyter: Jupyter, browser: object, request: pytest.FixtureRequest) -> Iterator[object]:
    """A notebook with the long run in its last cell, running."""
    name = f"{request.node.name[:30]}.ipynb"
    jupyter.write(name, [PARTS, RUN])
    jupyter.start_kernel(name)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    jupyter.open(opened, name)
    jupyter.run_all(opened)
    until(opened, lambda: "training: " in opened.locator(".jp-Cell").last.inner_text())
    yield opened
    context.close()


def until(page: object, true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s"
        page.wait_for_timeout(100)


def test_a_run_whose_page_is_closed_goes_on_to_its_end(jupyter: Jupyter, page: object) -> None:
    page.context.close()
    # Asked only once it is done: a busy kernel answers nobody.
    assert jupyter.ask("[runs == [whole], seen[-1], list(map(str, folder.iterdir()))]") == [
        True,
        30,
        [],
    ]


def test_a_run_that_is_stopped_by_the_button_goes_on_when_its_cell_runs_again(
    jupyter: Jupyter, page: object
) -> None:
    jupyter.command(page, "notebook:interrupt-kernel")
    last = page.locator(".jp-Cell").last
    until(page, lambda: "Run the same cell again to go on" in last.inner_text())
    stopped = jupyter.ask("seen[-1]")
    assert 0 < stopped < 30 and jupyter.ask("runs") == []
    jupyter.command(page, "notebook:run-cell")
    until(page, lambda: jupyter.ask("len(runs)") == 1)
    assert jupyter.ask("[runs == [whole], seen]") == [True, list(range(1, 31))]
