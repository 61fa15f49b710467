"""The rank lab in a real JupyterLab: a rank dragged, a hair over a curve, themes and widths."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "rank.ipynb"
CELL = """\
import copy
from types import SimpleNamespace

import torch

from course_utils.finetuning_rlhf import questions
from course_utils.finetuning_rlhf.labs import RankLab
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

def shaken(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    return model

start = shaken(Transformer(TransformerConfig(261, 16, 2, 2, 24, 96)), 1)
tuned = shaken(copy.deepcopy(start), 2)
asked = [questions.fact_prompt("capital", name, ("Town",), 0) for name in ("Lund", "Marn", "Oss")]
unseen = [SimpleNamespace(prompt=prompt, reply="Town.") for prompt in asked]
lab = RankLab(start, tuned, FastTokenizer(), unseen, asked, trained={2: 4.5, 8: 3.0})
lab
"""
STATUS, REPLY = ".anatomy-rank .anatomy-status", ".anatomy-rank .anatomy-reply"
READOUT = ".anatomy-rank .anatomy-readout"
FITS = "() => { const lab = document.querySelector('.anatomy-rank'); " + (
    "return lab.scrollWidth <= lab.clientWidth; }"
)


class RankPage(LabPage):
    """The rank lab's page."""

    view = ".anatomy-rank"

    def at(self, rank: int) -> bool:
        """Whether the page has drawn this rank."""
        return self.shown("rank") == str(rank)


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[RankPage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1200})
    lab = RankPage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.run_all(lab.page)
    lab.page.wait_for_selector(f"{lab.view}[data-drawn]", timeout=60_000)
    yield lab
    context.close()


@pytest.fixture
def lab(opened: RankPage) -> Iterator[RankPage]:
    """The lab; afterwards the browser's console must be free of errors."""
    yield opened
    assert opened.problems() == []


def test_a_dragged_rank_changes_what_is_kept_and_what_is_answered(lab: RankPage) -> None:
    assert lab.at(8)
    lab.drag(0, 600)  # as far as it goes
    lab.until(lambda: lab.at(16), "the highest rank")
    assert lab.text(STATUS).startswith("Rank 16 keeps 100\u00a0% of the change, in 7\u202f936 ")
    assert lab.page.locator(f"{REPLY}.anatomy-same").count() == 3
    lab.slider(0).focus()
    for rank in (8, 4, 2):
        lab.page.keyboard.press("ArrowLeft")
        lab.until(lambda rank=rank: lab.at(rank), f"rank {rank} by keyboard")
    loss = f"loss {lab.jupyter.ask('lab.loss'):.2f}."
    assert lab.jupyter.ask("lab.rank") == 2 and lab.text(STATUS).endswith(loss)
    shown = lab.page.locator(REPLY).all_text_contents()
    said = lab.jupyter.ask("[lab.replies, lab.whole]")
    assert shown == [one or "(an empty reply)" for pair in zip(*said, strict=True) for one in pair]


def test_the_hair_reads_the_curve_and_what_lora_has_reached(lab: RankPage) -> None:
    chart = lab.page.locator(f"{lab.view} .anatomy-chart").first
    chart.focus()
    chart.press("ArrowLeft")
    lab.until(lambda: lab.text(READOUT).startswith("rank 16: loss "), "the last rank")
    box = chart.bounding_box()
    lab.page.mouse.move(box["x"] + 50 + 0.8 * (box["width"] - 66), box["y"] + 90)
    lab.until(lambda: lab.text(READOUT).endswith(", LoRA of rank 8 3"), "LoRA's point")
    assert lab.page.locator(f"{lab.view} .anatomy-figure .anatomy-lora").count() == 2
    lab.page.locator(f"{lab.view} summary").click()
    rows = lab.page.locator(f"{lab.view} table tr")
    lab.until(lambda: rows.count() == 7, "a head and six ranks")
    assert rows.nth(5).locator("td").last.text_content() == "3.00"


def test_both_themes_and_a_narrow_window_hold_the_lab(lab: RankPage, tmp_path: Path) -> None:
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
        ink = "getComputedStyle(document.querySelector('.anatomy-stop')).fill"
        inks.append(lab.page.evaluate(ink))
        assert lab.page.evaluate(FITS), f"the lab overflows at {width} pixels"
        shot = folder / f"rank-{theme.lower()}-{width}.png"
        lab.page.locator(".jp-OutputArea-output", has=lab.page.locator(lab.view)).first.screenshot(
            path=shot
        )
    assert inks[0] != inks[1]
