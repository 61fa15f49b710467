"""GRPO: advantages by hand, its loss against a slow one, what it learns, and how it stops."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from course_utils.finetuning_rlhf import grpo
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.grpo import (
    GRPOConfig,
    GRPODiverged,
    GRPOHistory,
    GRPOTrainer,
    group_advantages,
    train_grpo,
)
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.rollouts import compared, sample
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import checkpoint
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=24)
LETTERS = TOKENIZER.encode("abcde")
PROMPTS = [Prompt(text, "talk") for text in ("Hm?", "Say it.", "Go on.")]
CONFIG = GRPOConfig(
    steps=5, prompts=3, group=4, max_new_tokens=3, lr=5e-3, warmdown=0.0, kl_coefficient=0.0
)


def policy() -> Transformer:
    """Says one of five letters or ends, all about as likely."""
    model = Transformer(SIZE)
    with torch.no_grad():
        model.model.embed_tokens.weight[:, 0] = 3
        model.lm_head.weight[:, 0] = -8
        model.lm_head.weight[[0, *LETTERS], 0] = 0
    return model


def likes_a(prompts: Sequence[Prompt], replies: Sequence[str]) -> list[float]:
    return [float(reply.endswith("a")) for reply in replies]


def practice(prompts: list = PROMPTS, reward=likes_a, **changed) -> GRPOTrainer:
    return GRPOTrainer(policy(), TOKENIZER, prompts, reward, replace(CONFIG, **changed))


def weights(trainer: GRPOTrainer) -> list:
    return [one.clone() for _, one in sorted(trainer.state_dict()["tensors"].items())]


def same(one: list, other: list) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def chance_of_a(model: Transformer) -> float:
    with torch.no_grad():
        return float(torch.softmax(model(torch.tensor([[1, 2]]))[0, -1], -1)[LETTERS[0]])


def test_advantages_worked_out_by_hand() -> None:
    # mean 0.25, squares .0625 three times and .5625: variance .75 / 3, deviation .5
    found = group_advantages(torch.tensor([1.0, 0.0, 0.0, 0.0, 2.0, 4.0, 2.0, 4.0]), group=4)
    assert found[:4].tolist() == pytest.approx([1.5, -0.5, -0.5, -0.5], abs=1e-3)
    assert found[4:].tolist() == pytest.approx([-0.866, 0.866, -0.866, 0.866], abs=1e-3)


def test_advantages_are_measured_within_the_group_and_not_across() -> None:
    rewards = torch.tensor([0.0, 0.1, 5.0, 5.1])
    found = group_advantages(rewards, 2)
    # the worst reply to an easy prompt is no better than the best one to a hard prompt
    assert found[2] < 0 < found[1]
    assert found.view(2, 2).sum(1).tolist() == pytest.approx([0, 0], abs=1e-4)
    assert torch.allclose(found, group_advantages(rewards + 100, 2), atol=1e-3)


@pytest.mark.parametrize("reward", [0.0, 1.0, 0.1, -7.3, 1e6])
@pytest.mark.parametrize("group", [2, 3, 7])
def test_equal_rewards_give_no_advantage_and_raise_nothing(reward: float, group: int) -> None:
    assert group_advantages(torch.full((2 * group,), reward), group).tolist() == [0.0] * 2 * group


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_reward_that_is_no_number_is_named(bad: float) -> None:
    with pytest.raises(ValueError, match=f"reward of reply 2 is {bad}; a reward has to be"):
        group_advantages(torch.tensor([0.0, 1.0, bad, 0.5]), 2)


@pytest.mark.parametrize(("count", "group"), [(4, 1), (5, 2), (4, 0)])
def test_groups_that_do_not_come_out_are_refused(count: int, group: int) -> None:
    with pytest.raises(ValueError, match=f"{count} rewards cannot be cut into groups of {group}"):
        group_advantages(torch.zeros(count), group)


def slow_loss(trainer: GRPOTrainer, rollouts, advantage: list[float], old) -> float:
    """Equation 3 of the paper, a token at a time."""
    total = 0.0
    for row, ahead in enumerate(advantage):
        odds, back = (
            F.log_softmax(net(rollouts.tokens[row : row + 1, :-1])[0], -1)
            for net in (trainer.model, trainer.reference)
        )
        places, reply = rollouts.response_mask[row].nonzero().squeeze(1).tolist(), 0.0
        for at in places:
            token = int(rollouts.tokens[row, at + 1])
            new, start = float(odds[at, token].detach()), float(back[at, token].detach())
            ratio = math.exp(new - float(old[row, at]))
            gain = min(ratio * ahead, min(max(ratio, 0.8), 1.2) * ahead)
            ratio_back = math.exp(start - new)
            reply += gain - 0.3 * (ratio_back - math.log(ratio_back) - 1)
        total -= reply / len(places)
    return total / len(advantage)


def test_the_loss_is_the_papers() -> None:
    trainer = practice(kl_coefficient=0.3, lr=2e-2)
    trainer.step(), trainer.step()
    asked = [prompt for prompt in PROMPTS for _ in range(4)]
    rollouts = sample(trainer.model, TOKENIZER, asked, 3, seed=7)
    advantage = torch.linspace(-2, 2, 12)
    with torch.no_grad():
        measured = rollouts.measure(lambda ids: compared(trainer.model, trainer.reference, ids))
        # as if the policy had moved since the replies were sampled
        noise = 0.4 * torch.randn(
            measured[..., 0].shape, generator=torch.Generator().manual_seed(0)
        )
        old, reference = measured[..., 0] + noise, measured[..., 1]
        targets, found = (old, reference, advantage), 0.0
        for rows, longest in rollouts.groups(range(12), tokens=40):
            found += float(trainer._losses(rollouts, rows, longest, targets)[0]) / 12
    assert found == pytest.approx(slow_loss(trainer, rollouts, advantage.tolist(), old), abs=1e-5)


def test_a_rewarded_token_becomes_more_likely() -> None:
    trainer = practice(steps=12)
    before = chance_of_a(trainer.model)
    history = train_grpo(trainer)
    assert before == pytest.approx(1 / 6, abs=0.03) and chance_of_a(trainer.model) > 2 * before
    assert sum(history.reward[-3:]) > sum(history.reward[:3]) + 0.5
    assert len(history.reward) == len(history.kl) == len(history.alike) == 12


def test_a_tight_leash_keeps_the_policy_nearer_to_its_start() -> None:
    moved = {
        price: train_grpo(practice(steps=12, kl_coefficient=price)).kl[-1] for price in (0, 9)
    }
    assert moved[0] > 0.3 and 0 <= moved[9] < moved[0] / 2


def test_rewards_that_are_all_equal_move_nothing_and_are_said_to_be_alike() -> None:
    trainer = practice(reward=lambda prompts, replies: [0.4] * len(replies))
    before = [weight.clone() for weight in trainer.model.parameters()]
    result = trainer.step()
    assert result.alike == 1 and result.reward == pytest.approx(0.4)
    # AdamW's decay of the weights is all that is left
    for old, new in zip(before, trainer.model.parameters(), strict=True):
        assert torch.allclose(old, new, rtol=1e-3, atol=1e-6)


def test_replies_to_one_prompt_stand_side_by_side_and_differ() -> None:
    result = practice().step()
    for first in (0, 4, 8):
        assert len({prompt.text for prompt in result.prompts[first : first + 4]}) == 1
    assert len(set(result.replies)) > 4 and len(result.prompts) == len(result.replies) == 12


def test_a_reward_that_is_not_a_number_stops_before_anything_is_learnt() -> None:
    trainer = practice(reward=lambda prompts, replies: [math.nan] * len(replies))
    before = weights(trainer)
    with pytest.raises(ValueError, match="reward of reply 0 is nan"):
        trainer.step()
    assert same(before, weights(trainer)) and trainer.step_number == 0


def test_a_reward_for_every_reply_is_asked_for() -> None:
    trainer = practice(reward=lambda prompts, replies: [1.0])
    with pytest.raises(ValueError, match=r"\(1,\) rewards for 12 replies"):
        trainer.step()


@pytest.mark.parametrize("rate", [10.0, 1e6])
def test_too_high_a_rate_stops_with_advice_at_the_last_good_weights(rate: float) -> None:
    trainer = practice()
    trainer.step()
    good = weights(trainer)
    trainer.lr = rate
    said = re.escape(f"at step 2.\nLower lr: it is {rate:g}; 0.0003 is a safe choice")
    with pytest.raises(GRPODiverged, match=said):
        trainer.step()
    assert same(good, weights(trainer)) and trainer.step_number == 1


def test_a_gradient_that_is_not_a_number_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = practice()
    trainer.step()
    good = weights(trainer)
    real = grpo.clipped_loss
    monkeypatch.setattr(
        grpo, "clipped_loss", lambda *given: (real(*given)[0] * math.nan, real(*given)[1])
    )
    with pytest.raises(GRPODiverged, match="GRPO's gradient is nan at step 2"):
        trainer.step()
    assert same(good, weights(trainer))


def interrupted(folder: Path, at: int, **changed) -> None:
    made = practice(**changed)
    real = made.step

    def step():
        if made.step_number == at:
            raise KeyboardInterrupt
        return real()

    made.step = step
    with pytest.raises(KeyboardInterrupt, match=f"{at} of 5"):
        train_grpo(made, folder)


def test_a_run_stopped_by_ctrl_c_goes_on_to_the_weights_of_a_whole_one(tmp_path: Path) -> None:
    whole, again = practice(kl_coefficient=0.1), practice(kl_coefficient=0.1)
    history = train_grpo(whole)
    interrupted(tmp_path, 3, kl_coefficient=0.1)
    resumed = train_grpo(again, tmp_path)
    assert same(weights(whole), weights(again)) and list(tmp_path.iterdir()) == []
    assert replace(resumed, seconds=0.0) == replace(history, seconds=0.0)
    assert GRPOHistory(**asdict(history)) == history


@pytest.mark.parametrize("differs", ["prompts", "reference"])
def test_a_run_that_learns_from_something_else_is_refused(differs: str, tmp_path: Path) -> None:
    interrupted(tmp_path, 2)
    other = practice(prompts=[*PROMPTS, Prompt("Else?", "talk")])
    if differs == "reference":
        other = practice()
        with torch.no_grad():
            next(other.reference.parameters()).add_(1)
    with pytest.raises(checkpoint.CheckpointError, match=f"{differs}: .* then, .* now"):
        train_grpo(other, tmp_path)
    assert train_grpo(practice(), tmp_path).steps_taken == 5


def test_a_tokenizer_of_another_vocabulary_is_refused_before_the_first_step() -> None:
    other = Transformer(replace(SIZE, vocab_size=300))
    with pytest.raises(ValueError, match="300 tokens and the tokenizer 261"):
        GRPOTrainer(other, TOKENIZER, PROMPTS, likes_a, CONFIG)


def test_replies_that_are_all_empty_are_of_one_token_and_nothing_breaks() -> None:
    trainer = practice(reward=lambda prompts, replies: [float(n % 4) for n in range(12)])
    with torch.no_grad():
        trainer.model.lm_head.weight[0, 0] = 100
    result = trainer.step()
    assert set(result.replies) == {""} and result.length == 1
    assert math.isfinite(result.kl) and result.step == 1


def test_replies_go_on_to_the_end_of_the_context_and_no_further() -> None:
    trainer = practice(prompts=PROMPTS[:1], max_new_tokens=99)
    with torch.no_grad():
        trainer.model.lm_head.weight[0, 0] = -8  # never ends
    result = trainer.step()
    asked = len(conversation_ids(TOKENIZER, PROMPTS[0].turns))
    assert result.length == SIZE.context_tokens - asked
    assert math.isfinite(result.kl) and {prompt.text for prompt in result.prompts} == {"Hm?"}


def test_practice_without_prompts_is_refused() -> None:
    with pytest.raises(ValueError, match="no prompts"):
        practice(prompts=[])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"group": 1}, r"group is 1(?s:.*)nobody to be ahead of"),
        ({"kl_coefficient": -0.1}, r"kl_coefficient is -0.1(?s:.*)leash off"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"clip": 0.0}, "clip is 0.0"),
        ({"prompts": 1, "group": 2, "minibatches": 3}, "2 replies cannot be cut into 3"),
    ],
)
def test_impossible_settings_are_refused(settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        GRPOConfig(**settings)
