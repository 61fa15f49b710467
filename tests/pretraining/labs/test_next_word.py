"""The next-word lab without a browser: its controls, its live frames, its headless picture."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from course_utils.pretraining import next_word as nextword
from course_utils.pretraining.labs import NextWordLab, next_word_lab
from course_utils.pretraining.labs.next_word.lab import NextWordView
from course_utils.ui import running, unpack

BUTTONS = ["Play", "Pause", "Step", "Back", "Reset", "New weights", "Run 100 steps"]


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "not within 10 s"
        time.sleep(0.002)


def press(lab: NextWordLab, words: str) -> None:
    next(button for button in lab.buttons if button.description == words).click()


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[NextWordLab]:
    """A live lab, as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    lab = next_word_lab()
    yield lab
    for trainer in running(lab.name):
        trainer.stop()


def test_headless_shows_a_png_and_a_constant_text_and_no_widget() -> None:
    bundles = [next_word_lab(epochs=epochs)._repr_mimebundle_()[0] for epochs in (0, 20)]
    assert set(bundles[0]) == {"image/png", "text/plain"}
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]
    assert bundles[0]["image/png"] != bundles[1]["image/png"]
    assert running(NextWordLab.name) == []


def test_headless_trains_the_given_epochs_as_the_notebook_does() -> None:
    lab = next_word_lab(seed=1, epochs=20)
    network = nextword.NextWordNetwork(seed=1)
    losses = nextword.learn(network, epochs=20, lr=0.01)
    assert lab.steps == 20 and lab.loss == pytest.approx(losses[-1], abs=1e-6)
    assert lab.trainable.losses.values() == pytest.approx(losses, abs=1e-6)


@pytest.mark.parametrize(("optimizer", "epochs"), [("Adam", 60), ("SGD", 400)])
def test_it_converges_at_the_first_epoch_with_every_right_word_above_90_percent(
    optimizer: str, epochs: int
) -> None:
    network = nextword.NextWordNetwork(seed=0)
    at = next_word_lab(epochs=epochs, optimizer=optimizer).converged_at
    nextword.learn(network, at - 1, lr=0.01, optimizer=optimizer.lower())
    assert min(network.right_probabilities()) <= 0.9
    network = nextword.NextWordNetwork(seed=0)
    nextword.learn(network, at, lr=0.01, optimizer=optimizer.lower())
    assert min(network.right_probabilities()) > 0.9


def test_before_it_converges_there_is_no_epoch() -> None:
    assert next_word_lab(epochs=3).converged_at is None


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_the_lower_end_of_the_slider_trains_and_the_upper_one_is_stopped_with_advice(
    live: NextWordLab, optimizer: str
) -> None:
    live.optimizer.value = optimizer
    live.learning_rate.value = 10**live.learning_rate.min
    live.run_steps(100)
    assert (live.steps, live.view.status) == (100, "paused")
    live.learning_rate.value = 10**live.learning_rate.max
    live.run_steps(100)
    until(lambda: live.view.status == "error")
    assert "slow and steady" in live.view.banner and np.isfinite(live.loss)
    live.rewind.click()
    until(lambda: live.view.status == "paused")
    assert 0 < live.steps <= 100 and np.isfinite(live.loss)


def test_the_buttons_stand_in_the_order_of_all_labs(live: NextWordLab) -> None:
    assert [button.description for button in live.buttons] == BUTTONS


def test_every_control_says_what_it_does(live: NextWordLab) -> None:
    assert live.learning_rate.tooltip and live.question.tooltip
    assert len(live.optimizer.tooltips) == 2 and len(live.example.tooltips) == 4


def test_a_live_lab_waits_for_play_at_adam_and_a_rate_of_a_hundredth(live: NextWordLab) -> None:
    facts, arrays = unpack(live.view.frame)
    assert (facts["step"], facts["parameters"], live.view.status) == (0, 397, "paused")
    assert (live.optimizer.value, live.learning_rate.value) == ("Adam", pytest.approx(0.01))
    assert arrays["curve_steps"].tolist() == [0]
    assert live.view.labels["still"] == ["mat"]


def test_play_pause_step_and_reset_do_what_they_say(live: NextWordLab) -> None:
    press(live, "Step")
    until(lambda: live.steps == 1)
    press(live, "Play")
    until(lambda: live.steps > 2)
    press(live, "Pause")
    until(lambda: live.view.status == "paused")
    press(live, "Reset")
    until(lambda: live.steps == 0)
    assert same(live.trainable.network, nextword.NextWordNetwork(seed=0))


def test_rate_and_optimizer_act_on_the_next_epoch(live: NextWordLab) -> None:
    live.learning_rate.value = 0.1
    live.optimizer.value = "SGD"
    live.run_steps(1)
    network = nextword.NextWordNetwork(seed=0)
    nextword.learn(network, 1, lr=0.1, optimizer="sgd")
    assert same(live.trainable.network, network)
    assert unpack(live.view.frame)[0]["rate_used"] == 0.1


def test_the_example_and_the_sentence_act_without_training(live: NextWordLab) -> None:
    live.example.value = 1
    live.question.value = "cat the"
    until(lambda: unpack(live.view.frame)[0]["answers"][0]["words"] == "cat the")
    facts = unpack(live.view.frame)[0]
    assert (facts["context"], facts["step"]) == (["cat", "sat"], 0)


def test_running_the_cell_again_stops_the_earlier_trainer(live: NextWordLab) -> None:
    press(live, "Play")
    again = next_word_lab()
    assert running(live.name) == [again.trainer] and live.view.status == "stopped"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"learning_rate": 0.0}, r"0\.0001 to 10"),
        ({"learning_rate": float("nan")}, r"0\.0001 to 10"),
        ({"optimizer": "Muon"}, "'Muon'.*SGD, Adam"),
        ({"epochs": -1}, "epochs is -1"),
    ],
)
def test_a_setting_that_the_lab_does_not_offer_is_refused(settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        next_word_lab(**settings)


def test_the_view_loads_nothing_from_elsewhere_and_sets_words_as_text() -> None:
    for text in (str(NextWordView._esm), str(NextWordView._css)):
        addresses = re.findall(r"https?://\S+|@import|\bimport\s|\bfetch\(", text)
        assert [one for one in addresses if "www.w3.org" not in one] == []
    assert "innerHTML" not in str(NextWordView._esm)


def test_every_class_of_the_styles_begins_with_the_courses_word() -> None:
    rules = re.sub(r"/\*.*?\*/", "", str(NextWordView._css), flags=re.DOTALL)
    names = set(re.findall(r"\.([a-zA-Z][\w-]*)(?=[^{}]*\{)", rules))
    assert {name for name in names if not name.startswith("anatomy-")} == {"vscode-dark"}
