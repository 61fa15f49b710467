"""The watch over the loss: what counts as an explosion, and what does not."""

from __future__ import annotations

import pytest

from course_utils.ui import DivergenceMonitor, Exploded


def watching(*losses: float) -> DivergenceMonitor:
    watch = DivergenceMonitor()
    for loss in losses:
        watch.take(loss)
    return watch


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_no_number_is_an_explosion_even_at_the_first_step(loss: float) -> None:
    with pytest.raises(Exploded, match="not a number"):
        watching(loss)


def test_a_loss_ten_times_the_usual_is_an_explosion() -> None:
    with pytest.raises(Exploded, match=r"jumped to 20\.5.*\b2\b"):
        watching(8.0, 2.0, 2.0, 2.0, 20.5)


def test_a_loss_nine_times_the_usual_is_not() -> None:
    assert watching(8.0, 2.0, 2.0, 2.0, 18.0).median_loss == 2.0


def test_ten_times_a_tiny_loss_is_noise_while_it_is_below_the_first_one() -> None:
    assert watching(0.7, *[0.001] * 30, 0.05).median_loss == 0.001


def test_after_forgetting_the_next_loss_is_the_first_one() -> None:
    watch = watching(1.0, 1.0)
    watch.forget()
    watch.take(500.0)
    assert watch.median_loss == 500.0
