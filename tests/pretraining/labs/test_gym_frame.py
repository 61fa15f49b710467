"""The words on a training run: what curve earns which."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.pretraining.labs.gym.frame import training_status


def noisy(values: np.ndarray, size: float = 0.05) -> np.ndarray:
    return values + size * np.random.default_rng(0).standard_normal(len(values))


def test_before_the_first_step_the_system_is_ready() -> None:
    assert training_status([]) == "System ready"


@pytest.mark.parametrize("steps", [1, 19])
def test_the_first_twenty_steps_are_warming_up(steps: int) -> None:
    assert training_status(noisy(np.linspace(8, 7, steps))) == "warming up"


@pytest.mark.parametrize("steps", [20, 60, 1000])
def test_a_falling_loss_converges(steps: int) -> None:
    assert training_status(noisy(np.linspace(8, 4, steps))) == "converging"


@pytest.mark.parametrize("steps", [40, 400])
def test_a_level_loss_is_a_plateau_however_noisy(steps: int) -> None:
    assert training_status(noisy(np.full(steps, 3.0), 0.3)) == "plateau"
    assert training_status(np.full(steps, 3.0)) == "plateau"


def test_a_loss_that_fell_long_ago_is_a_plateau_now() -> None:
    curve = np.concatenate([np.linspace(8, 3, 200), np.full(300, 3.0)])
    assert training_status(noisy(curve)) == "plateau"


def test_a_rising_loss_is_said_to_rise() -> None:
    curve = np.concatenate([np.linspace(8, 3, 100), np.linspace(3, 5, 100)])
    assert training_status(noisy(curve)) == "rising"


@pytest.mark.parametrize("last", [float("nan"), float("inf"), 31.0])
def test_no_number_or_a_tenfold_loss_is_diverged(last: float) -> None:
    assert training_status([*noisy(np.full(50, 3.0)), last]) == "diverged"


def test_worse_than_the_start_by_a_nat_is_diverged() -> None:
    curve = np.concatenate([np.linspace(8, 3, 50), np.full(30, 9.5)])
    assert training_status(curve) == "diverged"


def test_a_tenfold_loss_below_the_first_one_is_not() -> None:
    assert training_status([*np.linspace(8, 0.01, 60), *np.full(60, 0.01), 0.2]) != "diverged"
