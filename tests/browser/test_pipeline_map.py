"""The pipeline's map in a real JupyterLab: opened by mouse and by keyboard, and after a reload."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "map.ipynb"
CELL = """\
from course_utils.ui.position import position

position("tokenization")
"""
FACTS = "300 billion tokens (reported, Brown et al. 2020"


class MapPage(LabPage):
    """The page with the map."""

    view = ".anatomy-map"

    def title(self, number: int) -> object:
        """What is clicked to open a stage, 1 to 5."""
        return self.page.locator(f"{self.view} summary").nth(number - 1)

    def opened(self) -> list[str]:
        """The titles of the stages that are open."""
        script = (
            "all => all.filter(one => one.open).map("
            "one => one.querySelector('summary').firstChild.textContent)"
        )
        return self.page.locator(f"{self.view} details").evaluate_all(script)

    def save(self) -> None:
        """Save the notebook, with its output."""
        self.jupyter.command(self.page, "docmanager:save")
        self.page.wait_for_function(
            "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
        )


@pytest.fixture(scope="module")
def strip(jupyter: object, browser: object) -> Iterator[MapPage]:
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    shown = MapPage(context.new_page(), jupyter)
    jupyter.open(shown.page, NOTEBOOK)
    jupyter.run_all(shown.page)
    shown.page.wait_for_selector(".anatomy-map summary", timeout=60_000)
    yield shown
    assert shown.problems() == []
    context.close()


def test_a_click_opens_a_stage_and_another_closes_it(strip: MapPage) -> None:
    strip.title(1).click()
    assert strip.opened() == ["1 data collection"]
    panel = strip.page.locator(".anatomy-map details[open] > div")
    assert panel.is_visible() and "45 TB of compressed text" in panel.text_content()
    strip.title(3).click()
    assert strip.opened() == ["3 pretraining"]
    strip.title(3).click()
    assert strip.opened() == []


def test_the_keyboard_goes_from_stage_to_stage_and_opens_them(strip: MapPage) -> None:
    strip.title(1).focus()
    strip.page.keyboard.press("Tab")
    strip.page.keyboard.press("Enter")
    assert strip.opened() == ["2 tokenization"]
    assert FACTS in strip.page.locator(".anatomy-map details[open] > div").text_content()
    strip.page.keyboard.press("Enter")
    assert strip.opened() == []


def test_it_fits_in_both_themes_and_a_narrow_window(strip: MapPage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    strip.title(1).click()
    try:
        for theme, width in (("Light", 1280), ("Dark", 1280), ("Dark", 420)):
            strip.jupyter.command(strip.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            strip.page.set_viewport_size({"width": width, "height": 900})
            if width == 420:  # JupyterLab's own file list would leave no room for any notebook
                strip.jupyter.command(strip.page, "application:toggle-left-area")
            strip.page.wait_for_selector(
                f'body[data-jp-theme-light="{str(theme == "Light").lower()}"]', state="attached"
            )
            strip.page.wait_for_timeout(500)
            strip.page.screenshot(path=folder / f"map-{theme.lower()}-{width}.png")
            boxes = [strip.title(number).bounding_box() for number in range(1, 6)]
            panel = strip.page.locator(".anatomy-map details[open] > div").bounding_box()
            assert panel["y"] >= max(box["y"] + box["height"] for box in boxes) - 1
            assert strip.page.evaluate(
                "(() => { const map = document.querySelector('.anatomy-map');"
                " return map.scrollWidth <= map.clientWidth })()"
            ), f"the map overflows at {width} pixels"
    finally:
        strip.jupyter.command(strip.page, "application:toggle-left-area")
        strip.jupyter.command(strip.page, "apputils:change-theme", theme="JupyterLab Light")
        strip.page.set_viewport_size({"width": 1280, "height": 900})
        strip.title(1).click()


def test_a_reloaded_page_has_the_map(strip: MapPage) -> None:
    strip.save()
    strip.page.goto(f"{strip.jupyter.url}/lab/tree/{NOTEBOOK}")
    strip.page.wait_for_selector(".anatomy-map summary", timeout=60_000)
    strip.title(2).click()
    assert strip.opened() == ["2 tokenization"]


def test_a_notebook_that_is_not_trusted_keeps_the_map(strip: MapPage, tmp_path: Path) -> None:
    strip.save()
    book = nbformat.read(strip.jupyter.notebooks / NOTEBOOK, as_version=4)
    book.cells[0].outputs[0].data["text/html"] = re.sub(
        "tokenization", "tokenisation", book.cells[0].outputs[0].data["text/html"]
    )  # an output that this machine has not signed
    book.cells[0].metadata.pop("trusted", None)
    other = strip.jupyter.notebooks / "untrusted.ipynb"
    other.write_text(nbformat.writes(book), encoding="utf-8", newline="\n")
    strip.jupyter.start_kernel("untrusted.ipynb")
    strip.jupyter.open(strip.page, "untrusted.ipynb")
    strip.page.wait_for_selector(".anatomy-map summary", timeout=60_000)
    assert not strip.page.locator(".anatomy-map").get_attribute("aria-label")  # it was cleaned
    strip.title(2).click()
    assert strip.opened() == ["2 tokenisation"]
    assert FACTS in strip.page.locator(".anatomy-map details[open] > div").text_content()
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    strip.page.screenshot(path=folder / "map-untrusted.png")
