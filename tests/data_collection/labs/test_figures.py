"""The pictures that stand for notebook 01's labs: what they draw, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.data_collection.labs.extraction.lab import kept_strips
from course_utils.data_collection.labs.lsh.lab import s_curve
from course_utils.data_collection.labs.mix.lab import mix_effect
from course_utils.data_collection.labs.quality.lab import threshold_curves
from course_utils.ui.picture import Picture

LINE = np.linspace(0, 1, 5)


def test_both_curves_and_the_usual_place_are_drawn_a_threshold() -> None:
    precision = np.array([np.nan, 0.5, 0.6, 0.9, 1.0])
    figure = threshold_curves({"words": (LINE, precision, 1 - LINE, 0.25)})
    (axes,) = figure.axes
    assert axes.lines[0].get_ydata()[1:] == pytest.approx([50, 60, 90, 100])
    assert axes.lines[1].get_ydata()[0] == 100 and axes.lines[2].get_xdata() == [0.25, 0.25]
    assert axes.get_xlabel() == "words" and Picture.of(figure).png


def test_the_s_curve_is_the_chance_to_agree_in_a_band() -> None:
    figure = s_curve(16, 8, 0.75, [0, 1, 2], [5, 1, 0])
    chances = figure.axes[0].lines[0].get_ydata()
    assert chances[50] == pytest.approx(100 * (1 - (1 - 0.5**8) ** 16))
    heights = [bar.get_height() for bar in figure.axes[1].patches]
    assert heights == [0, 1, 2, 5, 1, 0]


def test_a_source_has_two_bars_and_its_readings() -> None:
    figure = mix_effect(["a", "b"], [0.9, 0.1], [0.5, 0.5], [1.0, 9.0])
    assert [bar.get_width() for bar in figure.axes[0].patches] == [90, 10, 50, 50]
    assert [text.get_text() for text in figure.axes[1].texts] == ["1.0", "9.0"]


def test_a_strip_a_way_is_drawn_with_its_f1() -> None:
    figure = kept_strips({"by hand": LINE, "the truth": LINE}, {"by hand": 0.7})
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["by hand, F1 0.700", "the truth"]
    assert len(figure.axes[0].collections) == 2


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: threshold_curves({}), "panels"),
        (lambda: s_curve(4, 4, 0.5, [1], []), "1 .* 0"),
        (lambda: mix_effect(["a"], [1.0], [], [1.0]), "1 names"),
        (lambda: kept_strips({}, {}), "strips"),
    ],
)
def test_figures_that_do_not_fit_are_refused_with_a_sentence(draw, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        draw()
