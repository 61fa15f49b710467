"""The pictures of notebook 05: bars as long as what they stand for, panels for what is there."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from course_utils.inference import figures as inference
from course_utils.inference.figures import PANELS
from course_utils.ui.picture import LARGEST_BYTES, Picture

NAMES = [" Paris", " the", "<|end|>", "\n", "$5$"]
SHARES = {0.3: [0.9, 0.1, 0, 0, 0], 0.8: [0.6, 0.2, 0.1, 0.1, 0], 1.3: [0.4, 0.3, 0.1, 0.1, 0.1]}
TURNS = [("user", "What costs $5 & <b>?</b> " * 9), ("assistant", "Nothing $x^2$. " * 60)]
WHOLE = {key: 0.5 for panel in PANELS for _, key in panel.bars}


def all_pictures() -> list:
    return [
        inference.temperature_bars(NAMES, SHARES),
        inference.temperature_bars(NAMES, SHARES, TURNS),
        inference.speed_bars({"with cache": 900.0, "without": 300.0}, own="with cache"),
        inference.gains(WHOLE),
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
    assert len(axes) == 3 + len(PANELS) and all(one.get_xlabel() for one in axes)


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


def test_the_whole_report_has_a_panel_for_each_stage() -> None:
    titles = [axes.get_title(loc="left") for axes in inference.gains(WHOLE).axes]
    assert titles == [panel.title for panel in PANELS]


@pytest.mark.parametrize("missing", PANELS[::4], ids=lambda one: one.title)
def test_a_panel_without_its_figure_is_left_out(missing) -> None:
    rest = {key: 1.0 for key in WHOLE if key != missing.bars[-1][1]}
    titles = [axes.get_title(loc="left") for axes in inference.gains(rest).axes if axes.axison]
    assert titles == [panel.title for panel in PANELS if panel is not missing]


def test_a_bar_without_its_figure_is_left_out_of_its_panel() -> None:
    rest = {key: value for key, value in WHOLE.items() if key != "rlhf.true_reward_sft"}
    panel = inference.gains(rest).axes[4]
    assert [one.get_text() for one in panel.get_yticklabels()] == ["with PPO"]


def test_entries_of_the_report_card_are_read_and_others_are_passed_over() -> None:
    card = {
        "pretraining.fact_accuracy": {"value": 0.9, "from": "own"},
        "tokenization.bytes_per_token": {"value": {"by": "kind"}, "from": "own"},
        "rlhf.true_reward_ppo": float("nan"),
        "peak_memory_mb": {"value": 3, "from": "own"},
    }
    (axes,) = inference.gains(card).axes
    assert [bar.get_width() for bar in axes.patches] == [90]


def test_the_speed_without_cache_follows_from_the_speedup() -> None:
    card = {"inference.tokens_per_second": 900.0, "inference.cache_speedup": 3.0}
    (axes,) = inference.gains(card).axes
    assert [bar.get_width() for bar in axes.patches] == [300, 900]


def test_a_reward_below_zero_has_its_bar_inside_the_picture() -> None:
    (axes,) = inference.gains({"rlhf.true_reward_ppo": 0.2, "rlhf.true_reward_sft": -0.1}).axes
    assert axes.get_xlim()[0] < -0.1


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: inference.temperature_bars([], {1.0: []}), "0 names"),
        (lambda: inference.temperature_bars(["a"], {}), "0 temperatures"),
        (lambda: inference.temperature_bars(["a"], {1.0: [0.5, 0.5]}), "2 probabilities for 1"),
        (lambda: inference.speed_bars({}), "give one speed or more"),
        (lambda: inference.speed_bars({"a": 0}), "all above 0"),
        (lambda: inference.gains({"peak_memory_mb": 3}), "Run the notebooks first"),
    ],
)
def test_figures_that_do_not_fit_are_refused_with_a_sentence(draw, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw()
