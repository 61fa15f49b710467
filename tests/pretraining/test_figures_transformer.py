"""The transformer's pictures: shapes stand on them, and hands point where they should."""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_utils.model.transformer import TransformerConfig
from course_utils.pretraining import figures_transformer as figures


def words(figure) -> str:
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


def test_the_whole_names_its_layers_and_the_shapes_of_this_model():
    config = TransformerConfig(100, 32, 3, 2, 88, context_tokens=64, tied=True)
    said = words(figures.whole(config))
    for part in (
        "embedding",
        "RMSNorm",
        "attention",
        "SwiGLU",
        "head",
        "tied",
        "one block, 3 times",
    ):
        assert part in said
    assert "(T, 32)" in said and "(T, 100)" in said and "2 heads of 16" in said
    assert "100 × 32" in words(figures.whole(TransformerConfig(100, 32, 1, 2, 88)))


def test_hands_point_where_their_angles_say():
    angles = np.array([[0, math.pi / 2, math.pi], [0, 0.1, 0.2]])
    figure = figures.turning_hands(angles, ["pair 0", "pair 5"], ["a", " b", " c"])
    tips = [axes.texts[0].xy for axes in figure.axes]
    assert np.allclose(tips, np.stack([np.cos(angles), np.sin(angles)], -1).reshape(-1, 2))
    assert [axes.get_title(loc="center") for axes in figure.axes[:3]] == ["a\n0", "b\n1", "c\n2"]
    assert figure.axes[3].get_ylabel() == "pair 5"


@pytest.mark.parametrize(
    "bad",
    [(np.zeros(3), ["x"], []), (np.zeros((2, 3)), ["x"], []), (np.zeros((1, 3)), ["x"], "ab")],
)
def test_hands_that_do_not_fit_their_names_are_refused(bad):
    with pytest.raises(ValueError, match="expected"):
        figures.turning_hands(*bad)
