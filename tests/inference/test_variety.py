"""What the temperature takes and gives: a count by hand, and greedy replies that are all alike."""

from __future__ import annotations

import pytest
import torch

from course_utils.inference import figures_sampling, variety
from course_utils.inference.engine import Engine
from course_utils.inference.variety import Point
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer


@pytest.fixture
def engine() -> Engine:
    """A small model over bytes with room for a question, random but decided."""
    model = Transformer(TransformerConfig(261, 16, 1, 2, 24, 200))
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
        model.lm_head.weight[32] += 1  # blanks, so that there are words
    return Engine(model, FastTokenizer())


def test_distinct_pairs_counted_by_hand() -> None:
    # a-b, b-c, and a-b again: two of three.
    assert variety.distinct_pairs(["a b c", "a b"]) == pytest.approx(2 / 3)
    assert variety.distinct_pairs(["a b c d"]) == 1
    assert variety.distinct_pairs(["a b"] * 4) == 1 / 4
    assert variety.distinct_pairs(["one", ""]) == variety.distinct_pairs([]) == 0


def test_greedy_replies_are_one_and_hot_ones_differ(engine: Engine) -> None:
    cold, hot = variety.over_temperature(engine, [0.0, 1.5], questions=3, stories=6)
    assert (cold.temperature, cold.questions, hot.temperature) == (0, 3, 1.5)
    assert cold.distinct == pytest.approx(1 / 6) and hot.distinct == 1
    assert hot.variety > cold.variety
    assert cold.right == hot.right == 0  # it knows nothing


def test_the_same_seed_measures_the_same(engine: Engine) -> None:
    first, again, other = (
        variety.over_temperature(engine, [0.4], questions=2, stories=8, seed=seed)
        for seed in (0, 0, 1)
    )
    assert first == again and first[0].distinct != other[0].distinct


def test_a_standard_error_by_hand() -> None:
    assert Point(1, 0.8, 100, 1, 1).standard_error == pytest.approx(0.04)


@pytest.mark.parametrize("settings", [{"questions": 0}, {"stories": 0}, {"temperatures": [-1]}])
def test_what_cannot_be_measured_is_refused(engine: Engine, settings: dict) -> None:
    with pytest.raises(ValueError, match="questions is 0|stories is 0|temperature is -1"):
        variety.over_temperature(engine, **{"temperatures": [1.0], "questions": 1} | settings)


def test_the_picture_has_a_mark_for_each_temperature() -> None:
    points = [Point(0, 0.9, 100, 0.1, 0.1), Point(1, 0.5, 100, 1, 0.8)]
    (axes,) = figures_sampling.facts_and_variety(points).axes
    drawn = [line.get_ydata().tolist() for line in axes.lines if line.get_linestyle() != "None"]
    assert [90, 50] in drawn and [10, 80] in drawn
    with pytest.raises(ValueError, match="no point"):
        figures_sampling.facts_and_variety([])
