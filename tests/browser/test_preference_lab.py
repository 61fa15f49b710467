"""The preference lab in a real JupyterLab: labels by keyboard, an undo, a reload, a restart."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "preferences.ipynb"
CELL = """\
from course_utils.finetuning_rlhf import questions
from course_utils.finetuning_rlhf.labs import PreferenceLab

numbers = range(31)
prompts = [questions.fact_prompt("capital", f"Land{n}", (f"Town{n}",), 0) for n in numbers]
long = [f"The capital of Land{n} is Town{n}." for n in numbers]
lab = PreferenceLab(prompts, long, [f"City{n}" for n in numbers], most=40)
lab
"""
REPLIES = ".anatomy-reply"
STATUS, NOTICE = ".anatomy-preferences .anatomy-status", ".anatomy-preferences .anatomy-notice"
KEYS = {"left": "ArrowLeft", "right": "ArrowRight", "both_good": "g", "both_bad": "b"}
FITS = "() => { const lab = document.querySelector('.anatomy-preferences'); " + (
    "return lab.scrollWidth <= lab.clientWidth; }"
)


class PreferencePage(LabPage):
    """The preference lab's page."""

    view = ".anatomy-preferences"

    def ready(self) -> None:
        """Wait until the view has drawn, and give it the focus by the keyboard's way."""
        self.page.wait_for_selector(f"{self.view}[data-drawn]", timeout=60_000)
        self.page.locator(f"{self.view} .anatomy-choices button").first.focus()

    def press_key(self, key: str, at: int) -> None:
        """Press a key, and wait until the pair of that number is shown."""
        self.page.keyboard.press(key)
        self.until(lambda: self.shown("at") == str(at), f"pair {at} after {key}")

    def longer(self) -> str:
        """The side of the longer reply, as the page shows them."""
        left, right = self.page.locator(REPLIES).all_text_contents()
        return "left" if len(left) > len(right) else "right"

    def label(self, count: int, shorter: bool = False) -> None:
        """Label so many pairs by keyboard: always the longer reply, or the shorter one."""
        for _ in range(count):
            side = self.longer()
            if shorter:
                side = "right" if side == "left" else "left"
            self.press_key(KEYS[side], int(self.shown("at")) + 1)

    def choices(self) -> list[str]:
        """What stands in the file, asked in Python."""
        return self.jupyter.ask("[one.choice for one in lab.store.load()]")


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[PreferencePage]:
    """The notebook with the lab, run once for all tests of this module, which go on in order."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1300})
    lab = PreferencePage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.run_all(lab.page)
    lab.ready()
    yield lab
    context.close()


@pytest.fixture
def lab(opened: PreferencePage) -> Iterator[PreferencePage]:
    """The lab; afterwards the browser's console must be free of errors."""
    yield opened
    assert opened.problems() == []


def test_every_key_is_a_label_in_the_file_and_undo_takes_it_back(lab: PreferencePage) -> None:
    for at, choice in enumerate(KEYS, 1):
        lab.press_key(KEYS[choice], at)
    assert lab.choices() == list(KEYS)
    assert lab.text(STATUS) == "Pair 5 of 40: which reply is better?"
    lab.press_key("u", 3)
    lab.until(lambda: lab.text(NOTICE) == "Taken back: both bad.", "the notice")
    lab.page.locator("button", has_text="Both good (g)").click()
    lab.until(lambda: lab.shown("at") == "4", "a click is a label too")
    assert lab.choices() == ["left", "right", "both_good", "both_good"]
    for at in (3, 2, 1, 0):
        lab.press_key("u", at)
    assert lab.choices() == []


def test_a_key_that_is_held_or_has_a_modifier_labels_nothing_more(lab: PreferencePage) -> None:
    lab.page.keyboard.down("ArrowLeft")
    for _ in range(4):
        lab.page.keyboard.down("ArrowLeft")  # as a held key repeats
    lab.page.keyboard.up("ArrowLeft")
    lab.page.keyboard.press("Alt+g")
    lab.until(lambda: lab.shown("at") == "1", "one label")
    assert lab.choices() == ["left"]
    lab.press_key("u", 0)


def test_forty_labels_survive_an_undo_a_reload_and_a_restart_of_the_kernel(
    lab: PreferencePage,
) -> None:
    lab.label(12)
    lab.press_key("u", 11)
    lab.label(1)
    lab.jupyter.command(lab.page, "docmanager:save")
    lab.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    lab.page.goto(f"{lab.jupyter.url}/lab/tree/{NOTEBOOK}")
    lab.ready()
    assert (lab.shown("at"), lab.shown("labelled")) == ("12", "12")
    lab.label(10)
    lab.jupyter.restart_kernel(NOTEBOOK)
    lab.jupyter.open(lab.page, NOTEBOOK)
    lab.jupyter.run_all(lab.page)
    lab.until(lambda: lab.page.locator(f"{lab.view}[data-at='22']").count() == 1, "22 labels", 60)
    lab.ready()
    lab.label(18)
    assert lab.text(STATUS) == "All 40 pairs have a label."
    assert len(lab.choices()) == 40
    won = lab.jupyter.ask("[one.chosen.startswith('The capital') for one in lab.current_labels]")
    assert won == [True] * 40
    rows = lab.page.locator(f"{lab.view} table tr")
    assert "40 of 40" in rows.last.text_content() and "9 of 9" in rows.nth(1).text_content()
    # the page was opened with the output of the kernel that is gone, and the manager says so
    lab.complaints[:] = [one for one in lab.complaints if "widget model not found" not in one]


def test_a_slip_of_the_script_is_marked_where_its_pair_is_shown(lab: PreferencePage) -> None:
    handle = lab.slider(0)
    lab.drag_handle(handle, 300)
    lab.until(lambda: lab.jupyter.ask("lab.annotator.noise") > 0.3, "a script that slips")
    lab.page.locator(f"{lab.view} summary").click()
    slips = lab.jupyter.ask("sum(one['slip'] for one in lab.reviews())")
    assert slips > 0
    tags = lab.page.locator(f"{lab.view} .anatomy-slip")
    lab.until(lambda: tags.count() == slips, "as many marks as slips")


def test_the_export_button_writes_a_file_that_other_programs_read(lab: PreferencePage) -> None:
    lab.press("Export")
    lab.until(lambda: "40 preferences in labels.trl.jsonl" in lab.text(NOTICE), "the notice")
    path = "lab.store.path.with_name('labels.trl.jsonl')"
    rows = lab.jupyter.ask(f"{path}.read_text(encoding='utf-8').splitlines()")
    assert len(rows) == 40 and list(json.loads(rows[0])) == ["prompt", "chosen", "rejected"]


def test_a_reader_of_the_opposite_taste_has_a_file_and_a_result_of_his_own(
    lab: PreferencePage,
) -> None:
    notebook = "other_reader.ipynb"
    lab.jupyter.write(notebook, [CELL.replace("most=40", "most=40, file='other.jsonl'")])
    lab.jupyter.start_kernel(notebook)
    lab.jupyter.open(lab.page, notebook)
    lab.jupyter.run_all(lab.page)
    lab.ready()
    assert lab.shown("at") == "0"
    lab.label(40, shorter=True)
    longer = lab.jupyter.ask("lab.agreements()['the longer one'].count")
    assert (longer, lab.jupyter.ask("len(lab.preferences())")) == (0, 40)
    first = lab.jupyter.ask("len(type(lab.store)().load())")
    assert first == 40


def test_a_narrow_window_holds_the_lab(lab: PreferencePage) -> None:
    lab.jupyter.command(lab.page, "application:toggle-left-area")
    lab.page.set_viewport_size({"width": 500, "height": 1300})
    lab.page.wait_for_timeout(300)
    assert lab.page.evaluate(FITS)
