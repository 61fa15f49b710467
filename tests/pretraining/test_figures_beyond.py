"""Pictures of recall, cups and drawings: what is drawn is what was given."""

from __future__ import annotations

import pytest
import torch

from course_utils.pretraining import figures_beyond, pixels


def test_recall_has_a_line_per_model_in_percent_and_one_of_guessing():
    curves = {"GRU": {4: 1.0, 64: 0.5}, "attention": {4: 0.9, 64: 0.8}}
    figure = figures_beyond.recall(curves, curves, guessing=0.25)
    for axes in figure.axes:
        assert [line.get_ydata()[-1] for line in axes.get_lines()] == [50, 80, 25]
        assert [text.get_text() for text in axes.get_xticklabels()] == ["4", "64"]


def test_swaps_are_counted_from_one():
    (axes,) = figures_beyond.swaps({"dots": [1.0, 0.4, 0.3]}, guessing=1 / 3).axes
    assert list(axes.get_lines()[0].get_xdata()) == [1, 2, 3]


def test_a_drawing_is_cut_into_all_its_patches():
    figure = figures_beyond.drawings(*pixels.drawings(2, 0))
    assert {axes.get_title(loc="left") for axes in figure.axes} <= set(pixels.ANIMALS)
    numbers = [text.get_text() for text in figure.axes[0].texts]
    assert numbers == [str(number) for number in range(1, pixels.PATCHES + 1)]


@pytest.mark.parametrize("count", [0, 7])
def test_too_few_or_too_many_drawings_are_refused(count):
    with pytest.raises(ValueError, match="1 to 6"):
        figures_beyond.drawings(torch.zeros(count, 12, 12), torch.zeros(count))
