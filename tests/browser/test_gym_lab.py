"""The Training Gym in a real JupyterLab: what a reader does with it, and what must come of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .gym_page import DATA_CELL, LAB_CELL, NOTEBOOK, GymPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

INK = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [...data].filter((_, at) => at % 4 === 3);
}"""
COUNT = (
    "sum(thread.name.startswith('course-lab-') for thread in __import__('threading').enumerate())"
)


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[GymPage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [DATA_CELL, LAB_CELL, "lab"])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1100})
    lab = GymPage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.command(lab.page, "application:toggle-left-area")  # room in a narrow window
    jupyter.run_all(lab.page)
    lab.page.wait_for_selector(".anatomy-gym[data-step]", timeout=60_000)
    yield lab
    context.close()


@pytest.fixture
def gym(opened: GymPage) -> Iterator[GymPage]:
    """The lab at step 0; afterwards the browser's console must be free of errors."""
    opened.reset()
    yield opened
    assert opened.problems() == []


def test_play_draws_curves_figures_and_a_computed_status(gym: GymPage) -> None:
    assert gym.text(".anatomy-state strong") == "System ready"
    gym.press("Play")
    gym.until(lambda: gym.shown("state") == "warming up", "warming up")
    gym.until(lambda: gym.shown("state") == "converging", "converging", 60)
    gym.press("Pause")
    gym.until(lambda: gym.shown("status") == "paused", "paused")
    for look in ("train", "faint", "validation", "norm"):
        path = gym.page.locator(f"path.anatomy-curve.anatomy-{look}").last.get_attribute("d")
        assert path.count("L") > 1, look
    speed = gym.page.locator(".anatomy-figures > span", has_text="tokens/s").first
    assert re.search(r"tokens/s [\d,]{2,}", speed.text_content())
    assert gym.text(".anatomy-text").startswith("The")


def test_pause_freezes_and_step_adds_exactly_one(gym: GymPage) -> None:
    gym.train(3)
    frozen = int(gym.shown("step"))
    gym.page.wait_for_timeout(400)
    assert int(gym.shown("step")) == frozen == gym.jupyter.ask("lab.steps")
    gym.press("Step")
    gym.until(lambda: int(gym.shown("step")) == frozen + 1, "one more step")
    assert gym.jupyter.ask("lab.steps") == frozen + 1


def test_dragging_the_learning_rate_reaches_the_next_step_and_leaves_a_mark(gym: GymPage) -> None:
    gym.press("Play")
    gym.until(lambda: int(gym.shown("step")) > 5, "training")
    gym.drag(0, -30)
    gym.until(
        lambda: gym.jupyter.ask("lab.learning_rate.value") == float(gym.shown("rate")) < 0.02,
        "a step with the new rate",
    )
    gym.press("Pause")
    assert gym.page.locator(".anatomy-move").count() >= 1


def test_the_run_before_a_reset_stays_in_view_and_the_shape_changes(
    gym: GymPage,
) -> None:
    gym.train(15)
    gym.jupyter.ask("setattr(lab.shape['layers'], 'value', 1)")
    gym.until(lambda: "After a reset: 1 layer" in gym.text(".anatomy-shape"), "what waits")
    gym.press("Reset")
    gym.until(lambda: gym.shown("step") == "0", "step 0")
    previous = gym.page.locator(".anatomy-chart .anatomy-previous").first.get_attribute("d")
    assert previous.count("L") > 5
    assert gym.text(".anatomy-shape").startswith("The model: 1 layer,")
    gym.jupyter.ask("setattr(lab.shape['layers'], 'value', 2)")


def test_the_heads_are_drawn_once_a_second_and_at_rest_as_they_are_now(gym: GymPage) -> None:
    fold = gym.page.locator(".anatomy-looking").first
    gym.until(lambda: fold.locator("canvas").count() == 8, "two layers of four heads")
    assert fold.locator("canvas").first.get_attribute("title").startswith("layer 0, head 0: ")
    gym.press("Play")
    gym.until(lambda: int(gym.shown("looked")) > 0, "heads of a later step")
    gym.until(lambda: int(gym.shown("step")) >= 40, "40 steps", 60)
    gym.press("Pause")
    gym.until(lambda: gym.shown("status") == "paused", "paused")
    step = str(gym.jupyter.ask("lab.steps"))
    gym.until(lambda: gym.shown("looked") == step, "the heads of the last step")
    assert f"After step {step}, in “The dog saw" in fold.locator("p").text_content()
    drawn = fold.locator("canvas").nth(5).evaluate(INK)
    exact = gym.jupyter.ask(
        "lab.trainable.looking.weights(lab.model)[1, 1].__pow__(0.5).ravel().tolist()"
    )
    assert drawn == pytest.approx([255 * root for root in exact], abs=1)
    gym.press("Step")
    gym.until(lambda: gym.shown("looked") == str(int(step) + 1), "the heads after one more step")
    summary = fold.locator("summary")
    summary.click()
    gym.until(lambda: not fold.locator("canvas").first.is_visible(), "folded up")
    summary.click()
    gym.until(lambda: fold.locator("canvas").first.is_visible(), "open again")


def test_back_goes_to_a_kept_step(gym: GymPage) -> None:
    gym.train(14)
    gym.press("Back")
    gym.until(lambda: int(gym.shown("step")) % 10 == 0, "a kept step")
    assert gym.shown("status") == "paused"


def test_an_explosion_shows_a_banner_and_the_rewind_leads_out_of_it(
    gym: GymPage, tmp_path: Path
) -> None:
    gym.train(30)
    rewind = gym.page.locator(".jupyter-button", has_text="Rewind to before").first
    assert not rewind.is_visible()
    gym.press("chaos")
    gym.press("AdamW")
    gym.press("Play")
    gym.until(lambda: gym.shown("status") == "error", "an error", 60)
    gym.until(lambda: gym.shown("state") == "diverged", "the word for it")
    gym.until(lambda: "Lower the learning rate" in gym.text(".anatomy-banner"), "what to do")
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    gym.page.locator(".jp-OutputArea-output").first.screenshot(path=folder / "gym-exploded.png")
    rewind.click()
    gym.until(lambda: gym.shown("status") == "paused", "paused")
    gym.until(lambda: gym.shown("state") != "diverged", "another word")
    gym.until(lambda: not rewind.is_visible(), "no rewind")
    gym.press("Muon")
    gym.press("usual")
    before = int(gym.shown("step"))
    gym.press("Step")
    gym.until(lambda: int(gym.shown("step")) == before + 1, "training again")


def test_the_cross_hair_reads_values_by_mouse_and_by_keyboard(gym: GymPage) -> None:
    gym.train(30)
    chart = gym.page.locator(".anatomy-chart").first
    readout = gym.page.locator(".anatomy-readout").first
    assert "Point at the curves" in readout.text_content()
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    gym.page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 60)
    gym.until(lambda: "training" in readout.text_content(), "values under the mouse")
    first = readout.text_content()
    gym.page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 60)
    gym.until(lambda: readout.text_content() != first, "other values")
    gym.page.mouse.move(5, 5)
    chart.focus()
    gym.page.keyboard.press("ArrowRight")
    gym.until(lambda: readout.text_content().startswith("step "), "values by keyboard")
    gym.page.keyboard.press("Escape")
    gym.until(lambda: "Point at" in readout.text_content(), "no hair")


def test_a_kept_model_is_loaded_as_the_next_notebook_loads_it(gym: GymPage) -> None:
    gym.press("Keep this model")
    gym.until(lambda: "No step was trained" in gym.text(".anatomy-note"), "a refusal")
    gym.train(5)
    gym.press("Keep this model")
    gym.until(lambda: gym.text(".anatomy-note").startswith("Kept after step"), "kept")
    kept = "__import__('course_utils.workspace').workspace.load('base_model')"
    assert gym.jupyter.ask(f"{kept}.origin") == "own"
    model = f"__import__('course_utils.model.save').model.save.load({kept}.path)"
    assert gym.jupyter.ask(f"{model}.count()") == gym.jupyter.ask("lab.model.count()")


def test_shown_in_two_cells_both_draw_and_one_trainer_trains(gym: GymPage) -> None:
    views = gym.page.locator(".anatomy-gym")
    gym.until(lambda: views.count() == 2, "two views")
    gym.train(5)
    gym.until(
        lambda: (
            views.nth(0).get_attribute("data-step")
            == views.nth(1).get_attribute("data-step")
            == str(gym.jupyter.ask("lab.steps"))
        ),
        "the same step in both",
    )
    assert gym.jupyter.ask(COUNT) == 1


def test_an_interrupt_of_the_kernel_leaves_the_lab_in_hand(gym: GymPage) -> None:
    gym.press("Play")
    gym.until(lambda: int(gym.shown("step")) > 3, "training")
    gym.jupyter.command(gym.page, "notebook:interrupt-kernel")
    gym.page.wait_for_timeout(500)
    at = int(gym.shown("step"))
    gym.until(lambda: int(gym.shown("step")) > at + 3, "still training")
    gym.press("Pause")
    gym.until(lambda: gym.shown("status") == "paused", "paused")
    assert gym.jupyter.ask(COUNT) == 1


def test_both_themes_and_a_narrow_window_hold_the_lab(gym: GymPage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    gym.press("careful")
    gym.train(60)
    gym.reset()
    gym.train(25)
    gym.press("bold")
    gym.train(60)
    inks = []
    try:
        for theme, width in (("Light", 1280), ("Dark", 1280), ("Dark", 400), ("Light", 500)):
            gym.jupyter.command(gym.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            gym.page.set_viewport_size({"width": width, "height": 1800 if width > 500 else 3000})
            gym.page.wait_for_selector(
                f'body[data-jp-theme-light="{str(theme == "Light").lower()}"]', state="attached"
            )
            gym.page.wait_for_timeout(700)
            lab = gym.page.locator(".anatomy-gym").first
            inks.append(
                gym.page.evaluate(
                    "getComputedStyle(document.querySelector('.anatomy-validation')).stroke"
                )
            )
            assert lab.evaluate("lab => lab.scrollWidth <= lab.clientWidth"), f"{width} pixels"
            output = gym.page.locator(".jp-OutputArea-output").first
            output.screenshot(path=folder / f"gym-{theme.lower()}-{width}.png")
    finally:
        gym.jupyter.command(gym.page, "apputils:change-theme", theme="JupyterLab Light")
        gym.page.set_viewport_size({"width": 1280, "height": 1100})
    assert inks[0] != inks[1]


def test_a_reloaded_page_draws_the_lab_again(gym: GymPage) -> None:
    gym.train(12)
    step = gym.jupyter.ask("lab.steps")
    gym.jupyter.command(gym.page, "docmanager:save")
    gym.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    gym.page.goto(f"{gym.jupyter.url}/lab/tree/{NOTEBOOK}")
    gym.page.wait_for_selector(f'.anatomy-gym[data-step="{step}"]', timeout=60_000)
    path = gym.page.locator(".anatomy-chart .anatomy-train").first.get_attribute("d")
    assert path.count("L") > 5
    gym.press("Step")
    gym.until(lambda: int(gym.shown("step")) == step + 1, "one more step after the reload")


def test_running_the_cells_again_leaves_one_trainer(gym: GymPage) -> None:
    gym.press("Play")
    gym.jupyter.run_all(gym.page)
    gym.until(lambda: gym.shown("step") == "0", "a new lab", 60)
    gym.until(lambda: gym.jupyter.ask(COUNT) == 1, "one trainer")
    gym.press("Step")
    gym.until(lambda: gym.shown("step") == "1", "a step of the new lab")
    assert gym.jupyter.ask("[lab.steps, lab.trainer.is_alive()]") == [1, True]
