"""The sources lab in a real JupyterLab: a question chosen and typed, a page unfolded, themes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "sources.ipynb"
CELL = """\
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.document import from_page
from course_utils.inference.labs import SourcesLab
from course_utils.inference.sources import Sources

said = {
    "What is the capital of Peru?": "The capital of Peru is Lima.",
    "Hello?": "Hello, <b>how</b> are you?",
    "And of Chad?": "The capital of Chad is Rome.",
}
pages = [
    from_page(f"http://atlas.littleweb.test/peru/page-{number}.html",
              f"Page {number}.\\n\\nLima is the capital of Peru. <i>It rains.</i>")
    for number in range(9)
]
pages += [from_page("http://forum.littleweb.test/1.html", "The capital of Peru is Quito.")]
crawl = Sources(Corpus(pages, [], [], {"atlas": 0.5, "forum": 0.5}))
lab = SourcesLab(lambda some: [said.get(text, "Hm.") for text in some], crawl, list(said))
lab
"""
VIEW = ".anatomy-sources"
STATUS, SAME = f"{VIEW} .anatomy-status", f"{VIEW} .anatomy-same details"
FITS = f"() => {{ const lab = document.querySelector('{VIEW}'); " + (
    "return lab.scrollWidth <= lab.clientWidth; }"
)


class SourcesPage(LabPage):
    """The sources lab's page."""

    view = VIEW

    def asked(self, question: str) -> bool:
        """Whether the page has drawn this question."""
        return self.shown("question") == question


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[SourcesPage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1200})
    lab = SourcesPage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.run_all(lab.page)
    lab.page.wait_for_selector(f"{lab.view}[data-drawn]", timeout=60_000)
    yield lab
    context.close()


@pytest.fixture
def lab(opened: SourcesPage) -> Iterator[SourcesPage]:
    """The lab; afterwards the browser's console must be free of errors."""
    yield opened
    assert opened.problems() == []


def test_a_chosen_question_brings_its_pages_and_a_page_unfolds_by_keyboard(
    lab: SourcesPage,
) -> None:
    assert lab.shown("same") == "9" and lab.shown("others") == "1"
    assert lab.text(STATUS) == "Says the same: 9 pages: atlas 9. Says otherwise: 1 page: forum 1."
    assert lab.text(f"{VIEW} .anatomy-answer mark") == "Lima"
    first = lab.page.locator(SAME).first
    text = first.locator(".anatomy-text")
    assert not text.is_visible()
    first.locator("summary").focus()
    lab.page.keyboard.press("Enter")
    lab.until(text.is_visible, "the page's text")
    assert text.text_content() == "Page 0.\n\nLima is the capital of Peru. <i>It rains.</i>"
    chooser = lab.page.locator(".widget-dropdown select").first
    chooser.select_option(label="And of Chad?")
    lab.until(lambda: lab.asked("And of Chad?"), "the other question")
    assert lab.text(STATUS).startswith("No page of your crawl says that")
    assert lab.page.locator(SAME).count() == 0


def test_a_typed_question_is_answered_when_enter_is_pressed(lab: SourcesPage) -> None:
    field = lab.page.locator(".widget-text input").first
    field.fill("Hello?")
    field.press("Enter")
    lab.until(lambda: lab.asked("Hello?"), "the typed question")
    assert lab.text(f"{VIEW} .anatomy-answer") == "Hello, <b>how</b> are you?"
    assert lab.text(STATUS).startswith("This reply states no fact")
    assert lab.jupyter.ask("lab.question") == "Hello?"
    field.fill("What is the capital of Peru?")
    field.press("Enter")
    lab.until(lambda: lab.asked("What is the capital of Peru?"), "back again")


def test_both_themes_and_a_narrow_window_hold_the_lab(lab: SourcesPage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    lab.jupyter.command(lab.page, "application:toggle-left-area")
    inks = []
    for theme, width in (("Light", 1280), ("Dark", 1280), ("Light", 500), ("Dark", 500)):
        lab.jupyter.command(lab.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
        lab.page.set_viewport_size({"width": width, "height": 1600})
        light = str(theme == "Light").lower()
        lab.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
        lab.page.wait_for_timeout(400)
        ink = f"getComputedStyle(document.querySelector('{VIEW} mark')).color"
        inks.append(lab.page.evaluate(ink))
        assert lab.page.evaluate(FITS), f"the lab overflows at {width} pixels"
        shot = folder / f"sources-{theme.lower()}-{width}.png"
        lab.page.locator(".jp-OutputArea-output", has=lab.page.locator(lab.view)).first.screenshot(
            path=shot
        )
    assert inks[0] != inks[1]
