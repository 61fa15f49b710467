"""The spam lab without a browser: its controls, its frames, and its headless picture."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from course_utils.pretraining import mlp
from course_utils.pretraining.labs import SpamLab, spam_lab
from course_utils.pretraining.labs.spam.lab import SpamTraining, SpamView
from course_utils.ui import running, unpack

BUTTONS = ["Play", "Pause", "Step", "Back", "Reset", "New weights", "Run 100 steps"]


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "not within 10 s"
        time.sleep(0.002)


def press(lab: SpamLab, words: str) -> None:
    next(button for button in lab.buttons if button.description == words).click()


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[SpamLab]:
    """A live lab, as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    lab = spam_lab(seed=0)
    yield lab
    for trainer in running(lab.name):
        trainer.stop()


@pytest.fixture
def headless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")


def test_headless_shows_a_png_and_a_constant_text_and_no_widget(headless: None) -> None:
    bundles = [spam_lab(steps=steps)._repr_mimebundle_()[0] for steps in (3, 5)]
    assert set(bundles[0]) == {"image/png", "text/plain"}
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]
    assert "0x" not in bundles[0]["text/plain"]


def test_headless_trains_the_given_steps_the_same_each_time(headless: None) -> None:
    labs = [spam_lab(seed=1, steps=20) for _ in range(2)]
    assert labs[0].steps == labs[1].steps == 20
    assert labs[0].loss == labs[1].loss < SpamTraining(seed=1).loss
    assert labs[0].accuracy == labs[1].accuracy


def test_headless_learns_to_tell_spam_from_mail(headless: None) -> None:
    assert spam_lab().accuracy > 0.95


def test_headless_starts_no_thread(headless: None) -> None:
    assert running(spam_lab(steps=1).name) == []


def test_the_buttons_stand_in_the_order_of_all_labs_with_tooltips(live: SpamLab) -> None:
    assert [button.description for button in live.buttons] == BUTTONS
    assert all(button.tooltip for button in live.buttons)


def test_a_live_lab_waits_for_play_and_shows_its_first_frame(live: SpamLab) -> None:
    facts, arrays = unpack(live.view.frame)
    assert (facts["step"], facts["parameters"], live.view.status) == (0, 26, "paused")
    count = sum(arrays[name].size for name in live.trainable.network.parameters)
    assert count == 26


def test_play_pause_step_and_reset_do_what_they_say(live: SpamLab) -> None:
    press(live, "Step")
    until(lambda: live.steps == 1)
    press(live, "Play")
    until(lambda: live.steps > 3)
    press(live, "Pause")
    until(lambda: live.view.status == "paused")
    press(live, "Reset")
    until(lambda: live.steps == 0)
    first = mlp.SpamNetwork("tanh", 0).parameters
    now = live.trainable.network.parameters
    assert all(np.array_equal(now[name], first[name]) for name in first)


def test_run_shows_its_last_step_when_the_click_returns(live: SpamLab) -> None:
    press(live, "Run 100 steps")
    assert unpack(live.view.frame)[0]["step"] == live.steps == 100


def test_the_next_step_uses_the_sliders_learning_rate(live: SpamLab) -> None:
    live.learning_rate.value = 0.05
    live.run_steps(1)
    assert unpack(live.view.frame)[0]["rate_used"] == live.learning_rate.value != 0.3


def test_another_activation_keeps_every_weight(live: SpamLab) -> None:
    live.run_steps(5)
    before = live.trainable.network.parameters
    live.activation.value = "ReLU"
    until(lambda: live.trainable.network.activation == "ReLU")
    after = live.trainable.network.parameters
    assert all(np.array_equal(after[name], before[name]) for name in before)


def test_the_sliders_describe_the_email_that_is_judged(live: SpamLab) -> None:
    for slider, value in zip(live.email, (0.1, 0.9, 1.0), strict=True):
        slider.value = value
    until(lambda: np.allclose(unpack(live.view.frame)[1]["inputs"], (0.1, 0.9, 1.0)))
    expected = live.trainable.network.forward(np.array([[0.1, 0.9, 1.0]])).probabilities[0]
    assert unpack(live.view.frame)[1]["probabilities"] == pytest.approx(expected, abs=1e-6)


def test_running_the_cell_again_stops_the_earlier_trainer(live: SpamLab) -> None:
    press(live, "Play")
    again = spam_lab()
    assert running(live.name) == [again.trainer]
    assert live.view.status == "stopped" and "another cell" in live.view.banner


def test_too_high_a_rate_says_what_to_do(live: SpamLab) -> None:
    live.activation.value = "linear"
    live.learning_rate.value = 30
    live.run_steps(100)
    until(lambda: live.view.status == "error")
    assert "slow and steady" in live.view.banner and "Press reset" in live.view.banner


def test_a_page_is_answered_with_a_frame_and_acknowledges_it(live: SpamLab) -> None:
    publisher = live.trainer.publisher
    live._hear(live.view, {"type": "ready"}, [])
    until(lambda: publisher.sent == 1)
    live._hear(live.view, {"type": "ack", "number": 1}, [])
    until(lambda: publisher.acknowledged == 1)
    assert publisher.sent == 1  # nothing has changed, so nothing more is sent


def test_a_live_labs_text_is_constant_and_its_bundle_holds_a_view(live: SpamLab) -> None:
    bundle = live._repr_mimebundle_()[0]
    assert bundle["text/plain"] == "Spam lab: a network of 26 parameters (live)"
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_long_runs_frame_stays_within_the_budget() -> None:
    training = SpamTraining()
    for _ in range(2000):
        training.losses.add(0.123456)
    assert len(training.frame()) < 8000


@pytest.mark.parametrize("rate", [0.0, -1.0, 31.0, float("nan")])
def test_a_learning_rate_off_the_slider_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match=r"0\.001 to 30"):
        spam_lab(learning_rate=rate)


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(ValueError, match="'gelu'"):
        spam_lab(activation="gelu")


def test_the_view_loads_nothing_from_elsewhere() -> None:
    for text in (str(SpamView._esm), str(SpamView._css)):
        addresses = re.findall(r"https?://\S+|@import|\bimport\s|\bfetch\(", text)
        assert [one for one in addresses if "www.w3.org" not in one] == []


def test_every_class_of_the_styles_begins_with_the_courses_word() -> None:
    rules = re.sub(r"/\*.*?\*/", "", str(SpamView._css), flags=re.DOTALL)
    names = set(re.findall(r"\.([a-zA-Z][\w-]*)(?=[^{}]*\{)", rules))
    assert {name for name in names if not name.startswith("anatomy-")} == {"vscode-dark"}


def test_a_process_with_a_playing_lab_ends_by_itself(tmp_path: Path) -> None:
    script = (
        "import os; os.environ['COURSE_HEADLESS'] = '0'\n"
        "from course_utils.pretraining.labs import spam_lab\n"
        "lab = spam_lab(); lab.buttons[0].click()\n"
    )
    repository = Path(__file__).resolve().parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=repository,
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_going_back_and_on_again_is_as_if_nothing_had_happened() -> None:
    training = SpamTraining(seed=2)
    for _ in range(6):
        training.step()
    kept = training.state()
    once = [training.step() for _ in range(5)]
    training.restore(kept)
    assert len(training.losses) == 6
    assert [training.step() for _ in range(5)] == once


def test_new_weights_are_those_of_the_next_seed_and_reset_returns_to_them() -> None:
    training, other = SpamTraining(seed=4), SpamTraining(seed=5)
    training.step()
    training.new_weights()
    for _ in range(2):
        assert not len(training.losses)
        for name, values in training.network.parameters.items():
            assert np.array_equal(values, other.network.parameters[name])
        training.step()
        training.reset()


def test_back_takes_one_step_back(live: SpamLab) -> None:
    live.run_steps(4)
    earlier = live.loss
    live.run_steps(1)
    press(live, "Back")
    until(lambda: live.steps == 4)
    assert live.loss == earlier


def test_an_explosion_offers_the_way_back_and_it_works(live: SpamLab) -> None:
    live.run_steps(60)
    before = live.loss
    live.activation.value = "linear"
    live.learning_rate.value = 30
    live.run_steps(100)
    until(lambda: live.view.status == "error")
    assert live.view.status == "error" and live.rewind.layout.visibility == "visible"
    live.rewind.click()
    until(lambda: live.view.status == "paused")
    assert live.steps > 0 and live.loss < 2 * before
    assert live.rewind.layout.visibility == "hidden"
