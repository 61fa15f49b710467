"""The pictures of sources: what stands in them, their size, and what they refuse."""

from __future__ import annotations

import pytest

from course_utils.inference import figures_sources as figures
from course_utils.ui.picture import Picture

KNOWN = {"none": 1.0, "one": 0.9, "all": 0.1}
BELIEFS = [(0.0, 0.01), (0.17, 0.2), (0.5, 0.4), (0.5, 0.6), (1.0, 0.97)]


def test_the_pages_of_each_site_stand_as_two_bars() -> None:
    figure = figures.pages_by_site({"atlas": 6, "forum": 1}, {"forum": 2}, "Paris $1")
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [6, 1, 0, 2]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["atlas", "forum"]
    assert len(Picture.of(figure).png) < 40_000


def test_an_answer_without_pages_can_be_drawn() -> None:
    assert figures.pages_by_site({}, {}, "nothing").axes[0].get_xlim()[1] > 0


def test_what_is_known_and_believed_stand_side_by_side() -> None:
    left, right = figures.unpublished_and_contradicted(KNOWN, BELIEFS).axes
    assert [bar.get_width() for bar in left.patches] == [100, 90, 10]
    line = next(each for each in right.lines if each.get_label() == "mean")
    assert list(line.get_ydata()) == pytest.approx([1, 20, 50, 97])


def test_groups_of_shares() -> None:
    groups = {"facts": {"in one page": 1.0, "anywhere": 1.0}, "stories": {"in one page": 0.2,
              "anywhere": 0.5}}  # fmt: skip
    axes = figures.shares_by_name(groups, "how much stands on a page").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [100, 20, 100, 50]
    assert axes.get_legend() is not None
    alone = figures.shares_by_name({"a": {"b": 0.5}}, "alone").axes[0]
    assert alone.get_legend() is None


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: figures.unpublished_and_contradicted({}, BELIEFS), "0 doses"),
        (lambda: figures.unpublished_and_contradicted(KNOWN, []), "0 beliefs"),
        (lambda: figures.shares_by_name({}, "x"), "have 0 bars"),
        (lambda: figures.shares_by_name({"a": {"b": 1}, "c": {"d": 1}}, "x"), "has to have"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw()
