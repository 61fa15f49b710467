"""The lab machinery without a browser: frames, the publisher's timing, the trainer's commands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from course_utils.ui import Curve, Publisher, Trainer, pack, running, unpack
from course_utils.ui.frames import FRAME_BYTES


class Clock:
    """Seconds that pass when told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Counting:
    """The smallest trainable: counts its steps, and fails at a step when asked to."""

    def __init__(self) -> None:
        self.count, self.size, self.fail_at, self.used = 0, 1.0, None, []

    def step(self) -> None:
        if self.count == self.fail_at:
            raise OverflowError("The numbers left all bounds.")
        self.count += 1
        self.used.append(self.size)

    def reset(self) -> None:
        self.count = 0

    def change(self, name: str, value: object) -> None:
        setattr(self, name, value)

    def frame(self) -> bytes:
        return pack({"step": self.count}, {})


class Bench:
    """A trainer with a trainable, and everything that it sent and said."""

    def __init__(self, steps_per_second: float = 1000, **publisher: object) -> None:
        self.frames: list[bytes] = []
        self.kept: list[bytes] = []
        self.said: list[tuple[str, str]] = []
        self.trainable = Counting()
        publisher.setdefault("in_flight", 10**6)
        self.trainer = Trainer(
            "bench",
            self.trainable,
            Publisher(lambda _, block: self.frames.append(block), **publisher),
            lambda *words: self.said.append(words),
            self.kept.append,
            steps_per_second,
        )
        self.trainer.start()

    def until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while not true():
            assert time.monotonic() < end, "not within 10 s"
            time.sleep(0.002)


@pytest.fixture
def bench() -> Iterator[Bench]:
    one = Bench()
    yield one
    one.trainer.stop()
    assert not one.trainer.is_alive()


def test_a_frame_comes_back_as_it_was_packed() -> None:
    facts, arrays = unpack(
        pack(
            {"step": 7, "name": "tänh"},
            {"w": np.array([[1.5, -2.0], [0.0, 3.0]]), "none": np.zeros(0)},
        )
    )
    assert facts == {"step": 7, "name": "tänh"}
    assert arrays["w"].tolist() == [1.5, -2.0, 0.0, 3.0] and arrays["none"].size == 0


def test_numbers_in_a_frame_begin_at_a_multiple_of_four_bytes() -> None:
    for name in ("a", "ab", "abc", "abcd"):
        block = pack({}, {name: np.ones(3)})
        assert (len(block) - 3 * 4) % 4 == 0


def test_a_frame_too_large_for_the_jupyter_server_is_refused() -> None:
    with pytest.raises(ValueError, match="33,000"):
        pack({}, {"curve": np.zeros(FRAME_BYTES // 4)})


def test_a_thinned_curve_keeps_its_ends_and_its_length_limit() -> None:
    curve = Curve()
    for value in range(5000):
        curve.add(value)
    steps, values = curve.thin(100)
    assert len(steps) == len(values) == 100 and len(curve) == 5000
    assert (steps[0], values[0], steps[-1], values[-1]) == (1, 0, 5000, 4999)
    curve.clear()
    assert curve.thin()[0].size == 0


def test_frames_keep_to_their_pace_and_the_newest_wins() -> None:
    clock, sent = Clock(), []
    publisher = Publisher(lambda number, block: sent.append(block), in_flight=99, clock=clock)
    for step in range(100):  # 100 changes in one second
        publisher.mark()
        publisher.publish(lambda step=step: bytes([step]))
        clock.now += 0.01
    assert 17 <= len(sent) <= 19  # a change comes late, and the next frame not later for it
    publisher.mark()
    clock.now += 1
    assert publisher.publish(lambda: b"newest") and sent[-1] == b"newest"
    clock.now += 1
    assert not publisher.publish(lambda: b"again")


def test_what_the_reader_moves_is_answered_sooner_and_never_beyond_thirty_a_second() -> None:
    clock, sent = Clock(), []
    publisher = Publisher(lambda number, block: sent.append(number), in_flight=99, clock=clock)
    publisher.mark()
    publisher.publish(bytes)
    clock.now += 0.02
    publisher.mark()
    assert publisher.wait_seconds() == pytest.approx(1 / 18 - 0.02)
    publisher.mark(urgent=True)
    assert publisher.wait_seconds() == pytest.approx(1 / 30 - 0.02)
    clock.now += 0.02
    assert publisher.publish(bytes)
    publisher.mark()  # the next one has no hurry again
    assert publisher.wait_seconds() == pytest.approx(1 / 18)
    sent.clear()
    for _ in range(100):  # a slider dragged for a second
        publisher.mark(urgent=True)
        publisher.publish(bytes)
        clock.now += 0.01
    assert 24 <= len(sent) <= 30


def test_without_an_acknowledgement_publishing_pauses_and_with_one_it_goes_on() -> None:
    clock, sent = Clock(), []
    publisher = Publisher(lambda number, block: sent.append(number), in_flight=2, clock=clock)
    for _ in range(5):
        publisher.mark()
        publisher.publish(bytes)
        clock.now += 1
    assert sent == [1, 2] and publisher.wait_seconds() is None
    publisher.hear(1)
    assert publisher.publish(bytes) and sent == [1, 2, 3]


def test_nothing_new_sends_nothing() -> None:
    publisher = Publisher(lambda *_: None, clock=Clock())
    assert publisher.publish(bytes) is False and publisher.wait_seconds() is None


def test_silence_is_thirty_seconds_without_a_word() -> None:
    clock = Clock()
    publisher = Publisher(lambda *_: None, clock=clock)
    clock.now += 29
    assert not publisher.silent()
    clock.now += 2
    assert publisher.silent()
    publisher.hear()
    assert not publisher.silent()


def test_play_trains_and_pause_stops(bench: Bench) -> None:
    bench.trainer.send("play")
    bench.until(lambda: bench.trainable.count > 5)
    bench.trainer.send("pause")
    bench.until(lambda: bench.trainer.status == "paused")
    frozen = bench.trainable.count
    time.sleep(0.05)
    assert bench.trainable.count == frozen
    assert [status for status, _ in bench.said] == ["playing", "paused"]


def test_steps_takes_exactly_so_many_and_says_when_done(bench: Bench) -> None:
    done = threading.Event()
    bench.trainer.send("steps", 25, done)
    assert done.wait(10)
    assert bench.trainable.count == 25
    assert unpack(bench.kept[-1])[0]["step"] == 25


def test_a_change_holds_from_the_next_step(bench: Bench) -> None:
    bench.trainer.send("steps", 1)
    bench.trainer.send("change", "size", 0.5)
    done = threading.Event()
    bench.trainer.send("steps", 1, done)
    assert done.wait(10)
    assert bench.trainable.used[-1] == 0.5


def test_a_call_is_made_by_the_trainers_thread_between_two_steps_and_shown(bench: Bench) -> None:
    called = []

    def note(first: int, second: int) -> None:
        called.append((threading.current_thread(), bench.trainable.count, first, second))

    bench.trainer.send("steps", 3)
    bench.trainer.call(note, 4, 5)
    bench.until(lambda: called and len(bench.kept) > 0)
    thread, count, *values = called[0]
    assert thread is bench.trainer and count <= 3 and values == [4, 5]
    frames = len(bench.frames)
    bench.trainer.call(note, 6, 7)
    bench.until(lambda: len(bench.frames) > frames)


def test_what_a_call_raises_becomes_a_banner(bench: Bench) -> None:
    def refuse() -> None:
        raise RuntimeError("There is nothing to do it with.")

    bench.trainer.call(refuse)
    bench.until(lambda: bench.said and bench.said[-1][0] == "error")
    assert "nothing to do it with" in bench.said[-1][1] and bench.trainer.is_alive()


def test_a_change_acts_within_a_tenth_of_a_second_while_training(bench: Bench) -> None:
    bench.trainer.send("play")
    bench.until(lambda: bench.trainable.count > 3)
    started = time.monotonic()
    bench.trainer.send("change", "size", 0.25)
    bench.until(lambda: bench.trainable.used[-1] == 0.25)
    assert time.monotonic() - started < 1.0  # 0.1 s on a quiet machine; tests share theirs


def test_reset_goes_back_to_the_start_and_pauses(bench: Bench) -> None:
    bench.trainer.send("play")
    bench.until(lambda: bench.trainable.count > 3)
    bench.trainer.send("reset")
    bench.until(lambda: bench.trainer.status == "paused")
    assert bench.trainable.count == 0


def test_an_exception_becomes_a_banner_with_what_to_do_and_reset_mends_it(bench: Bench) -> None:
    bench.trainable.fail_at = 3
    done = threading.Event()
    bench.trainer.send("steps", 10, done)
    assert done.wait(10)
    status, banner = bench.said[-1]
    assert status == "error" and "The numbers left all bounds. Press reset" in banner
    bench.trainable.fail_at = None
    bench.trainer.send("reset")
    bench.trainer.send("steps", 2)
    bench.until(lambda: bench.trainable.count == 2)
    assert bench.said[-1] == ("paused", "")


def test_an_unknown_setting_or_a_broken_frame_does_not_end_the_thread(bench: Bench) -> None:
    bench.trainable.frame = lambda: 1 / 0
    bench.trainer.send("steps", 1)
    bench.until(lambda: bench.said and bench.said[-1][0] == "error")
    del bench.trainable.frame
    bench.trainer.send("steps", 1)
    bench.until(lambda: bench.trainable.count == 2)
    assert bench.trainer.is_alive()


def test_training_pauses_when_no_page_is_heard_of() -> None:
    clock = Clock()
    bench = Bench(clock=clock)
    bench.trainer.send("play")
    bench.until(lambda: bench.trainable.count > 2)
    clock.now += 31
    bench.until(lambda: bench.trainer.status == "paused")
    assert "no open page" in bench.said[-1][1]
    bench.trainer.stop()


def test_a_page_that_opens_gets_a_frame_though_nothing_changed(bench: Bench) -> None:
    bench.trainer.send("ready")
    bench.until(lambda: len(bench.frames) == 1)
    assert unpack(bench.frames[0])[0] == {"step": 0}


def test_stop_ends_the_thread_and_leaves_no_trainer_of_that_name(bench: Bench) -> None:
    assert running("bench") == [bench.trainer]
    bench.trainer.send("play")
    bench.trainer.stop()
    assert running("bench") == []
