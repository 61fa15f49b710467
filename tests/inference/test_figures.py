"""The pictures of notebook 05: bars as long as what they stand for."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from course_utils.inference import figures as inference
from course_utils.ui.picture import LARGEST_BYTES, Picture

NAMES = [" Paris", " the", "<|end|>", "\n", "$5$"]
SHARES = {0.3: [0.9, 0.1, 0, 0, 0], 0.8: [0.6, 0.2, 0.1, 0.1, 0], 1.3: [0.4, 0.3, 0.1, 0.1, 0.1]}
TURNS = [("user", "What costs $5 & <b>?</b> " * 9), ("assistant", "Nothing $x^2$. " * 60)]


def all_pictures() -> list:
    return [
        inference.temperature_bars(NAMES, SHARES),
        inference.temperature_bars(NAMES, SHARES, TURNS),
        inference.speed_bars({"with cache": 900.0, "without": 300.0}, own="with cache"),
    ]


def test_every_picture_is_a_small_png_at_72_dots_an_inch() -> None:
    for figure in all_pictures():
        picture = Picture.of(figure)
        width, height = Image.open(io.BytesIO(picture.png)).size
        assert len(picture.png) < LARGEST_BYTES and figure.dpi == 72
        assert width <= 700 and height <= 500
        assert len(str(picture)) > len("Picture: ") + 12


def test_every_axis_with_numbers_has_a_label() -> None:
    axes = [one for figure in all_pictures() for one in figure.axes if one.axison]
    assert len(axes) == 3 and all(one.get_xlabel() for one in axes)


def test_a_bar_is_as_long_as_its_probability() -> None:
    (axes,) = inference.temperature_bars(NAMES, SHARES).axes
    lengths = [bar.get_width() for bar in axes.patches]
    assert lengths == pytest.approx([100 * one for shares in SHARES.values() for one in shares])


def test_temperatures_differ_by_more_than_colour() -> None:
    (axes,) = inference.temperature_bars(NAMES, SHARES).axes
    assert len({bars[0].get_hatch() for bars in axes.containers}) == len(SHARES)


def test_spaces_and_line_ends_of_a_token_can_be_seen() -> None:
    (axes,) = inference.temperature_bars(NAMES, SHARES).axes
    labels = [one.get_text() for one in axes.get_yticklabels()]
    assert labels[:4] == ["␣Paris", "␣the", "<|end|>", "⏎"]


def test_characters_that_the_font_lacks_become_squares() -> None:
    turns = [("user", "\x01 日本 🦊 é")]
    conversation, bars = inference.temperature_bars(["日", "a"], {1.0: [0.5, 0.5]}, turns).axes
    assert conversation.texts[0].get_text() == "You: □ □□ □ é"
    assert [one.get_text() for one in bars.get_yticklabels()] == ["□", "a"]


def test_a_long_conversation_is_cut_to_the_room() -> None:
    words = [
        one.get_text() for one in inference.temperature_bars(NAMES, SHARES, TURNS).axes[0].texts
    ]
    assert words[0].startswith("You: What costs") and words[-1] == "…"


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: inference.temperature_bars([], {1.0: []}), "0 names"),
        (lambda: inference.temperature_bars(["a"], {}), "0 temperatures"),
        (lambda: inference.temperature_bars(["a"], {1.0: [0.5, 0.5]}), "2 probabilities for 1"),
        (lambda: inference.speed_bars({}), "give one speed or more"),
        (lambda: inference.speed_bars({"a": 0}), "all above 0"),
    ],
)
def test_figures_that_do_not_fit_are_refused_with_a_sentence(draw, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw()
