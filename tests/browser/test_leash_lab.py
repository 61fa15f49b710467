"""The leash lab in a real JupyterLab: practice, a leash that is dragged meanwhile, a reload."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "leash.ipynb"
# Small random models over bytes; a head of ones, so that replies differ in their scores.
CELL = """\
import torch

from course_utils.finetuning_rlhf import chat_data, judge
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer
from course_utils.finetuning_rlhf.labs.leash.lab import LeashLab

model = Transformer(TransformerConfig(261, 16, 2, 2, 24, 512))
reward = RewardModel(model)
torch.nn.init.ones_(reward.score.weight)
prompts = chat_data.training_prompts(16, 0, mixture=chat_data.Mixture(1, 0, 0, 0, 0))
lab = LeashLab(model, reward, FastTokenizer(), prompts, judge.true_reward)
lab
"""


class LeashPage(LabPage):
    """The leash lab's page; slider 0 is the leash, 1 the learning rate."""

    view = ".anatomy-leash"
    patience = 30.0


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[LeashPage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    lab = LeashPage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.run_all(lab.page)
    lab.page.wait_for_selector(".anatomy-leash[data-step]", timeout=60_000)
    yield lab
    context.close()


@pytest.fixture
def leash(opened: LeashPage) -> Iterator[LeashPage]:
    """The lab at step 0; afterwards the browser's console must be free of errors."""
    opened.press("Reset")
    opened.until(lambda: opened.shown("step") == "0", "reset to step 0")
    yield opened
    assert opened.problems() == []


def test_step_practises_once_and_python_knows(leash: LeashPage) -> None:
    leash.press("Step")
    leash.until(lambda: leash.shown("step") == "1", "one step")
    history = leash.jupyter.ask("lab.history")
    assert {name: len(curve) for name, curve in history.items()} == {
        "proxy": 1,
        "true": 1,
        "kl": 1,
    }


def test_the_leash_dragged_while_it_practises_acts_on_a_later_step(leash: LeashPage) -> None:
    before = leash.jupyter.ask("lab.kl_coefficient.value")
    leash.press("Play")
    leash.until(lambda: int(leash.shown("step")) >= 2, "practice")
    leash.drag(0, -60)
    leash.until(lambda: leash.jupyter.ask("lab.kl_coefficient.value") < before, "Python's value")
    leash.until(
        lambda: (
            float(leash.shown("kl"))
            == pytest.approx(leash.jupyter.ask("lab.kl_coefficient.value"))
        ),
        "a step with the shorter leash",
    )
    reached = int(leash.shown("step"))
    leash.until(lambda: int(leash.shown("step")) > reached, "practice goes on")
    leash.press("Pause")
    leash.until(lambda: leash.shown("status") == "paused", "paused")
    assert leash.jupyter.ask("lab.kl_coefficient.value") < before


def test_a_reload_draws_the_same_state_again(leash: LeashPage) -> None:
    leash.press("Step")
    leash.until(lambda: leash.shown("step") == "1", "one step")
    length = leash.shown("kl")
    leash.jupyter.command(leash.page, "docmanager:save")
    leash.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    leash.page.goto(f"{leash.jupyter.url}/lab/tree/{NOTEBOOK}")
    leash.page.wait_for_selector('.anatomy-leash[data-step="1"]', timeout=60_000)
    assert leash.shown("kl") == length and leash.shown("status") == "paused"
