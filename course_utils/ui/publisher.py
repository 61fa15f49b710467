"""When a frame may be sent: some 18 a second, 30 where the reader waits for one; the newest wins.

It decides when and sends; it does not know what is in a frame, and it has no thread of its own:
the trainer calls it between steps. No notebook section; labs use it.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Publisher:
    """Sends the newest frame when time and the browser allow it.

    Args:
        send: called with (frame number, block of bytes).
        frames_per_second: the most frames sent in a second while nobody moves anything.
        most_per_second: the most where the reader has moved something and waits for the answer.
        in_flight: how many frames may be on their way without an acknowledgement; the page
            answers every second one, for an answer costs the kernel as much as a frame does.
        silence_seconds: after how long without a word from the browser `silent` is true.
        clock: seconds that only grow; another one in tests.
    """

    def __init__(
        self,
        send: Callable[[int, bytes], None],
        frames_per_second: float = 18,
        most_per_second: float = 30,
        in_flight: int = 4,
        silence_seconds: float = 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send, self._gap, self._limit = send, 1 / frames_per_second, in_flight
        self._shortest = min(self._gap, 1 / most_per_second)
        self._silence, self._clock = silence_seconds, clock
        self._last = float("-inf")
        self._heard = clock()
        self.sent = self.acknowledged = 0
        self.waiting = False  # something changed that the browser has not been told
        self._urgent = False  # and the reader has changed it

    def mark(self, urgent: bool = False) -> None:
        """Say that there is something new to show; urgent if the reader waits for it."""
        self.waiting = True
        self._urgent = self._urgent or urgent

    def hear(self, number: int | None = None) -> None:
        """Take in the browser's word: it has frame `number`, or (None) it is there and ready."""
        self._heard = self._clock()
        # A page opened anew has nothing on its way; one cannot have more than was sent.
        newest = self.sent if number is None else min(number, self.sent)
        self.acknowledged = max(self.acknowledged, newest)

    def wait_seconds(self) -> float | None:
        """How long until a frame may go; None while there is none to send or no room for it."""
        if not self.waiting or self.sent - self.acknowledged >= self._limit:
            return None
        gap = self._shortest if self._urgent else self._gap
        return max(0.0, self._last + gap - self._clock())

    def publish(self, make: Callable[[], bytes]) -> bool:
        """Make the newest frame and send it, if one may go now; returns whether one went."""
        if self.wait_seconds() != 0.0:
            return False
        now = self._clock()
        # Late by less than a gap is made up for, so the pace holds on average.
        late = now - self._last - self._gap  # a step is not cut short for a frame
        self.waiting, self._urgent = False, False
        self._last = now - (late if 0 <= late < self._gap else 0.0)
        self.sent += 1
        self._send(self.sent, make())
        return True

    def silent(self) -> bool:
        """Whether the browser has said nothing for `silence_seconds`: nobody is watching."""
        return self._clock() - self._heard > self._silence
