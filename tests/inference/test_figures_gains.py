"""Pictures of gains: marks where the shares are, with their errors, and what is refused."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from course_utils.inference import figures_gains


def bar(share: float, error: float) -> SimpleNamespace:
    return SimpleNamespace(
        share={"all": share, "facts": share / 2}, standard_error={"all": error, "facts": error}
    )


WAYS = {
    "greedy": {"untrained": bar(0.0, 0.0), "practised": bar(0.8, 0.02)},
    "sampled": {"practised": bar(0.5, 0.03)},
}


def test_each_way_has_its_row_its_share_and_two_standard_errors() -> None:
    figure = figures_gains.stages(WAYS)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["untrained", "practised"]
    greedy, sampled = axes.containers
    assert list(greedy.lines[0].get_xdata()) == [0, 80]
    ((x0, _), (x1, _)) = sampled.lines[2][0].get_segments()[0]
    assert (x0, x1) == pytest.approx((44, 56))
    (legend,) = figure.legends  # beside the axes: it must hide no mark
    assert [text.get_text() for text in legend.texts] == ["greedy", "sampled"]
    assert not figures_gains.stages({"greedy": WAYS["greedy"]}).legends


def test_every_kind_has_a_panel_on_the_same_axis() -> None:
    figure = figures_gains.by_kind(WAYS, ("all", "facts"))
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["all four kinds", "facts"]
    assert list(figure.axes[1].containers[0].lines[0].get_xdata()) == [0, 40]
    assert len({axes.get_xlim() for axes in figure.axes}) == 1


def test_examples_are_drawn_evenly_with_their_errors() -> None:
    low, high = (SimpleNamespace(value=v, standard_error=e) for v, e in ((0.1, 0), (0.9, 0.05)))
    figure = figures_gains.examples_help({"said": {0: low, 2: low, 4: high}, "asked": {4: low}})
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "2", "4"]
    said, asked = axes.containers
    assert list(said.lines[0].get_ydata()) == [10, 10, 90]
    assert list(asked.lines[0].get_xdata()) == [2]  # below the third label
    (_, (_, y1)) = said.lines[2][0].get_segments()[2]
    assert y1 == pytest.approx(100)


@pytest.mark.parametrize("ways", [{}, {"greedy": {}}, dict.fromkeys("abcd", WAYS["greedy"])])
def test_nothing_and_too_much_are_refused(ways: dict) -> None:
    with pytest.raises(ValueError, match="are to be drawn"):
        figures_gains.stages(ways)
    if len(ways) != 1:
        with pytest.raises(ValueError, match="are to be drawn"):
            figures_gains.examples_help(dict.fromkeys(ways, {}))
