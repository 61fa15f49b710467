"""The sampling lab in a real JupyterLab: sliders, formulas, forced tokens, branches, a reload."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "sampling.ipynb"
# A small random model over bytes whose letters are likely and whose end is not.
CELL = """\
import torch

from course_utils.inference import Engine
from course_utils.inference.labs import SamplingLab
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

model, generator = Transformer(TransformerConfig(261, 16, 2, 2, 24, 128)), torch.Generator()
generator.manual_seed(2)
with torch.no_grad():
    for weight in model.parameters():
        weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
    model.model.embed_tokens.weight[:, 0] = 8
    model.model.norm.weight[:] = 1
    model.lm_head.weight[:, 0] = 0
    model.lm_head.weight[:5] = torch.eye(16)[0] * -10  # the special tokens
lab = SamplingLab(Engine(model.eval(), FastTokenizer()), "Hi")
lab
"""
PENALTY, TEMPERATURE, TOP_K, TOP_P, MIN_P = range(5)  # the sliders from the top of the page
ANEW = (
    "[lab.sliders[name].set_trait('value', value) for name, value in dict(temperature=0.8, "
    "top_k=0, top_p=1.0, min_p=0.0, repetition_penalty=1.0).items()] + [lab.seed.set_trait("
    "'value', 0), lab.view.set_trait('stage', 5), lab.view.set_trait('layer', -1), lab.ask('Hi')]"
)
FITS = "() => { const lab = document.querySelector('.anatomy-sampling'); " + (
    "return lab.scrollWidth <= lab.clientWidth; }"
)


class SamplingPage(LabPage):
    """The sampling lab's page."""

    view = ".anatomy-sampling"

    @property
    def bars(self) -> Locator:
        """The candidates, from the highest score on."""
        return self.page.locator(".anatomy-sampling .anatomy-bar:visible")

    def both(self, shown: dict[str, object], **python: object) -> None:
        """Wait until the page shows something and the kernel has the same, or more."""
        for name, value in shown.items():
            wanted = str(value)
            self.until(lambda n=name, w=wanted: self.shown(n) == w, f"the page's {name} {wanted}")
        for expression, value in python.items():
            self.until(lambda e=expression, v=value: self.jupyter.ask(f"lab.{e}") == v, expression)

    def at(self, node: int, nodes: int) -> None:
        """Wait until page and kernel stand at a node of so many."""
        self.both({"here": node, "nodes": nodes})
        self.until(
            lambda: self.jupyter.ask("[lab.tree.here, len(lab.tree.nodes)]") == [node, nodes],
            f"node {node} of {nodes} in the kernel",
        )

    def key(self, slider: int, *keys: str) -> None:
        """Press keys on a slider."""
        self.slider(slider).focus()
        for key in keys:
            self.page.keyboard.press(key)

    def shares(self) -> list[str]:
        """What the bars say."""
        return self.page.locator(".anatomy-sampling .anatomy-share").all_text_contents()

    def asked(self, stage: int) -> list[float]:
        """The candidates' probabilities after a step, in the kernel."""
        return self.jupyter.ask(
            f"lab.tree.stages(lab.config)[{stage}].probabilities[0, lab.tree.candidates(14)]"
            ".tolist()"
        )

    def picked(self) -> str:
        """The candidate whose way is explained."""
        return self.text(".anatomy-named")


def percent(share: float) -> str:
    """As the page writes it."""
    return f"{100 * share:.1f}\u00a0%"


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[SamplingPage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1800})
    lab = SamplingPage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.run_all(lab.page)
    lab.page.wait_for_selector(f"{lab.view}[data-drawn]", timeout=60_000)
    yield lab
    context.close()


@pytest.fixture
def lab(opened: SamplingPage) -> Iterator[SamplingPage]:
    """The lab as at the beginning; afterwards the browser's console must be free of errors."""
    opened.jupyter.ask(ANEW)
    opened.both({"stage": 5, "layer": -1, "temperature": 0.8, "kept": 261})
    opened.at(0, 1)
    opened.page.mouse.move(0, 0)
    yield opened
    assert opened.problems() == []


def test_a_slider_moves_the_bars_to_the_samplers_own_probabilities(lab: SamplingPage) -> None:
    before = lab.shares()
    assert before == [percent(share) for share in lab.asked(5)]
    lab.key(TEMPERATURE, "End")
    lab.both({"temperature": 2}, **{"config.temperature": 2.0})
    lab.until(lambda: lab.shares() == [percent(one) for one in lab.asked(5)], "the bars")
    assert lab.shares() != before and lab.bars.count() == 14
    lab.key(TEMPERATURE, "Home")
    lab.both({"temperature": 0, "kept": 1}, **{"config.temperature": 0.0})
    lab.until(lambda: lab.shares()[0] == "100.0\u00a0%", "greedy")


def test_what_is_cut_is_grey_and_keeps_its_bar(lab: SamplingPage) -> None:
    lab.key(TOP_K, "Home", "ArrowRight", "ArrowRight")
    lab.both({"kept": 3}, **{"config.top_k": 3})
    cut = lab.page.locator(".anatomy-sampling .anatomy-cut:visible")
    lab.until(lambda: cut.count() == 11, "eleven that are cut")
    assert lab.shares()[3:] == ["cut"] * 11 and "cut" not in lab.shares()[:3]
    fill = cut.first.locator(".anatomy-fill")
    assert fill.evaluate("fill => fill.getBoundingClientRect().width") > 3
    lab.key(TOP_P, "Home")
    lab.both({"kept": 1}, **{"config.top_p": 0.05})
    lab.bars.nth(1).hover()
    lab.until(lambda: "by top-p 0.05" in lab.text(".anatomy-formula"), "cut by which step")
    lab.bars.nth(5).hover()
    lab.until(lambda: "by top-k 3" in lab.text(".anatomy-formula"), "cut by the other step")


def test_pointing_and_the_keyboard_explain_a_bar_up_to_its_probability(lab: SamplingPage) -> None:
    lab.bars.nth(2).hover()
    name = lab.bars.nth(2).locator(".anatomy-name").text_content()
    lab.until(lambda: name in lab.picked(), "its way")
    last = lab.page.locator(".anatomy-formula tr:last-child td:last-child")
    assert last.text_content() == lab.shares()[2]
    lab.page.mouse.move(0, 0)
    lab.bars.nth(0).focus()
    lab.page.keyboard.press("ArrowDown")
    other = lab.bars.nth(1).locator(".anatomy-name").text_content()
    lab.until(lambda: other in lab.picked(), "the one with the focus")
    assert last.text_content() == lab.shares()[1]


def test_click_and_enter_force_tokens_and_the_texts_branch(lab: SamplingPage) -> None:
    ids = lab.jupyter.ask("lab.tree.candidates(14)")
    lab.bars.nth(3).click()
    lab.at(1, 2)
    assert lab.jupyter.ask("lab.tree.nodes[1].token") == ids[3]
    lab.press("Draw 10")
    lab.at(11, 12)
    lab.page.locator(".anatomy-text .anatomy-chip").nth(4).click()
    lab.at(4, 12)
    lab.bars.nth(13).focus()
    lab.page.keyboard.press("Enter")
    lab.at(12, 13)
    assert lab.jupyter.ask("lab.tree.nodes[12].parent") == 4
    rows = lab.page.locator(".anatomy-branch")
    assert rows.count() == 3
    assert rows.nth(0).locator(".anatomy-chip").count() == 5
    lab.page.locator('.anatomy-tree .anatomy-chip[data-node="11"]').click()
    lab.at(11, 13)
    chips = lab.page.locator(".anatomy-text .anatomy-chip").all_text_contents()
    assert "".join(chips[1:]) == lab.jupyter.ask(
        "''.join(lab.name(lab.tree.nodes[node].token) for node in lab.tree.path()[1:])"
    )
    lab.press("Back")
    lab.at(10, 13)


def test_arrows_walk_through_the_tree_and_enter_goes_there(lab: SamplingPage) -> None:
    lab.press("Draw 10")
    lab.at(10, 11)
    chip = lab.page.locator('.anatomy-tree .anatomy-chip[data-node="10"]')
    chip.focus()
    lab.page.keyboard.press("ArrowLeft")
    lab.page.keyboard.press("ArrowLeft")
    eighth = lab.page.locator('.anatomy-tree .anatomy-chip[data-node="8"]')
    lab.until(lambda: eighth.evaluate("one => one === document.activeElement"), "the focus")
    lab.page.keyboard.press("Enter")
    lab.at(8, 11)
    assert eighth.evaluate("one => one === document.activeElement")
    assert eighth.get_attribute("aria-current") == "true"


def test_a_seed_draws_its_text_again_and_another_seed_another(lab: SamplingPage) -> None:
    lab.press("Draw 10")
    lab.at(10, 11)
    lab.press("Restart")
    lab.at(0, 11)
    lab.press("Draw 10")
    lab.at(10, 11)
    lab.press("Restart")
    lab.at(0, 11)
    field = lab.page.locator(".widget-text input[type=number]").first
    field.fill("5")
    field.press("Enter")
    lab.both({}, **{"config.seed": 5})
    lab.press("Draw 10")
    lab.until(lambda: int(lab.shown("nodes")) > 11, "another text")
    lab.until(lambda: lab.jupyter.ask("len(lab.tree.path())") == 11, "as long")


def test_each_step_can_be_looked_at_from_the_raw_scores_on(lab: SamplingPage) -> None:
    lab.key(PENALTY, "End")
    lab.both({}, **{"config.repetition_penalty": 2.0})
    steps = lab.page.locator(".anatomy-step input")
    steps.nth(0).check()
    lab.both({"stage": 0}, **{"view.stage": 0})
    raw = lab.jupyter.ask("lab.tree.reading().logits[lab.tree.candidates(14)].tolist()")
    said = lab.page.locator(".anatomy-sampling .anatomy-score").all_text_contents()
    assert said == [f"{one:+.2f}".replace("-", "\u2212") for one in raw]
    assert lab.shares() == [""] * 14 and "no probabilities yet" in lab.text(".anatomy-caption")
    assert "z[seen] /= 2" in lab.page.locator(".anatomy-code").nth(1).text_content()
    lab.page.keyboard.press("ArrowDown")
    lab.both({"stage": 1}, **{"view.stage": 1})
    assert lab.shares() == [percent(share) for share in lab.asked(1)]


def test_where_the_last_token_looks_is_said_for_each_layer(lab: SamplingPage) -> None:
    lab.press("Draw 10")
    lab.at(10, 11)
    words = lab.page.locator(".anatomy-panel:nth-child(2) .anatomy-note")
    mean = words.text_content()
    lab.page.locator(".anatomy-layers select").select_option("1")
    lab.both({"layer": 1}, **{"view.layer": 1})
    most = lab.jupyter.ask("float(lab.tree.reading().attention[1].max())")
    said = words.text_content()
    assert said != mean and f"{100 * most:.0f}\u00a0%" in said.split(",")[0]
    assert lab.page.locator(".anatomy-look").count() == 5 + 10


def test_another_question_begins_anew_and_an_empty_one_is_refused(lab: SamplingPage) -> None:
    lab.press("Draw")
    lab.at(1, 2)
    field = lab.page.locator(".widget-text input[type=text]").first
    field.fill("What?")
    field.press("Enter")
    lab.at(0, 1)
    assert "W h a t ?" in lab.text(".anatomy-prompt")
    field.fill("")
    field.press("Enter")
    lab.until(lambda: lab.text(".anatomy-notice") != "", "the reason")
    lab.at(0, 1)
    field.fill("Hi")
    field.press("Enter")
    lab.until(lambda: lab.text(".anatomy-notice") == "", "no reason any more")


def test_both_themes_and_a_narrow_window_hold_the_lab(lab: SamplingPage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    lab.press("Draw 10")
    lab.at(10, 11)
    lab.page.locator(".anatomy-text .anatomy-chip").nth(5).click()
    lab.at(5, 11)
    lab.bars.nth(1).click()
    lab.at(11, 12)
    lab.key(TOP_K, "Home", "ArrowRight", "ArrowRight", "ArrowRight")
    lab.both({"kept": 5}, **{"config.top_k": 5})
    lab.jupyter.command(lab.page, "application:toggle-left-area")
    inks = []
    try:
        for theme, width in (("Light", 1280), ("Dark", 1280), ("Light", 500)):
            lab.jupyter.command(lab.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            lab.page.set_viewport_size({"width": width, "height": 2600})
            light = str(theme == "Light").lower()
            lab.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
            lab.page.wait_for_timeout(500)
            inks.append(lab.bars.first.evaluate("bar => getComputedStyle(bar).color"))
            assert lab.page.evaluate(FITS), f"the lab overflows at {width} pixels"
            shot = lab.page.locator(lab.view)
            shot.screenshot(path=folder / f"sampling-{light}-{width}.png")
    finally:
        lab.jupyter.command(lab.page, "application:toggle-left-area")
        lab.jupyter.command(lab.page, "apputils:change-theme", theme="JupyterLab Light")
        lab.page.set_viewport_size({"width": 1280, "height": 1800})
    assert inks[0] == inks[2] != inks[1]


def test_a_reloaded_page_shows_the_same_tree_step_and_place(lab: SamplingPage) -> None:
    lab.press("Draw 10")
    lab.at(10, 11)
    lab.page.locator(".anatomy-text .anatomy-chip").nth(3).click()
    lab.at(3, 11)
    lab.page.locator(".anatomy-step input").nth(2).check()
    lab.both({"stage": 2}, **{"view.stage": 2})
    before = lab.page.locator(".anatomy-tree").text_content(), lab.shares()
    lab.jupyter.command(lab.page, "docmanager:save")
    lab.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    lab.page.goto(f"{lab.jupyter.url}/lab/tree/{NOTEBOOK}")
    lab.page.wait_for_selector(f"{lab.view}[data-drawn]", timeout=60_000)
    lab.both({"stage": 2, "here": 3, "nodes": 11})
    assert (lab.page.locator(".anatomy-tree").text_content(), lab.shares()) == before
    lab.press("Draw")
    lab.at(4, 11)
