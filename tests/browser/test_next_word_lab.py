"""The next-word lab in a real JupyterLab: what a reader does with it, and what must come of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "next-word.ipynb"
CELL = "from course_utils.pretraining.labs import next_word_lab\nlab = next_word_lab(seed=0)\nlab"
FITS = (
    "[...document.querySelectorAll('.anatomy-next, .jp-OutputArea-output')]"
    ".every(one => one.scrollWidth <= one.clientWidth)"
)
# Fonts of other systems are up to a tenth wider.
ROOM = """() => [...document.querySelectorAll(".anatomy-next .anatomy-bar ~ .anatomy-value")]
  .every((value) => {
    const place = value.getBoundingClientRect();
    return place.right + 0.1 * place.width <= value.ownerSVGElement.getBoundingClientRect().right;
  })"""
INK = "getComputedStyle(document.querySelector('.anatomy-next .anatomy-curve')).stroke"


class NextWordPage(LabPage):
    """The next-word lab's page."""

    view = ".anatomy-next"

    def figure(self, name: str) -> str:
        """A figure above the panels."""
        row = self.page.locator(".anatomy-figures > span", has_text=name)
        return row.locator("strong").text_content()

    def run(self) -> None:
        """A hundred epochs at once."""
        self.press("Run 100 steps")
        self.until(lambda: self.shown("step") == "100", "100 epochs")

    def write(self, sentence: str) -> None:
        """Put a sentence into the text field."""
        self.page.locator(".widget-text input").fill(sentence)

    def texts(self, selector: str) -> list[str]:
        """The texts of elements in the lab's view."""
        return self.page.locator(f".anatomy-next {selector}").all_text_contents()

    def dots(self) -> list[str]:
        """Where the five words are drawn on the map."""
        return self.page.locator(".anatomy-next .anatomy-dot:not(.anatomy-near)").evaluate_all(
            "dots => dots.map(dot => dot.getAttribute('cx') + ' ' + dot.getAttribute('cy'))"
        )

    def reset(self) -> None:
        """Go back to the state that each test begins with."""
        self.press("Adam")
        self.press("Reset")
        self.until(lambda: self.shown("step") == "0", "reset to epoch 0")


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[NextWordPage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    lab = NextWordPage(context.new_page(), jupyter)
    lab.open(NOTEBOOK)
    yield lab
    context.close()


@pytest.fixture
def lab(opened: NextWordPage) -> Iterator[NextWordPage]:
    """The lab at epoch 0; afterwards the browser's console must be free of errors."""
    opened.reset()
    yield opened
    assert opened.problems() == []


def test_play_advances_epochs_and_frames_and_pause_freezes_them(lab: NextWordPage) -> None:
    drawn = int(lab.shown("drawn"))
    lab.press("Play")
    lab.until(lambda: int(lab.shown("step")) > 12, "12 epochs shown")
    assert int(lab.shown("drawn")) - drawn > 8
    lab.press("Pause")
    lab.until(lambda: lab.shown("status") == "paused", "paused")
    lab.until(lambda: int(lab.shown("step")) == lab.jupyter.ask("lab.steps"), "last frame")
    frozen = lab.shown("step")
    lab.page.wait_for_timeout(400)
    assert lab.shown("step") == frozen == str(lab.jupyter.ask("lab.steps"))


def test_step_adds_one_epoch_and_moves_cat_on_the_map(lab: NextWordPage) -> None:
    before = lab.dots()
    lab.press("Step")
    lab.until(lambda: lab.shown("step") == "1", "epoch 1")
    after = lab.dots()
    cat, mat = (["cat", "mat", "on", "sat", "the"].index(word) for word in ("cat", "mat"))
    assert after[cat] != before[cat] and after[mat] == before[mat]


def test_the_right_words_probability_rises_from_chance(lab: NextWordPage) -> None:
    first = float(lab.figure("right word").split()[0])
    lab.run()
    assert first < 50 and float(lab.figure("right word").split()[0]) > 95
    assert "sat \u2713" in lab.texts(".anatomy-word.anatomy-right")


def test_convergence_is_marked_at_the_epoch_that_python_measured(lab: NextWordPage) -> None:
    assert lab.figure("converged at") == "not yet"
    assert "Not yet converged" in lab.texts(".anatomy-verdict")[0]
    lab.run()
    epoch = lab.jupyter.ask("lab.converged_at")
    assert lab.figure("converged at") == str(epoch)
    assert (
        f"Converged at epoch {epoch} (Adam, learning rate 0.01)"
        in (lab.texts(".anatomy-verdict")[0])
    )


def test_the_rate_reaches_the_next_epoch_by_keyboard_while_playing(lab: NextWordPage) -> None:
    before = lab.jupyter.ask("lab.learning_rate.value")
    lab.press("Play")
    lab.until(lambda: int(lab.shown("step")) > 2, "training")
    lab.page.locator(".noUi-handle").first.focus()
    lab.page.keyboard.press("ArrowLeft")
    lab.until(lambda: float(lab.shown("rate")) < before, "an epoch with the new rate")
    assert lab.shown("status") == "playing"
    lab.jupyter.ask(f"setattr(lab.learning_rate, 'value', {before})")


def test_the_optimizer_changes_while_it_trains(lab: NextWordPage) -> None:
    lab.press("Play")
    lab.until(lambda: int(lab.shown("step")) > 2, "training")
    at = int(lab.shown("step"))
    lab.press("SGD")
    lab.until(lambda: lab.shown("optimizer") == "SGD", "the other optimizer")
    lab.until(lambda: int(lab.shown("step")) > at + 3, "epochs with it")
    assert lab.shown("status") == "playing"


def test_another_example_is_shown_at_once(lab: NextWordPage) -> None:
    lab.press("on the \u2192 mat")
    lab.until(lambda: lab.shown("example") == "3", "the fourth example")
    assert "After \u201con the\u201d" in lab.texts("h4")
    assert lab.shown("step") == "0"
    lab.press("the cat \u2192 sat")


def test_a_sentence_it_has_never_seen_gets_a_confident_guess(lab: NextWordPage) -> None:
    lab.run()
    lab.write("mat the cat")
    lab.until(lambda: lab.texts(".anatomy-answers td")[::4] == ["mat the", "the cat"], "its pairs")
    cells = lab.texts(".anatomy-answers td")
    assert cells[3] == "never" and cells[7] == "yes"
    assert int(cells[2].split()[0]) > 50


def test_an_unknown_word_gets_a_sentence_and_breaks_nothing(lab: NextWordPage) -> None:
    lab.write("the <b>dog</b> barks")
    note = lambda: lab.texts(".anatomy-note")[-1]  # noqa: E731
    lab.until(lambda: "never met the word 'b'" in note(), "a message")
    lab.write("")
    lab.until(lambda: "at least two words" in note(), "another message")
    lab.press("Step")
    lab.until(lambda: lab.shown("step") == "1", "epoch 1")
    lab.write("the mat sat on the")
    lab.until(lambda: len(lab.texts(".anatomy-answers td")) == 16, "guesses again")
    assert lab.page.locator(".anatomy-answers b").count() == 0  # what was typed stayed text


def test_a_weight_that_is_not_a_number_shows_a_banner_and_reset_mends_it(
    lab: NextWordPage,
) -> None:
    lab.jupyter.ask("lab.trainable.network.output.bias.data.fill_(float('nan')).tolist() and 0")
    lab.press("Step")
    lab.until(lambda: lab.shown("status") == "error", "an error")
    banner = lab.page.locator(".anatomy-banner")
    lab.until(lambda: "not a number" in banner.text_content(), "a banner")
    # The frame follows the banner in a message of its own.
    lab.until(lambda: lab.figure("right word") == "?", "a figure that is unknown")
    lab.reset()
    lab.until(lambda: banner.text_content() == "", "no banner")
    lab.until(lambda: lab.figure("right word") != "?", "a figure that is known again")
    assert lab.shown("status") == "paused"


def test_both_themes_and_narrow_windows_hold_the_lab(lab: NextWordPage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    lab.run()
    inks = []
    try:
        for theme, width in (("Light", 1280), ("Dark", 1280), ("Light", 700), ("Dark", 400)):
            lab.jupyter.command(lab.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            lab.page.set_viewport_size({"width": width, "height": 900})
            if width == 400:
                lab.jupyter.command(lab.page, "application:toggle-left-area")
            light = str(theme == "Light").lower()
            lab.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
            lab.page.wait_for_timeout(500)
            inks.append(lab.page.evaluate(INK))
            assert lab.page.evaluate(FITS), f"the lab overflows at {width} pixels"
            assert lab.page.evaluate(ROOM), f"a percentage is cut at {width} pixels"
            _shoot(lab.page, folder, f"next-word-{theme.lower()}-{width}")
    finally:
        lab.jupyter.command(lab.page, "apputils:change-theme", theme="JupyterLab Light")
        lab.jupyter.command(lab.page, "application:toggle-left-area")
        lab.page.set_viewport_size({"width": 1280, "height": 900})
    assert inks[0] != inks[1]


def _shoot(page: Page, folder: Path, name: str) -> None:
    """Pictures of the lab, a window each, from the top down."""
    for part, selector in enumerate((".jupyter-button", ".anatomy-bar", ".anatomy-answers")):
        place = page.locator(selector).first
        place.evaluate("place => place.scrollIntoView({ block: 'center' })")
        page.wait_for_timeout(100)
        page.screenshot(path=folder / f"{name}-{part}.png")


def test_running_the_cell_again_leaves_one_trainer(lab: NextWordPage) -> None:
    lab.press("Play")
    lab.jupyter.run_all(lab.page)
    lab.until(lambda: lab.shown("step") == "0", "a new lab")
    count = (
        "sum(thread.name.startswith('course-lab-') "
        "for thread in __import__('threading').enumerate())"
    )
    assert lab.jupyter.ask(count) == 1


def test_a_reloaded_page_draws_the_lab_again(lab: NextWordPage) -> None:
    lab.run()
    before = lab.dots()
    lab.jupyter.command(lab.page, "docmanager:save")
    lab.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    lab.page.goto(f"{lab.jupyter.url}/lab/tree/{NOTEBOOK}")
    lab.page.wait_for_selector('.anatomy-next[data-step="100"]', timeout=60_000)
    assert lab.dots() == before
    lab.press("Step")
    lab.until(lambda: lab.shown("step") == "101", "one more epoch after the reload")
