"""The valley in a real JupyterLab: what a reader does with the ball, and what must come of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "valley.ipynb"
CELL = "from course_utils.pretraining.labs import valley_lab\nlab = valley_lab(seed=0)\nlab"
FITS = (
    "[...document.querySelectorAll('.anatomy-valley, .jp-OutputArea-output')]"
    ".every(one => one.scrollWidth <= one.clientWidth)"
)
INK = "getComputedStyle(document.querySelector('.anatomy-valley .anatomy-contour')).stroke"


class ValleyPage(LabPage):
    """The valley's page; slider 0 is the learning rate."""

    view = ".anatomy-valley"

    def attribute(self, css: str, name: str) -> str:
        """An attribute of the first such element of the view."""
        return self.page.locator(f"{self.view} {css}").first.get_attribute(name)

    def run(self) -> None:
        """A hundred steps at once."""
        self.press("Run 100 steps")
        self.until(lambda: self.shown("step") == "100", "100 steps")


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[ValleyPage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    lab = ValleyPage(context.new_page(), jupyter)
    lab.open(NOTEBOOK)
    yield lab
    context.close()


@pytest.fixture
def lab(opened: ValleyPage) -> Iterator[ValleyPage]:
    """The lab at step 0; afterwards the browser's console must be free of errors."""
    opened.press("SGD")
    opened.press("two knobs")
    opened.reset()
    yield opened
    assert opened.problems() == []


def test_play_moves_the_ball_and_pause_holds_it(lab: ValleyPage) -> None:
    before, lines = lab.attribute(".anatomy-ball", "cx"), lab.attribute(".anatomy-contour", "d")
    lab.press("Play")
    lab.until(lambda: int(lab.shown("step")) > 10, "10 steps shown")
    lab.press("Pause")
    lab.until(lambda: lab.shown("status") == "paused", "paused")
    lab.until(lambda: int(lab.shown("step")) == lab.jupyter.ask("lab.steps"), "last frame")
    assert float(lab.attribute(".anatomy-ball", "cx")) > float(before) + 5
    assert lab.attribute(".anatomy-contour", "d") == lines  # the ball is on it, and it stays


def test_the_rate_moves_the_landing_and_reaches_the_next_step_while_playing(
    lab: ValleyPage,
) -> None:
    before = lab.jupyter.ask("lab.learning_rate.value")
    landing = lab.attribute(".anatomy-next-step", "d")
    lab.page.locator(".noUi-handle").first.focus()
    lab.page.keyboard.press("ArrowRight")
    lab.until(lambda: lab.attribute(".anatomy-next-step", "d") != landing, "another landing")
    assert lab.shown("step") == "0"
    lab.press("Play")
    lab.until(lambda: int(lab.shown("step")) > 2, "training")
    lab.page.locator(".noUi-handle").first.focus()
    lab.page.keyboard.press("ArrowLeft")
    lab.page.keyboard.press("ArrowLeft")
    lab.until(lambda: 0 < float(lab.shown("rate")) < before, "a step with the new rate")
    assert lab.shown("status") == "playing"
    lab.jupyter.ask(f"setattr(lab.learning_rate, 'value', {before})")


def test_the_optimizer_and_what_trains_change_while_it_trains(lab: ValleyPage) -> None:
    before = lab.jupyter.ask("lab.learning_rate.value")
    # At the slider's first place AdamW may throw the ball out, which ends the play.
    lab.jupyter.ask("setattr(lab.learning_rate, 'value', 0.1)")
    lab.press("Play")
    lab.until(lambda: int(lab.shown("step")) > 2, "training")
    lab.press("AdamW")
    lab.until(lambda: lab.shown("optimizer") == "AdamW", "the other optimizer")
    lab.press("all 26")
    lab.until(lambda: lab.shown("trains") == "all 26", "the whole network")
    lines, at = lab.attribute(".anatomy-contour:not([d=''])", "d"), int(lab.shown("step"))
    lab.until(lambda: int(lab.shown("step")) > at + 5, "steps with it")
    lab.until(lambda: lab.attribute(".anatomy-contour:not([d=''])", "d") != lines, "another slice")
    assert lab.shown("status") == "playing"
    assert "a slice through the ball" in lab.text(".anatomy-valley .anatomy-note")
    lab.jupyter.ask(f"setattr(lab.learning_rate, 'value', {before})")


def test_reset_leaves_a_ghost_with_its_verdict(lab: ValleyPage) -> None:
    lab.run()
    assert lab.shown("verdict") == "converges"
    lab.reset()
    lab.until(lambda: int(lab.shown("ghosts")) >= 1, "a ghost")
    assert lab.attribute(".anatomy-ghost0", "d").count("L") >= 100
    assert "1: SGD, rate 1, two knobs: converges" in lab.text(".anatomy-runs")


def test_both_themes_and_narrow_windows_hold_the_lab(lab: ValleyPage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    lab.run()
    inks = []
    lab.jupyter.command(lab.page, "application:toggle-left-area")
    try:
        for theme, width in (("Light", 1280), ("Dark", 1280), ("Light", 500), ("Dark", 500)):
            lab.jupyter.command(lab.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            lab.page.set_viewport_size({"width": width, "height": 1300})
            light = str(theme == "Light").lower()
            lab.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
            lab.page.wait_for_timeout(500)
            inks.append(lab.page.evaluate(INK))
            assert lab.page.evaluate(FITS), f"the lab overflows at {width} pixels"
            lab.page.screenshot(path=folder / f"valley-{theme.lower()}-{width}.png")
    finally:
        lab.jupyter.command(lab.page, "apputils:change-theme", theme="JupyterLab Light")
        lab.jupyter.command(lab.page, "application:toggle-left-area")
        lab.page.set_viewport_size({"width": 1280, "height": 1000})
    assert inks[0] != inks[1]


def test_a_reloaded_page_draws_the_lab_again(lab: ValleyPage) -> None:
    lab.run()
    before = lab.attribute(".anatomy-contour:not([d=''])", "d")
    lab.jupyter.command(lab.page, "docmanager:save")
    lab.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    lab.page.goto(f"{lab.jupyter.url}/lab/tree/{NOTEBOOK}")
    lab.page.wait_for_selector('.anatomy-valley[data-step="100"]', timeout=60_000)
    assert lab.attribute(".anatomy-contour:not([d=''])", "d") == before
    lab.press("Step")
    lab.until(lambda: lab.shown("step") == "101", "one more step after the reload")
