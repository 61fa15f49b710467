"""The settings of training: the mix of the first steps, and what a corpus without it gets."""

from __future__ import annotations

import pytest

from course_utils.pretraining.config import TrainConfig

CONFIG = TrainConfig(first_steps=7, first_source="copybook", first_share=0.85)


def test_the_first_steps_draw_one_source_and_leave_the_others_their_proportions():
    steps, mix = CONFIG.first({"atlas": 6, "copybook": 1, "stories": 3})
    assert steps == 7 and sum(mix.values()) == pytest.approx(1)
    assert mix["copybook"] == 0.85 and mix["atlas"] == pytest.approx(2 * mix["stories"])


def test_a_corpus_without_the_source_begins_with_its_own_mix():
    assert CONFIG.first({"atlas": 1.0}) is None
    assert CONFIG.first({"atlas": 1.0, "copybook": 0}) is None
    assert TrainConfig(first_steps=0).first({"copybook": 1.0}) is None


def test_a_corpus_of_that_source_alone_is_drawn_as_it_is():
    steps, mix = CONFIG.first({"copybook": 2.0})
    assert steps == 7 and {name for name, share in mix.items() if share} == {"copybook"}


def test_a_share_above_one_is_refused():
    with pytest.raises(ValueError, match="first_share"):
        TrainConfig(first_share=1.2)
