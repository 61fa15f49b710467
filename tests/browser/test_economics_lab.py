"""The scale lab in a real JupyterLab: a slider moves and the figures follow, a fit, a reload."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "scale.ipynb"
CELL = """\
from course_utils.economics.labs import EconomicsLab

lab = EconomicsLab()
lab
"""
YEARS_FROM, UTILISATION = 0, 2  # sliders, counted from the top; the years have two handles
CONTROLS = "lab.controls"


class ScalePage(LabPage):
    """The scale lab's page."""

    view = ".anatomy-economics"

    def cell(self, row: int, column: int) -> str:
        """A cell of the calculator's table."""
        return self.text(f".anatomy-costs tbody tr:nth-child({row}) > :nth-child({column})")

    def fit(self) -> str:
        """The words above the chart."""
        return self.text(".anatomy-fit-words")


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[ScalePage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    lab = ScalePage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.run_all(lab.page)
    lab.page.wait_for_selector(".anatomy-economics .anatomy-mark", timeout=60_000)
    yield lab
    context.close()


@pytest.fixture
def scale(opened: ScalePage) -> Iterator[ScalePage]:
    """The lab; afterwards the browser's console must be free of errors."""
    yield opened
    assert opened.problems() == []


def test_the_chart_has_a_mark_for_every_model_and_tells_who_says_so(scale: ScalePage) -> None:
    count = scale.jupyter.ask("len(__import__('course_utils').economics.series('compute'))")
    marks = scale.page.locator(".anatomy-economics .anatomy-chart .anatomy-mark")
    scale.until(lambda: marks.count() == count, "a mark for each model")
    marks.nth(4).focus()
    assert "GPT-3: 3.14 × 10^23" in scale.text(".anatomy-info")
    scale.page.keyboard.press("ArrowRight")
    assert "Gopher" in scale.text(".anatomy-info")


def test_a_dragged_utilisation_changes_hours_rent_and_electricity(scale: ScalePage) -> None:
    before = [scale.cell(row, 2) for row in range(1, 7)]
    assert before[0] == "3.15 × 10^23"
    scale.drag(UTILISATION, 60)
    scale.until(lambda: scale.jupyter.ask(f"{CONTROLS}.utilisation.value") > 40, "Python's value")
    scale.until(lambda: scale.cell(2, 2) != before[1], "other hours")
    after = [scale.cell(row, 2) for row in range(1, 7)]
    assert after[0] == before[0]
    assert all(one != other for one, other in zip(after[1:], before[1:], strict=True))


def test_a_published_run_stands_beside_the_calculated_one(scale: ScalePage) -> None:
    scale.jupyter.ask(f"setattr({CONTROLS}.utilisation, 'value', 40)")
    scale.page.locator(".widget-dropdown select").first.select_option("Llama 3.1 405B")
    scale.until(lambda: scale.cell(1, 2) == "3.79 × 10^25", "the preset's computation")
    assert scale.cell(2, 3) == "30.84 million (reported)"
    assert float(scale.cell(2, 4)) == pytest.approx(26.6 / 30.84, abs=0.01)
    assert scale.jupyter.ask("lab.run.parameters") == 405e9  # no slider has rounded it


def test_other_years_and_record_holders_give_another_doubling_time(scale: ScalePage) -> None:
    before = scale.fit()
    assert before.startswith("doubles every")
    scale.slider(YEARS_FROM).focus()
    for _ in range(3):
        scale.page.keyboard.press("ArrowRight")
    scale.until(lambda: scale.jupyter.ask(f"{CONTROLS}.years.value")[0] == 2020, "the first year")
    scale.until(lambda: scale.fit() == scale.jupyter.ask("str(lab.doubling)") != before, "a fit")
    between = scale.fit()
    scale.page.get_by_label("only record holders").check()
    scale.until(lambda: scale.fit() == scale.jupyter.ask("str(lab.doubling)") != between, "a fit")
    scale.page.get_by_label("only record holders").uncheck()


def test_a_span_without_models_says_so(scale: ScalePage) -> None:
    scale.jupyter.ask(f"setattr({CONTROLS}.years, 'value', (2017, 2017))")
    scale.until(lambda: "too few for a fit" in scale.fit(), "words")
    assert scale.page.locator(".anatomy-fit").count() == 0
    scale.jupyter.ask(f"setattr({CONTROLS}.years, 'value', (2017, 2026))")
    scale.until(lambda: scale.page.locator(".anatomy-fit").count() == 1, "a line again")


def test_another_series_is_drawn_with_its_own_fit(scale: ScalePage) -> None:
    for words, name in (("tokens", "tokens"), ("parameters", "parameters")):
        scale.press(words)
        scale.until(lambda name=name: scale.shown("series") == name, words)
        assert scale.fit() == scale.jupyter.ask("str(lab.doubling)")
    scale.press("training compute")
    scale.until(lambda: scale.shown("series") == "compute", "compute again")


def test_both_themes_and_a_narrow_window_hold_the_lab(scale: ScalePage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    inks = []
    try:
        for theme, width in (("Light", 1280), ("Dark", 1280), ("Light", 700), ("Dark", 400)):
            scale.jupyter.command(scale.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            scale.page.set_viewport_size({"width": width, "height": 1000})
            if width == 400:  # JupyterLab's own file list would leave no room for any notebook
                scale.jupyter.command(scale.page, "application:toggle-left-area")
            scale.page.wait_for_selector(
                f'body[data-jp-theme-light="{str(theme == "Light").lower()}"]', state="attached"
            )
            scale.page.wait_for_timeout(500)
            inks.append(
                scale.page.evaluate(
                    "getComputedStyle(document.querySelector('.anatomy-reported path')).fill"
                )
            )
            assert scale.page.evaluate(
                "(() => { const lab = document.querySelector("
                "'.anatomy-economics'); return lab.scrollWidth <= lab.clientWidth"
                " })()"
            ), f"the lab overflows at {width} pixels"
            scale.page.locator(".anatomy-economics").scroll_into_view_if_needed()
            scale.page.screenshot(path=folder / f"scale-{theme.lower()}-{width}.png")
    finally:
        scale.jupyter.command(scale.page, "application:toggle-left-area")
        scale.jupyter.command(scale.page, "apputils:change-theme", theme="JupyterLab Light")
        scale.page.set_viewport_size({"width": 1280, "height": 1000})
    assert inks[0] != inks[1]


def test_a_reloaded_page_draws_the_lab_again_and_its_sliders_act(scale: ScalePage) -> None:
    scale.jupyter.command(scale.page, "docmanager:save")
    scale.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    shown = scale.cell(2, 2)
    scale.page.goto(f"{scale.jupyter.url}/lab/tree/{NOTEBOOK}")
    scale.page.wait_for_selector(".anatomy-economics .anatomy-mark", timeout=60_000)
    assert scale.cell(2, 2) == shown
    scale.slider(UTILISATION).focus()
    scale.page.keyboard.press("ArrowRight")
    scale.until(lambda: scale.cell(2, 2) != shown, "other hours after the reload")
