"""Call a reader's function once: with a time limit, and so that the notebook goes on as before.

The function runs in a thread of its own, because only then can its caller go on when it never
ends. What it prints is shown up to a limit, and random generators are put back. It judges no
answer (base.py does). Left out: a single operation of C code without an end, such as
sum(itertools.count()), holds all of Python, and only a restart of the kernel ends it.
"""

from __future__ import annotations

import contextlib
import contextvars
import ctypes
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SECONDS = 10.0
GRACE_SECONDS = 1.0
SLICE_SECONDS = 0.05  # waiting in slices lets an interruption through on Windows too
MOST_PRINTED = 2_000


class TooSlowError(Exception):
    """The function gave no answer in time.

    Attributes:
        seconds: how long the check was ready to wait, over all its cases.
        ended: whether the function could be stopped; if not, it runs on in the background.
    """

    def __init__(self, seconds: float, ended: bool) -> None:
        super().__init__(f"no answer within {seconds:g} seconds")
        self.seconds, self.ended = seconds, ended


class _StopThread(SystemExit):
    """Raised inside the function's thread; threads end silently on a SystemExit."""


@dataclass
class Outcome:
    """What came of one call.

    Attributes:
        answer: what the function returned.
        error: what it raised, or None.
        printed: what it printed, cut at the limit.
    """

    answer: object = None
    error: BaseException | None = None
    printed: str = ""


class Trial:
    """The calls of one check; they share one time limit and one limit of what is printed.

    Args:
        function: what the reader wrote.
        seconds: for all calls together; SECONDS where it is not given.
    """

    def __init__(self, function: Callable, seconds: float | None = None) -> None:
        self._function = function
        self._seconds = SECONDS if seconds is None else seconds
        self._until = time.monotonic() + self._seconds
        self._room, self._said_cut = MOST_PRINTED, False

    def call(self, arguments: tuple, show: bool = True) -> Outcome:
        """Call the function.

        Args:
            arguments: what it is called with.
            show: show in the cell what it prints.

        Raises:
            TooSlowError: the time is up.
            KeyboardInterrupt: the reader stopped the cell (or the function raised it).
        """
        outcome, prints = Outcome(), _Prints(sys.stdout, self._room)
        ended = threading.Event()

        def work() -> None:
            prints.thread = threading.get_ident()
            try:
                try:
                    outcome.answer = self._function(*arguments)
                except BaseException as error:
                    outcome.error = error
            finally:
                ended.set()

        # Its prints are caught whether it ends well, badly or never.
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(work,), daemon=True)
        try:
            with contextlib.redirect_stdout(prints):
                thread.start()
                self._wait(thread, ended)
        finally:
            outcome.printed = prints.kept
            if show:
                self._show(prints)
        # Ctrl-C is the reader's, not an answer.
        if isinstance(outcome.error, KeyboardInterrupt):
            raise outcome.error
        return outcome

    def _wait(self, thread: threading.Thread, ended: threading.Event) -> None:
        try:
            while not ended.is_set() and time.monotonic() < self._until:
                ended.wait(SLICE_SECONDS)
        except BaseException:  # the reader pressed stop: the function must not go on unseen
            _stop(thread, ended)
            raise
        if not ended.is_set():
            raise TooSlowError(self._seconds, ended=_stop(thread, ended))
        thread.join()

    def _show(self, prints: _Prints) -> None:
        """Show in the cell what was printed, up to the limit, and say where it was cut."""
        sys.stdout.write(prints.kept)
        self._room -= len(prints.kept)
        if prints.cut and not self._said_cut:
            sys.stdout.write("\n(What it printed after this is not shown.)\n")
            self._said_cut = True


class _Prints:
    """Stands in for sys.stdout: keeps what one thread prints, and lets all others print."""

    def __init__(self, real: object, room: int) -> None:
        self.real, self.room = real, room
        self.thread: int | None = None
        self.kept, self.cut = "", False

    def write(self, text: str) -> int:
        """Keep as much as there is room for."""
        if threading.get_ident() != self.thread:
            return self.real.write(text)
        left = self.room - len(self.kept)
        self.cut = self.cut or len(text) > left
        self.kept += text[:left]
        return len(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


def _stop(thread: threading.Thread, ended: threading.Event) -> bool:
    """Raise an exception inside a thread until it ends; False where it does not.

    It arrives between two steps of Python code: a function that waits, or that catches everything,
    goes on. (Thread.join is of no use here: interrupted, it may take a thread for ended.)
    """
    until = time.monotonic() + GRACE_SECONDS
    while not ended.is_set() and time.monotonic() < until:
        reached = ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(_StopThread)
        )
        if not reached:  # there is no such thread any more
            return True
        ended.wait(SLICE_SECONDS)
    return ended.is_set()


@contextlib.contextmanager
def random_states_kept() -> Iterator[None]:
    """Put the random generators of Python, NumPy and torch back to where they were.

    Without it, a challenge that draws or seeds would change what later cells compute.
    """
    # Only what is loaded can have been drawn from.
    python = random.getstate()
    numpy, torch = (sys.modules.get(name) for name in ("numpy", "torch"))
    of_numpy = numpy.random.get_state() if numpy else None
    of_torch = torch.get_rng_state() if torch else None
    try:
        yield
    finally:
        random.setstate(python)
        if numpy:
            numpy.random.set_state(of_numpy)
        if torch:
            torch.set_rng_state(of_torch)
