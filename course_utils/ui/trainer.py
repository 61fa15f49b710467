"""The thread that trains: commands are taken in between steps, so a slider acts on the next one.

It knows nothing of models or browsers: a `Trainable` is stepped, a `Publisher` sends what is seen.
The commands come from buttons and sliders, which only put them in a queue and return at once. Used
by every lab; no notebook section teaches it.
"""

from __future__ import annotations

import math
import queue
import statistics
import threading
import time
from collections import deque
from collections.abc import Callable

from course_utils.ui.publisher import Publisher
from course_utils.ui.snapshots import Snapshot, Snapshots
from course_utils.ui.trainable import Rewindable, Trainable, full_frame

__all__ = ["Trainable", "Trainer", "running"]

THREAD_NAME = "course-lab-"
NOBODY_WATCHING = (
    "Paused: for half a minute no open page shows this lab, or a long cell kept the kernel from "
    "hearing it. Press play to go on."
)
KEEP_GAP_SECONDS = 0.1  # between two frames kept for later pages
NOTHING_EARLIER = "There is no earlier step to go back to."


class Trainer(threading.Thread):
    """One background thread for one lab.

    Args:
        name: the lab's name; see `running`.
        trainable: what is trained.
        publisher: where frames go.
        tell: called with (status, banner) when either changes; status is "paused", "playing",
            "error" or "stopped".
        keep: called with a frame that a page opened later should start from.
        steps_per_second: the pace of play, so that a small network can be watched.
    """

    def __init__(
        self,
        name: str,
        trainable: Trainable,
        publisher: Publisher,
        tell: Callable[[str, str], None],
        keep: Callable[[bytes], None],
        steps_per_second: float = 60,
    ) -> None:
        super().__init__(name=THREAD_NAME + name, daemon=True)
        self.lab_name, self.trainable, self.publisher = name, trainable, publisher
        self.status = "paused"
        self._tell, self._keep, self._pace = tell, keep, 1 / steps_per_second
        self._commands: queue.SimpleQueue = queue.SimpleQueue()
        self._steps_owed = 0  # by "steps", to be taken at full speed
        self._finished: list[threading.Event] = []  # set when these are taken
        self._next_step_at = self._kept_at = 0.0
        self._keep_is_due = False  # a change that pages opened later would not see yet
        self.snapshots = Snapshots() if isinstance(trainable, Rewindable) else None
        self.divergence, self._count = DivergenceMonitor(), 0  # steps since the first weights
        self.offers_rewind = False  # after an explosion with good states before it

    def send(self, command: str, *values: object) -> None:
        """Put a command in the queue and return at once.

        Args:
            command: "play", "pause", "steps" (a count, and an Event set when they are done),
                "reset", "change" (a name and a value), "call" (see `call`), "hear" (see
                Publisher.hear), "ready" (a page opened and shows nothing yet), "back", "rewind",
                "new_weights" or "stop".
            values: what the command needs.
        """
        if self.status != "stopped":  # nobody would take it, and it would be kept for ever
            self._commands.put((command, values))

    def call(self, action: Callable[..., None], *values: object) -> None:
        """Let the thread do something of the lab's own between two steps; returns at once.

        Args:
            action: a method of the trainable; what it raises becomes a banner.
            values: what it is called with.
        """
        self.send("call", action, values)

    def stop(self, banner: str = "", seconds: float = 2.0) -> None:
        """End the thread after the step it is in, and wait for that, at most so many seconds."""
        self.send("stop", banner)
        # A thread cannot wait for its own end.
        if self.is_alive() and threading.current_thread() is not self:
            self.join(seconds)

    def run(self) -> None:
        """The thread's loop: commands, a step, a frame."""
        while self.status != "stopped":
            try:
                self._take_commands()
                self._train()
            except Exception as error:  # a lab must say what went wrong, whatever it was
                self._fail(error)
            try:
                self._show()
            except Exception as error:  # a frame that cannot be made is not tried again
                self._fail(error)
                self.publisher.waiting = self._keep_is_due = False
            if not self._steps_owed:
                self._finish()
        self._finish()
        self._let_go()

    def _let_go(self) -> None:
        """Hold nothing of the lab any more: a kernel keeps each thread that has sent something."""
        self.trainable = self._tell = self._keep = None
        self._commands = queue.SimpleQueue()

    def _take_commands(self) -> None:
        """Wait until there is something to do, then take every command that is in the queue."""
        # Waits for the first command only; those behind it are taken without waiting.
        command = self._next_command(self._wait_seconds())
        while command is not None and self.status != "stopped":
            name, values = command
            getattr(self, "_on_" + name)(*values)
            command = self._next_command(0)

    def _next_command(self, seconds: float | None) -> tuple | None:
        """The next command, waited for at most so long (None: for ever); None if none came."""
        try:
            if seconds == 0:
                return self._commands.get_nowait()
            return self._commands.get(timeout=seconds)
        except queue.Empty:
            return None

    def _wait_seconds(self) -> float | None:
        """Until the next step, the next frame or the next kept frame; None for a command only."""
        # Owed steps are taken at full speed, so there is nothing to wait for.
        if self._steps_owed:
            return 0
        waits = [self.publisher.wait_seconds()]
        if self.status == "playing":
            waits.append(max(0.0, self._next_step_at - time.monotonic()))
        elif self._keep_is_due:
            waits.append(max(0.0, self._kept_at + KEEP_GAP_SECONDS - time.monotonic()))
        return min((wait for wait in waits if wait is not None), default=None)

    def _train(self) -> None:
        """Take a step if one is owed or due, and look at what came of it."""
        # Whether it is time for a step: owed ones go first, play has a pace.
        now = time.monotonic()
        if self.status == "stopped":
            return
        if self._steps_owed:
            self._steps_owed -= 1
        elif self.status == "playing" and now >= self._next_step_at:
            self._next_step_at = max(self._next_step_at + self._pace, now)
        else:
            return
        # The first weights are kept before the first step leaves them.
        if self.snapshots is not None and not self.snapshots:
            self.snapshots.keep(0, self.trainable.state())
        loss = self.trainable.step()
        self._count += 1
        self.publisher.mark()
        self._check(loss)
        # Nobody looks: training would only use up the machine.
        if self.status == "playing" and self.publisher.silent():
            self._say("paused", NOBODY_WATCHING)

    def _check(self, loss: float | None) -> None:
        """Stop at a loss that has exploded; keep a state where one is due."""
        if loss is not None:
            self.divergence.take(loss)
        every = getattr(self.trainable, "keep_every", 1)
        if self.snapshots is not None and self._count % every == 0:
            self.snapshots.keep(self._count, self.trainable.state(), loss)

    def _show(self) -> None:
        """Send a frame if one may go; keep one for later pages when at rest, or once a second."""
        if self.status == "stopped" or not (self.publisher.waiting or self._keep_is_due):
            return
        # To the pages that are open, as their answers allow.
        at_rest = self.status != "playing" and not self._steps_owed
        sent = self.publisher.publish(self.trainable.frame)
        # For pages opened later: seldom while it trains, soon after it has come to rest.
        since = time.monotonic() - self._kept_at
        soon = sent or self._finished or since >= KEEP_GAP_SECONDS
        self._keep_is_due = not (since > 1 or (at_rest and soon))
        if not self._keep_is_due:
            self._kept_at = time.monotonic()
            self._keep(full_frame(self.trainable))

    def _say(self, status: str, banner: str = "") -> None:
        self.status = status
        self.publisher.mark()
        self._tell(status, banner)

    def _fail(self, error: Exception) -> None:
        """Stop with a banner; an explosion offers the way back, if a good state was kept."""
        # What was still owed is not taken: training has stopped.
        self._steps_owed = 0
        exploded = isinstance(error, ArithmeticError)
        self.offers_rewind = exploded and bool(self.snapshots)
        back = ", or rewind to before it exploded" if self.offers_rewind else ""
        kind = "" if exploded else f"{type(error).__name__}: "
        self._say(
            "error",
            f"Training stopped. {kind}{error} Press reset to start again from the first "
            f"weights{back}.",
        )

    def _finish(self) -> None:
        """Tell those who wait for their steps that there are no more to come."""
        while self._finished:
            self._finished.pop().set()

    def _on_play(self) -> None:
        self.publisher.hear()
        self._next_step_at = time.monotonic()
        self._say("playing")

    def _on_pause(self) -> None:
        self._say("paused")

    def _on_steps(self, count: int, done: threading.Event | None = None) -> None:
        if done is not None:
            self._finished.append(done)
        self._steps_owed += count
        self._say("paused")

    def _on_reset(self) -> None:
        self._begin_anew(self.trainable.reset)

    def _on_new_weights(self) -> None:
        self._begin_anew(self.trainable.new_weights)

    def _begin_anew(self, begin: Callable[[], None]) -> None:
        # Whatever was owed belonged to the old weights.
        self._steps_owed = 0
        begin()
        self._count = 0
        self.divergence.forget()
        if self.snapshots is not None:
            self.snapshots.clear()
        self._say("paused")

    def _on_back(self) -> None:
        snapshot = self.snapshots.before(self._count) if self.snapshots is not None else None
        self._go_back(snapshot, "")

    def _on_rewind(self) -> None:
        snapshot = None
        if self.snapshots is not None:
            snapshot = self.snapshots.before_failure(self._count, self.divergence.median_loss)
        banner = "Back before it exploded. Lower the learning rate, then press play."
        self._go_back(snapshot, banner)

    def _go_back(self, snapshot: Snapshot | None, banner: str) -> None:
        """Restore a kept state and pause."""
        # The kept state, or a sentence that there is none.
        self._steps_owed = 0
        if snapshot is None:
            self._say("paused", NOTHING_EARLIER)
            return
        self.trainable.restore(snapshot.state)
        self._count = snapshot.step
        # Losses after that state belong to a road not taken.
        self.divergence.forget()
        self._say("paused", banner)

    def _on_change(self, name: str, value: object) -> None:
        self.trainable.change(name, value)
        self.publisher.mark(urgent=True)

    def _on_call(self, action: Callable[..., None], values: tuple) -> None:
        action(*values)
        self.publisher.mark(urgent=True)

    def _on_hear(self, number: int | None = None) -> None:
        self.publisher.hear(number)

    def _on_ready(self) -> None:
        self.publisher.hear()
        self.publisher.mark()

    def _on_stop(self, banner: str = "") -> None:
        self.status = "stopped"
        if self.snapshots is not None:
            self.snapshots.clear()  # the lab stays in its cell; its memory need not
        if banner:  # without one the kernel is going down, and there is nobody to tell
            self._tell("stopped", banner)


def running(name: str) -> list[Trainer]:
    """The trainers of this name that are alive: one at most, unless something is wrong."""
    return [
        thread
        for thread in threading.enumerate()
        if isinstance(thread, Trainer) and thread.lab_name == name
    ]


WINDOW = 20  # steps whose median is the usual loss
TENFOLD = 10.0


class Exploded(ArithmeticError):
    """The loss is no number, or ten times what it was: the last steps did harm."""


class DivergenceMonitor:
    """Takes the loss of every step and raises when it has exploded."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, at other weights."""
        self._recent: deque[float] = deque(maxlen=WINDOW)
        self._first: float | None = None

    @property
    def median_loss(self) -> float | None:
        """The median of the latest losses; None before the first."""
        return statistics.median(self._recent) if self._recent else None

    def take(self, loss: float) -> None:
        """Look at one more loss.

        A tenfold loss counts only where it is above the first one: from 0.001 to 0.01 is noise.

        Raises:
            Exploded: it is not a number, or ten times the median of the latest ones.
        """
        # No number at all.
        if not math.isfinite(loss):
            raise Exploded(
                "The loss is not a number any more: the last steps threw the weights too far. "
                "Lower the learning rate, towards slow and steady."
            )
        # Tenfold, unless it is still below where it began.
        median = self.median_loss
        if median is not None and loss > TENFOLD * median and loss > self._first:
            raise Exploded(
                f"The loss jumped to {loss:.3g}, more than ten times the usual {median:.3g}. "
                "Lower the learning rate, towards slow and steady."
            )
        self._first = loss if self._first is None else self._first
        self._recent.append(loss)
