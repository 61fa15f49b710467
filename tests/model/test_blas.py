"""NumPy's threads: one inside of a block, whoever else is in one, and all of them afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from course_utils.model import blas


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    """The library's number is 2 at first, whatever this machine's is."""
    setting = blas._setting()
    assert setting is not None, "NumPy's own packages come with OpenBLAS"
    before = blas.threads()
    setting[1](2)
    yield
    setting[1](before)


def test_there_is_one_thread_inside_and_as_many_as_before_afterwards() -> None:
    with blas.one_thread():
        assert blas.threads() == 1
        with blas.one_thread():
            assert blas.threads() == 1
        assert blas.threads() == 1
    assert blas.threads() == 2


def test_an_error_inside_gives_them_back_too() -> None:
    with pytest.raises(KeyError), blas.one_thread():
        raise KeyError
    assert blas.threads() == 2


def test_blocks_that_overlap_in_several_threads_end_with_the_last() -> None:
    entered, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with blas.one_thread():
            entered.set()
            leave.wait(10)

    other = threading.Thread(target=stay)
    with blas.one_thread():
        other.start()
        entered.wait(10)
    assert blas.threads() == 1  # the other one is still inside
    leave.set()
    other.join()
    assert blas.threads() == 2


def test_where_the_library_has_no_setting_nothing_is_done(monkeypatch) -> None:
    monkeypatch.setattr(blas, "_setting", lambda: None)
    with blas.one_thread():
        assert blas.threads() is None
    monkeypatch.setattr(blas, "_library", lambda: "mkl")
    assert not blas.can_use_one_thread()
    monkeypatch.setattr(blas, "_library", lambda: "accelerate")
    assert blas.can_use_one_thread()
