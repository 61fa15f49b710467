"""The next-word network's picture: small, labelled, marked where it converged."""

from __future__ import annotations

import io

import pytest
from matplotlib.figure import Figure
from PIL import Image

from course_utils.pretraining.labs.next_word.lab import next_word
from course_utils.ui.picture import LARGEST_BYTES, Picture

START = {"cat": (0.0, 1.0), "mat": (1.0, -1.0), "sat": (-1.0, 0.0)}
NOW = {**START, "cat": (0.5, 1.5)}
ODDS = {"cat": 0.1, "mat": 0.2, "sat": 0.7}


def picture(converged_at: int | None = 1, losses: tuple = (1.1, 0.5, 0.1)) -> Figure:
    return next_word(losses, converged_at, START, NOW, ODDS, ("the cat", "sat"))


def test_it_is_a_small_png_with_words() -> None:
    drawn = Picture.of(picture())
    width, height = Image.open(io.BytesIO(drawn.png)).size
    assert width <= 700 and height <= 500 and len(drawn.png) < LARGEST_BYTES
    assert str(drawn) == "Picture: the next-word network: loss, word vectors, one guess"


def test_the_loss_starts_at_epoch_0_and_is_marked_where_it_converged() -> None:
    axes = picture(converged_at=2).axes[0]
    assert axes.lines[0].get_xdata().tolist() == [0, 1, 2]
    assert set(axes.lines[1].get_xdata()) == {2}
    assert axes.texts[0].get_text() == "converged:\nepoch 2"


def test_without_convergence_it_says_so_and_marks_nothing() -> None:
    axes = picture(converged_at=None, losses=(1.1,)).axes[0]
    assert len(axes.lines) == 1 and axes.texts[0].get_text() == "not converged yet"


def test_every_word_has_a_ring_at_its_start_and_a_dot_where_it_is() -> None:
    rows = [line.get_xydata().tolist() for line in picture().axes[1].lines]
    assert rows[:3] == [[[0, 1], [0.5, 1.5]], [[0, 1]], [[0.5, 1.5]]]


def test_the_right_word_is_named_and_chance_is_a_dashed_line() -> None:
    axes = picture().axes[2]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["cat", "mat", "sat (right)"]
    assert [bar.get_width() for bar in axes.patches] == [0.1, 0.2, 0.7]
    (chance,) = axes.lines
    assert chance.get_linestyle() == "--" and set(chance.get_xdata()) == {1 / 3}


def test_words_that_do_not_fit_are_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="losses is empty"):
        picture(losses=())
    with pytest.raises(ValueError, match="the same"):
        next_word([1.0], None, START, NOW, {"cat": 1.0}, ("the cat", "sat"))
