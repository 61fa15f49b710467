"""The spam lab in a real JupyterLab: what a reader does with it, and what must come of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .spam_page import NOTEBOOK, SpamPage, opened_lab

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

RELOADS = 30


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[SpamPage]:
    """The notebook with the lab, run once for all tests of this module."""
    with opened_lab(jupyter, browser) as lab:
        yield lab


@pytest.fixture
def spam(opened: SpamPage) -> Iterator[SpamPage]:
    """The lab at step 0; afterwards the browser's console must be free of errors."""
    opened.reset()
    yield opened
    assert opened.problems() == []


def test_play_advances_steps_and_frames_in_the_browser(spam: SpamPage) -> None:
    drawn = int(spam.shown("drawn"))
    spam.press("Play")
    spam.until(lambda: int(spam.shown("step")) > 120, "120 steps shown")
    assert int(spam.shown("drawn")) - drawn > 15


def test_pause_freezes_the_step_counter(spam: SpamPage) -> None:
    spam.press("Play")
    spam.until(lambda: int(spam.shown("step")) > 5, "training")
    spam.press("Pause")
    spam.until(lambda: spam.shown("status") == "paused", "paused")
    spam.until(lambda: int(spam.shown("step")) == spam.jupyter.ask("lab.steps"), "last frame")
    frozen = spam.shown("step")
    spam.page.wait_for_timeout(400)
    assert spam.shown("step") == frozen
    assert str(spam.jupyter.ask("lab.steps")) == frozen


def test_step_adds_exactly_one(spam: SpamPage) -> None:
    for expected in ("1", "2", "3"):
        spam.press("Step")
        spam.until(lambda expected=expected: spam.shown("step") == expected, f"step {expected}")
    assert spam.jupyter.ask("lab.steps") == 3


def test_run_takes_a_hundred_steps_at_once(spam: SpamPage) -> None:
    spam.press("Run 100 steps")
    spam.until(lambda: spam.shown("step") == "100", "100 steps")
    assert spam.jupyter.ask("lab.steps") == 100


def test_dragging_the_learning_rate_reaches_python_and_the_next_step(spam: SpamPage) -> None:
    before = spam.jupyter.ask("lab.learning_rate.value")
    spam.press("Play")
    spam.until(lambda: int(spam.shown("step")) > 5, "training")
    spam.drag(0, -40)
    spam.until(lambda: spam.jupyter.ask("lab.learning_rate.value") < before, "Python's value")
    spam.until(  # asked each time: the drag's last values may still be on their way
        lambda: spam.jupyter.ask("lab.learning_rate.value") == float(spam.shown("rate")) < before,
        "a step with the new rate",
    )
    assert spam.shown("status") == "playing"


def test_the_learning_rate_moves_by_keyboard(spam: SpamPage) -> None:
    before = spam.jupyter.ask("lab.learning_rate.value")
    spam.slider(0).focus()
    spam.page.keyboard.press("ArrowRight")
    spam.until(lambda: spam.jupyter.ask("lab.learning_rate.value") > before, "Python's value")
    spam.press("Step")
    spam.until(lambda: spam.shown("step") == "1", "a step")
    assert float(spam.shown("rate")) == spam.jupyter.ask("lab.learning_rate.value")


def test_changing_the_activation_keeps_the_weights(spam: SpamPage) -> None:
    spam.press("Step")
    spam.until(lambda: spam.shown("step") == "1", "step 1")
    before = spam.weights()
    for name in ("ReLU", "sigmoid", "linear", "tanh"):
        spam.press(name)
        spam.until(
            lambda name=name: spam.jupyter.ask("lab.trainable.network.activation") == name, name
        )
        assert spam.weights() == before


def test_reset_gives_the_same_first_weights_and_the_same_training(spam: SpamPage) -> None:
    first = spam.weights()
    spam.press("Run 100 steps")
    spam.until(lambda: spam.shown("step") == "100", "100 steps")
    trained = spam.weights()
    spam.reset()
    assert spam.weights() == first
    spam.press("Run 100 steps")
    spam.until(lambda: spam.shown("step") == "100", "100 steps")
    assert spam.weights() == trained != first


def test_an_email_slider_changes_the_answer_while_training_is_paused(spam: SpamPage) -> None:
    answer = spam.page.locator(".anatomy-answer strong")
    before = answer.text_content()
    spam.drag(1, -110)
    spam.until(lambda: answer.text_content() != before, "another answer")
    assert spam.shown("step") == "0"


@pytest.mark.parametrize(
    ("words", "email", "its_map"),
    [("A stranger's jackpot", [1, 1, 0], 0), ("The reverse", [0, 0, 1], 1)],
)
def test_a_preset_moves_the_sliders_and_the_mark_to_its_senders_map(
    spam: SpamPage, words: str, email: list[int], its_map: int
) -> None:
    spam.press(words)
    read = "[slider.value for slider in lab.email]"
    spam.until(lambda: spam.jupyter.ask(read) == email, "Python's sliders")
    marks = spam.page.locator(".anatomy-map .anatomy-own")
    spam.until(lambda: marks.nth(its_map).get_attribute("visibility") == "visible", "the mark")
    assert marks.nth(1 - its_map).get_attribute("visibility") == "hidden"
    readouts = spam.page.locator(".widget-readout")
    spam.until(
        lambda: [float(text) for text in readouts.all_text_contents()[1:4]] == email,
        "what stands beside the sliders",
    )


def test_the_maps_follow_the_training_and_say_how_much_is_called_spam(spam: SpamPage) -> None:
    border = spam.page.locator(".anatomy-map .anatomy-half").first
    before = border.get_attribute("d")
    spam.press("Run 100 steps")
    spam.until(lambda: spam.shown("step") == "100", "100 steps")
    assert border.get_attribute("d") != before
    share = spam.jupyter.ask("float((lab.trainable.network.decision_grid(0, 24) > 0.5).mean())")
    assert spam.text(".anatomy-map-head") == f"stranger: {share:.0%} called spam".replace(
        "%", "\u00a0%"
    )
    unseen = spam.page.locator(".anatomy-map .anatomy-unseen").first
    said = f"stranger: {share:.0%} of the square is called spam.".replace("%", "\u00a0%")
    spam.until(lambda: unseen.text_content() == said, "the same for a screen reader")
    assert spam.page.locator(".anatomy-map .anatomy-point").count() == 2 * 16


def test_the_screen_counts_26_parameters(spam: SpamPage) -> None:
    row = spam.page.locator(".anatomy-figures > span", has_text="parameters")
    assert row.text_content() == "parameters 3\u00d74 + 4 + 4\u00d72 + 2 = 26"
    in_the_legend = 2
    assert spam.page.locator(".anatomy-weight").count() == 3 * 4 + 4 * 2 + in_the_legend
    assert spam.page.locator(".anatomy-bias").count() == 4 + 2


def test_too_high_a_rate_shows_a_banner_and_reset_mends_it(spam: SpamPage) -> None:
    rate = spam.jupyter.ask("lab.learning_rate.value")
    spam.press("linear")
    spam.slider(0).focus()
    spam.page.keyboard.press("End")
    spam.until(lambda: spam.jupyter.ask("lab.learning_rate.value") > 30, "the highest rate")
    spam.press("Play")
    spam.until(lambda: spam.shown("status") == "error", "an error")
    banner = spam.page.locator(".anatomy-banner")
    spam.until(lambda: "slow and steady" in banner.text_content(), "a banner with what to do")
    spam.jupyter.ask(f"setattr(lab.learning_rate, 'value', {rate})")
    spam.press("tanh")
    spam.reset()
    spam.until(lambda: banner.text_content() == "", "no banner")
    assert spam.shown("status") == "paused"
    spam.until(lambda: banner.text_content() == "", "no banner")


def test_running_the_cell_again_leaves_one_trainer(spam: SpamPage) -> None:
    spam.press("Play")
    spam.jupyter.run_all(spam.page)
    spam.until(lambda: spam.shown("step") == "0", "a new lab")
    count = (
        "sum(thread.name.startswith('course-lab-') "
        "for thread in __import__('threading').enumerate())"
    )
    assert spam.jupyter.ask(count) == 1


def test_both_themes_and_a_narrow_window_hold_the_lab(spam: SpamPage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    spam.press("Run 100 steps")
    spam.until(lambda: spam.shown("step") == "100", "100 steps")
    inks = []
    try:
        for theme, width in (("Light", 1280), ("Dark", 1280), ("Light", 700), ("Dark", 400)):
            spam.jupyter.command(spam.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            spam.page.set_viewport_size({"width": width, "height": 900})
            if width == 400:  # JupyterLab's own file list would leave no room for any notebook
                spam.jupyter.command(spam.page, "application:toggle-left-area")
            spam.page.wait_for_selector(
                f'body[data-jp-theme-light="{str(theme == "Light").lower()}"]', state="attached"
            )
            spam.page.wait_for_timeout(500)
            inks.append(
                spam.page.evaluate(
                    "getComputedStyle(document.querySelector('.anatomy-weight')).stroke"
                )
            )
            assert spam.page.evaluate(
                "(() => { const lab = document.querySelector("
                "'.anatomy-spam'); return lab.scrollWidth <= lab.clientWidth"
                " })()"
            ), f"the lab overflows at {width} pixels"
            spam.page.screenshot(path=folder / f"spam-{theme.lower()}-{width}.png")
    finally:
        spam.jupyter.command(spam.page, "application:toggle-left-area")
        spam.jupyter.command(spam.page, "apputils:change-theme", theme="JupyterLab Light")
        spam.page.set_viewport_size({"width": 1280, "height": 900})
    assert inks[0] != inks[1]


def test_thirty_reloads_while_it_trains_each_show_the_lab_and_go_on(spam: SpamPage) -> None:
    spam.jupyter.command(spam.page, "docmanager:save")
    spam.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    spam.press("Play")
    for number in range(RELOADS):
        # Not always at the same moment of a frame on its way.
        spam.page.wait_for_timeout(number * 37 % 200)
        spam.page.goto(f"{spam.jupyter.url}/lab/tree/{NOTEBOOK}")
        spam.page.wait_for_selector(f"{spam.view}[data-step]", timeout=60_000)
        seen = int(spam.shown("step"))
        spam.until(lambda seen=seen: int(spam.shown("step")) > seen, f"steps after {number}")
    assert spam.shown("status") == "playing"


def test_a_reloaded_page_draws_the_lab_again(spam: SpamPage) -> None:
    spam.press("Run 100 steps")
    spam.until(lambda: spam.shown("step") == "100", "100 steps")
    spam.jupyter.command(spam.page, "docmanager:save")
    spam.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    spam.page.goto(f"{spam.jupyter.url}/lab/tree/{NOTEBOOK}")
    spam.page.wait_for_selector('.anatomy-spam[data-step="100"]', timeout=60_000)
    assert re.search(r"\d", spam.page.locator(".anatomy-loss .anatomy-value").text_content())
    assert spam.page.locator(".anatomy-link[aria-label]").count() == 26
    spam.press("Step")
    spam.until(lambda: spam.shown("step") == "101", "one more step after the reload")


def test_a_closed_tab_pauses_the_lab_and_an_opened_one_goes_on(spam: SpamPage) -> None:
    silence = spam.jupyter.ask("lab.trainer.publisher._silence")
    spam.jupyter.command(spam.page, "docmanager:save")
    spam.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    spam.press("Play")
    spam.until(lambda: int(spam.shown("step")) > 5, "training")
    try:
        spam.jupyter.ask("setattr(lab.trainer.publisher, '_silence', 1.0)")
        spam.page.goto("about:blank")
        spam.until(lambda: spam.jupyter.ask("lab.view.status") == "paused", "paused", 20)
        assert "no open page shows this lab" in spam.jupyter.ask("lab.view.banner")
    finally:
        spam.jupyter.ask(f"setattr(lab.trainer.publisher, '_silence', {silence})")
    at = spam.jupyter.ask("lab.steps")
    spam.page.goto(f"{spam.jupyter.url}/lab/tree/{NOTEBOOK}")
    spam.page.wait_for_selector(f'.anatomy-spam[data-step="{at}"]', timeout=60_000)
    spam.press("Play")
    spam.until(lambda: int(spam.shown("step")) > at + 5, "training again")


def test_while_a_long_cell_runs_a_control_acts_or_the_lab_says_why_it_does_not(
    spam: SpamPage,
) -> None:
    assert spam.acts_or_says_why()


def test_a_restart_of_the_kernel_while_it_trains_leaves_a_notebook_that_runs(
    spam: SpamPage,
) -> None:
    spam.press("Play")
    spam.until(lambda: int(spam.shown("step")) > 5, "training")
    spam.jupyter.restart_kernel(NOTEBOOK)
    spam.open(NOTEBOOK)
    spam.until(lambda: spam.shown("step") == "0", "a new lab")
    spam.press("Step")
    spam.until(lambda: spam.shown("step") == "1", "a step")
    assert spam.jupyter.ask("lab.steps") == 1
    # the page was opened with the output of the kernel that is gone, and the manager says so
    spam.complaints[:] = [one for one in spam.complaints if "widget model not found" not in one]
