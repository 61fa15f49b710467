"""One call of a reader's function: the limit holds, and the notebook goes on as before."""

from __future__ import annotations

import _thread
import random
import sys
import threading
import time

import numpy as np
import pytest
import torch

from course_utils.challenges import trial
from course_utils.challenges.trial import TooSlowError, Trial, random_states_kept


def endless():
    while True:
        pass


def catching_everything(release: threading.Event):
    while not release.is_set():
        try:
            time.sleep(0.001)
        except BaseException:  # what a reader's bare `except` does
            pass


def nobody_left(before: int) -> bool:
    """Whether as many threads run as before; one that was stopped takes a moment to end."""
    until = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)
    return threading.active_count() <= before


def test_an_answer_comes_back_as_it_is() -> None:
    answer = object()
    assert Trial(lambda one: one).call((answer,)).answer is answer


def test_an_error_comes_back_and_is_not_raised() -> None:
    outcome = Trial(lambda: 1 / 0).call(())
    assert isinstance(outcome.error, ZeroDivisionError)


def test_an_endless_loop_ends_with_the_time_and_leaves_no_thread() -> None:
    before = threading.active_count()
    with pytest.raises(TooSlowError) as caught:
        Trial(endless, seconds=0.1).call(())
    assert caught.value.ended and nobody_left(before)


def test_a_function_that_catches_everything_is_left_behind_and_this_is_said(monkeypatch) -> None:
    monkeypatch.setattr(trial, "GRACE_SECONDS", 0.2)
    release = threading.Event()
    with pytest.raises(TooSlowError) as caught:
        Trial(catching_everything, seconds=0.1).call((release,))
    release.set()
    assert not caught.value.ended


def test_all_calls_of_a_check_share_the_time() -> None:
    slow = Trial(lambda: time.sleep(0.06), seconds=0.1)
    with pytest.raises(TooSlowError):
        for _ in range(10):
            slow.call(())


def test_the_stop_button_stops_the_function_and_passes_through() -> None:
    before = threading.active_count()
    button = threading.Timer(0.1, _thread.interrupt_main)
    button.start()
    with pytest.raises(KeyboardInterrupt):
        Trial(endless, seconds=30).call(())
    button.join()
    assert nobody_left(before)


def test_what_is_printed_is_shown_and_kept(capsys) -> None:
    outcome = Trial(lambda: print("here")).call(())
    assert outcome.printed == "here\n" == capsys.readouterr().out


def test_a_flood_of_prints_is_cut_once_for_all_calls(capsys) -> None:
    def flood():
        for _ in range(5_000):
            print("and again")

    noisy = Trial(flood)
    noisy.call(()), noisy.call(())
    shown = capsys.readouterr().out
    assert len(shown) < trial.MOST_PRINTED + 100 and shown.count("is not shown") == 1


def test_other_threads_print_as_ever_while_a_function_runs(capsys) -> None:
    def function():
        other = threading.Thread(target=lambda: print("a lab's line"))
        other.start()
        other.join()

    outcome = Trial(function).call(())
    assert outcome.printed == "" and capsys.readouterr().out == "a lab's line\n"


def test_standard_output_is_put_back_after_an_endless_loop() -> None:
    before = sys.stdout
    with pytest.raises(TooSlowError):
        Trial(endless, seconds=0.05).call(())
    assert sys.stdout is before


def test_random_generators_are_put_back() -> None:
    def drawn():
        return random.random(), np.random.random(), torch.rand(1).item()

    with random_states_kept():
        expected = drawn()
    with random_states_kept():
        random.seed(5), np.random.seed(5), torch.manual_seed(5)
    assert drawn() == expected
