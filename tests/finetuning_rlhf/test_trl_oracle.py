"""DPO, rewards, GRPO and PPO against Hugging Face's TRL: its own trainers, on the same weights.

Models, tokenizer and preferences go to TRL as files, as a reader would hand them on; both sides
then compute from the same ids. Nothing of TRL is replaced. What a PPO step holds in its hands is
read from the running step, since TRL returns none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from course_utils.finetuning_rlhf import dpo, kl
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.grpo import GRPOConfig, GRPOTrainer, group_advantages
from course_utils.finetuning_rlhf.labels import Label
from course_utils.finetuning_rlhf.ppo_objective import (
    advantages,
    clipped_loss,
    normalised,
    value_loss,
)
from course_utils.finetuning_rlhf.ppo_rewards import token_rewards
from course_utils.finetuning_rlhf.preference_files import export_preferences, import_preferences
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardModel, score
from course_utils.finetuning_rlhf.rollouts import log_probabilities
from course_utils.model.transformer import Transformer
from course_utils.tokenization.special_tokens import END, PAD

from .trl_practice import Practised, grpo_batch, practise
from .trl_setup import (
    NOW,
    PLAIN,
    QUESTIONS,
    REWARD,
    SIZE,
    START,
    TOKENIZER,
    VALUE,
    Files,
    apart,
    as_rollouts,
    at_our_places,
    chat_model,
    decided,
    reward_model,
    saved,
    their_tokenizer,
)

LABELS = [
    Label((("system", "Be kind."), ("user", "Hi")), "Hello.", "No", "left"),
    Label((("user", "Ä?"),), "no", "yes, it is", "right"),
    Label((("user", "Who?"), ("assistant", "Me."), ("user", "And?")), "a", "bcdef", "left"),
    Label((("user", "Hi"),), "both", "good", "both_good"),
]
# of names that transformers is about to drop, and that TRL still uses
pytestmark = [
    pytest.mark.filterwarnings("ignore:`gradient_checkpointing`:FutureWarning"),
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning"),
]


@pytest.fixture(autouse=True)
def trl_apart() -> Iterator[None]:
    with apart():
        yield


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return saved(tmp_path_factory.mktemp)


def exported(folder: Path):
    """The labels as a data set, through the file that a reader would hand on."""
    import datasets

    path = export_preferences(LABELS, folder / "preferences.jsonl").path
    return datasets.load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(folder / "cache")
    )


@dataclass(frozen=True)
class Labelled:
    """A pair with what DPO and reward models need of it."""

    prompt: Prompt
    chosen: str
    rejected: str


def our_pairs(folder: Path) -> list[Labelled]:
    found = import_preferences(folder / "preferences.jsonl")
    return [
        Labelled(Prompt(one.turns[-1][1], "talk", before=one.turns[:-1]), one.chosen, one.rejected)
        for one in found
    ]


def test_trl_takes_an_export_for_preferences_and_makes_our_ids_of_it(files: Files, tmp_path: Path):
    from trl.data_utils import is_conversational, maybe_apply_chat_template

    rows, theirs = exported(tmp_path), their_tokenizer(files.now)
    assert rows.column_names == ["prompt", "chosen", "rejected"] and len(rows) == 3
    for row, pair in zip(rows, our_pairs(tmp_path), strict=True):
        assert is_conversational(row)
        texts = maybe_apply_chat_template(row, theirs)
        asked = conversation_ids(TOKENIZER, pair.prompt.turns)
        assert theirs(texts["prompt"])["input_ids"] == asked
        for side in ("chosen", "rejected"):
            ids = theirs(texts["prompt"] + texts[side])["input_ids"]
            assert ids == [*asked, *TOKENIZER.encode(getattr(pair, side)), END]


def test_dpos_loss_margin_and_gradient_are_trls(files: Files, tmp_path: Path):
    import trl

    settings = trl.DPOConfig(str(tmp_path), per_device_train_batch_size=3, **PLAIN)
    theirs = trl.DPOTrainer(
        chat_model(files.now),
        chat_model(files.start),
        args=settings,
        train_dataset=exported(tmp_path),
        processing_class=their_tokenizer(files.now),
    )
    (batch,) = theirs.get_train_dataloader()
    ours, pairs = decided(1), dpo.PairBatches(TOKENIZER, our_pairs(tmp_path), 3, 64)
    reference = dpo.Reference(START, pairs).log_probabilities
    for beta in (0.01, 0.1, 1.0):
        theirs.beta = beta
        theirs.model.zero_grad(), ours.zero_grad()
        expected = theirs.compute_loss(theirs.model, batch)
        expected.backward()
        chosen, rejected = dpo.reply_log_probabilities(ours, *pairs.table(range(3)))[0].chunk(2)
        losses, margin = dpo.dpo_loss(chosen, rejected, *reference.unbind(1), beta)
        losses.mean().backward()
        assert float(losses.detach().mean()) == pytest.approx(float(expected.detach()), abs=1e-5)
        told = theirs._metrics["eval"]
        assert float(margin.detach().mean()) == pytest.approx(
            told["rewards/margins"][-1], abs=1e-5
        )
        assert float((margin > 0).float().mean()) == told["rewards/accuracies"][-1]
        assert torch.allclose(
            ours.lm_head.weight.grad, theirs.model.lm_head.weight.grad, atol=1e-5
        )
        assert ours.lm_head.weight.grad.abs().max() > 1e-3


def test_a_reward_models_loss_on_pairs_is_trls(files: Files, tmp_path: Path):
    import trl

    settings = trl.RewardConfig(str(tmp_path), per_device_train_batch_size=3, **PLAIN)
    theirs = trl.RewardTrainer(
        reward_model(files.reward),
        args=settings,
        train_dataset=exported(tmp_path),
        processing_class=their_tokenizer(files.reward),
    )
    (batch,) = theirs.get_train_dataloader()
    with torch.no_grad():
        expected = float(theirs.compute_loss(theirs.model, batch))
    pairs = our_pairs(tmp_path)
    prompts = [pair.prompt for pair in pairs]
    ahead = score(REWARD, TOKENIZER, prompts, [pair.chosen for pair in pairs])
    ahead -= score(REWARD, TOKENIZER, prompts, [pair.rejected for pair in pairs])
    assert float(-F.logsigmoid(torch.tensor(ahead)).mean()) == pytest.approx(expected, abs=1e-5)


def test_grpos_advantages_loss_and_gradient_are_trls(files: Files, tmp_path: Path):
    theirs, made, earned = grpo_batch(files, tmp_path)
    mask = made["completion_mask"].bool()
    assert 8 < mask.sum() < mask.numel()  # some replies end early
    ahead = group_advantages(earned, 4)
    assert torch.allclose(ahead, made["advantages"], atol=1e-5) and not ahead[4:].any()

    # as if the policy had moved far since the replies were sampled
    made["old_per_token_logps"] += 0.4 * torch.randn(mask.shape)
    made["advantages"] = ahead = torch.linspace(-2, 2, 8)
    expected = theirs.compute_loss(theirs.model, made)
    expected.backward()

    config = GRPOConfig(kl_coefficient=0.3, clip=0.2)
    prompts = [Prompt(text, "talk") for text in QUESTIONS]
    ours = GRPOTrainer(decided(1), TOKENIZER, prompts, lambda *_: [], config)
    asked = made["prompt_mask"].bool()
    rollouts = as_rollouts(made["prompt_ids"], asked, made["completion_ids"], mask)
    names = ("old_per_token_logps", "ref_per_token_logps")
    targets = (*(at_our_places(rollouts, made[name], mask) for name in names), ahead)
    ours.model.train()
    loss, clipped = 0.0, 0.0
    for group, longest in rollouts.groups(range(8), tokens=60):
        sums, held = ours._losses(rollouts, group, longest, targets)
        (sums / 8).backward()
        loss, clipped = loss + float(sums.detach()) / 8, clipped + float(held)
    assert loss == pytest.approx(float(expected.detach()), abs=1e-5)
    told = theirs._metrics["eval"]["clip_ratio/region_mean"][-1]
    assert 0 < clipped / int(mask.sum()) == pytest.approx(told, abs=1e-5)
    gradient = ours.model.lm_head.weight.grad
    assert torch.allclose(gradient, theirs.model.lm_head.weight.grad, atol=1e-5)
    assert gradient.abs().max() > 1e-3


@pytest.fixture(scope="module")
def practised(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Practised:
    with apart():
        return practise(files, tmp_path_factory.mktemp("ppo"))


def test_ppo_measures_the_same_of_the_same_replies(practised: Practised):
    held, rollouts, chosen = practised.held, practised.rollouts, practised.chosen
    assert 8 < chosen.sum() < chosen.numel() and {True, False} == set(rollouts.ended)
    with torch.no_grad():
        for model, name in ((NOW, "logprobs"), (START, "ref_logprobs")):
            found = log_probabilities(model, rollouts.tokens)[rollouts.response_mask]
            assert torch.allclose(found, held[name][chosen], atol=1e-5), name
        values = VALUE(rollouts.tokens[:, :-1])[rollouts.response_mask]
        assert torch.allclose(values, held["values"][chosen], atol=1e-5)
        scores = REWARD(rollouts.tokens).gather(1, rollouts.lengths[:, None] - 1).squeeze(1)
        cut = torch.tensor([not ended for ended in rollouts.ended])
        assert torch.allclose(scores - 0.7 * cut, held["scores"], atol=1e-5)


def test_ppos_price_of_each_token_and_reward_of_each_reply_are_trls(practised: Practised):
    held, rollouts, chosen = practised.held, practised.rollouts, practised.chosen
    with torch.no_grad():
        now, start = (log_probabilities(net, rollouts.tokens) for net in (NOW, START))
        earned = REWARD(rollouts.tokens).gather(1, rollouts.lengths[:, None] - 1).squeeze(1)
    moved = kl.k1(now, start)
    prices = token_rewards(rollouts, moved, torch.zeros(8), 0.3, cut_penalty=0.0)
    assert torch.allclose(
        prices[rollouts.response_mask], held["non_score_reward"][chosen], atol=1e-5
    )
    # TRL pays the score of a reply that ended one place behind its end token, we pay it there
    rewards = token_rewards(rollouts, moved, earned, 0.3, cut_penalty=0.7)
    assert torch.allclose(rewards.sum(1), held["rewards"].sum(1), atol=1e-5)


def test_ppos_advantages_returns_and_their_normalisation_are_trls(practised: Practised):
    held, chosen = practised.held, practised.chosen
    # TRL's reply has one place more, behind its end token
    places = ~held["padding_mask_p1"]
    found, returns = advantages(held["rewards"], held["values"], places, 0.8, gamma=0.9)
    assert torch.allclose(returns, held["returns"] * places, atol=1e-5)
    assert torch.allclose(normalised(found, chosen), held["advantages"], atol=1e-5)


def test_ppos_clipped_loss_and_clipped_value_loss_are_trls(practised: Practised):
    held, rollouts, chosen = practised.held, practised.rollouts, practised.chosen
    moved = Transformer(SIZE)
    moved.load_state_dict(practised.policy)
    with torch.no_grad():
        new = log_probabilities(moved, rollouts.tokens)[rollouts.response_mask]
    loss, clipped = clipped_loss(new, held["logprobs"][chosen], held["advantages"][chosen], 0.2)
    assert float(loss.mean()) == pytest.approx(float(held["pg_loss_stats"][1]), abs=1e-5)
    told = float(held["pg_clipfrac_stats"][1])
    assert 0.1 < float(clipped.float().mean()) == pytest.approx(told, abs=1e-6)

    # the values at all of TRL's places, also behind an end token
    net, places = RewardModel(moved), ~held["padding_mask_p1"]
    net.load_state_dict(practised.value)
    rows = as_rollouts(held["queries"], held["queries"] != PAD, held["responses"], places)
    with torch.no_grad():
        values = net(rows.tokens[:, :-1])[rows.response_mask]
    returns, before = held["returns"][places], held["values"][places]
    free, held_back = value_loss(values, returns), value_loss(values, returns, before, clip=0.1)
    # TRL halves it
    told = 2 * float(held["vf_loss_stats"][1])
    assert float(held_back.mean()) == pytest.approx(told, abs=1e-5)
    assert float((held_back > free).float().mean()) == pytest.approx(
        float(held["vf_clipfrac_stats"][1]), abs=1e-6
    )
    assert float(free.mean()) < told
