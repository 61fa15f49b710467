"""The states that a lab goes back to: how many, how far back, and which one after a failure."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.ui import Snapshots
from course_utils.ui.snapshots import size_of


def filled(steps: int, limit: int = 1000, size: int = 100, every: int = 1) -> Snapshots:
    past = Snapshots(limit_bytes=limit)
    for step in range(0, steps, every):
        past.keep(step, bytes(size), loss=1.0)
    return past


def test_the_states_together_stay_under_the_limit() -> None:
    past = filled(5000)
    assert past.size <= 1000 and len(past) == 10


def test_a_full_buffer_reaches_back_to_the_start_and_is_dense_of_late() -> None:
    steps = filled(5000).steps
    gaps = np.diff(steps)
    assert steps[0] == 0 and steps[-1] == 4999
    assert gaps[0] > 1000 and gaps[-1] <= 3
    assert list(gaps) == sorted(gaps, reverse=True)


def test_many_small_states_are_limited_in_number() -> None:
    assert len(filled(1000, limit=10**9)) == 128


def test_a_state_larger_than_the_limit_is_not_kept() -> None:
    past = Snapshots(limit_bytes=10)
    past.keep(1, bytes(11))
    assert len(past) == 0 and past.before(100) is None


def test_back_is_the_newest_state_before_the_step() -> None:
    past = filled(31, limit=10**6, every=10)
    assert past.before(25).step == 20 and past.before(20).step == 10
    assert past.before(0) is None


def test_keeping_an_earlier_step_again_forgets_the_road_not_taken() -> None:
    past = filled(31, limit=10**6, every=10)
    past.keep(15, b"new")
    assert past.steps == [0, 10, 15]


def test_the_state_before_a_failure_has_a_margin_and_a_calm_loss() -> None:
    past = Snapshots()
    for step, loss in ((10, 1.0), (20, 1.1), (30, 9.0), (38, 1.0)):
        past.keep(step, b"", loss)
    assert past.before_failure(40, typical_loss=1.0).step == 20


def test_with_no_state_old_enough_the_oldest_is_the_one_before_the_failure() -> None:
    past = Snapshots()
    past.keep(0, b"first")
    past.keep(3, b"later", 1.0)
    assert past.before_failure(4, typical_loss=1.0).state == b"first"


@pytest.mark.parametrize(
    ("state", "size"),
    [
        (b"12345", 5),
        (np.zeros(10), 80),
        (torch.zeros(10), 40),
        ({"weights": [np.zeros(2), b"123"], "deep": {"more": (np.zeros(1),)}}, 27),
    ],
)
def test_bytes_arrays_and_tensors_are_measured_however_deep(state: object, size: int) -> None:
    assert size_of(state) == size
