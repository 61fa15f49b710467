"""What must never freeze: interrupts, cells run twice, labs shown twice, closed pages."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator

import pytest

from course_utils.ui import running

from .small_lab import Counting, Halving, SmallLab, press, take, until


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[object], SmallLab]]:
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    yield lambda trainable: SmallLab(trainable, headless_steps=1, steps_per_second=1000)
    for trainer in running(SmallLab.name):
        trainer.stop()


@pytest.fixture
def lab(make: Callable[[object], SmallLab]) -> SmallLab:
    return make(Halving())


def test_a_stopped_trainer_gives_its_states_back(lab: SmallLab) -> None:
    take(lab, 5)
    snapshots = lab.trainer.snapshots
    assert len(snapshots) == 6
    lab.trainer.stop()
    assert len(snapshots) == 0


def test_an_interrupt_of_the_kernel_leaves_training_alive_and_in_hand(lab: SmallLab) -> None:
    press(lab, "Play")
    until(lambda: lab.trainable.count > 3)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
        time.sleep(5)  # where the signal arrives only at the next line
    count = lab.trainable.count
    until(lambda: lab.trainable.count > count)
    press(lab, "Pause")
    until(lambda: lab.view.status == "paused")


def test_two_views_of_one_lab_that_both_answer_leave_frames_flowing(lab: SmallLab) -> None:
    sent = []
    lab.trainer.publisher._send = lambda number, _block: sent.append(number)
    lab._hear(lab.view, {"type": "ready"}, [])
    lab._hear(lab.view, {"type": "ready"}, [])
    press(lab, "Play")
    answered = 0
    end = time.monotonic() + 10
    while len(sent) < 12 and time.monotonic() < end:
        if len(sent) > answered:
            answered = len(sent)
            for number in (sent[-1], sent[-1], sent[0]):  # twice, and an old one late
                lab._hear(lab.view, {"type": "ack", "number": number}, [])
        time.sleep(0.002)
    assert sent[:12] == list(range(1, 13))


def test_showing_a_lab_twice_makes_no_second_trainer(lab: SmallLab) -> None:
    for _ in range(2):
        assert "application/vnd.jupyter.widget-view+json" in lab._repr_mimebundle_()[0]
    assert running(SmallLab.name) == [lab.trainer]


def test_a_cell_run_many_times_leaves_one_trainer_and_its_newest_lab_answers(
    make: Callable,
) -> None:
    labs = []
    for _ in range(5):
        labs.append(make(Halving()))
        press(labs[-1], "Play")
    assert running(SmallLab.name) == [labs[-1].trainer]
    assert {one.view.status for one in labs[:-1]} == {"stopped"}
    until(lambda: labs[-1].trainable.count > 3)


def test_buttons_of_a_stopped_lab_neither_fail_nor_wake_it(make: Callable) -> None:
    old = make(Halving())
    make(Halving())
    started = time.monotonic()
    for button in (*old.buttons, old.rewind):
        button.click()
    assert time.monotonic() - started < 2
    assert not old.trainer.is_alive() and old.trainable.count == 0


def test_many_clicks_on_play_train_at_one_pace(make: Callable) -> None:
    lab = SmallLab(Counting(), headless_steps=1, steps_per_second=20)
    for _ in range(10):
        press(lab, "Play")
    time.sleep(0.5)
    assert 1 <= lab.trainable.count <= 14
    assert len(running(SmallLab.name)) == 1


def test_a_closed_page_pauses_training_and_an_open_one_does_not(lab: SmallLab) -> None:
    clock = {"now": 0.0}
    lab.trainer.publisher._clock = lambda: clock["now"]
    press(lab, "Play")
    until(lambda: lab.trainable.count > 2)
    clock["now"] = 25.0
    lab._hear(lab.view, {"type": "alive"}, [])
    time.sleep(0.05)
    clock["now"] = 50.0
    time.sleep(0.05)
    assert lab.view.status == "playing"
    clock["now"] = 60.0
    until(lambda: lab.view.status == "paused")
    assert "no open page" in lab.view.banner


class Telling(SmallLab):
    def as_text(self) -> str:
        return f"after {self.trainable.count} steps"


@pytest.mark.parametrize(("headless", "printed"), [("1", "after 3 steps\n"), ("0", "")])
def test_figures_are_printed_beside_a_picture_and_not_beside_a_live_lab(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    headless: str,
    printed: str,
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", headless)
    Telling(Counting(), headless_steps=3).print_figures()
    assert capsys.readouterr().out == printed
    for trainer in running(SmallLab.name):
        trainer.stop()


def test_a_lab_in_the_place_of_another_closes_its_controls_and_keeps_its_picture(
    make: Callable,
) -> None:
    old = make(Halving())
    make(Halving())
    assert old.view.comm is not None and old.view.status == "stopped"
    assert [button.comm for button in (*old.buttons, old.rewind)] == [None] * 8
    assert old._shown.children == (old.view,)
