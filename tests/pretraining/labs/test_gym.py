"""The Training Gym without a browser: its controls, its curves, its way back."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator

import pytest
import torch

from course_utils.model.attention import attention_maps
from course_utils.pretraining.labs import GymLab
from course_utils.pretraining.labs.gym.lab import GymView
from course_utils.pretraining.labs.gym.training import Shape
from course_utils.ui import running, unpack

from .small_gym import (
    TOKENIZER,
    TRAIN,
    gym,
    press,
    same,
    take,
    until,
    weights,
)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[GymLab]:
    """A live lab, as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    yield gym()
    for trainer in running(GymLab.name):
        trainer.stop()


def test_headless_shows_a_png_and_a_constant_text_and_no_widget() -> None:
    bundles = [gym(steps=steps)._repr_mimebundle_()[0] for steps in (2, 12)]
    assert set(bundles[0]) == {"image/png", "text/plain"}
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]
    assert bundles[0]["image/png"] != bundles[1]["image/png"]
    assert running(GymLab.name) == []


def test_headless_takes_the_given_steps_the_same_each_time_and_learns() -> None:
    labs = [gym(steps=40) for _ in range(2)]
    assert labs[0].steps == 40 and same(weights(labs[0]), weights(labs[1]))
    assert labs[0].loss < 0.7 * math.log(TOKENIZER.vocab_size)
    assert labs[0].validation_loss < 0.7 * math.log(TOKENIZER.vocab_size)


def test_the_first_loss_is_that_of_guessing_and_nothing_is_right_yet() -> None:
    lab = gym(steps=1)
    assert lab.loss == pytest.approx(math.log(TOKENIZER.vocab_size), abs=1e-4)
    run = lab.trainable.run
    assert run.accuracy.last == run.validation_accuracy.values()[0] == 0


def test_accuracy_is_the_share_of_likeliest_tokens_that_come_next() -> None:
    lab = gym(steps=30)
    rows = torch.from_numpy(TRAIN["atlas"][:34].astype("int64")).reshape(2, 17)
    _, accuracy = lab.trainable._measure(rows)
    likeliest = lab.model(rows[:, :-1]).argmax(-1)
    assert accuracy == pytest.approx(float((likeliest == rows[:, 1:]).float().mean()))
    assert accuracy > 0


def test_the_buttons_are_those_of_a_lab_that_can_go_back(live: GymLab) -> None:
    names = ["Play", "Pause", "Step", "Back", "Reset", "New weights", "Run 50 steps"]
    assert [button.description for button in live.buttons] == names


def test_every_control_has_a_tooltip(live: GymLab) -> None:
    controls = [live.learning_rate, live.batch, live.weight_decay, live.keep]
    controls += [*live.stops, *live.shape.values()]
    assert all(control.tooltip for control in controls)
    assert len(live.optimizer.tooltips) == len(live.optimizer.options)


def test_a_new_learning_rate_holds_from_the_next_step_and_is_marked(live: GymLab) -> None:
    take(live, 20)
    live.learning_rate.value = 0.1
    assert take(live, 1)["rate_used"] == live.learning_rate.value != 0.02
    arrays = unpack(live.view.frame)[1]
    assert arrays["mark_steps"].tolist() == [21]
    assert arrays["mark_rates"] == pytest.approx([0.1])


def test_a_stop_moves_the_slider(live: GymLab) -> None:
    next(one for one in live.stops if one.description.startswith("chaos")).click()
    assert live.learning_rate.value == 10**0.5
    until(lambda: live.trainable.settings["learning_rate"] == 10**0.5)


def test_the_moves_of_one_drag_are_one_mark(live: GymLab) -> None:
    take(live, 5)
    for rate in (0.03, 0.05, 0.08):
        live.learning_rate.value = rate
        take(live, 2)
    marks = live.trainable.run.marks
    assert marks == [(6, pytest.approx(0.08))]


def test_a_new_batch_size_holds_from_the_next_step(live: GymLab) -> None:
    live.batch.value = 8
    take(live, 1)
    assert sum(live.trainable._batches.rows_drawn.values()) == 8


@pytest.mark.parametrize("name", ["AdamW", "SGD"])
def test_another_optimizer_keeps_the_weights_and_takes_the_next_step(
    live: GymLab, name: str
) -> None:
    take(live, 2)
    before = weights(live)
    live.optimizer.value = name
    until(lambda: live.trainable.settings["optimizer"] == name)
    assert same(weights(live), before)
    kinds = {type(one).__name__ for one in live.trainable._optimizers}
    assert kinds == {name}
    take(live, 1)
    assert not same(weights(live), before) and live.view.status == "paused"


def test_weight_decay_shrinks_the_tables_of_weights_only(live: GymLab) -> None:
    live.learning_rate.value = 0.0001
    live.optimizer.value = "AdamW"
    live.weight_decay.value = 1.0
    take(live, 1)
    groups = live.trainable._optimizers[0].param_groups
    assert [group["weight_decay"] for group in groups] == [1.0, 0.0]


def test_depth_width_heads_and_context_wait_for_the_reset(live: GymLab) -> None:
    for name, value in (("layers", 2), ("width", 32), ("heads", 4), ("context", 32)):
        live.shape[name].value = value
    assert take(live, 1)["shape"]["layers"] == 1
    press(live, "Reset")
    until(lambda: live.steps == 0)
    config = live.model.config
    assert (config.layers, config.width, config.heads) == (2, 32, 4)
    assert live.trainable._batches.context_tokens == 32
    assert take(live, 1)["step"] == 1


def test_every_shape_that_the_menus_offer_is_a_model() -> None:
    from course_utils.pretraining.labs.gym.lab import SHAPES

    for width in SHAPES["width"][1]:
        for heads in SHAPES["heads"][1]:
            assert Shape(width=width, heads=heads).model(100).context_tokens == 256


def test_the_device_menu_holds_what_the_machine_has(live: GymLab) -> None:
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    expected = ["cpu", *(name for name, yes in there.items() if yes)]
    assert list(live.shape["device"].options) == expected


def test_reset_trains_the_same_again_and_leaves_the_previous_run(live: GymLab) -> None:
    take(live, 12)
    first = weights(live)
    press(live, "Reset")
    take(live, 12)
    arrays = unpack(live.view.frame)[1]
    assert same(weights(live), first)
    assert arrays["previous_smooth"].tolist() == arrays["smooth"].tolist()
    assert arrays["previous_validation_steps"].tolist() == [0, 10]


def test_new_weights_are_others_and_reset_comes_back_to_these(live: GymLab) -> None:
    first = weights(live)
    press(live, "New weights")
    until(lambda: live.trainable.seed == 1 and not same(first, weights(live)))
    second = weights(live)
    take(live, 2)
    press(live, "Reset")
    until(lambda: live.steps == 0)
    assert same(weights(live), second)


@pytest.mark.parametrize("name", ["Muon + AdamW", "AdamW", "SGD"])
def test_steps_after_back_are_the_same_steps_again(live: GymLab, name: str) -> None:
    live.optimizer.value = name
    take(live, 25)
    first, losses = weights(live), live.trainable.run.losses.values()
    for _ in range(2):  # twice: the kept state must not be what training goes on with
        press(live, "Back")
        until(lambda: live.steps == 20)
        take(live, 5)
        assert same(weights(live), first)
    assert live.trainable.run.losses.values().tolist() == losses.tolist()


def test_a_loss_of_no_number_pauses_diverges_and_can_be_rewound(live: GymLab) -> None:
    take(live, 25)
    with torch.no_grad():
        live.model.lm_head.weight[0, 0] = float("nan")
    facts = take(live, 5)
    assert (facts["status"], live.view.status) == ("diverged", "error")
    assert live.rewind.layout.visibility == "visible"
    live.rewind.click()
    until(lambda: live.view.status == "paused")
    assert live.steps == 10 and bool(torch.isfinite(live.model.lm_head.weight).all())
    assert math.isfinite(take(live, 5)["loss"])


def test_a_chaotic_rate_explodes_and_the_rewind_leads_out_of_it(live: GymLab) -> None:
    take(live, 30)
    live.learning_rate.value = 10.0
    take(live, 40)
    assert live.view.status == "error" and "Lower the learning rate" in live.view.banner
    live.rewind.click()
    until(lambda: live.view.status == "paused")
    live.learning_rate.value = 0.005
    facts = take(live, 5)
    assert facts["loss"] < facts["guessing"]


def test_a_sample_grows_by_one_token_a_step_and_disturbs_nothing(live: GymLab) -> None:
    lengths = [len(take(live, 1)["sample"].encode()) for _ in range(5)]
    assert lengths[-1] > lengths[0] >= len("The capital of")
    other = gym(prompt="Once")
    take(other, 5)
    assert same(weights(other), weights(live))


def test_at_rest_the_page_has_the_heads_of_the_weights_of_now(live: GymLab) -> None:
    ids = [0, *TOKENIZER.encode("The dog saw the cat")][:16]
    for steps in (0, 1, 3):
        if steps:
            take(live, steps)
        facts, arrays = unpack(live.view.frame)
        heads = facts["heads"]
        assert heads["step"] == facts["step"] == live.steps
        assert (heads["layers"], heads["heads"], heads["tokens"]) == (1, 2, 16)
        expected = attention_maps(live.model, ids).numpy().ravel()
        assert arrays["weights"] == pytest.approx(expected, abs=1e-6)
    assert "“The dog saw the” (16 tokens)" in heads["words"]
    live.shape["layers"].value = 2
    press(live, "Reset")
    until(lambda: unpack(live.view.frame)[0]["heads"]["layers"] == 2)


def test_looking_at_heads_is_no_part_of_the_frames_in_between_and_trains_the_same() -> None:
    watched, plain = gym(steps=1), gym(steps=1)
    for _ in range(5):
        watched.trainable.full_frame()
        watched.trainable.step()
        plain.trainable.step()
    assert same(weights(watched), weights(plain))
    facts, arrays = unpack(watched.trainable.frame())
    assert "heads" not in facts and "weights" not in arrays


def test_looking_once_a_second_takes_less_than_a_twentieth_of_the_processor() -> None:
    training = gym(steps=1, shape=Shape(layers=4, width=128, heads=4, context=16)).trainable
    seconds = []
    for _ in range(5):
        begun = time.process_time()
        training.full_frame()
        seconds.append(time.process_time() - begun)
    assert sorted(seconds)[2] < 0.05


def test_no_sentence_to_look_at_is_refused() -> None:
    with pytest.raises(ValueError, match="sentence is empty; give a few words"):
        gym(sentence=" ")


def test_a_long_run_stays_within_the_frame_budget_and_64_megabytes() -> None:
    lab = gym(steps=1, shape=Shape(layers=4, width=16, heads=4, context=16))
    run = lab.trainable.run
    for step in range(3000):
        run.add(1.234567, 0.123456, 0.54321, 0.02 * (1 + step // 20))
        run.add_validation(1.23456, 0.12345)
    lab.trainable.previous_run = run.as_previous()
    assert unpack(lab.trainable.full_frame())[1]["weights"].size == 4 * 4 * 16 * 16
    assert len(lab.trainable.full_frame()) < 33_000
    assert len(run.marks) <= 40


def test_the_view_loads_nothing_from_elsewhere() -> None:
    for text in (str(GymView._esm), str(GymView._css)):
        addresses = re.findall(r"https?://\S+|@import|\bimport\s|\bfetch\(", text)
        assert [one for one in addresses if "www.w3.org" not in one] == []


def test_every_class_of_the_styles_begins_with_the_courses_word() -> None:
    rules = re.sub(r"/\*.*?\*/", "", str(GymView._css), flags=re.DOTALL)
    names = set(re.findall(r"\.([a-zA-Z][\w-]*)(?=[^{}]*\{)", rules))
    assert {name for name in names if not name.startswith("anatomy-")} == {"vscode-dark"}
