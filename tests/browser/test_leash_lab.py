"""The leash lab in a real JupyterLab: practice, a leash that is dragged meanwhile, a reload."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "leash.ipynb"
ORDER = [(0, 0), (0, 1), (1, 0), (1, 1)]  # the replies shown: which prompt, then or now
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
    names = ["proxy", "true", "kl", "entropy", "length"]
    assert {name: len(curve) for name, curve in history.items()} == dict.fromkeys(names, 1)
    figures = leash.text(".anatomy-figures")
    assert f"entropy (nats) {history['entropy'][0]:.2f}" in figures
    assert f"reply length {history['length'][0]:.1f}" in figures


def test_each_prompt_shows_the_reply_of_the_start_beside_that_of_now(leash: LeashPage) -> None:
    ask = leash.jupyter.ask
    ask("setattr(lab.learning_rate, 'value', 0.1)")
    leash.press("Step")
    leash.until(lambda: leash.shown("step") == "1", "one step")
    ask("setattr(lab.learning_rate, 'value', 3e-4)")
    replies = leash.page.locator(".anatomy-leash .anatomy-reply")
    titles = [replies.nth(number).locator("div").first.text_content() for number in range(4)]
    assert titles == ["At the start", "Now"] * 2
    said = [replies.nth(number).locator("[role=region]").text_content() for number in range(4)]
    shown = ask("[list(lab.trainable.first_replies()), list(lab.trainable.replies())]")
    assert said == [(shown[time][row] or "(an empty reply)")[:400] for row, time in ORDER]
    boxes = [replies.nth(number).bounding_box() for number in range(2)]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]


def test_the_rate_dragged_while_it_practises_acts_on_a_later_step(leash: LeashPage) -> None:
    before = leash.jupyter.ask("lab.learning_rate.value")
    leash.press("Play")
    leash.until(lambda: int(leash.shown("step")) >= 2, "practice")
    assert float(leash.shown("rate")) == pytest.approx(before)
    leash.drag(1, -40)
    leash.until(lambda: leash.jupyter.ask("lab.learning_rate.value") < before, "Python's value")
    leash.until(
        lambda: (
            float(leash.shown("rate"))
            == pytest.approx(leash.jupyter.ask("lab.learning_rate.value"))
        ),
        "a step at the lower rate",
    )
    assert leash.shown("status") == "playing"
    used = leash.jupyter.ask("lab.trainable.trainer.lr")
    leash.press("Pause")
    leash.until(lambda: leash.shown("status") == "paused", "paused")
    assert used < before and used == pytest.approx(leash.jupyter.ask("lab.learning_rate.value"))
    leash.jupyter.ask(f"setattr(lab.learning_rate, 'value', {before})")


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
