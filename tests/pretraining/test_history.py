"""The course of a run as plain numbers."""

from __future__ import annotations

import pytest

from course_utils.pretraining.history import History, StepResult


def test_tokens_a_second_count_training_time_only() -> None:
    history = History()
    assert history.tokens_per_second == 0
    for step in (1, 2):
        history.add(StepResult(step, 3.0 / step, 1.0, 0.5, seconds=0.25, tokens=100))
    assert history.steps == [1, 2]
    assert history.losses == [3.0, 1.5]
    assert history.tokens_per_second == pytest.approx(400)
