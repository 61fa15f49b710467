"""What the next-word lab trains and reads off: its map, its verdict, its guesses, its limits."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from course_utils.pretraining import next_word as nextword
from course_utils.pretraining.labs.next_word import training as training_module
from course_utils.pretraining.labs.next_word.reading import WordMap, answers, verdict
from course_utils.pretraining.labs.next_word.training import (
    NextWordTraining,
    epochs_to_converge,
)
from course_utils.ui import unpack
from course_utils.ui.frames import FRAME_BYTES


def trained(epochs: int, **settings: object) -> NextWordTraining:
    training = NextWordTraining(**settings)
    for _ in range(epochs):
        training.step()
    return training


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


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


def test_the_distance_that_is_shown_is_that_of_cat_in_all_its_numbers() -> None:
    training = trained(10)
    row = training.network.words.index("cat")
    first, now = (one.embedding.weight[row] for one in (trained(0).network, training.network))
    moved = unpack(training.frame())[0]["moved"]
    assert moved == pytest.approx((now - first).norm().item()) and moved > 0.1


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
        ("x" * 5000 + " \u732b", "never met the word 'xxx"),
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
    with pytest.raises(OverflowError, match="epoch 3 .*learning rate"):
        training.step()
    assert same(training.network, good) and training.epochs == 2
    training.change("learning_rate", 0.01)
    training.step()
    assert training.epochs == 3 and np.isfinite(training.loss)


def test_a_weight_that_is_not_a_number_stops_training_and_can_still_be_shown() -> None:
    training = trained(2)
    with torch.no_grad():
        training.network.embedding.weight[0, 0] = float("nan")
    with pytest.raises(ArithmeticError, match="epoch 3 .*not a number"):
        training.step()
    block = training.frame()
    header = block[4 : 4 + int.from_bytes(block[:4], "little")]
    json.loads(header, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))


def test_a_long_runs_frame_stays_within_the_budget() -> None:
    training = trained(700)
    training.change("question", "mat the cat sat on the mat on")
    assert len(training.frame()) < FRAME_BYTES / 2


def test_an_unknown_setting_or_example_is_refused() -> None:
    with pytest.raises(KeyError, match="learning_rate, optimizer"):
        NextWordTraining().change("momentum", 1)
    with pytest.raises(ValueError, match="0 to 3"):
        NextWordTraining().change("example", 4)


def test_going_back_and_on_again_is_as_if_nothing_had_happened() -> None:
    training = trained(6)
    kept = training.state()
    once = [training.step() for _ in range(5)]
    training.restore(kept)
    assert training.epochs == 6 and len(training.losses) == 7 and len(training.trail) == 7
    assert training.loss == training.losses.last
    assert [training.step() for _ in range(5)] == once


def test_going_back_keeps_the_optimizer_that_was_chosen_since() -> None:
    training = trained(3)
    kept = training.state()
    training.change("optimizer", "SGD")
    training.step()
    training.restore(kept)
    assert training.optimizer == "SGD" and training.recipe == "Adam, learning rate 0.01"
    assert training.step() < kept_loss(kept)


def kept_loss(state: dict) -> float:
    network = nextword.NextWordNetwork()
    network.load_state_dict(state["weights"])
    return network.loss().item()


def test_new_weights_are_those_of_the_next_seed_and_reset_returns_to_them() -> None:
    training = trained(3, seed=4)
    training.new_weights()
    assert training.epochs == 0 and same(training.network, nextword.NextWordNetwork(seed=5))
    training.step()
    training.reset()
    assert same(training.network, nextword.NextWordNetwork(seed=5))


def test_the_epochs_to_converge_are_those_of_a_run_of_each_seed() -> None:
    by_hand = trained(40, seed=1)
    assert epochs_to_converge("Adam", 0.01, seeds=(1,)) == [by_hand.converged_at]


def test_a_rate_at_which_nothing_converges_is_said_and_does_not_run_for_ever(monkeypatch) -> None:
    monkeypatch.setattr(training_module, "MOST_EPOCHS", 30)
    with pytest.raises(ArithmeticError, match="30 epochs"):
        epochs_to_converge("SGD", 1e-4, seeds=(0,))
