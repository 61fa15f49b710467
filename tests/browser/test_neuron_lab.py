"""The neuron lab in a real JupyterLab: two neurons turned by hand, a task chosen, a reload."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "neuron.ipynb"
CELL = """\
from course_utils.pretraining.labs import neuron_lab

lab = neuron_lab()
lab
"""
WEIGHT, BIAS, X, THIS, THAT, BIAS_2 = range(6)  # sliders, counted from the top
VERDICT = ".anatomy-verdict"
FITS = (
    "[...document.querySelectorAll('.anatomy-lab')].every("
    "(lab) => lab.scrollWidth <= lab.clientWidth)"
)


class NeuronPage(LabPage):
    """The neuron lab's page; its first view is the one with one input."""

    view = ".anatomy-bend"

    def key(self, number: int, key: str, times: int = 1) -> None:
        """Press a key on a slider's handle."""
        self.slider(number).focus()
        for _ in range(times):
            self.page.keyboard.press(key)

    def at(self, number: int) -> float:
        """Where a slider's handle stands on the page."""
        return float(self.slider(number).get_attribute("aria-valuenow"))

    def set(self, **places: float) -> None:
        """Put sliders into their places from Python."""
        for name, value in places.items():
            self.jupyter.ask(f"setattr(lab.sliders[{name!r}], 'value', {value})")

    def ready(self) -> None:
        """Wait until both views have drawn."""
        for view in (".anatomy-bend", ".anatomy-corners"):
            self.page.wait_for_selector(f"{view}[data-drawn]", timeout=60_000)


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[NeuronPage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1200})
    lab = NeuronPage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.run_all(lab.page)
    lab.ready()
    yield lab
    context.close()


@pytest.fixture
def neuron(opened: NeuronPage) -> Iterator[NeuronPage]:
    """The lab; afterwards the browser's console must be free of errors."""
    yield opened
    assert opened.problems() == []


def test_a_dragged_weight_changes_the_sum_in_python_and_on_the_page(neuron: NeuronPage) -> None:
    neuron.drag(WEIGHT, -40)
    neuron.until(lambda: neuron.jupyter.ask("lab.settings['weight']") < 2, "Python's value")
    neuron.until(
        lambda: f"{neuron.jupyter.ask('lab.output'):.3f}" in neuron.text(".anatomy-sum"),
        "the output in words",
    )
    neuron.until(
        lambda: float(neuron.shown("output")) == pytest.approx(neuron.jupyter.ask("lab.output")),
        "the same number in the drawing",
    )


def test_another_activation_is_named_and_bends_the_same_line(neuron: NeuronPage) -> None:
    line, bend = (neuron.page.locator(".anatomy-bend .anatomy-curve").nth(at) for at in (0, 1))
    before = line.get_attribute("d"), bend.get_attribute("d")
    neuron.press("tanh")
    neuron.until(lambda: neuron.shown("activation") == "tanh", "tanh")
    assert "tanh makes" in neuron.text(".anatomy-sum")
    assert line.get_attribute("d") == before[0] and bend.get_attribute("d") != before[1]
    neuron.press("sigmoid")


def test_by_keyboard_this_but_not_that_is_found_and_xor_is_not(neuron: NeuronPage) -> None:
    neuron.press("this, but not that")
    neuron.press("Zero weights and bias")
    # A key that comes before the page has heard of the zeros would be undone by them.
    neuron.until(lambda: {neuron.at(n) for n in (THIS, THAT, BIAS_2)} == {0}, "all at 0")
    neuron.key(THIS, "End")
    neuron.key(THAT, "Home")
    for presses in range(1, 11):
        neuron.key(BIAS_2, "ArrowLeft")
        neuron.until(lambda shown=-presses / 2: neuron.at(BIAS_2) == shown, "a step to the left")
    settings = "[lab.settings[name] for name in ('this', 'that', 'bias_2')]"
    neuron.until(lambda: neuron.jupyter.ask(settings) == [10, -10, -5], "every key")
    neuron.until(lambda: neuron.text(VERDICT) == "4 of 4 right", "all four corners")
    assert neuron.page.locator(".anatomy-corners td", has_text="wrong").count() == 0
    neuron.press("XOR")
    neuron.until(lambda: neuron.text(VERDICT) == "3 of 4 right", "three of XOR's")
    neuron.until(lambda: neuron.text(".anatomy-corners h4") == "XOR: 3 of 4 right", "the heading")
    assert neuron.page.locator(".anatomy-corners svg text", has_text="wrong").count() == 1


def test_without_weights_there_is_no_border_and_the_lab_says_so(neuron: NeuronPage) -> None:
    half = neuron.page.locator(".anatomy-corners path.anatomy-half")
    neuron.set(this=1, that=1, bias_2=-0.5)
    note = ".anatomy-corners .anatomy-note"
    neuron.until(lambda: bool(half.get_attribute("d")) and not neuron.text(note), "a border")
    neuron.set(bias_2=5)
    neuron.until(lambda: "outside" in neuron.text(note), "a border beyond the map")
    neuron.set(this=0, that=0)
    neuron.until(lambda: "No border" in neuron.text(note), "no border")
    assert half.get_attribute("d") == ""


def test_both_themes_and_a_narrow_window_hold_the_lab(neuron: NeuronPage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    inks = []
    neuron.jupyter.command(neuron.page, "application:toggle-left-area")
    try:
        for theme, width in (("Light", 1280), ("Dark", 1280), ("Light", 500)):
            neuron.jupyter.command(
                neuron.page, "apputils:change-theme", theme=f"JupyterLab {theme}"
            )
            neuron.page.set_viewport_size({"width": width, "height": 1200})
            neuron.page.wait_for_selector(
                f'body[data-jp-theme-light="{str(theme == "Light").lower()}"]', state="attached"
            )
            neuron.page.wait_for_timeout(400)
            inks.append(
                neuron.page.evaluate(
                    "getComputedStyle(document.querySelector('.anatomy-shade')).fill"
                )
            )
            assert neuron.page.evaluate(FITS), f"the lab overflows at {width} pixels"
            neuron.page.screenshot(path=folder / f"neuron-{theme.lower()}-{width}.png")
    finally:
        neuron.jupyter.command(neuron.page, "application:toggle-left-area")
        neuron.jupyter.command(neuron.page, "apputils:change-theme", theme="JupyterLab Light")
        neuron.page.set_viewport_size({"width": 1280, "height": 1200})
    assert inks[0] != inks[1]


def test_a_reloaded_page_draws_both_views_again_and_the_sliders_act(neuron: NeuronPage) -> None:
    neuron.set(this=3, that=-2, bias_2=1, x=-1)
    third = ".anatomy-corners tr:nth-child(4) td"  # at 1, 0, below the head
    neuron.until(lambda: neuron.text(third) == "+4.00", "drawn")
    neuron.jupyter.command(neuron.page, "docmanager:save")
    neuron.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    words = neuron.text(".anatomy-sum")
    neuron.page.goto(f"{neuron.jupyter.url}/lab/tree/{NOTEBOOK}")
    neuron.ready()
    assert neuron.text(".anatomy-sum") == words
    assert neuron.text(third) == "+4.00"
    neuron.key(BIAS_2, "ArrowRight")
    neuron.until(lambda: neuron.text(third) == "+4.50", "a new sum")
