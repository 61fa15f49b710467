"""The leash lab in a real JupyterLab: practice, a leash that is dragged meanwhile, a reload."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "leash.ipynb"
HARMLESS = ("favicon", "net::ERR_INTERNET_DISCONNECTED")
# Small random models over bytes; a head of ones, so that replies differ in their scores.
CELL = """\
import torch

from course_utils.finetuning_rlhf import chat_data, judge
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.pretraining.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer
from course_utils.widgets.finetuning_rlhf.leash import LeashLab

model = Transformer(TransformerConfig(260, 16, 2, 2, 24, 512))
reward = RewardModel(model)
torch.nn.init.ones_(reward.score.weight)
prompts = chat_data.training_prompts(16, 0, shares=chat_data.Mixture(1, 0, 0, 0))
lab = LeashLab(model, reward, FastTokenizer(), prompts, judge.true_reward)
lab
"""


class LeashPage:
    """The open page: what it shows, and its controls."""

    def __init__(self, page: Page, jupyter: object) -> None:
        self.page, self.jupyter = page, jupyter
        self.complaints: list[str] = []
        page.on(
            "console",
            lambda message: (
                message.type == "error"
                and self.complaints.append(f"{message.text} {message.location.get('url', '')}")
            ),
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def press(self, words: str) -> None:
        """Click a button by its words; by role its name would begin with the icon's glyph."""
        self.page.locator(".jupyter-button", has_text=re.compile(f"^{words}$")).click()

    def shown(self, name: str) -> str:
        """What the view last drew: step, kl, drawn or status."""
        return self.page.locator(".anatomy-leash").first.get_attribute(f"data-{name}")

    def until(self, true: Callable[[], bool], what: str, seconds: float = 30) -> None:
        """Wait for something to become true."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{what}: not within {seconds} s"
            self.page.wait_for_timeout(20)

    def drag(self, number: int, pixels: float) -> None:
        """Drag a slider's handle with the mouse; 0 is the leash, 1 the learning rate."""
        box = self.page.locator(".noUi-handle").nth(number).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for part in range(1, 6):
            self.page.mouse.move(x + pixels * part / 5, y)
        self.page.mouse.up()


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
    complaints = [one for one in opened.complaints if not any(ok in one for ok in HARMLESS)]
    assert complaints == []


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
    before = leash.jupyter.ask("lab.kl.value")
    leash.press("Play")
    leash.until(lambda: int(leash.shown("step")) >= 2, "practice")
    leash.drag(0, -60)
    leash.until(lambda: leash.jupyter.ask("lab.kl.value") < before, "Python's value")
    leash.until(
        lambda: float(leash.shown("kl")) == pytest.approx(leash.jupyter.ask("lab.kl.value")),
        "a step with the shorter leash",
    )
    reached = int(leash.shown("step"))
    leash.until(lambda: int(leash.shown("step")) > reached, "practice goes on")
    leash.press("Pause")
    leash.until(lambda: leash.shown("status") == "paused", "paused")


def test_a_reload_draws_the_same_state_again(leash: LeashPage) -> None:
    leash.press("Step")
    leash.until(lambda: leash.shown("step") == "1", "one step")
    leash.jupyter.command(leash.page, "docmanager:save")
    leash.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    leash.page.goto(f"{leash.jupyter.url}/lab/tree/{NOTEBOOK}")
    leash.page.wait_for_selector('.anatomy-leash[data-step="1"]', timeout=60_000)
