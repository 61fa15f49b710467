"""The leash lab without a browser: its sliders, its curves, its headless picture."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from course_utils import runtime
from course_utils.finetuning_rlhf.labs import LeashLab
from course_utils.finetuning_rlhf.labs.leash.lab import SMALL, LeashView, PracticeSession
from course_utils.finetuning_rlhf.ppo import PPOTrainer
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.finetuning_rlhf.rollouts import replies
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer
from course_utils.ui import running, unpack

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=32)
PROMPTS = [Prompt(text, "talk") for text in ("Hm?", "<b>Say</b> it.", "Go on.")]
CONFIG = replace(SMALL, max_new_tokens=4, cut_penalty=0.0)


def judge(prompt: object, reply: str) -> float:
    return float("a" in reply)


def noisy(model: torch.nn.Module) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=generator))
    return model


def lab(**changed: object) -> LeashLab:
    chat = noisy(Transformer(SIZE))
    parts = (chat, noisy(RewardModel(chat)), TOKENIZER, PROMPTS, judge)
    return LeashLab(*parts, **({"config": CONFIG} | changed))


def practice() -> PracticeSession:
    chat = noisy(Transformer(SIZE))
    return PracticeSession(chat, noisy(RewardModel(chat)), TOKENIZER, PROMPTS, judge, CONFIG)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "not within 10 s"
        time.sleep(0.002)


def press(one: LeashLab, words: str) -> None:
    next(button for button in one.buttons if button.description == words).click()


def same(one: Transformer, other: Transformer) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Iterator[LeashLab]:
    """A live lab, as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    one = lab()
    yield one
    for trainer in running(one.name):
        trainer.stop()


def test_headless_shows_a_png_and_a_constant_text_and_no_widget() -> None:
    bundles = [lab(steps=steps)._repr_mimebundle_()[0] for steps in (2, 3)]
    assert set(bundles[0]) == {"image/png", "text/plain"}
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]
    assert bundles[0]["image/png"] != bundles[1]["image/png"]
    assert running(LeashLab.name) == []


def test_headless_takes_the_given_steps_the_same_each_time() -> None:
    labs = [lab(steps=4) for _ in range(2)]
    assert labs[0].steps == 4 and labs[0].history == labs[1].history
    assert {len(curve) for curve in labs[0].history.values()} == {4}


def test_the_curves_are_those_of_ppo_and_of_the_judge() -> None:
    chat = noisy(Transformer(SIZE))
    trainer = PPOTrainer(chat, noisy(RewardModel(chat)), TOKENIZER, PROMPTS, CONFIG)
    results, history = [trainer.step() for _ in range(3)], lab(steps=3).history
    assert history["proxy"] == pytest.approx([one.proxy for one in results], abs=1e-4)
    assert history["kl"] == pytest.approx([one.kl for one in results], abs=1e-4)
    assert history["entropy"] == pytest.approx([one.entropy for one in results], abs=1e-4)
    assert history["length"] == pytest.approx([one.length for one in results])
    truth = [np.mean(["a" in reply for reply in one.replies]) for one in results]
    assert history["true"] == pytest.approx(truth)


def test_the_model_that_was_given_stays_and_a_copy_practises() -> None:
    chat = noisy(Transformer(SIZE))
    one = LeashLab(
        chat, noisy(RewardModel(chat)), TOKENIZER, PROMPTS, judge, config=CONFIG, steps=2
    )
    assert same(chat, noisy(Transformer(SIZE))) and not same(chat, one.model)


def test_the_buttons_stand_in_the_order_of_all_labs(live: LeashLab) -> None:
    words = ["Play", "Pause", "Step", "Reset", "Run 10 steps"]
    assert [button.description for button in live.buttons] == words


def test_a_live_lab_waits_for_play_with_empty_curves_and_both_replies(live: LeashLab) -> None:
    facts, arrays = unpack(live.view.frame)
    assert (facts["step"], live.view.status) == (0, "paused")
    assert all(one.size == 0 for one in arrays.values())
    assert facts["asked"] == [one.text for one in PROMPTS[:2]]
    expected = replies(noisy(Transformer(SIZE)), TOKENIZER, PROMPTS[:2], max_new_tokens=4)
    assert facts["replies"] == facts["first_replies"] == expected


def test_the_start_and_the_newest_model_answer_side_by_side() -> None:
    one = practice()
    one.change("learning_rate", 0.1)
    expected = tuple(replies(one.start, TOKENIZER, PROMPTS[:2], max_new_tokens=4))
    for _ in range(3):
        one.step()
    facts, _ = unpack(one.frame())
    now = replies(one.trainer.model, TOKENIZER, PROMPTS[:2], max_new_tokens=4)
    assert facts["replies"] == now != facts["first_replies"] == list(expected)
    one.reset()
    assert one.replies() == one.first_replies() == expected


def test_the_start_is_the_model_as_it_was_at_the_last_reset() -> None:
    one = practice()
    before = one.first_replies()
    with torch.no_grad():  # the notebook goes on training the model that it gave
        one.start.lm_head.weight[0] = 100
    assert one.first_replies() == before
    one.reset()
    assert one.first_replies() == one.replies() != before


def test_a_lab_whose_reward_model_is_broken_says_so_and_blames_no_slider() -> None:
    one = practice()
    with torch.no_grad():
        one.trainer.reward.score.weight.fill_(float("nan"))
    with pytest.raises(ValueError, match="reward model's score of reply 0"):
        one.step()
    assert len(one.curves["kl"]) == 0


def test_play_pause_step_and_reset_do_what_they_say(live: LeashLab) -> None:
    press(live, "Step")
    until(lambda: live.steps == 1)
    press(live, "Play")
    until(lambda: live.steps > 2)
    press(live, "Pause")
    until(lambda: live.view.status == "paused")
    press(live, "Reset")
    until(lambda: live.steps == 0)
    assert same(live.model, noisy(Transformer(SIZE)))


def test_run_shows_its_last_step_when_the_click_returns(live: LeashLab) -> None:
    press(live, "Run 10 steps")
    facts, arrays = unpack(live.view.frame)
    assert facts["step"] == live.steps == 10
    for name in ("proxy", "true", "kl", "entropy", "length"):
        assert arrays[name] == pytest.approx(live.history[name], abs=1e-5)


def test_the_leash_acts_on_the_next_step(live: LeashLab) -> None:
    live.run_steps(1)
    live.kl_coefficient.value = 0.4
    live.run_steps(1)
    assert unpack(live.view.frame)[0]["kl_used"] == live.trainable.trainer.kl_coefficient == 0.4


def test_the_learning_rate_acts_on_the_next_step(live: LeashLab) -> None:
    live.learning_rate.value = 1e-5
    live.run_steps(1)
    facts = unpack(live.view.frame)[0]
    assert facts["rate_used"] == live.trainable.trainer.lr == pytest.approx(1e-5)


def test_a_reset_keeps_the_sliders_settings(live: LeashLab) -> None:
    live.kl_coefficient.value = 0.3
    press(live, "Reset")
    live.run_steps(1)
    assert unpack(live.view.frame)[0]["kl_used"] == 0.3


def test_the_leash_goes_from_off_to_tight_and_both_ends_work(live: LeashLab) -> None:
    for end in (live.kl_coefficient.min, live.kl_coefficient.max):
        live.kl_coefficient.value = end
        live.run_steps(1)
    assert (live.kl_coefficient.min, live.kl_coefficient.max, live.steps) == (0, 0.5, 2)


@pytest.mark.parametrize("leash", ["min", "max"])
@pytest.mark.parametrize("rate", ["min", "max"])
def test_at_the_sliders_four_corners_it_goes_on_or_says_what_to_move(
    leash: str, rate: str, live: LeashLab
) -> None:
    live.kl_coefficient.value = getattr(live.kl_coefficient, leash)
    live.learning_rate.value = 10 ** getattr(live.learning_rate, rate)
    live.run_steps(6)
    until(lambda: live.steps == 6 or live.view.status == "error")
    assert rate == "max" or live.steps == 6
    assert live.steps == 6 or "Move the learning rate towards slow" in live.view.banner
    assert all(np.isfinite(curve).all() for curve in live.history.values())
    assert all(weight.isfinite().all() for weight in live.model.parameters())


def test_every_slider_says_what_it_does(live: LeashLab) -> None:
    assert "start" in live.kl_coefficient.tooltip and "weights" in live.learning_rate.tooltip
    rows = live._shown.children[1:3]
    words = [one.value for row in rows for one in (row.children[0], row.children[2])]
    assert words == ["off", "tight", "slow and steady", "fast and chaotic"]


def test_a_step_that_is_not_a_number_stops_with_a_sentence_and_the_last_weights(live) -> None:
    live.run_steps(2)
    good = noisy(Transformer(SIZE))
    good.load_state_dict(live.model.state_dict())
    with torch.no_grad():
        live.trainable.trainer.value.score.weight.fill_(float("nan"))
    live.run_steps(5)
    until(lambda: live.view.status == "error")
    assert "slow and steady" in live.view.banner and "Press reset" in live.view.banner
    assert live.steps == 2 and same(good, live.model)
    live.run_steps(1)
    assert live.steps == 3 and live.view.banner == ""


def test_too_high_a_rate_stops_with_a_sentence() -> None:
    one = practice()
    one.step()
    good = noisy(Transformer(SIZE))
    good.load_state_dict(one.trainer.model.state_dict())
    one.change("learning_rate", 1e6)
    with pytest.raises(OverflowError, match=r"step 2.* 1e\+06"):
        one.step()
    assert same(good, one.trainer.model)


def test_a_step_uses_all_cores_but_one_and_gives_them_back(monkeypatch) -> None:
    one, seen = practice(), []
    real, before = one.trainer.step, torch.get_num_threads()
    monkeypatch.setattr(runtime, "threads", lambda: 4)
    monkeypatch.setattr(
        one.trainer, "step", lambda: seen.append(torch.get_num_threads()) or real()
    )
    one.step()
    monkeypatch.setattr(runtime, "threads", lambda: 1)
    one.step()
    assert seen == [3, 1] and torch.get_num_threads() == before


def test_running_the_cell_again_stops_the_earlier_lab(live: LeashLab) -> None:
    press(live, "Play")
    again = lab()
    assert running(live.name) == [again.trainer] and live.view.status == "stopped"


def test_a_long_runs_frame_stays_within_the_budget() -> None:
    one = practice()
    for curve in one.curves.values():
        for _ in range(2000):
            curve.add(0.123456)
    assert len(one.frame()) < 10_000


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(KeyError, match="kl_coefficient, learning_rate"):
        practice().change("temperature", 1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kl_coefficient": -0.1}, "from 0 to 0.5"),
        ({"kl_coefficient": float("nan")}, "from 0 to 0.5"),
        ({"learning_rate": 1.0}, "from 1e-05 to 0.1"),
    ],
)
def test_a_place_off_the_slider_is_refused(settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        lab(**settings)


def test_the_view_loads_nothing_from_elsewhere_and_sets_replies_as_text() -> None:
    for text in (str(LeashView._esm), str(LeashView._css)):
        addresses = re.findall(r"https?://\S+|@import|\bimport\s|\bfetch\(", text)
        assert [one for one in addresses if "www.w3.org" not in one] == []
    assert "innerHTML" not in str(LeashView._esm)


def test_every_class_of_the_styles_begins_with_the_courses_word() -> None:
    rules = re.sub(r"/\*.*?\*/", "", str(LeashView._css), flags=re.DOTALL)
    names = set(re.findall(r"\.([a-zA-Z][\w-]*)(?=[^{}]*\{)", rules))
    assert {name for name in names if not name.startswith("anatomy-")} == {"vscode-dark"}
