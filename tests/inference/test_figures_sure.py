"""The pictures of how sure a model is: marks where the numbers are, with their errors."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from course_utils.inference import abstain, figures_sure
from course_utils.inference.calibration import Bin
from course_utils.inference.made_up_names import OUTCOMES, Outcomes
from course_utils.ui.picture import LARGEST_BYTES, Picture

MODEL, READER = (Bin(0.3, 0.5, 0.14, 12), Bin(0.9, 0.95, 0.02, 143)), (Bin(0.7, 0.5, 0.25, 4),)
KINDS = {"capital": Bin(0.7, 0.88, 0.03, 115), "highest_point": Bin(0.6, 0.8, 0.04, 90)}
POINTS = abstain.curve([0.9, 0.8, 0.7, 0.6], [True, True, False, True])
MAKERS = {
    "things": Outcomes(dict(zip(OUTCOMES, (5, 1, 0, 2), strict=True)), 8),
    "from books": Outcomes(dict(zip(OUTCOMES, (0, 0, 4, 0), strict=True)), 4),
}


def all_pictures() -> list:
    return [
        figures_sure.calibration({"your model": MODEL, "you": READER}, KINDS),
        figures_sure.risk_coverage({"whole": POINTS, "first": POINTS}, POINTS[1]),
        figures_sure.made_up(MAKERS),
    ]


def test_every_picture_is_a_small_png_with_labelled_axes() -> None:
    for figure in all_pictures():
        picture = Picture.of(figure)
        width, height = Image.open(io.BytesIO(picture.png)).size
        assert len(picture.png) < LARGEST_BYTES and width <= 700 and height <= 500
        assert all(axes.get_xlabel() for axes in figure.axes)


def test_calibration_shows_the_counts_of_whoever_has_answers() -> None:
    for found in ({"model": MODEL, "you": READER}, {"model": MODEL, "you": ()}):
        left, right = figures_sure.calibration(found, KINDS).axes
        texts = {text.get_text() for text in left.texts}
        assert texts == {str(part.count) for bins in found.values() for part in bins}
        assert [tick.get_text() for tick in right.get_yticklabels()] == [
            "capital",
            "highest point",
        ]


def test_an_error_bar_reaches_one_standard_error_to_each_side() -> None:
    left, _ = figures_sure.calibration({"model": MODEL}, KINDS).axes
    bars = left.containers[0].lines[2][0].get_segments()

    assert bars[0][:, 1] == pytest.approx([36, 64])


def test_the_curve_of_risk_runs_to_the_share_that_is_wrong_of_all() -> None:
    (axes,) = figures_sure.risk_coverage({"whole": POINTS}, POINTS[1]).axes

    assert axes.lines[0].get_xydata()[-1] == pytest.approx([100, 25])
    assert axes.get_legend().get_texts()[-1].get_text() == "the chosen threshold"


def test_a_makers_bars_fill_the_row() -> None:
    (axes,) = figures_sure.made_up(MAKERS).axes
    lengths = [bar.get_width() for bar in axes.patches]

    assert lengths == pytest.approx([62.5, 0, 12.5, 0, 0, 100, 25, 0])
    assert len({bar.get_hatch() for bar in axes.patches}) == len(OUTCOMES)


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="0 have answers"):
        figures_sure.calibration({"model": (), "you": ()}, KINDS)
    with pytest.raises(ValueError, match="0 curves"):
        figures_sure.risk_coverage({}, POINTS[0])
    with pytest.raises(ValueError, match="no maker"):
        figures_sure.made_up({})
