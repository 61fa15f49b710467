"""The preference lab in a real JupyterLab: two readers of opposite tastes label by keyboard.

An undo, a reload and a restart of the kernel lie on their way, and nothing is lost; reward models
that learn from what they exported end apart.
"""

from __future__ import annotations

import inspect
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils.finetuning_rlhf.annotator import Annotator, Tastes
from course_utils.finetuning_rlhf.labels import preferences
from course_utils.finetuning_rlhf.preference_files import import_preferences
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardConfig, RewardModel, score, train_reward
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def wordy(count: int, seed: int) -> tuple[list[str], list[str], list[str]]:
    """Questions, and two replies to each of one to eight words; both draw the same words."""
    draw = random.Random(seed)
    words = "stone river house cloud tree king bread song winter blue".split()

    def replies() -> list[str]:
        return [" ".join(draw.choices(words, k=draw.randint(1, 8))) + "." for _ in range(count)]

    asked = [f"What of {word}?" for word in draw.choices(words, k=count)]
    return asked, replies(), replies()


NOTEBOOK, OTHER = "preferences.ipynb", "other_reader.ipynb"
CELL = (
    "import random\n\nfrom course_utils.finetuning_rlhf.labs import PreferenceLab\n"
    "from course_utils.finetuning_rlhf.questions import Prompt\n\n\n"
    + inspect.getsource(wordy)
    + """

asked, first, second = wordy(60, 0)
talk = (("user", "Hello."), ("assistant", "Hello, what is it?"))  # before every other question
prompts = [Prompt(text, "talk", before=at % 2 * 2 * talk) for at, text in enumerate(asked)]
lab = PreferenceLab(prompts, first, second, most=40)
lab
"""
)
COPIES = CELL.removesuffix("lab\n").replace("most=40", "most=40, file='other.jsonl'") + (
    "copy = PreferenceLab(prompts, first, second, most=40, file='other.jsonl')\n"
    "display(lab, copy)\n"
)
STATUS, NOTICE = ".anatomy-preferences .anatomy-status", ".anatomy-preferences .anatomy-notice"
KEYS = {"left": "ArrowLeft", "right": "ArrowRight", "both_good": "g", "both_bad": "b"}
SIZE = TransformerConfig(
    261, width=64, layers=1, heads=2, intermediate_size=48, context_tokens=128
)
TRAINING = RewardConfig(epochs=12, batch=8, lr=5e-3)
FITS = "() => { const lab = document.querySelector('.anatomy-preferences'); " + (
    "return lab.scrollWidth <= lab.clientWidth; }"
)
PLACES = """(css) => { const lab = document.querySelector(css);
  const end = (part) => lab.querySelector(part).getBoundingClientRect().bottom;
  return [end(".anatomy-asked") - end(".anatomy-turn:last-child"),
    ...[...lab.querySelectorAll("button, .anatomy-reply, table, details")]
      .map((one) => one.offsetTop - lab.offsetTop)].map(Math.round); }"""


def reader(longer: float) -> Annotator:
    """A reader who looks at nothing but the length, never slips and overlooks nothing."""
    nothing = dict.fromkeys(vars(Tastes()), 0.0)
    return Annotator(0, noise=0.0, tastes=Tastes(**nothing | {"longer": longer}))


LONG, SHORT = reader(1.0), reader(-1.0)


class PreferencePage(LabPage):
    """The preference lab's page."""

    view = ".anatomy-preferences"
    places: frozenset[tuple[int, ...]] = frozenset()  # of the lab's parts, at each label

    def ready(self, at: int) -> None:
        """Wait until page and kernel are at the pair of that number; give the lab the focus."""
        self.page.wait_for_selector(f"{self.view}[data-at='{at}']", timeout=60_000)
        self.until(lambda: self.jupyter.ask("lab.position") == at, f"the kernel at pair {at}")
        self.page.locator(f"{self.view} .anatomy-choices button").first.focus()

    def press_key(self, key: str, at: int) -> None:
        """Press a key, and wait until the pair of that number is shown.

        The page goes on by the kernel's answer alone, which comes when the label is in the file.
        """
        self.page.keyboard.press(key)
        self.until(lambda: self.shown("at") == str(at), f"pair {at} after {key}")

    def judged(self, person: Annotator) -> str:
        """What the reader says of the two replies that the page shows."""
        view = self.page.locator(self.view).first
        asked = view.locator(".anatomy-turn").last.text_content().removeprefix("You: ")
        left, right = view.locator(".anatomy-reply").all_text_contents()
        ahead = person.prefer(Prompt(asked, "talk"), left, right)
        return "both_good" if ahead is None else ("left", "right")[ahead]

    def label(self, count: int, person: Annotator) -> list[str]:
        """Let a reader label so many pairs by keyboard; what was said of them."""
        said = []
        for _ in range(count):
            self.places |= {tuple(self.page.evaluate(PLACES, self.view))}
            said.append(self.judged(person))
            self.press_key(KEYS[said[-1]], int(self.shown("at")) + 1)
        return said

    def choices(self) -> list[str]:
        """What stands in the file, asked in Python."""
        return self.jupyter.ask("[one.choice for one in lab.store.load()]")

    def exported(self) -> Path:
        """Press the button of the export, and wait for its notice; the file."""
        self.press("Export")
        self.until(lambda: "left out, in the workspace" in self.text(NOTICE), "the notice")
        return Path(self.jupyter.ask("str(lab.store.path.with_suffix('.trl.jsonl'))"))


def learnt(path: Path) -> RewardModel:
    """A small reward model after training on an exported file."""
    body, generator = Transformer(SIZE), torch.Generator().manual_seed(0)
    with torch.no_grad():
        # as a trained body's, its layers pass something on
        for weight in body.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    model = RewardModel(body)
    train_reward(model, FastTokenizer(), preferences(import_preferences(path)), TRAINING)
    return model


def takes_the_longer(model: RewardModel, pairs: list[tuple[str, str, str]]) -> np.ndarray:
    """1.0 where the longer reply scores higher, of pairs (question, longer, shorter reply)."""
    asked, longer, shorter = ([one[part] for one in pairs] for part in range(3))
    prompts = [Prompt(text, "talk") for text in asked]
    scores = [score(model, FastTokenizer(), prompts, replies) for replies in (longer, shorter)]
    return np.asarray(scores[0] > scores[1], dtype=float)


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[PreferencePage]:
    """The notebook with the lab, run once for all tests of this module, which go on in order."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1300})
    lab = PreferencePage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.run_all(lab.page)
    lab.ready(0)
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
    said = lab.label(12, LONG)
    lab.press_key("u", 11)
    said[11:] = lab.label(1, LONG)
    lab.jupyter.command(lab.page, "docmanager:save")
    lab.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    lab.page.goto(f"{lab.jupyter.url}/lab/tree/{NOTEBOOK}")
    lab.ready(12)
    assert lab.shown("labelled") == "12"
    said += lab.label(10, LONG)
    lab.jupyter.restart_kernel(NOTEBOOK)
    lab.jupyter.open(lab.page, NOTEBOOK)
    lab.jupyter.run_all(lab.page)
    lab.ready(22)
    said += lab.label(18, LONG)
    assert lab.text(STATUS) == "All 40 pairs have a label."
    assert lab.choices() == said and len(said) == 40
    assert {"left", "right", "both_good"} == set(said)
    (places,) = lab.places  # nothing jumps, also when agreement appears
    assert len(places) == 10 and places[0] == 0  # and the newest turn is in view
    rows = lab.page.locator(f"{lab.view} table tr")
    ahead = sum(one != "both_good" for one in said)
    assert f"{ahead} of {ahead}" in rows.last.text_content()
    assert "9 of 9" in rows.nth(2).text_content()
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
    rows = lab.exported().read_text(encoding="utf-8").splitlines()
    assert len(rows) == sum(one != "both_good" for one in lab.choices()) > 20
    assert list(json.loads(rows[0])) == ["prompt", "chosen", "rejected"]


@pytest.mark.parametrize(
    ("theme", "width"), [("Light", 1280), ("Dark", 1280), ("Dark", 500), ("Light", 500)]
)
def test_both_themes_and_a_narrow_window_hold_the_lab(
    lab: PreferencePage, tmp_path: Path, theme: str, width: int
) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    lab.ready(40)
    lab.press_key("u", 39)  # a pair to be seen
    lab.jupyter.command(lab.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
    lab.page.set_viewport_size({"width": width, "height": 2000})
    if width < 700:  # JupyterLab's own file list would leave no room for any notebook
        lab.jupyter.command(lab.page, "application:toggle-left-area")
    light = str(theme == "Light").lower()
    lab.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
    lab.page.wait_for_timeout(300)
    try:
        assert lab.page.evaluate(FITS)
        box = lab.page.locator(".widget-vbox", has=lab.page.locator(lab.view)).first
        box.screenshot(path=folder / f"preferences-{theme.lower()}-{width}.png")
    finally:
        if width < 700:
            lab.jupyter.command(lab.page, "application:toggle-left-area")
        lab.jupyter.command(lab.page, "apputils:change-theme", theme="JupyterLab Light")
        lab.page.set_viewport_size({"width": 1280, "height": 1300})
        lab.ready(39)
        lab.label(1, LONG)


def test_two_readers_of_opposite_tastes_have_reward_models_that_end_apart(
    lab: PreferencePage, one_thread: None
) -> None:
    lab.jupyter.write(OTHER, [COPIES])
    lab.jupyter.start_kernel(OTHER)
    lab.jupyter.open(lab.page, OTHER)
    lab.jupyter.run_all(lab.page)
    lab.ready(0)
    said = lab.label(40, SHORT)
    assert lab.choices() == said and len(said) == 40
    assert lab.jupyter.ask("len(type(lab.store)().load())") == 40  # the first reader's
    files = [lab.exported().with_name(name) for name in ("labels.trl.jsonl", "other.trl.jsonl")]
    models = [learnt(path) for path in files]

    pairs = []
    for asked, *replies in zip(*wordy(300, 1), strict=True):
        ahead = LONG.prefer(Prompt(asked, "talk"), *replies)
        if ahead is not None:
            pairs.append((asked, replies[ahead], replies[1 - ahead]))
    pairs = pairs[:200]
    labelled = {
        (one.turns[-1][1], one.chosen, one.rejected) for one in import_preferences(files[0])
    }
    assert len(pairs) == 200 and not labelled & set(pairs)
    long, short = (takes_the_longer(model, pairs) for model in models)
    apart = long - short
    assert apart.mean() > 3 * apart.std(ddof=1) / np.sqrt(len(pairs)), (long.mean(), short.mean())
    assert long.mean() > 0.5 > short.mean()


def test_a_second_copy_of_the_lab_says_that_the_first_labelled_the_pair_and_loses_nothing(
    lab: PreferencePage,
) -> None:
    before = lab.choices()
    copy = lab.page.locator(lab.view).nth(1)
    assert copy.get_attribute("data-at") == "0"  # it has heard of none of them
    copy.locator("button").first.focus()
    lab.page.keyboard.press("b")
    notice = copy.locator(".anatomy-notice")
    lab.until(lambda: "Yours is newer, and stands" in notice.text_content(), "the notice")
    lab.until(lambda: copy.get_attribute("data-at") == "40", "the labels of both")
    assert lab.choices() == [*before, "both_bad"]
    lab.page.keyboard.press("u")
    lab.until(lambda: notice.text_content() == "Taken back: both bad.", "the notice")
    assert lab.choices() == before and copy.get_attribute("data-labelled") == "40"
