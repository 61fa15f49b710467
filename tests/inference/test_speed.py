"""Speeds: what is measured is what is said, and what does not fit is refused."""

from __future__ import annotations

import pytest

from course_utils.inference.engine import Engine
from course_utils.inference.speed import (
    cache_speedup,
    interleaved_seconds,
    tokens_per_second,
    writer,
)


def test_a_measured_run_writes_exactly_so_many_tokens(engine: Engine) -> None:
    for cached in (True, False):
        rows = writer(engine, [[71], [92, 93]], 9, cached)()
        assert [len(row) for row in rows] == [9, 9]


def test_runs_are_taken_in_turns_and_the_first_turn_only_warms_up() -> None:
    calls: list[str] = []
    runs = {name: lambda name=name: calls.append(name) for name in "ab"}
    seconds = interleaved_seconds(runs, repeats=2)
    assert "".join(calls) == "ababab"
    assert [len(taken) for taken in seconds.values()] == [2, 2]


def test_speeds_are_above_zero(engine: Engine) -> None:
    assert tokens_per_second(engine, [[71]] * 4, 12, repeats=2) > 0
    assert cache_speedup(engine, [[71]], 4, repeats=1) > 0


@pytest.mark.parametrize(("prompts", "new"), [([], 4), ([[1] * 40], 9)])
def test_what_does_not_fit_is_refused(engine: Engine, prompts, new: int) -> None:
    with pytest.raises(ValueError, match="at most 48 tokens together"):
        tokens_per_second(engine, prompts, new)
