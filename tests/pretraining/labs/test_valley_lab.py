"""The valley lab without a browser: what it trains, its controls, frames and headless picture."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from course_utils.pretraining import mlp, valley
from course_utils.pretraining.labs import ValleyLab, valley_lab
from course_utils.pretraining.labs.valley import figure
from course_utils.pretraining.labs.valley.lab import ValleyTraining, ValleyView
from course_utils.pretraining.labs.valley.training import GHOSTS, GRID
from course_utils.ui import running, unpack

BUTTONS = ["Play", "Pause", "Step", "Back", "Reset", "New weights", "Run 100 steps"]
ANSWER_SECONDS = 0.05  # from a setting to the frame that shows it


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "not within 10 s"
        time.sleep(0.002)


def press(lab: ValleyLab, words: str) -> None:
    next(button for button in lab.buttons if button.description == words).click()


def walk(training: ValleyTraining, steps: int) -> list[float]:
    return [training.step() for _ in range(steps)]


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[ValleyLab]:
    """A live lab, as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    lab = valley_lab(seed=0)
    yield lab
    for trainer in running(lab.name):
        trainer.stop()


@pytest.fixture
def headless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")


def test_headless_shows_a_png_and_a_constant_text_and_no_widget(headless: None) -> None:
    bundles = [valley_lab(steps=steps)._repr_mimebundle_()[0] for steps in (3, 5)]
    assert set(bundles[0]) == {"image/png", "text/plain"}
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]
    assert "0x" not in bundles[0]["text/plain"]


def test_headless_trains_the_given_steps_and_says_what_came_of_it(headless: None) -> None:
    lab = valley_lab()
    assert (lab.steps, lab.verdict, running(lab.name)) == (100, "converges", [])
    assert lab.loss == valley.descend("SGD", 1.0, 100).losses[-1]
    assert lab.as_text() == (
        "SGD, rate 1, two knobs: after 100 steps the loss is 0.06; it converges"
    )


@pytest.mark.parametrize("what_trains", valley.WHAT_TRAINS)
@pytest.mark.parametrize("optimizer", valley.OPTIMIZERS)
def test_the_lab_walks_as_the_core_does(optimizer: str, what_trains: str) -> None:
    training = ValleyTraining(1, 0.2, optimizer)
    training.change("what_trains", what_trains)
    path = valley.descend(optimizer, 0.2, 8, 1, what_trains)
    assert walk(training, 8) == path.losses[1:].tolist()


def test_a_frame_holds_the_surface_through_the_ball_within_the_budget() -> None:
    training = ValleyTraining(0, 0.1, "AdamW")
    training.change("what_trains", "all 26")
    walk(training, 20)
    facts, arrays = unpack(training.frame())
    left, right, bottom, top = arrays["box"]
    across, up = np.linspace(left, right, GRID[0]), np.linspace(bottom, top, GRID[1])
    surface = arrays["surface"].reshape(GRID[1], GRID[0])
    # The grid's nearest point, moved onto the ball: the loss there is nearly the ball's.
    column, row = (
        np.abs(across - arrays["ball"][0]).argmin(),
        np.abs(up - arrays["ball"][1]).argmin(),
    )
    shift = np.array([across[column], up[row]]) - training.plane.place(training.weights)
    expected = valley.loss(training.weights + shift @ training.plane.directions)
    assert surface[row, column] == pytest.approx(expected, abs=1e-4)
    assert arrays["cut_losses"][0] == pytest.approx(facts["loss"], abs=1e-5)
    assert facts["loss"] == training.loss


def test_the_next_step_lands_where_the_frame_says() -> None:
    training = ValleyTraining(0, 2.0, "momentum")
    walk(training, 3)
    facts, arrays = unpack(training.frame())
    assert training.step() == pytest.approx(facts["landing"], abs=1e-5)
    assert unpack(training.frame())[1]["ball"] == pytest.approx(arrays["next"], abs=1e-5)


def test_the_longest_frame_stays_within_the_budget() -> None:
    training = ValleyTraining(0, 10.0)
    for rate in range(GHOSTS + 1):
        training.change("learning_rate", 10.0 + rate)
        walk(training, 210)
        training.reset()
    for _ in range(500):
        training.losses.add(0.123456)
    assert len(training.ghosts) == GHOSTS and len(training.frame()) < 33_000


@pytest.mark.parametrize("what_trains", valley.WHAT_TRAINS)
def test_a_setting_is_answered_by_a_frame_in_time(what_trains: str) -> None:
    training = ValleyTraining(0, 1.0)
    training.change("what_trains", what_trains)
    seconds = []
    for number in range(7):
        training.step()
        started = time.process_time()
        training.change("learning_rate", 0.5 + number / 10)
        assert unpack(training.frame())[0]["learning_rate"] == 0.5 + number / 10
        seconds.append(time.process_time() - started)
    assert sorted(seconds)[3] < ANSWER_SECONDS, seconds


def test_a_frame_of_two_knobs_computes_the_surface_once() -> None:
    training = ValleyTraining(0, 1.0)
    numbers = []
    for _ in range(3):
        training.step()
        numbers.append(unpack(training.frame())[0]["surface"])
    assert numbers == [1, 1, 1]
    training.change("what_trains", "all 26")
    training.step()
    assert unpack(training.frame())[0]["surface"] == 2


def test_the_map_grows_until_it_holds_the_run_and_beyond_says_that_it_does_not() -> None:
    training = ValleyTraining(0, 20.0)
    small = unpack(training.frame())[1]["box"]
    walk(training, 30)
    facts, arrays = unpack(training.frame())
    assert arrays["box"][1] - arrays["box"][0] > 1.9 * (small[1] - small[0])
    assert not facts["is_outside"]
    training.weights = training.plane.start + 1e4 * training.plane.directions[0]
    facts, arrays = unpack(training.frame())
    assert facts["is_outside"] and arrays["ball"][0] > arrays["box"][1]


def test_reset_leaves_a_ghost_and_new_weights_leave_none() -> None:
    training = ValleyTraining(0, 1.0)
    losses = [training.loss, *walk(training, 25)]
    training.reset()
    training.reset()  # nothing was trained in between, so nothing is added
    (ghost,) = training.ghosts
    assert (ghost.recipe, ghost.verdict) == ("SGD, rate 1, two knobs", "creeps")
    assert ghost.losses.tolist() == losses and ghost.places.shape == (26, 2)
    assert unpack(training.frame())[1]["ghost0"].size == 52
    # The same recipe takes its own ghost's place, another one gets its own.
    walk(training, 3)
    training.reset()
    assert len(training.ghosts) == 1
    training.change("optimizer", "Muon")
    walk(training, 3)
    training.change("learning_rate", 0.1)
    walk(training, 3)
    training.reset()
    assert [one.recipe for one in training.ghosts][0] == "settings changed on the way"
    training.new_weights()
    assert (training.seed, len(training.ghosts), training.steps) == (1, 0, 0)
    assert training.loss == pytest.approx(mlp.SpamNetwork("tanh", 1).loss(*mlp.emails()))


@pytest.mark.parametrize("optimizer", valley.OPTIMIZERS)
def test_going_back_and_on_again_is_as_if_nothing_had_happened(optimizer: str) -> None:
    training = ValleyTraining(2, 0.1, optimizer)
    walk(training, 6)
    kept = training.state()
    once = walk(training, 5)
    training.restore(kept)
    assert training.steps == 6
    assert walk(training, 5) == once


def test_another_optimizer_keeps_the_ball_and_begins_without_memory() -> None:
    training = ValleyTraining(0, 0.1, "momentum")
    walk(training, 5)
    before, kept = training.weights, training.state()
    training.change("optimizer", "SGD")
    assert np.array_equal(training.weights, before)
    slope = training.plane.directions @ valley.gradient(before)
    training.restore(kept)
    training.step()
    moved = training.plane.directions @ (training.weights - before)
    assert moved == pytest.approx(-0.1 * slope, abs=1e-12)


def test_from_all_26_back_to_two_knobs_the_map_goes_through_the_ball() -> None:
    training = ValleyTraining(0, 1.0)
    training.change("what_trains", "all 26")
    walk(training, 20)
    off = training.plane.off(training.weights)
    training.change("what_trains", "two knobs")
    walk(training, 3)
    assert training.plane.off(training.weights) == pytest.approx(off, abs=1e-9)
    assert np.abs(off).max() > 0.05


def test_a_verdict_waits_for_twenty_steps_unless_the_ball_flies_out() -> None:
    training = ValleyTraining(0, 1.0)
    walk(training, 19)
    assert training.verdict == "too early to say"
    walk(training, 1)
    assert training.verdict == "creeps"
    wild = ValleyTraining(0, 30.0)
    walk(wild, 10)
    assert wild.verdict == "flies out"


def test_a_step_beyond_all_bounds_is_refused_and_the_ball_stays() -> None:
    training = ValleyTraining(0, 1e9)
    with pytest.raises(OverflowError, match="After step 0 .* slow and steady"):
        training.step()
    assert np.array_equal(training.weights, training.plane.start) and training.steps == 0
    assert unpack(training.frame())[0]["step"] == 0


def test_what_it_does_not_offer_is_refused() -> None:
    training = ValleyTraining()
    with pytest.raises(KeyError, match="activation"):
        training.change("activation", "ReLU")
    with pytest.raises(ValueError, match="'Adam'"):
        training.change("optimizer", "Adam")
    with pytest.raises(ValueError, match="'three'"):
        training.change("what_trains", "three")
    with pytest.raises(ValueError, match="'Adam'"):
        valley_lab(optimizer="Adam")
    with pytest.raises(ValueError, match="0 or more"):
        valley_lab(steps=-1)


@pytest.mark.parametrize("rate", [0.0, -1.0, 32.0, float("nan")])
def test_a_learning_rate_off_the_slider_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match=r"0\.001 to 31\.6"):
        valley_lab(learning_rate=rate)


def test_the_picture_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        figure.valley_map([0, 1, 2], [0, 1], np.zeros((3, 2)), {})
    path = (np.zeros((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match="5 paths"):
        figure.valley_map([0, 1], [0, 1], np.eye(2), dict.fromkeys("abcde", path))


def test_the_buttons_stand_in_the_order_of_all_labs_with_tooltips(live: ValleyLab) -> None:
    assert [button.description for button in live.buttons] == BUTTONS
    assert all(button.tooltip for button in live.buttons)


def test_controls_act_while_it_trains(live: ValleyLab) -> None:
    press(live, "Play")
    until(lambda: live.steps > 2)
    live.learning_rate.value = 0.1
    live.optimizer.value = "AdamW"
    live.what_trains.value = "all 26"
    until(lambda: live.trainable.what_trains == "all 26")
    assert live.trainable.optimizer == "AdamW"
    at = live.steps
    until(lambda: live.steps > at + 1)
    press(live, "Pause")
    until(lambda: live.view.status == "paused")
    assert live.trainable.rate_used == pytest.approx(0.1)


def test_run_shows_its_last_step_and_reset_the_first_with_a_ghost(live: ValleyLab) -> None:
    press(live, "Run 100 steps")
    facts = unpack(live.view.frame)[0]
    assert (facts["step"], facts["verdict"]) == (live.steps, live.verdict) == (100, "converges")
    press(live, "Reset")
    until(lambda: unpack(live.view.frame)[0]["step"] == 0)
    assert len(unpack(live.view.frame)[0]["ghosts"]) == 1


def test_back_takes_one_step_back(live: ValleyLab) -> None:
    live.run_steps(4)
    earlier = live.loss
    live.run_steps(1)
    press(live, "Back")
    until(lambda: live.steps == 4)
    assert live.loss == earlier


def test_running_the_cell_again_stops_the_earlier_trainer(live: ValleyLab) -> None:
    press(live, "Play")
    again = valley_lab()
    assert running(live.name) == [again.trainer]
    assert live.view.status == "stopped" and "another cell" in live.view.banner


def test_the_view_loads_nothing_from_elsewhere_and_keeps_to_its_own_classes() -> None:
    for text in (str(ValleyView._esm), str(ValleyView._css)):
        addresses = re.findall(r"https?://\S+|@import|\bimport\s|\bfetch\(", text)
        assert [one for one in addresses if "www.w3.org" not in one] == []
    rules = re.sub(r"/\*.*?\*/", "", str(ValleyView._css), flags=re.DOTALL)
    names = set(re.findall(r"\.([a-zA-Z][\w-]*)(?=[^{}]*\{)", rules))
    assert {name for name in names if not name.startswith("anatomy-")} == {"vscode-dark"}
