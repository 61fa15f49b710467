"""PPO: its formulas, its leash, what it learns, and how it stops and goes on."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from course_utils.finetuning_rlhf import ppo
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.policy_trainer import MAX_NATS_MOVED
from course_utils.finetuning_rlhf.ppo import (
    MAX_VALUE_LOSS,
    PPOConfig,
    PPODiverged,
    PPOHistory,
    PPOResult,
    PPOTrainer,
    train_ppo,
)
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.finetuning_rlhf.rollouts import sample
from course_utils.model.transformer import Transformer
from course_utils.pretraining import checkpoint

from .ppo_practice import (
    CONFIG,
    LETTERS,
    PROMPTS,
    SIZE,
    TOKENIZER,
    chance_of_a,
    likes_a,
    policy,
    practice,
    same,
    weights,
)


def test_a_rewarded_token_becomes_more_likely():
    trainer = practice(steps=12, kl_coefficient=0.0)
    before = chance_of_a(trainer.model)
    history = train_ppo(trainer)
    assert before == pytest.approx(1 / 6, abs=0.03) and chance_of_a(trainer.model) > 2 * before
    assert history.proxy[-1] > history.proxy[0] + 0.5
    assert len(history.proxy) == len(history.kl) == len(history.length) == 12
    # six choices that are about as likely, then fewer
    assert history.entropy[0] == pytest.approx(math.log(6), abs=0.1)
    assert history.entropy[-1] < history.entropy[0] - 0.05 and len(history.entropy) == 12


def test_the_entropy_is_the_mean_over_the_tokens_of_the_sampled_replies():
    trainer = practice()
    trainer.step()
    made = sample(trainer.model, TOKENIZER, trainer._next_prompts(), 3, seed=1)
    with torch.no_grad():
        logits = trainer.model(made.tokens[:, :-1])
        each = torch.distributions.Categorical(logits=logits).entropy()[made.response_mask]
    result = trainer.step()
    assert result.replies == made.replies and result.length == len(each) / 8
    assert result.entropy == pytest.approx(float(each.mean()), abs=1e-5)


def test_the_entropy_is_shown_and_moves_no_weight(monkeypatch: pytest.MonkeyPatch):
    plain, other = practice(), practice()
    for _ in range(2):
        plain.step()

    def without_entropy(model: Transformer, start: Transformer, tokens: torch.Tensor):
        now, then = (torch.log_softmax(net(tokens[:, :-1]).float(), -1) for net in (model, start))
        chosen = tokens[:, 1:, None]
        distance = (now.exp() * (now - then)).sum(-1, keepdim=True).clamp(min=0)
        nothing = torch.full_like(distance, float("nan"))
        return torch.cat((now.gather(2, chosen), then.gather(2, chosen), distance, nothing), -1)

    monkeypatch.setattr(ppo, "compared", without_entropy)
    for _ in range(2):
        other.step()
    assert same(weights(plain), weights(other))


def test_a_tight_leash_keeps_the_policy_nearer_to_its_start():
    moved = {kl: train_ppo(practice(steps=12, kl_coefficient=kl)).kl[-1] for kl in (0.0, 3.0)}
    assert moved[0.0] > 0.3 and moved[3.0] < moved[0.0] / 2


def test_the_leash_can_be_changed_between_steps():
    trainer, other = practice(kl_coefficient=0.0), practice(kl_coefficient=0.0)
    other.kl_coefficient = 5.0
    assert trainer.step().kl == other.step().kl == pytest.approx(0, abs=1e-5)
    assert same(weights(trainer), weights(other))  # at the start nothing pulls yet
    trainer.step(), other.step()
    assert not same(weights(trainer), weights(other))


def test_a_reward_model_of_another_tokenizer_is_refused_before_the_first_step():
    scorer = RewardModel(Transformer(replace(SIZE, vocab_size=300)))
    with pytest.raises(ValueError, match="300 tokens and the tokenizer 261"):
        PPOTrainer(policy(), scorer, TOKENIZER, PROMPTS, CONFIG)


def test_with_a_tiny_rate_nothing_moves():
    history = train_ppo(practice(lr=1e-9, steps=2))
    assert history.kl == pytest.approx([0, 0], abs=1e-4)


def test_the_rate_can_be_changed_between_steps():
    trainer = practice()
    trainer.lr = 1e-12
    before = chance_of_a(trainer.model)
    trainer.step()
    assert trainer.lr == 1e-12 and chance_of_a(trainer.model) == pytest.approx(before, abs=1e-6)


def test_the_rate_falls_in_the_last_steps_of_a_run():
    trainer, rates = practice(steps=4, warmdown=0.5), []
    train_ppo(trainer, watch=lambda _: rates.append(trainer.lr / CONFIG.lr) or 0.0)
    assert rates == pytest.approx([1, 1, 1, 0.5])


def test_scores_are_measured_from_the_start_in_its_standard_deviations():
    first = practice(baseline=None, prompts=PROMPTS).step()
    assert first.proxy == pytest.approx(0, abs=1e-5)


def seldom_says_a(trainer: PPOTrainer, logit: float) -> None:
    with torch.no_grad():
        trainer.model.lm_head.weight[LETTERS[0], 0] = logit


@pytest.mark.parametrize("prompts", [1, 8])
def test_first_replies_that_score_alike_leave_the_scores_in_their_own_unit(prompts: int):
    trainer = practice(baseline=None, prompts=PROMPTS)
    trainer.config = replace(CONFIG, prompts=prompts, minibatches=1)
    seldom_says_a(trainer, -8.0)
    first = trainer.step()
    assert trainer.baseline[1] == 1 and first.proxy == pytest.approx(0, abs=1e-5)
    seldom_says_a(trainer, 8.0)  # from now on the replies score differently
    later = [trainer.step() for _ in range(3)]
    assert 1 < later[0].proxy < 10 and all(step.value_loss < 100 for step in later)


def test_a_value_loss_beyond_all_bounds_stops_at_the_weights_of_the_step_before():
    trainer = practice()
    trainer.step()
    good = weights(trainer)
    trainer.baseline = (0.0, 1e-6)  # as a checkpoint of an earlier version may have it
    with pytest.raises(
        PPODiverged, match=r"value loss is \d.*e\+1\d, its largest score .* step 2"
    ):
        trainer.step()
    trainer.load_state_dict(trainer._good)
    assert same(good, weights(trainer)) and trainer.step_number == 1
    assert MAX_VALUE_LOSS > 1000 * practice().step().value_loss


@pytest.mark.parametrize("ends", [100.0, -8.0], ids=["at once", "never"])
def test_empty_replies_and_those_to_the_end_of_the_context_are_learnt_from(ends: float):
    trainer = practice(prompts=PROMPTS[:1], max_new_tokens=99)
    with torch.no_grad():
        trainer.model.lm_head.weight[0, 0] = ends
    result = trainer.step()
    room = SIZE.context_tokens - len(conversation_ids(TOKENIZER, PROMPTS[0].turns))
    assert result.length == (1 if ends > 0 else room) and math.isfinite(result.value_loss)


@pytest.mark.parametrize(
    "baseline", [(0.0, 0.0), (0.0, 1e-6), (0.0, -1.0), (math.nan, 1.0), (0.0, math.inf), 1.0, "ab"]
)
def test_a_baseline_that_is_no_unit_is_refused(baseline: object):
    with pytest.raises(ValueError, match="baseline is .*at least 0.1"):
        practice(baseline=baseline)


def test_the_distance_shown_is_never_negative():
    # few replies: the chosen tokens alone would often say less than nothing
    trainer = practice(prompts=PROMPTS, lr=2e-2)
    trainer.config = replace(trainer.config, prompts=1, minibatches=1)
    distances, chosen = [], []
    for _ in range(12):
        rollouts = sample(trainer.model, TOKENIZER, trainer._next_prompts(), 3, seed=0)
        with torch.no_grad():
            old, reference, distance, *_ = trainer._measure(rollouts)
        chosen.append(float(((old - reference) * rollouts.response_mask).sum()))
        distances.append(trainer.step().kl)
        assert (distance >= 0).all()
    assert min(chosen) < 0 and min(distances) >= 0 and max(distances) > 0.01


def test_the_model_that_holds_the_leash_and_the_judge_stay_as_they_are():
    trainer = practice()
    frozen = [*trainer.reference.state_dict().values(), *trainer.reward.state_dict().values()]
    before = [one.clone() for one in frozen]
    trainer.step()
    assert same(before, frozen) and trainer.value.score.weight is not trainer.reward.score.weight


def test_each_prompt_comes_once_before_any_again():
    trainer = practice(prompts=[Prompt(str(n), "talk") for n in range(12)])
    asked = [one.text for _ in range(3) for one in trainer.step().prompts]
    assert len(set(asked[:12])) == len(set(asked[12:])) == 12 and asked[:12] != asked[12:]


def test_one_prompt_and_one_token_are_enough():
    config = replace(CONFIG, prompts=1, minibatches=1, max_new_tokens=1)
    result = PPOTrainer(policy(), likes_a(), TOKENIZER, PROMPTS[:1], config).step()
    assert math.isfinite(result.value_loss) and result.length == 1


def test_replies_that_all_earn_the_same_leave_the_policy_where_it_is():
    trainer = practice(baseline=None, lr=1e-3, kl_coefficient=0.0)
    for judge in (trainer.reward, trainer.value):
        torch.nn.init.zeros_(judge.score.weight)
    before = chance_of_a(trainer.model)
    results = [trainer.step() for _ in range(3)]
    assert [(one.proxy, one.clipped) for one in results] == [(0, 0)] * 3
    assert chance_of_a(trainer.model) == pytest.approx(before, abs=1e-4)


def test_empty_replies_and_replies_at_the_limit_can_be_practised_on():
    for logit, length in ((30.0, 1), (-30.0, 3)):
        trainer = practice(cut_penalty=1.0)
        with torch.no_grad():  # says nothing but its end, or never ends
            trainer.model.lm_head.weight[0, 0] = logit
        results = [trainer.step() for _ in range(2)]
        assert {one.length for one in results} == {length}
        assert (results[0].replies == ("",) * 8) == (length == 1)
        assert all(math.isfinite(one.value_loss) for one in results)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_scores_that_are_not_numbers_name_the_reply_and_blame_no_rate(bad: float):
    trainer = practice(baseline=None)
    good = weights(trainer)
    with torch.no_grad():
        trainer.reward.score.weight[0, 1] = bad
    with pytest.raises(ValueError, match=r"score of reply \d, '.*', is -?(nan|inf)") as refused:
        trainer.step()
    assert not isinstance(refused.value, PPODiverged) and "reward model" in str(refused.value)
    assert same(good, weights(trainer)) and trainer.baseline is None


def test_advantages_that_are_not_numbers_move_nothing(monkeypatch: pytest.MonkeyPatch):
    trainer = practice()
    trainer.step()
    good, moved = weights(trainer), []
    with torch.no_grad():
        trainer.value.score.weight.fill_(float("nan"))
    monkeypatch.setattr(trainer.optimizer, "step", lambda: moved.append(1))
    with pytest.raises(PPODiverged, match=r"advantages are not numbers at step 2\.\nLower lr"):
        trainer.step()
    assert same(good, weights(trainer)) and not moved


@pytest.mark.parametrize("rate", [10.0, 1e6])
@pytest.mark.parametrize("passes", [1, 2])
def test_too_high_a_rate_stops_with_advice_at_the_last_good_weights(passes: int, rate: float):
    trainer = practice(epochs=passes, minibatches=passes)
    trainer.step()
    good = weights(trainer)
    trainer.lr = rate
    said = re.escape(f"at step 2.\nLower lr: it is {rate:g}; 0.0003 is a safe choice")
    with pytest.raises(PPODiverged, match=said):
        trainer.step()
    assert same(good, weights(trainer)) and trainer.step_number == 1
    trainer.lr = 1e-3
    assert trainer.step().step == 2


def test_weights_that_are_not_numbers_are_noticed(tmp_path: Path):
    trainer = practice()
    train_ppo(trainer)
    good = weights(trainer)
    with torch.no_grad():
        trainer.value.score.weight.fill_(float("nan"))
    with pytest.raises(PPODiverged, match="not numbers at step 6"):
        trainer.step()
    assert same(good, weights(trainer)) and MAX_NATS_MOVED > 1


def test_a_state_that_was_taken_back_is_not_changed_by_later_steps():
    trainer = practice()
    trainer.step()
    state, good = trainer._copy(), weights(trainer)
    for _ in range(2):
        trainer.load_state_dict(state)
        trainer.step()
    trainer.load_state_dict(state)
    assert same(good, weights(trainer))


def test_a_diverged_run_leaves_no_checkpoint(tmp_path: Path):
    trainer, seen = practice(), []

    def watch(result: PPOResult) -> float:
        seen.append(checkpoint.exists(tmp_path))
        if len(seen) == 2:
            trainer.value.score.weight.data.fill_(float("nan"))
        return 0.0

    with pytest.raises(PPODiverged, match="at step 3"):
        train_ppo(trainer, tmp_path, watch, checkpoint_every=1)
    assert seen == [False, True] and not checkpoint.exists(tmp_path)


def test_what_is_watched_is_noted_and_nothing_learns_from_it():
    one, other = practice(), practice()
    history = train_ppo(one, watch=lambda result: 10.0 * result.step)
    train_ppo(other)
    assert history.watched == [10, 20, 30, 40, 50] and same(weights(one), weights(other))
    assert PPOHistory(**asdict(history)) == history


def test_practice_without_prompts_is_refused():
    with pytest.raises(ValueError, match="no prompts"):
        practice(prompts=[])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"lr": float("nan")}, "above 0"),
        ({"warmdown": 2.0}, "warmdown is 2"),
        ({"kl_coefficient": -0.1}, r"kl_coefficient is -0.1(?s:.*)leash off"),
        ({"kl_coefficient": float("nan")}, "kl_coefficient is nan"),
        ({"clip": -1.0}, "clip is -1.0"),
        ({"prompts": 2, "minibatches": 3}, "2 prompts cannot be cut into 3"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, words: str):
    with pytest.raises(ValueError, match=words):
        PPOConfig(**settings)
