"""Speeds: what is measured is what is said, and what does not fit is refused."""

from __future__ import annotations

import pytest

from course_utils.inference.engine import Engine
from course_utils.inference.speed import (
    Bound,
    bound,
    cache_speedup,
    call_seconds,
    interleaved_seconds,
    phases,
    ratio,
    tokens_per_second,
    weights_per_step,
    writer,
)
from course_utils.model.transformer import Transformer


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


def test_a_ratio_is_taken_turn_by_turn() -> None:
    # 2 times, 2 times and 4 times; the medians alone would say 20 over 5.
    assert ratio({"a": [2.0, 20.0, 40.0], "b": [1.0, 10.0, 10.0]}, "a", "b") == 2
    ticks = iter(range(100))
    seconds = interleaved_seconds({"a": lambda: next(ticks)}, 1, lambda: float(next(ticks)))
    assert seconds == {"a": [2.0]}


def test_reading_and_writing_are_timed_apart(engine: Engine) -> None:
    long = phases(engine, [[71] * 40] * 64, 2, repeats=2)
    short = phases(engine, [[71]] * 64, 8, repeats=2)
    assert long.prefill > short.prefill > 0 and short.step > 0
    with pytest.raises(ValueError, match="at least 2"):
        phases(engine, [[71]], 1)


def test_a_step_multiplies_every_weight_but_the_embedding_and_the_norms(
    model: Transformer,
) -> None:
    tables = [weight.numel() for weight in model.parameters() if weight.dim() == 2]
    assert weights_per_step(model.config) == sum(tables) - model.model.embed_tokens.weight.numel()


def test_the_bound_is_the_larger_of_two_and_grows_with_the_rows(model: Transformer) -> None:
    assert (Bound(2.0, 1.0).seconds, Bound(2.0, 1.0).name) == (2.0, "memory")
    assert (Bound(2.0, 3.0).seconds, Bound(2.0, 3.0).name) == (3.0, "arithmetic")
    single, many = bound(model.config, 1, repeats=5), bound(model.config, 10_000, repeats=5)
    assert many.arithmetic > 100 * single.arithmetic > 0


@pytest.mark.parametrize("numpy", [True, False])
def test_what_the_calls_cost_is_measured_without_arithmetic(
    model: Transformer, numpy: bool
) -> None:
    assert call_seconds(model.config, 1, numpy=numpy, new_tokens=16, repeats=1) > 0


def test_speeds_are_above_zero(engine: Engine) -> None:
    assert tokens_per_second(engine, [[71]] * 4, 12, repeats=2) > 0
    assert cache_speedup(engine, [[71]], 4, repeats=1) > 0


@pytest.mark.parametrize(("prompts", "new"), [([], 4), ([[1] * 40], 9)])
def test_what_does_not_fit_is_refused(engine: Engine, prompts, new: int) -> None:
    with pytest.raises(ValueError, match="at most 48 tokens together"):
        tokens_per_second(engine, prompts, new)
