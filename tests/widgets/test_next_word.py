"""The next-word lab without a browser: its controls, its frames, its picture, what it measures."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from course_utils.pretraining import nextword
from course_utils.widgets.base import running, unpack
from course_utils.widgets.base.frames import FRAME_BYTES
from course_utils.widgets.pretraining import NextWordLab, next_word_lab
from course_utils.widgets.pretraining.next_word import NextWordView
from course_utils.widgets.pretraining.next_word_reading import WordMap, answers, verdict
from course_utils.widgets.pretraining.next_word_training import NextWordTraining

BUTTONS = ["Play", "Pause", "Step", "Reset", "Run 100 steps"]


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "not within 10 s"
        time.sleep(0.002)


def press(lab: NextWordLab, words: str) -> None:
    next(button for button in lab.buttons if button.description == words).click()


def trained(epochs: int, **settings: object) -> NextWordTraining:
    training = NextWordTraining(**settings)
    for _ in range(epochs):
        training.step()
    return training


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
    bundles = [next_word_lab(epochs=epochs)._repr_mimebundle_() for epochs in (0, 20)]
    assert set(bundles[0]) == {"image/png", "text/plain"}
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]
    assert bundles[0]["image/png"] != bundles[1]["image/png"]
    assert running(NextWordLab.name) == []


def test_headless_trains_the_given_epochs_as_the_notebook_does() -> None:
    lab = next_word_lab(seed=1, epochs=20)
    network = nextword.NextWordNetwork(seed=1)
    losses = nextword.learn(network, epochs=20, lr=0.01)
    assert lab.steps == 20 and lab.loss == pytest.approx(losses[-1], abs=1e-6)
    assert lab.subject.losses.values() == pytest.approx(losses, abs=1e-6)


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


def test_the_verdict_compares_with_epoch_30_by_what_was_measured() -> None:
    assert "17 epochs earlier" in verdict(13, 40, [0.99], "Adam")
    assert "296 epochs later" in verdict(326, 400, [0.99], "SGD")
    assert "the very same" in verdict(30, 30, [0.99], "Adam")
    assert "30.0 %" in verdict(None, 5, [0.9, 0.3], "Adam")
    assert "has passed" in verdict(None, 31, [0.3], "SGD")
    assert "has passed" not in verdict(None, 30, [0.3], "SGD")


def test_the_verdict_names_the_settings_only_if_one_kind_was_used() -> None:
    training = trained(2)
    assert training.recipe == "Adam, learning rate 0.01"
    training.change("optimizer", "SGD")
    training.step()
    assert training.recipe == "settings changed on the way"


def test_the_maps_directions_are_orthonormal_and_stay_through_training_and_reset() -> None:
    training = NextWordTraining(seed=2)
    first = training.map.plane.clone()
    assert torch.allclose(first @ first.T, torch.eye(2), atol=1e-5)
    for _ in range(30):
        training.step()
    assert torch.equal(training.map.plane, first)
    training.reset()
    assert torch.equal(training.map.plane, first)


def test_cat_begins_along_the_maps_first_direction_and_mat_never_moves() -> None:
    network = nextword.NextWordNetwork(seed=0)
    seen = WordMap(network, "cat")
    nextword.learn(network, 1, lr=0.01, optimizer="sgd")
    way = seen.places(network) - seen.start
    across, up = way[network.words.index("cat")]
    assert across > 0 and abs(up) < 1e-3 * across
    assert np.abs(way[network.words.index("mat")]).max() < 1e-6
    assert seen.moved(network) == pytest.approx(across, rel=1e-3)


def test_the_trail_is_short_and_ends_where_cat_is() -> None:
    training = trained(150)
    arrays = unpack(training.frame())[1]
    trail = arrays["trail"].reshape(-1, 2)
    cat = training.network.words.index("cat")
    assert len(trail) == 121
    assert trail[-1] == pytest.approx(arrays["map"].reshape(-1, 2)[cat])


def test_a_frame_shows_the_way_of_the_chosen_example() -> None:
    training = trained(5)
    training.change("example", 3)
    facts, arrays = unpack(training.frame())
    odds = training.network.predict("on", "the")
    assert facts["context"] == ["on", "the"]
    assert training.network.words[facts["right"]] == "mat"
    expected = [odds[word] for word in training.network.words]
    assert arrays["probabilities"] == pytest.approx(expected, abs=1e-6)
    sizes = {name: arrays[name].size for name in ("embedding", "hidden", "hidden_weights")}
    assert sizes == {"embedding": 16, "hidden": 16, "hidden_weights": 256}
    assert arrays["curve_right"][-1] == pytest.approx(odds["mat"], abs=1e-6)


def test_pairs_it_never_saw_get_a_confident_guess_and_are_named_so() -> None:
    rows, note = answers(trained(100).network, "The mat sat on the.")
    assert [(row["words"], row["seen"]) for row in rows] == [
        ("the mat", False),
        ("mat sat", False),
        ("sat on", True),
        ("on the", True),
    ]
    assert rows[0]["sure"] > 0.8 and rows[3]["guess"] == "mat"
    sure = round(50 * (rows[0]["sure"] + rows[1]["sure"]))
    assert f"2 of 4 pairs. There it is {sure} % sure" in note


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("the dog sat", "never met the word 'dog'. It knows only: cat, mat, on, sat, the"),
        ("", "at least two words"),
        ("?! cat", "at least two words"),
        ("the cat sat", "stood in its text"),
        ("\u732b " + "x" * 5000 + " cat", "never met the word '\u732b'"),
    ],
)
def test_a_question_without_an_answer_gets_a_sentence(question: str, words: str) -> None:
    training = NextWordTraining()
    training.change("question", question)
    note = unpack(training.frame())[0]["note"]
    assert words in note and len(note) < 200


def test_a_reset_gives_the_same_run_again_with_the_settings_of_now() -> None:
    training = trained(20)
    losses = training.losses.values()
    training.reset()
    assert (training.epochs, training.converged_at, len(training.losses)) == (0, None, 1)
    for _ in range(20):
        training.step()
    assert np.array_equal(training.losses.values(), losses)


def test_another_optimizer_keeps_every_weight() -> None:
    training = trained(3)
    before = nextword.NextWordNetwork()
    before.load_state_dict(training.network.state_dict())
    training.change("optimizer", "SGD")
    assert same(training.network, before)


@pytest.mark.parametrize("rate", [1e30, float("nan"), float("inf")])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_a_huge_rate_says_what_to_do_and_keeps_the_last_weights(
    rate: float, optimizer: str
) -> None:
    training = trained(2, optimizer=optimizer)
    good = nextword.NextWordNetwork()
    good.load_state_dict(training.network.state_dict())
    training.change("learning_rate", rate)
    with pytest.raises(OverflowError, match="In epoch 3 a learning rate of .* slow and steady"):
        training.step()
    assert same(training.network, good) and training.epochs == 2
    training.change("learning_rate", 0.01)
    training.step()
    assert training.epochs == 3 and np.isfinite(training.loss)


def test_a_weight_that_is_not_a_number_stops_training_and_can_still_be_shown() -> None:
    training = trained(2)
    with torch.no_grad():
        training.network.embedding.weight[0, 0] = float("nan")
    with pytest.raises(ArithmeticError, match="Before epoch 3 the loss is not a number"):
        training.step()
    block = training.frame()
    header = block[4 : 4 + int.from_bytes(block[:4], "little")]
    json.loads(header, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_both_ends_of_the_slider_train(live: NextWordLab, optimizer: str) -> None:
    live.optimizer.value = optimizer
    for end in (live.learning_rate.min, live.learning_rate.max):
        live.learning_rate.value = 10**end
        live.run_steps(100)
    assert (live.steps, live.view.status) == (200, "paused") and np.isfinite(live.loss)


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
    assert same(live.subject.network, nextword.NextWordNetwork(seed=0))


def test_rate_and_optimizer_act_on_the_next_epoch(live: NextWordLab) -> None:
    live.learning_rate.value = 0.1
    live.optimizer.value = "SGD"
    live.run_steps(1)
    network = nextword.NextWordNetwork(seed=0)
    nextword.learn(network, 1, lr=0.1, optimizer="sgd")
    assert same(live.subject.network, network)
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


def test_a_long_runs_frame_stays_within_the_budget() -> None:
    training = trained(700)
    training.change("question", "mat the cat sat on the mat on")
    assert len(training.frame()) < FRAME_BYTES / 2


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"learning_rate": 0.0}, r"from 0\.0001 to 10"),
        ({"learning_rate": float("nan")}, r"from 0\.0001 to 10"),
        ({"optimizer": "Muon"}, "no optimizer 'Muon'; there are SGD, Adam"),
        ({"epochs": -1}, "epochs is -1"),
    ],
)
def test_a_setting_that_the_lab_does_not_offer_is_refused(settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        next_word_lab(**settings)


def test_an_unknown_setting_or_example_is_refused() -> None:
    with pytest.raises(KeyError, match="there are learning_rate, optimizer"):
        NextWordTraining().change("momentum", 1)
    with pytest.raises(ValueError, match="there are 0 to 3"):
        NextWordTraining().change("example", 4)


def test_the_view_loads_nothing_from_elsewhere_and_sets_words_as_text() -> None:
    for text in (str(NextWordView._esm), str(NextWordView._css)):
        addresses = re.findall(r"https?://\S+|@import|\bimport\s|\bfetch\(", text)
        assert [one for one in addresses if "www.w3.org" not in one] == []
    assert "innerHTML" not in str(NextWordView._esm)


def test_every_class_of_the_styles_begins_with_the_courses_word() -> None:
    rules = re.sub(r"/\*.*?\*/", "", str(NextWordView._css), flags=re.DOTALL)
    names = set(re.findall(r"\.([a-zA-Z][\w-]*)(?=[^{}]*\{)", rules))
    assert {name for name in names if not name.startswith("anatomy-")} == {"vscode-dark"}
