"""What the network view is given to draw, and what becomes of a weight that a reader types."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from course_utils.pretraining import mlp
from course_utils.pretraining.labs import SpamLab, spam_lab
from course_utils.pretraining.labs.spam.lab import SpamView
from course_utils.pretraining.labs.spam.training import (
    MAP_SIZE,
    SENDERS,
    SpamTraining,
    in_pairs,
    typed_parameter,
)
from course_utils.ui import running, unpack

EDIT = {"type": "edit", "editor": "1", "name": "hidden_weights", "place": 5, "text": "2.5"}


class Desk:
    """A live lab, and what it answered to an editor."""

    def __init__(self) -> None:
        self.lab: SpamLab = spam_lab(seed=0)
        self.answers: list[dict] = []
        self.lab.view.send = lambda content, buffers=None: self.answers.append(content)

    def type(self, text: str) -> str:
        """Type into the editor; returns what was refused, "" where nothing was."""
        self.lab._hear(self.lab.view, {**EDIT, "text": text}, [])
        return [one for one in self.answers if one["type"] == "edited"][-1]["refused"]

    def weight(self) -> float:
        """The weight that is edited."""
        return self.lab.trainable.network.parameters["hidden_weights"].ravel()[5]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    desk = Desk()
    yield desk
    for trainer in running(desk.lab.name):
        trainer.stop()


def trained(steps: int = 7, **settings: object) -> SpamTraining:
    training = SpamTraining(**settings)
    for _ in range(steps):
        training.step()
    return training


def test_a_frames_gradients_are_those_of_the_next_step() -> None:
    training = trained()
    _, arrays = unpack(training.frame())
    before = training.network.parameters
    training.step()
    for name, now in training.network.parameters.items():
        went = -training.learning_rate * arrays["gradient_" + name]
        assert went == pytest.approx((now - before[name]).ravel(), abs=1e-6)


def test_a_frames_last_changes_are_what_the_last_step_did() -> None:
    training = trained()
    before = training.network.parameters
    training.step()
    _, arrays = unpack(training.frame())
    for name, now in training.network.parameters.items():
        assert arrays["change_" + name] == pytest.approx((now - before[name]).ravel(), abs=1e-6)


def test_a_neurons_last_change_is_between_the_frames_before_and_after_the_step() -> None:
    training = trained()
    before = unpack(training.frame())[1]
    training.step()
    after = unpack(training.frame())[1]
    for name in ("hidden", "probabilities"):
        assert after["moved_" + name] == pytest.approx(after[name] - before[name], abs=1e-6)


@pytest.mark.parametrize("activation", mlp.ACTIVATIONS)
def test_the_emails_gradients_are_the_slopes_of_its_loss(activation: str) -> None:
    training = trained(activation=activation)
    _, arrays = unpack(training.frame())
    for name, values in training.network.parameters.items():
        for place, value in enumerate(values.ravel()):
            losses = []
            for moved in (value + 1e-4, value - 1e-4):
                training.put(name, place, moved)
                losses.append(unpack(training.frame())[0]["email_loss"])
            training.put(name, place, value)
            slope = (losses[0] - losses[1]) / 2e-4
            assert arrays["email_gradient_" + name][place] == pytest.approx(slope, abs=1e-5)


def test_reset_forgets_the_last_change() -> None:
    training = trained()
    training.reset()
    _, arrays = unpack(training.frame())
    assert not any(arrays["change_" + name].any() for name in training.network.parameters)


def test_an_edit_is_the_last_change_until_the_next_step() -> None:
    training = trained()
    training.put("output_bias", 1, 3.0)
    _, arrays = unpack(training.frame())
    assert arrays["change_output_bias"][1] == pytest.approx(3, abs=0.5)
    assert not arrays["change_hidden_weights"].any()


def test_another_activation_moves_no_neuron_by_a_step_that_did_not_happen() -> None:
    training = SpamTraining()
    training.change("activation", "ReLU")
    assert not unpack(training.frame())[1]["moved_hidden"].any()


def test_a_typed_weight_is_in_the_network_at_the_next_step(desk: Desk) -> None:
    assert desk.type("2.5") == ""
    desk.lab.run_steps(1)
    expected = mlp.SpamNetwork("tanh", 0)
    expected.put("hidden_weights", 5, 2.5)
    expected.step(*mlp.emails(), 0.3)
    assert desk.weight() == expected.parameters["hidden_weights"].ravel()[5] != 2.5


@pytest.mark.parametrize("text", ["NaN", "inf", "-inf", "1e999", "much", "", " ", "0,5", "1001"])
def test_what_is_no_number_is_refused_and_the_network_unharmed(desk: Desk, text: str) -> None:
    before = desk.weight()
    assert "Type " in desk.type(text)
    desk.lab.run_steps(0)
    assert desk.weight() == before and desk.lab.trainer.status == "paused"


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), (" -2 ", -2), ("1e2", 100), ("0", 0)])
def test_plain_numbers_are_taken(text: str, value: float) -> None:
    assert typed_parameter(text) == value


def test_a_lab_that_has_ended_takes_no_weight_and_says_so(desk: Desk) -> None:
    desk.lab.trainer.stop()
    assert "Run its cell again" in desk.type("2.5")


def test_training_goes_on_from_the_largest_weight_that_can_be_typed(desk: Desk) -> None:
    for place in range(12):
        desk.lab.trainer.call(desk.lab.trainable.put, "hidden_weights", place, 1000.0)
    desk.lab.run_steps(50)
    assert desk.lab.trainer.status == "paused" and desk.lab.steps == 50


def test_the_view_joins_all_its_files() -> None:
    script = str(SpamView._esm)
    for name in ("networkView", "neuronCard", "timeline", "weightEditor", "decisionMaps"):
        assert script.count(f"function {name}(") == 1


def test_the_truth_of_the_email_on_the_sliders_is_the_rules() -> None:
    training = SpamTraining()
    for email, spam in (((0.8, 0.6, 0), 1), ((0.8, 0.6, 1), 0), ((0.1, 0.9, 1), 1)):
        training.change("email", email)
        assert unpack(training.frame())[0]["truth"] == spam


def test_the_frame_holds_numbers_only_as_arrays() -> None:
    facts, arrays = unpack(trained().frame())
    assert not any(isinstance(value, (list, dict)) for value in facts.values())
    assert all(np.isfinite(values).all() for values in arrays.values())


def test_two_shares_in_one_number_come_out_again_as_they_were() -> None:
    shares = np.array([[0.0, 1.0], [0.5, 0.25], [1.0, 1.0]])
    pairs = in_pairs(shares).astype(np.float32)
    back = np.stack([pairs // 4096, pairs % 4096], axis=1) / 4095
    assert back == pytest.approx(shares, abs=1 / 8000)


@pytest.mark.parametrize("known", [0, 1])
def test_a_frames_map_is_the_networks_answer_for_each_sender(known: int) -> None:
    training = trained(60)
    facts, arrays = unpack(training.frame())
    pairs = arrays[f"map_{SENDERS[known]}"]
    shown = np.stack([pairs // 4096, pairs % 4096], axis=1).reshape(MAP_SIZE, MAP_SIZE) / 4095
    expected = training.network.decision_grid(known, MAP_SIZE)
    assert shown == pytest.approx(expected, abs=1 / 4095)
    share = facts[f"spam_share_{SENDERS[known]}"]
    assert share == (expected > 0.5).mean() and 0 < share < 1


def test_the_maps_marks_are_training_emails_of_their_sender(desk: Desk) -> None:
    x, y = mlp.emails()
    for known, drawn in enumerate(desk.lab.labels()["maps"]):
        assert drawn["sender"] == SENDERS[known]
        assert {spam for *_, spam in drawn["emails"]} == {0, 1}
        for win, links, spam in drawn["emails"]:
            nearest = np.abs(x - [win, links, known]).sum(1).argmin()
            assert np.abs(x[nearest] - [win, links, known]).max() < 0.001
            assert y[nearest] == spam


@pytest.mark.parametrize(
    ("words", "email"), [("A stranger's jackpot", [1, 1, 0]), ("The reverse", [0, 0, 1])]
)
def test_a_preset_moves_the_sliders_and_what_is_judged(
    desk: Desk, words: str, email: list[float]
) -> None:
    preset = next(one for one in desk.lab.presets if one.description == words)
    assert preset.tooltip
    preset.click()
    desk.lab.run_steps(0)
    assert [slider.value for slider in desk.lab.email] == email
    assert unpack(desk.lab.view.frame)[1]["inputs"].tolist() == email
