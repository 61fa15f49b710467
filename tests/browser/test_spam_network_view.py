"""The network view in a real JupyterLab: hover, pin, edit a weight, gradients, the timeline."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from .spam_page import SpamPage, opened_lab

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FIRST = "lab.trainable.network.parameters['hidden_weights'][0, 0]"


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[SpamPage]:
    """The notebook with the lab, run once for all tests of this module."""
    with opened_lab(jupyter, browser) as lab:
        yield lab


@pytest.fixture
def spam(opened: SpamPage) -> Iterator[SpamPage]:
    """The lab at step 0 and nothing chosen; afterwards the console must be free of errors."""
    opened.reset()
    opened.page.mouse.move(5, 5)
    card(opened).scroll_into_view_if_needed()
    yield opened
    assert opened.problems() == []


def card(spam: SpamPage) -> Locator:
    """The card under the network."""
    return spam.page.locator(".anatomy-card")


def neuron(spam: SpamPage, number: int) -> Locator:
    """A neuron: 0 to 2 are inputs, 3 to 6 hidden, 7 and 8 the classes."""
    return spam.page.locator(".anatomy-cell").nth(number)


def link(spam: SpamPage, number: int) -> Locator:
    """A parameter in the order of the network's own arrays; 0 is Win $$$ to hidden 1."""
    return spam.page.locator(".anatomy-link").nth(number)


def edit(spam: SpamPage, number: int, text: str) -> None:
    """Choose a weight with the keyboard and type into its field."""
    link(spam, number).focus()
    spam.page.keyboard.press("Enter")
    field = spam.page.locator(".anatomy-editor input")
    field.wait_for(state="visible")
    field.fill(text)
    spam.page.keyboard.press("Enter")


def scrub(spam: SpamPage, keys: str, times: int = 1) -> None:
    """Move the timeline's slider with the keyboard."""
    spam.page.locator(".anatomy-timeline input[type=range]").focus()
    for _ in range(times):
        spam.page.keyboard.press(keys)


def dimmed(spam: SpamPage, kind: str) -> int:
    """How many parts of a kind are not computed yet."""
    return spam.page.locator(f".anatomy-{kind}.anatomy-dim").count()


def test_hovering_a_neuron_shows_its_sum_and_goes_on_while_training_runs(spam: SpamPage) -> None:
    spam.press("Play")
    neuron(spam, 4).hover()
    spam.until(lambda: card(spam).get_attribute("data-about") == "hidden 2", "the card")
    first = card(spam).text_content()
    for words in ("\u03a3 wx + b", "tanh", "gradient", "last change", "+ bias"):
        assert words in first
    spam.until(lambda: card(spam).text_content() != first, "other numbers")
    second = card(spam).text_content()
    spam.until(lambda: card(spam).text_content() != second, "other numbers again")
    assert card(spam).get_attribute("data-about") == "hidden 2"


def test_the_cards_sum_is_the_networks(spam: SpamPage) -> None:
    spam.press("Step")
    spam.until(lambda: spam.shown("step") == "1", "step 1")
    neuron(spam, 3).hover()
    text = card(spam).locator(".anatomy-card-text").nth(1).text_content()
    sums = "lab.trainable.network.forward(lab.trainable.email).sums[0].tolist()"
    shown = float(re.search(r"= (\S+)$", text).group(1).replace("\u2212", "-"))
    assert shown == pytest.approx(spam.jupyter.ask(sums)[0], abs=0.0051)


def test_the_keyboard_reads_pins_and_lets_go_of_a_neuron(spam: SpamPage) -> None:
    neuron(spam, 8).focus()
    assert card(spam).get_attribute("data-about") == "spam"
    spam.page.keyboard.press("Enter")
    assert card(spam).get_attribute("data-pinned") == "yes"
    spam.page.keyboard.press("Escape")
    assert card(spam).get_attribute("data-pinned") == "no"


def test_a_click_pins_and_what_is_hovered_later_does_not_replace_it(spam: SpamPage) -> None:
    neuron(spam, 3).click()
    neuron(spam, 6).hover()
    assert card(spam).get_attribute("data-about") == "hidden 1"
    spam.press("Step")  # the focus is on a button now
    assert card(spam).get_attribute("data-about") == "hidden 1"
    spam.page.keyboard.press("Escape")
    assert card(spam).get_attribute("data-pinned") == "no"


def test_an_edited_weight_reaches_python_and_the_next_step_starts_from_it(spam: SpamPage) -> None:
    edit(spam, 0, "2.5")
    spam.until(lambda: spam.jupyter.ask(FIRST) == 2.5, "Python's weight")
    spam.page.locator(".anatomy-editor").wait_for(state="hidden")
    spam.press("Step")
    spam.until(lambda: spam.shown("step") == "1", "step 1")
    assert 0 < abs(spam.jupyter.ask(FIRST) - 2.5) < 0.5
    # What a screen reader finds on a line changes once a second.
    spam.until(lambda: "+2." in link(spam, 0).get_attribute("aria-label"), "the line's name")


def test_a_weight_is_edited_by_clicking_it_while_training_runs(spam: SpamPage) -> None:
    spam.press("Play")
    link(spam, 0).scroll_into_view_if_needed()
    box = link(spam, 0).bounding_box()  # its middle is the middle of the line
    spam.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    field = spam.page.locator(".anatomy-editor input")
    field.wait_for(state="visible")
    chosen = spam.page.locator(".anatomy-editor").text_content()
    assert chosen.startswith("weight Win $$$")
    spam.page.wait_for_timeout(300)  # frames arrive meanwhile and must not take the focus
    spam.page.keyboard.type("0.125")
    assert field.input_value() == "0.125"
    spam.page.keyboard.press("Escape")
    spam.page.locator(".anatomy-editor").wait_for(state="hidden")
    assert spam.shown("status") == "playing"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "much", "", "1e7"])
def test_what_is_no_number_is_refused_with_a_sentence(spam: SpamPage, text: str) -> None:
    before = spam.weights()
    edit(spam, 0, text)
    refused = spam.page.locator(".anatomy-refused")
    spam.until(lambda: "Type " in refused.text_content(), "a sentence")
    assert spam.weights() == before
    spam.page.keyboard.press("Escape")
    spam.page.locator(".anatomy-editor").wait_for(state="hidden")
    spam.press("Step")
    spam.until(lambda: spam.shown("step") == "1", "training goes on")


def test_the_arrow_keys_go_through_all_26_parameters(spam: SpamPage) -> None:
    link(spam, 0).focus()
    seen = set()
    for _ in range(26):
        seen.add(card(spam).get_attribute("data-about"))
        spam.page.keyboard.press("ArrowRight")
    assert len(seen) == 26
    assert card(spam).get_attribute("data-about") == "weight Win $$$ \u2192 hidden 1"


def test_gradient_mode_draws_the_gradients_sign_and_says_so(spam: SpamPage) -> None:
    spam.page.locator(".anatomy-switch input").check()
    try:
        title = spam.page.locator(".anatomy-panel h4").first
        assert "gradients" in title.text_content()
        gradients = spam.jupyter.ask(
            "lab.trainable.network.gradients(lab.trainable._x, lab.trainable._y)['hidden_weights']"
            ".ravel().tolist()"
        )
        lines = spam.page.locator(".anatomy-link .anatomy-weight")
        below = [
            "anatomy-below" in lines.nth(number).get_attribute("class") for number in range(12)
        ]
        assert below == [value < 0 for value in gradients]
        assert below != [value < 0 for value in spam.weights()]
    finally:
        spam.page.locator(".anatomy-switch input").uncheck()


def test_the_timeline_lights_forward_loss_and_backward_one_after_another(spam: SpamPage) -> None:
    loss = spam.page.locator(".anatomy-loss")
    scrub(spam, "Home")
    assert (dimmed(spam, "cell"), dimmed(spam, "link"), dimmed(spam, "loss")) == (6, 26, 1)
    scrub(spam, "ArrowRight")
    assert (dimmed(spam, "cell"), dimmed(spam, "link")) == (2, 10)
    scrub(spam, "ArrowRight", 4)
    assert (dimmed(spam, "cell"), dimmed(spam, "link"), dimmed(spam, "loss")) == (0, 0, 0)
    words = spam.page.locator(".anatomy-words").text_content()
    assert loss.locator(".anatomy-value").text_content() in words
    slopes = spam.page.locator(".anatomy-slope:not(:empty)")
    assert slopes.count() == 0
    scrub(spam, "ArrowRight", 2)
    assert (slopes.count(), dimmed(spam, "link")) == (2, 16)
    scrub(spam, "ArrowRight", 2)
    assert (slopes.count(), dimmed(spam, "link")) == (6, 0)
    scrub(spam, "End")
    assert (slopes.count(), dimmed(spam, "link")) == (0, 0)


def test_the_network_view_is_seen_in_both_themes_and_narrow(
    spam: SpamPage, tmp_path: Path
) -> None:
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    network = spam.page.locator(".anatomy-panel").first
    lab = spam.page.locator(".anatomy-spam")
    spam.press("Run 100 steps")
    spam.until(lambda: spam.shown("step") == "100", "100 steps")
    try:
        for theme, width in (("Light", 1280), ("Dark", 1280), ("Light", 400)):
            if width == 400:
                spam.jupyter.command(spam.page, "application:toggle-left-area")
            spam.jupyter.command(spam.page, "apputils:change-theme", theme=f"JupyterLab {theme}")
            spam.page.set_viewport_size({"width": width, "height": 900})
            spam.page.wait_for_selector(
                f'body[data-jp-theme-light="{str(theme == "Light").lower()}"]', state="attached"
            )
            scrub(spam, "End")
            neuron(spam, 4).focus()
            spam.page.keyboard.press("Enter")
            spam.page.wait_for_timeout(400)
            lab.screenshot(path=folder / f"network-pinned-{theme.lower()}-{width}.png")
            spam.page.keyboard.press("Escape")
            scrub(spam, "ArrowLeft", 2)
            edit(spam, 0, "NaN")
            spam.page.locator(".anatomy-refused:not(:empty)").wait_for(state="visible")
            network.screenshot(path=folder / f"network-edit-{theme.lower()}-{width}.png")
            box = spam.page.locator(".anatomy-editor").bounding_box()
            frame = network.bounding_box()
            assert frame["x"] <= box["x"] and (
                box["x"] + box["width"] <= frame["x"] + frame["width"]
            )
            spam.page.keyboard.press("Escape")
    finally:
        spam.jupyter.command(spam.page, "application:toggle-left-area")
        scrub(spam, "End")
        spam.jupyter.command(spam.page, "apputils:change-theme", theme="JupyterLab Light")
        spam.page.set_viewport_size({"width": 1280, "height": 900})
