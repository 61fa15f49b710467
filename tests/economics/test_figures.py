"""The picture of scale: every point is drawn, a shape says how sure it is, and it is small."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from course_utils import economics
from course_utils.economics.labs.scale.lab import MARKS, over_the_years
from course_utils.ui.picture import Picture


def panels() -> dict:
    return {name: economics.series(name) for name in economics.SERIES}


def test_every_point_is_drawn_on_a_log_axis() -> None:
    figure = over_the_years(panels())
    for axes, points in zip(figure.axes, panels().values(), strict=True):
        assert axes.get_yscale() == "log" and axes.get_xlabel()
        assert sum(len(one.get_offsets()) for one in axes.collections) == len(points)


def test_no_two_certainties_share_a_shape_or_a_colour() -> None:
    assert len({marker for marker, _, _ in MARKS.values()}) == len(MARKS)
    assert len({colour for _, colour, _ in MARKS.values()}) == len(MARKS)


def test_a_fit_is_drawn_with_its_band() -> None:
    points = economics.series("compute")
    fit = economics.doubling(points)
    (without,), (axes,) = (over_the_years({"a": points}, fits).axes for fits in (None, {"a": fit}))
    (line,) = axes.lines
    assert line.get_ydata()[-1] == pytest.approx(fit.value_at(points[-1].year))
    assert len(axes.collections) == len(without.collections) + 1


def test_it_is_a_small_png() -> None:
    assert len(Picture.of(over_the_years(panels())).png) < 20_000


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "nothing to draw"),
        ({"a": ()}, "nothing to draw"),
        ({"a": (SimpleNamespace(name="x", year=2020, value=1, certainty="sure"),)}, "sure"),
    ],
)
def test_what_cannot_be_drawn_is_refused(given: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        over_the_years(given)
