"""The attention lab in a real JupyterLab: pointing, holding, keys, heads, mask, a new sentence."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "attention.ipynb"
CELL = """\
from pathlib import Path

import course_utils
from course_utils.model.save import load
from course_utils.pretraining.labs import attention_lab
from course_utils.tokenization.fast import FastTokenizer

starter = Path(course_utils.__file__).parent / "starters" / "base_model"
lab = attention_lab(load(starter), FastTokenizer.load(starter))
lab
"""
WORDS = ".anatomy-words"
LEFT, RIGHT = (f".anatomy-tokens:{place} button" for place in ("first-child", "last-child"))
FOCUSED = "token => token === document.activeElement"
FITS = "() => { const lab = document.querySelector('.anatomy-attention'); " + (
    "return lab.scrollWidth <= lab.clientWidth; }"
)
# Points at each token in turn, and waits for the layout that each makes necessary.
ANSWER = """async () => {
  const next = () => new Promise((done) => requestAnimationFrame(done));
  const tokens = document.querySelectorAll(".anatomy-tokens:first-child button");
  for (const token of tokens) {
    await next();
    token.dispatchEvent(new PointerEvent("pointerenter"));
    document.querySelector(".anatomy-lines").getBoundingClientRect();
  }
  return tokens.length;
}"""
# From a click on another head to the frame that shows it, by way of the kernel.
HEAD = """async () => {
  const lab = document.querySelector(".anatomy-attention");
  const begin = performance.now();
  lab.querySelectorAll(".anatomy-thumb input")[8].click();
  while (lab.dataset.layer !== "2") await new Promise((done) => requestAnimationFrame(done));
  return performance.now() - begin;
}"""


class AttentionPage(LabPage):
    """The attention lab's page."""

    view = ".anatomy-attention"

    def ready(self) -> None:
        """Wait until the view has drawn."""
        self.page.wait_for_selector(f"{self.view}[data-drawn]", timeout=60_000)

    def hold(self, token: int) -> None:
        """Click a token that looks, and wait until it and what it looks at most are held."""
        self.page.locator(LEFT).nth(token).click()
        held = f"{token} "
        self.until(
            lambda: self.shown("pair").startswith(held) and self.shown("locked") == "true", held
        )

    def release(self) -> None:
        """Let go again, by the keyboard."""
        self.page.keyboard.press("Escape")
        self.until(lambda: self.shown("locked") == "false", "let go")

    def weight(self, layer: int, head: int, row: int, column: int) -> float:
        """Python's number."""
        return self.jupyter.ask(f"float(lab._trace.weights()[{layer}, {head}, {row}, {column}])")


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[AttentionPage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1500})
    lab = AttentionPage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.run_all(lab.page)
    lab.ready()
    yield lab
    context.close()


@pytest.fixture
def lab(opened: AttentionPage) -> Iterator[AttentionPage]:
    """The lab; afterwards the browser's console must be free of errors."""
    yield opened
    assert opened.problems() == []


def test_pointing_says_the_weight_a_click_holds_and_escape_lets_go(lab: AttentionPage) -> None:
    lab.page.locator(LEFT).nth(12).hover()
    lab.page.locator(RIGHT).nth(2).hover()
    lab.until(lambda: lab.shown("pair") == "12 2", "the pair")
    said = f"token 12 “·it” looks at token 2 “·an”: {lab.weight(0, 0, 12, 2):.2f}"
    lab.until(lambda: lab.text(WORDS) == said, said)
    lab.page.locator(RIGHT).nth(2).click()
    lab.until(lambda: lab.shown("locked") == "true", "held")
    other = lab.page.locator(LEFT).nth(5)
    other.hover()
    lab.until(lambda: other.evaluate("token => token.matches(':hover')"), "the pointer is there")
    assert (lab.shown("pair"), lab.text(WORDS)) == ("12 2", said)
    lab.until(lambda: lab.jupyter.ask("lab.view.locked") == [12, 2], "Python knows the pair")
    lab.page.keyboard.press("Escape")
    lab.until(lambda: lab.shown("locked") == "false", "let go")
    lab.page.locator(LEFT).nth(4).hover()
    lab.until(lambda: lab.shown("pair").startswith("4 "), "another token")


def test_the_keyboard_alone_reaches_and_holds_a_pair(lab: AttentionPage) -> None:
    lab.page.mouse.move(0, 0)
    lab.page.locator(LEFT).nth(10).focus()
    lab.until(lambda: lab.shown("pair").startswith("10 "), "the token with the focus")
    lab.page.keyboard.press("ArrowUp")
    lab.until(lambda: lab.shown("pair").startswith("9 "), "the one above")
    lab.page.keyboard.press("Enter")
    lab.until(lambda: lab.shown("locked") == "true", "held")
    lab.page.locator(RIGHT).nth(0).focus()
    lab.page.keyboard.press("Home")
    lab.page.keyboard.press("ArrowDown")
    lab.until(lambda: lab.page.locator(RIGHT).nth(1).evaluate(FOCUSED), "the focus")
    lab.page.keyboard.press("Enter")
    lab.until(lambda: lab.shown("pair") == "9 1", "the pair")
    lab.page.keyboard.press("Escape")
    lab.until(lambda: lab.shown("locked") == "false", "let go")


def test_the_numbers_of_a_pair_add_up_on_the_page(lab: AttentionPage) -> None:
    lab.hold(6)
    row = lab.page.locator(".anatomy-softmax td:nth-child(4)").all_text_contents()
    assert sum(map(float, row)) == pytest.approx(1, abs=0.06)
    assert row[7:] == ["0.00"] * (len(row) - 7)
    score = lab.jupyter.ask("float(lab.head.scores[6, int(lab.head.weights[6].argmax())])")
    shown = f"{score:+.2f}".replace("-", "\u2212")
    assert f"that is the score {shown}." in lab.text(".anatomy-score")
    assert lab.page.locator(".anatomy-bar").count() == 3 * 32
    lab.release()


def test_without_the_mask_later_tokens_have_weight(lab: AttentionPage) -> None:
    lab.hold(3)
    later = lab.page.locator(RIGHT).nth(9).locator(".anatomy-weight")
    assert later.text_content() == "masked"
    box = lab.page.locator(".anatomy-mask input")
    box.uncheck()
    exact = lab.jupyter.ask("float(lab._trace.weights(causal=False)[0, 0, 3, 9])")
    lab.until(lambda: later.text_content() == f"{exact:.2f}", "a weight")
    lab.until(lambda: lab.jupyter.ask("lab.view.causal") is False, "Python knows")
    box.check()
    lab.until(lambda: later.text_content() == "masked", "the mask again")
    lab.release()


def test_another_head_and_another_sentence_come_from_the_kernel(lab: AttentionPage) -> None:
    thumb = lab.page.locator(".anatomy-thumb input").nth(6)  # layer 1, head 2
    thumb.check()
    lab.until(lambda: (lab.shown("layer"), lab.shown("head")) == ("1", "2"), "the head")
    lab.page.keyboard.press("ArrowRight")
    lab.until(lambda: lab.shown("head") == "3", "the next head by its arrow")
    assert lab.jupyter.ask("(lab.settings['layer'], lab.settings['head'])") == [1, 3]
    lab.page.locator(".widget-text input").fill("San Marino is small. " * 12)
    lab.page.keyboard.press("Enter")
    lab.until(lambda: lab.shown("tokens") == "40", "the first 40 tokens")
    lab.until(lambda: "the first 40" in lab.text(".anatomy-notice"), "the notice")


def test_a_pointer_costs_less_than_50_milliseconds_of_the_processor(lab: AttentionPage) -> None:
    lab.until(lambda: lab.shown("tokens") == "40", "the longest text")
    session = lab.page.context.new_cdp_session(lab.page)
    session.send("Performance.enable")

    def seconds() -> float:
        """Processor time of the page's main thread so far."""
        found = session.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in found if one["name"] == "ThreadTime")

    before, begun = seconds(), time.perf_counter()
    count = lab.page.evaluate(ANSWER)
    spent = 1000 * (seconds() - before) / count
    passed = 1000 * (time.perf_counter() - begun) / count
    print(f"a pointer's answer: {spent:.1f} ms of the processor, {passed:.1f} ms by the clock")
    assert count == 40 and 0 < spent < 50
    print(f"another head, by way of the kernel: {lab.page.evaluate(HEAD):.0f} ms")


def test_both_themes_and_a_narrow_window_hold_the_lab(lab: AttentionPage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    lab.hold(20)
    lab.jupyter.command(lab.page, "application:toggle-left-area")
    inks = []
    try:
        for theme, width in (("Light", 1280), ("Dark", 1280), ("Light", 500)):
            lab.jupyter.command(lab.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            lab.page.set_viewport_size({"width": width, "height": 2600})
            light = str(theme == "Light").lower()
            lab.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
            lab.page.wait_for_timeout(500)
            inks.append(
                lab.page.evaluate(
                    "getComputedStyle(document.querySelector('.anatomy-ink')).filter"
                )
            )
            assert lab.page.evaluate(FITS), f"the lab overflows at {width} pixels"
            shot = lab.page.locator(lab.view)
            shot.screenshot(path=folder / f"attention-{light}-{width}.png")
    finally:
        lab.jupyter.command(lab.page, "application:toggle-left-area")
        lab.jupyter.command(lab.page, "apputils:change-theme", theme="JupyterLab Light")
        lab.page.set_viewport_size({"width": 1280, "height": 1500})
    assert inks[0] == inks[2] != inks[1]


def test_a_reloaded_page_shows_the_same_pair(lab: AttentionPage) -> None:
    lab.hold(7)
    lab.until(lambda: lab.jupyter.ask("lab.view.locked[0]") == 7, "held")
    words = lab.text(WORDS)
    lab.jupyter.command(lab.page, "docmanager:save")
    lab.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    lab.page.goto(f"{lab.jupyter.url}/lab/tree/{NOTEBOOK}")
    lab.ready()
    lab.until(lambda: (lab.text(WORDS), lab.shown("locked")) == (words, "true"), "the same pair")
