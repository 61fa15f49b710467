"""The labs of notebook 01 in a real JupyterLab: sliders moved, Python's values, what is drawn."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "collection_labs.ipynb"
# One cell for all labs: JupyterLab takes cells out of the page that are not in view.
CELL = """\
from IPython.display import display

from course_utils.data_collection import labs
from course_utils.data_collection.clean import extract, quality
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.document import from_page
from course_utils.data_collection.mix import mix as usual_mix
from course_utils.littleweb.truth.labels import labels_of
from course_utils.littleweb.web import LittleWeb

web = LittleWeb(0, "tiny")
truth = labels_of(web)
pages = {page.url: extract.decode(web.html(page)[0]) for page in web.pages()}
texts = {url: extract.extract_page(page) for url, page in pages.items()}
english = [url for url in texts if truth[url].language == "en"]
kept = [from_page(url, texts[url]) for url in english if quality.judge(texts[url]).keep]
corpus = Corpus(kept, [], [], usual_mix(each.source for each in kept))
qualities = labs.quality_lab(texts, truth)
buckets = labs.lsh_lab(kept)
mixing = labs.mix_lab(corpus)
pages_lab = labs.extraction_lab(pages, truth)
display(qualities, buckets, mixing, pages_lab, mixing)
"""
VIEWS = (".anatomy-quality", ".anatomy-lsh", ".anatomy-mix", ".anatomy-extraction")
FITS = (
    "(css) => Array.from(document.querySelectorAll(css)).every("
    "(lab) => lab.scrollWidth <= lab.clientWidth)"
)
CELLS = """() => {
  const { model, content } = window.jupyterapp.shell.currentWidget;
  return [content.activeCellIndex, content.mode, model.cells.length];
}"""
SHARED = "document[Symbol.for('anatomy: keys')]?.views"


class LabsPage(LabPage):
    """The page with all four labs, the mix lab twice."""

    patience = 20.0

    def seen(self, view: str, name: str, number: int = 0) -> str:
        """A data attribute of a lab's view."""
        return self.page.locator(view).nth(number).get_attribute(f"data-{name}")

    def handle(self, label: str) -> object:
        """The handle of the first slider with this label."""
        row = self.page.locator(".widget-hslider", has_text=label).first
        return row.locator(".noUi-handle")

    def pull(self, label: str, pixels: float) -> None:
        """Drag a slider's handle with the mouse."""
        handle = self.handle(label)
        handle.scroll_into_view_if_needed()
        self.drag_handle(handle, pixels)

    def key(self, label: str, key: str) -> None:
        """Press a key on a slider's handle."""
        handle = self.handle(label)
        handle.scroll_into_view_if_needed()
        handle.focus()
        self.page.keyboard.press(key)

    def choose(self, label: str, option: str) -> None:
        """Choose in a list by the words of the option."""
        named = self.page.locator(".widget-label", has_text=re.compile(f"^{label}$"))
        row = self.page.locator(".widget-dropdown", has=named).first
        row.locator("select").select_option(label=option)

    def ready(self) -> None:
        """Wait until every view has drawn."""
        for view in VIEWS:
            self.page.wait_for_selector(f"{view}[data-drawn]", timeout=60_000)


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[LabsPage]:
    """The notebook with the labs, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = LabsPage(context.new_page(), jupyter)
    jupyter.open(page.page, NOTEBOOK)
    jupyter.run_all(page.page)
    page.ready()
    yield page
    context.close()


@pytest.fixture
def labs(opened: LabsPage) -> Iterator[LabsPage]:
    """The page; afterwards the browser's console must be free of errors."""
    yield opened
    assert opened.problems() == []


def test_a_dragged_threshold_changes_precision_in_python_and_the_drawing(labs: LabsPage) -> None:
    before = labs.seen(".anatomy-quality", "precision")
    labs.pull("One phrase", -60)
    labs.until(lambda: labs.jupyter.ask("qualities.settings['phrase']") < 0.3, "Python's value")
    labs.until(
        lambda: (
            float(labs.seen(".anatomy-quality", "precision"))
            == pytest.approx(labs.jupyter.ask("qualities.figures['precision']"))
        ),
        "the drawn precision",
    )
    assert float(labs.seen(".anatomy-quality", "precision")) < float(before)
    moved = labs.jupyter.ask("len(qualities.moved())")
    assert int(labs.seen(".anatomy-quality", "moved")) == moved > 0
    assert "good page lost" in labs.text(".anatomy-quality .anatomy-list li")


def test_a_threshold_moves_by_keyboard_and_the_curve_goes_along_it(labs: LabsPage) -> None:
    labs.key("Stop words", "ArrowRight")
    labs.until(lambda: labs.jupyter.ask("qualities.settings['stop_words']") == 3, "Python's value")
    labs.until(lambda: "Stop words" in labs.seen(".anatomy-quality", "dial"), "another curve")
    asked = "qualities.figures['precision']"
    assert float(labs.seen(".anatomy-quality", "precision")) == pytest.approx(
        labs.jupyter.ask(asked)
    )


def test_usual_thresholds_put_everything_back(labs: LabsPage) -> None:
    labs.key("Furniture", "Home")
    labs.until(lambda: labs.seen(".anatomy-quality", "moved") != "0", "pages that moved")
    labs.press("Usual thresholds")
    labs.until(lambda: labs.seen(".anatomy-quality", "moved") == "0", "no page moved")
    assert labs.jupyter.ask("qualities.settings['furniture']") == 0.3


def test_more_rows_leave_fewer_bands_and_fewer_pairs_to_compare(labs: LabsPage) -> None:
    before = int(labs.seen(".anatomy-lsh", "compared"))
    for _ in range(4):
        labs.key("Rows per band", "ArrowRight")
    labs.until(lambda: labs.seen(".anatomy-lsh", "rows") == "8", "eight rows")
    labs.until(lambda: labs.seen(".anatomy-lsh", "bands") == "16", "sixteen bands")
    assert labs.jupyter.ask("[buckets.settings['bands'], buckets.bands.max]") == [16, 16]
    told = labs.jupyter.ask("buckets.figures")
    assert int(labs.seen(".anatomy-lsh", "compared")) == told["compared"] <= before
    assert labs.page.locator(".anatomy-lsh .anatomy-list li").count() > 0
    labs.press("Usual settings")
    labs.until(lambda: labs.seen(".anatomy-lsh", "bands") == "32", "the usual bands")


def test_a_moved_share_changes_both_views_of_the_mix_lab(labs: LabsPage) -> None:
    place = labs.jupyter.ask("mixing.names.index('atlas')")
    before = float(labs.seen(".anatomy-mix", f"share{place}"))
    labs.key("atlas", "Home")
    for number in (0, 1):
        labs.until(
            lambda number=number: float(labs.seen(".anatomy-mix", f"share{place}", number)) == 0,
            "no share",
        )
    assert before > 0 and "atlas" not in labs.jupyter.ask("mixing.mix")
    labs.press("Usual mix")
    labs.until(lambda: float(labs.seen(".anatomy-mix", f"share{place}")) == before, "back")


def test_use_this_mix_hands_it_to_the_corpus_and_only_then(labs: LabsPage) -> None:
    usual = labs.jupyter.ask("corpus.mix")
    labs.key("stories", "Home")
    labs.until(lambda: labs.jupyter.ask("'stories' not in mixing.mix"), "Python's value")
    assert labs.jupyter.ask("mixing.use(corpus).mix") == usual
    labs.press("Use this mix")
    labs.until(lambda: labs.jupyter.ask("mixing.chosen is not None"), "the chosen mix")
    chosen = labs.jupyter.ask("mixing.use(corpus).mix")
    assert "stories" not in chosen and sum(chosen.values()) == pytest.approx(1)
    labs.until(lambda: "Chosen: atlas" in labs.text(".anatomy-mix .anatomy-chosen"), "words")
    labs.press("Usual mix")


def test_a_drop_down_is_moved_by_keyboard_and_the_notebook_stays(labs: LabsPage) -> None:
    labs.choose("Site", "atlas")
    labs.until(lambda: labs.jupyter.ask("pages_lab.settings['site']") == "atlas", "the atlas")
    named = labs.page.locator(".widget-label", has_text=re.compile("^Site$"))
    menu = labs.page.locator(".widget-dropdown", has=named).first.locator("select")
    menu.focus()
    before = labs.page.evaluate(CELLS)
    labs.page.keyboard.press("ArrowDown")
    following = labs.jupyter.ask("list(pages_lab.site.options)[1]")
    labs.until(lambda: labs.jupyter.ask("pages_lab.site.value") == following, "the next site")
    labs.page.keyboard.press("ArrowUp")
    labs.until(lambda: labs.jupyter.ask("pages_lab.site.value") == "atlas", "the first site")
    labs.page.keyboard.press("f")  # a letter goes to what begins with it; it would be a command
    labs.until(lambda: labs.jupyter.ask("pages_lab.site.value")[0] == "f", "a site with f")
    assert labs.page.evaluate(CELLS) == before
    # One listener serves all views of the page.
    assert labs.page.evaluate(SHARED) == len(VIEWS) + 1
    labs.choose("Site", "atlas")


def test_another_site_page_and_way_are_drawn(labs: LabsPage) -> None:
    labs.choose("Site", "forum")
    labs.until(lambda: "forum" in labs.seen(".anatomy-extraction", "url"), "a page of the forum")
    first = labs.seen(".anatomy-extraction", "url")
    options = labs.jupyter.ask("[words for words, _ in pages_lab.chosen.options]")
    labs.choose("Page", options[1])
    labs.until(lambda: labs.seen(".anatomy-extraction", "url") != first, "another page")
    labs.page.locator(".widget-toggle-button", has_text="trafilatura").first.click()
    labs.until(lambda: labs.seen(".anatomy-extraction", "way") == "trafilatura", "the way")
    score = labs.jupyter.ask("pages_lab.f1()['trafilatura']")
    assert f"{score:.3f}" in labs.text(".anatomy-extraction .anatomy-figures")
    assert labs.page.locator(".anatomy-extraction .anatomy-source .anatomy-kept").count() > 0
    assert labs.page.locator(".anatomy-extraction .anatomy-source .anatomy-dropped").count() > 0


@pytest.mark.parametrize("css", [".anatomy-lsh .anatomy-scroll", ".anatomy-extraction pre"])
def test_what_scrolls_is_scrolled_by_keyboard(labs: LabsPage, css: str) -> None:
    part = labs.page.locator(css)
    part.scroll_into_view_if_needed()
    part.focus()
    assert part.evaluate("(one) => one.scrollTop") == 0
    labs.page.keyboard.press("ArrowDown")
    labs.page.keyboard.press("End")
    labs.until(lambda: part.evaluate("(one) => one.scrollTop") > 0, "scrolled")


def test_a_page_of_scripts_is_shown_as_text_and_never_runs(labs: LabsPage) -> None:
    assert labs.page.locator(".anatomy-source script, .anatomy-source style").count() == 0
    assert "<" in labs.text(".anatomy-extraction .anatomy-source")


@pytest.mark.parametrize(("theme", "width"), [("Light", 1280), ("Dark", 1280), ("Dark", 420)])
def test_both_themes_and_a_narrow_window_hold_the_labs(
    labs: LabsPage, tmp_path: Path, theme: str, width: int
) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    labs.key("One phrase", "Home")
    labs.jupyter.command(labs.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
    labs.page.set_viewport_size({"width": width, "height": 1000})
    if width < 700:  # JupyterLab's own file list would leave no room for any notebook
        labs.jupyter.command(labs.page, "application:toggle-left-area")
    labs.page.wait_for_selector(
        f'body[data-jp-theme-light="{str(theme == "Light").lower()}"]', state="attached"
    )
    labs.page.wait_for_timeout(500)
    try:
        for view in VIEWS:
            assert labs.page.evaluate(FITS, view), f"{view} overflows at {width} pixels"
            shot = labs.page.locator(".widget-vbox", has=labs.page.locator(view)).first
            name = f"{view.removeprefix('.anatomy-')}-{theme.lower()}-{width}.png"
            shot.screenshot(path=folder / name)
    finally:
        if width < 700:
            labs.jupyter.command(labs.page, "application:toggle-left-area")
        labs.jupyter.command(labs.page, "apputils:change-theme", theme="JupyterLab Light")
        labs.page.set_viewport_size({"width": 1280, "height": 1000})
        labs.press("Usual thresholds")


def test_a_reloaded_page_draws_the_labs_again(labs: LabsPage) -> None:
    labs.key("Words", "End")
    labs.until(lambda: labs.jupyter.ask("qualities.settings['words']") == 200, "Python's value")
    labs.until(lambda: int(labs.seen(".anatomy-quality", "moved")) > 0, "drawn")
    moved = labs.seen(".anatomy-quality", "moved")
    labs.jupyter.command(labs.page, "docmanager:save")
    labs.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    labs.page.goto(f"{labs.jupyter.url}/lab/tree/{NOTEBOOK}")
    labs.ready()
    assert labs.seen(".anatomy-quality", "moved") == moved
    labs.press("Usual thresholds")
    labs.until(lambda: labs.seen(".anatomy-quality", "moved") == "0", "the slider still acts")


def test_the_cell_run_again_gives_labs_that_work(labs: LabsPage) -> None:
    earlier = labs.jupyter.ask("[id(qualities), globals().pop('qualities') and None][0]")
    labs.jupyter.run_all(labs.page)
    labs.until(lambda: labs.jupyter.ask("'mixing' in globals() and 'qualities' in globals()"), "")
    labs.ready()
    labs.key("Words", "End")
    labs.until(lambda: labs.jupyter.ask("qualities.settings['words']") == 200, "Python's value")
    labs.until(lambda: int(labs.seen(".anatomy-quality", "moved")) > 0, "drawn")
    shown, moved = (
        labs.seen(".anatomy-quality", "moved"),
        labs.jupyter.ask("len(qualities.moved())"),
    )
    assert int(shown) == moved and labs.jupyter.ask("id(qualities)") != earlier
    # What the earlier views listened with has gone with them, and the last one takes the rest.
    assert labs.page.evaluate(SHARED) == len(VIEWS) + 1
    labs.jupyter.command(labs.page, "notebook:clear-all-cell-outputs")
    labs.until(lambda: labs.page.evaluate(SHARED) is None, "nobody listens")
