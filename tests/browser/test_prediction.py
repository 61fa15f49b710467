"""A prediction in a real JupyterLab: answered by keyboard, revealed by a cell, and there again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "prediction.ipynb"
ASK = """\
from course_utils.ui.position import position
from course_utils.ui.predictions import predict, reveal

predict("more-per-token", "bytes-cafe")
"""
STRIP = 'position("tokenization")'
COMPUTE = """\
reveal("more-per-token", "GPT-2")
reveal("bytes-cafe", len("café".encode()))
"""
RECORD = "vars(__import__('course_utils.challenges.path', fromlist=['load']).load())"
TABS = 8  # from an answer to the last button there are no more
READ = "{k: vars(v) for k, v in " + RECORD + "['predictions'].items()}"
CELLS = RECORD + "['cells']"


class PredictionPage(LabPage):
    """The page with two prompts; they are counted from 0."""

    view = ".anatomy-prediction"

    def prompt(self, number: int) -> object:
        """One question with its controls."""
        return self.page.locator(self.view).nth(number)

    def chosen(self, number: int, option: str) -> bool:
        """Whether this option's button of a prompt is the one that is pressed."""
        buttons = self.prompt(number).locator("button.mod-active")
        return option in buttons.all_text_contents()

    def says(self, number: int, words: str) -> None:
        """Wait until a prompt's last line holds these words."""
        self.until(lambda: words in self.prompt(number).inner_text(), f"{words!r} is shown")

    def tab_to(self, words: str) -> None:
        """Walk by Tab to the button with these words; it fails where Tab does not lead there."""
        for _ in range(TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("() => document.activeElement.textContent.trim()") == words:
                return
        raise AssertionError(f"{TABS} times Tab did not lead to {words!r}")

    def run_cell(self, number: int) -> None:
        """Choose a cell and run it."""
        self.page.locator(".jp-CodeCell .jp-InputArea-editor").nth(number).click()
        self.jupyter.command(self.page, "notebook:run-cell")

    def output(self, number: int) -> str:
        """What stands below a cell."""
        return (
            self.page.locator(".jp-CodeCell")
            .nth(number)
            .locator(".jp-Cell-outputWrapper")
            .inner_text()
        )


@pytest.fixture(scope="module")
def shown(jupyter: object, browser: object) -> Iterator[PredictionPage]:
    # All browser tests share a workspace, and others have shown strips, whose cells are noted.
    (jupyter.notebooks.with_name("home") / "workspace" / "path.json").unlink(missing_ok=True)
    jupyter.write(NOTEBOOK, [ASK, COMPUTE, STRIP])
    book = nbformat.read(jupyter.notebooks / NOTEBOOK, as_version=4)
    book.cells[1].id = "bytes"  # as in notebook 02
    (jupyter.notebooks / NOTEBOOK).write_text(
        nbformat.writes(book), encoding="utf-8", newline="\n"
    )
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = PredictionPage(context.new_page(), jupyter)
    jupyter.open(page.page, NOTEBOOK)
    page.run_cell(0)
    page.page.wait_for_selector(page.view, timeout=60_000)
    yield page
    assert page.problems() == []
    context.close()


def test_a_prediction_is_made_by_keyboard_and_revealed_by_the_cell(shown: PredictionPage) -> None:
    keyboard = shown.page.keyboard
    shown.prompt(0).locator("button", has_text="yours").focus()
    keyboard.press("Tab")
    keyboard.press("Space")  # GPT-2's
    shown.until(lambda: shown.chosen(0, "GPT-2's"), "the other answer")
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")  # yours after all
    shown.until(lambda: shown.chosen(0, "yours"), "the first answer")
    shown.tab_to("60 %")
    keyboard.press("Space")
    shown.until(lambda: shown.chosen(0, "60 %"), "how sure")
    shown.tab_to("Predict")
    keyboard.press("Enter")
    shown.says(0, "You said yours, 60 % sure. Run the cell")
    shown.run_cell(1)
    shown.says(0, "You said yours, 60 % sure. Computed: GPT-2's. Not right.")
    shown.until(lambda: "Not right." in shown.output(1), "the cell tells it too")
    assert shown.jupyter.ask(READ)["more-per-token"] == {
        "said": "yours",
        "sure": 60,
        "outcome": "GPT-2's",
    }


def test_an_answer_after_the_reveal_does_not_count(shown: PredictionPage) -> None:
    shown.says(1, "does not count")
    shown.prompt(1).locator("input[type=text]").fill("5")
    shown.prompt(1).locator("button", has_text="80 %").click()
    shown.prompt(1).locator("button", has_text="Predict").click()
    shown.says(1, "You said 5 bytes. Computed: 5 bytes. Right.")
    assert shown.jupyter.ask(READ)["bytes-cafe"]["said"] is None


def test_a_reloaded_page_shows_the_verdict_again_and_a_new_kernel_too(
    shown: PredictionPage,
) -> None:
    shown.jupyter.command(shown.page, "docmanager:save")
    shown.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    shown.page.goto(f"{shown.jupyter.url}/lab/tree/{NOTEBOOK}")
    shown.page.wait_for_selector(shown.view, timeout=60_000)
    shown.says(0, "Computed: GPT-2's. Not right.")
    assert shown.prompt(0).locator("button", has_text="Predicted").is_disabled()
    shown.jupyter.command(shown.page, "notebook:clear-all-cell-outputs")
    shown.page.wait_for_selector(shown.view, state="detached")
    shown.jupyter.restart_kernel(NOTEBOOK)
    shown.run_cell(0)
    shown.page.wait_for_selector(shown.view, timeout=60_000)
    shown.says(0, "Computed: GPT-2's. Not right.")


def test_the_strip_counts_the_prediction_and_notes_cells(shown: PredictionPage) -> None:
    shown.run_cell(2)
    map_ = shown.page.locator(".anatomy-map")
    map_.wait_for(timeout=30_000)
    assert "1 of 6 predictions, 0 of 1 right" in map_.inner_text()
    assert "Next: notebook 02: section 1." in shown.text(".anatomy-next")
    assert shown.jupyter.ask(CELLS) == {}  # no cell of notebook 02 has run so far
    shown.run_cell(1)
    shown.until(
        lambda: shown.jupyter.ask(CELLS) == {"tokenization": ["bytes"]}, "the cell is noted"
    )


def test_it_fits_in_both_themes_and_in_500_pixels(shown: PredictionPage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        shown.jupyter.command(shown.page, "application:toggle-left-area")
        for theme, width in (("Light", 1280), ("Dark", 500)):
            shown.jupyter.command(shown.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            shown.page.set_viewport_size({"width": width, "height": 900})
            shown.page.wait_for_selector(
                f'body[data-jp-theme-light="{str(theme == "Light").lower()}"]', state="attached"
            )
            shown.page.wait_for_timeout(500)
            shown.page.screenshot(path=folder / f"prediction-{theme.lower()}-{width}.png")
            for number in (0, 1):
                box = shown.prompt(number).bounding_box()
                for part in shown.prompt(number).locator("button, input, label").all():
                    inner = part.bounding_box()
                    assert part.evaluate("one => one.scrollWidth <= one.clientWidth + 1"), "cut"
                    if inner:
                        assert inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
    finally:
        shown.jupyter.command(shown.page, "application:toggle-left-area")
        shown.jupyter.command(shown.page, "apputils:change-theme", theme="JupyterLab Light")
        shown.page.set_viewport_size({"width": 1280, "height": 900})
