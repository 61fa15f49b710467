"""Going back, rewinding and new weights: the trainer without a browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import ipywidgets
import pytest

from course_utils.ui import pack, running, unpack

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


def exploded(lab: SmallLab) -> None:
    """Train 40 steps, then let the loss grow a hundredfold in one."""
    take(lab, 40)
    lab.trainer.send("change", "rate", 100.0)
    take(lab, 3)
    until(lambda: lab.view.status == "error")


def test_back_goes_one_kept_state_back_and_pauses(lab: SmallLab) -> None:
    take(lab, 5)
    press(lab, "Play")
    until(lambda: lab.trainable.count > 8)
    press(lab, "Back")
    until(lambda: lab.view.status == "paused")
    count = lab.trainable.count
    press(lab, "Back")
    until(lambda: lab.trainable.count == count - 1)
    assert lab.trainable.weight == pytest.approx(0.99 ** (count - 1))


def test_a_step_after_back_is_the_same_step_again(lab: SmallLab) -> None:
    take(lab, 6)
    before = lab.trainable.weight
    press(lab, "Back")
    take(lab, 1)
    assert (lab.trainable.count, lab.trainable.weight) == (6, before)


def test_back_reaches_the_first_weights_and_then_says_that_there_is_no_more(
    lab: SmallLab,
) -> None:
    take(lab, 2)
    for _ in range(3):
        press(lab, "Back")
    until(lambda: "no earlier step" in lab.view.banner)
    assert (lab.trainable.count, lab.trainable.weight) == (0, 1.0)


def test_back_before_the_first_step_only_says_so(lab: SmallLab) -> None:
    press(lab, "Back")
    until(lambda: "no earlier step" in lab.view.banner)
    assert lab.view.status == "paused"


def test_a_tenfold_loss_pauses_and_offers_the_rewind(lab: SmallLab) -> None:
    assert lab.rewind.layout.visibility == "hidden"
    exploded(lab)
    assert "rewind to before it exploded" in lab.view.banner
    assert lab.rewind.layout.visibility == "visible"


def test_rewind_restores_the_last_good_state_pauses_and_hides_itself(lab: SmallLab) -> None:
    exploded(lab)
    lab.rewind.click()
    until(lambda: lab.view.status == "paused")
    assert 20 <= lab.trainable.count <= 31
    assert lab.trainable.weight == pytest.approx(0.99**lab.trainable.count)
    assert "Lower the learning rate" in lab.view.banner
    assert lab.rewind.layout.visibility == "hidden"


def test_training_goes_on_after_a_rewind_with_a_lower_rate(lab: SmallLab) -> None:
    exploded(lab)
    lab.rewind.click()
    lab.trainer.send("change", "rate", 1.0)
    take(lab, 30)
    assert lab.view.status == "paused" and lab.trainable.count > 50


def test_a_loss_that_is_no_number_offers_the_rewind_too(lab: SmallLab) -> None:
    take(lab, 15)
    lab.trainer.send("change", "rate", float("nan"))
    take(lab, 5)
    assert lab.trainer.offers_rewind and "not a number" in lab.view.banner
    assert lab.trainable.count == 16


def test_an_error_that_is_no_explosion_offers_no_rewind(lab: SmallLab) -> None:
    take(lab, 5)
    lab.trainable.frame = lambda: {}["missing"]
    lab.trainer.send("ready")
    until(lambda: lab.view.status == "error")
    assert "rewind" not in lab.view.banner and lab.rewind.layout.visibility == "hidden"


def test_reset_keeps_the_seed_and_new_weights_takes_another(lab: SmallLab) -> None:
    take(lab, 3)
    press(lab, "Reset")
    until(lambda: lab.trainable.count == 0)
    assert lab.trainable.weight == 1.0
    press(lab, "New weights")
    until(lambda: lab.trainable.weight == 2.0)
    take(lab, 3)
    press(lab, "Reset")
    until(lambda: lab.trainable.count == 0)
    assert lab.trainable.weight == 2.0


def test_new_weights_forget_the_states_of_the_run_before(lab: SmallLab) -> None:
    take(lab, 5)
    press(lab, "New weights")
    take(lab, 1)
    press(lab, "Back")
    until(lambda: lab.trainable.count == 0)
    assert lab.trainable.weight == 2.0


def test_a_subject_may_say_how_often_a_state_is_kept(make: Callable) -> None:
    trainable = Halving()
    trainable.keep_every = 10
    lab = make(trainable)
    take(lab, 35)
    assert lab.trainer.snapshots.steps == [0, 10, 20, 30]


def test_the_buttons_stand_in_one_order(lab: SmallLab) -> None:
    assert [one.description for one in lab.buttons] == [
        "Play",
        "Pause",
        "Step",
        "Back",
        "Reset",
        "New weights",
        "Run 100 steps",
    ]
    assert all(one.tooltip for one in [*lab.buttons, lab.rewind])


def test_a_subject_that_cannot_go_back_has_no_such_buttons(make: Callable) -> None:
    lab = make(Counting())
    assert [one.description for one in lab.buttons] == [
        "Play",
        "Pause",
        "Step",
        "Reset",
        "Run 100 steps",
    ]
    assert lab.rewind not in lab._shown.children[0].children
    lab.trainer.send("back")
    until(lambda: "no earlier step" in lab.view.banner)


def test_a_change_reaches_pages_opened_later_though_nobody_answers(lab: SmallLab) -> None:
    lab.trainer.publisher._limit = 0  # frames are on their way, and there is no room for more
    take(lab, 1)
    press(lab, "Reset")
    until(lambda: unpack(lab.view.frame)[0]["step"] == 0)
    assert lab.trainer.publisher.sent == 0  # it came by the kept frame alone


def test_a_loss_that_is_no_number_reaches_the_browser_as_null() -> None:
    facts, _ = unpack(pack({"loss": float("nan"), "deep": [{"x": float("inf")}, 1.5]}, {}))
    assert facts == {"loss": None, "deep": [{"x": None}, 1.5]}


def test_the_rewind_button_is_a_control_that_the_keyboard_reaches(lab: SmallLab) -> None:
    assert isinstance(lab.rewind, ipywidgets.Button)
    assert lab._shown.children[0].children == (*lab.buttons, lab.rewind)


class Looking(Counting):
    """A trainable with something to show that is seldom computed; it notes for which steps."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[int] = []

    def full_frame(self) -> bytes:
        self.looks.append(self.count)
        return pack({"step": self.count, "looked": True}, {})


def test_the_full_frame_is_asked_for_once_a_second_and_whenever_training_rests(
    make: Callable[[object], SmallLab],
) -> None:
    lab = make(Looking())
    assert lab.trainable.looks == [0]  # what a page starts from
    for count in (1, 2, 3):
        take(lab, 1)
        assert unpack(lab.view.frame)[0] == {"step": count, "looked": True}
    before, begun = len(lab.trainable.looks), time.monotonic()
    press(lab, "Play")
    until(lambda: len(lab.trainable.looks) > before)
    assert lab.view.status == "playing" and lab.trainable.count > 3
    press(lab, "Pause")
    until(lambda: lab.view.status == "paused")
    until(lambda: unpack(lab.view.frame)[0]["step"] == lab.trainable.count)
    assert len(lab.trainable.looks) - before <= time.monotonic() - begun + 2
