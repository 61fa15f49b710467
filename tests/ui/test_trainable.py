"""How many threads a lab's step may use."""

from __future__ import annotations

import threading

import pytest
import torch

from course_utils.ui import lab_threads


def test_a_labs_step_leaves_one_core_and_the_number_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = torch.get_num_threads()
    for cores, expected in (("1", 1), ("2", 1), ("4", 3)):
        monkeypatch.setenv("OMP_NUM_THREADS", cores)
        with lab_threads():
            assert torch.get_num_threads() == expected
        assert torch.get_num_threads() == before


def test_two_labs_at_once_leave_new_threads_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    before = torch.get_num_threads()
    torch.set_num_threads(3)

    def step() -> None:
        with lab_threads():
            inside.set()
            assert other_has_left.wait(5)

    inside, other_has_left, numbers = threading.Event(), threading.Event(), []
    lab = threading.Thread(target=step)
    later = threading.Thread(target=lambda: numbers.append(torch.get_num_threads()))
    try:
        with lab_threads():
            lab.start()
            assert inside.wait(5)
        other_has_left.set()
        lab.join()
        later.start()
        later.join()
        assert numbers == [3]
    finally:
        torch.set_num_threads(before)
