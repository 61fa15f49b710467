"""DPO, rewards, GRPO and PPO against Hugging Face's TRL: its own trainers, on the same weights.

Models, tokenizer and preferences go to TRL as files, as a reader would hand them on; both sides
then compute from the same ids. Nothing of TRL is replaced. What a PPO step holds in its hands is
read from the running step, since TRL returns none of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from unittest import mock

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.finetuning_rlhf import dpo, kl
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.grpo import GRPOConfig, GRPOTrainer, group_advantages
from course_utils.finetuning_rlhf.hub_files import write_hub_files
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
from course_utils.finetuning_rlhf.reward import RewardModel, save_reward, score
from course_utils.finetuning_rlhf.rollouts import Rollouts, log_probabilities
from course_utils.model import save
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer
from course_utils.tokenization.special_tokens import END, PAD

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=2, heads=2, intermediate_size=24, context_tokens=64)
LABELS = [
    Label((("system", "Be kind."), ("user", "Hi")), "Hello.", "No", "left"),
    Label((("user", "Ä?"),), "no", "yes, it is", "right"),
    Label((("user", "Who?"), ("assistant", "Me."), ("user", "And?")), "a", "bcdef", "left"),
    Label((("user", "Hi"),), "both", "good", "both_good"),
]
QUESTIONS = ("Hi", "Who are you?")
# As plain as TRL's settings allow: one process, no logs, all numbers float32.
PLAIN = {
    "report_to": "none",
    "use_cpu": True,
    "bf16": False,
    "gradient_checkpointing": False,
    "dataloader_pin_memory": False,
}
# of names that transformers is about to drop, and that TRL still uses
pytestmark = [
    pytest.mark.filterwarnings("ignore:`gradient_checkpointing`:FutureWarning"),
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning"),
]


@contextmanager
def apart() -> Iterator[None]:
    """TRL's trainers leave settings in the environment and a random state of theirs behind."""
    quiet = {"TRL_EXPERIMENTAL_SILENCE": "1"}
    with mock.patch.dict(os.environ, quiet), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@pytest.fixture(autouse=True)
def trl_apart() -> Iterator[None]:
    with apart():
        yield


def decided(seed: int) -> Transformer:
    """A random model that is sure of something, and often of the end."""
    made, generator = Transformer(SIZE), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
        made.model.embed_tokens.weight[:, 0] = 3
        made.lm_head.weight[:, 0] = -1
        made.lm_head.weight[END, 0] = 2
        made.lm_head.weight[PAD, 0] = -9
    return made.eval()


def scorer(seed: int) -> RewardModel:
    made = RewardModel(decided(seed))
    torch.nn.init.normal_(made.score.weight, generator=torch.Generator().manual_seed(seed))
    return made.eval()


@dataclass(frozen=True)
class Files:
    """A chat model, the one that it began as, and two reward models, in folders."""

    now: Path
    start: Path
    reward: Path
    value: Path


NOW, START, REWARD, VALUE = decided(1), decided(2), scorer(3), scorer(4)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    made = Files(*(tmp_path_factory.mktemp(name) for name in ("now", "start", "reward", "value")))
    for model, folder in ((NOW, made.now), (START, made.start)):
        TOKENIZER.save(folder)
        save.save(model, folder)
        write_hub_files(folder)
    for scores, folder in ((REWARD, made.reward), (VALUE, made.value)):
        save_reward(scores, folder, made.now)
    return made


def chat_model(folder: Path):
    from transformers import LlamaForCausalLM

    return LlamaForCausalLM.from_pretrained(folder)


def reward_model(folder: Path):
    from transformers import LlamaForSequenceClassification

    return LlamaForSequenceClassification.from_pretrained(folder)


def their_tokenizer(folder: Path):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


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


def as_rollouts(asked: Tensor, asked_mask: Tensor, said: Tensor, said_mask: Tensor) -> Rollouts:
    """TRL's tables, filled up on the left and on the right, as our rows of prompt and reply.

    Args:
        asked: (B, P) ids of the prompts.
        asked_mask: (B, P) True where they are not filled up.
        said: (B, R) ids of the replies.
        said_mask: (B, R) True where they are not filled up.
    """
    starts, parts = asked_mask.sum(1), said_mask.sum(1)
    tokens = torch.full((len(asked), int((starts + parts).max())), PAD)
    for row, (start, part) in enumerate(zip(starts.tolist(), parts.tolist(), strict=True)):
        tokens[row, :start] = asked[row][asked_mask[row]]
        tokens[row, start : start + part] = said[row][said_mask[row]]
    position = torch.arange(1, tokens.size(1))
    mask = (position >= starts[:, None]) & (position < (starts + parts)[:, None])
    ended = tuple(bool((row == END).any()) for row in said)
    return Rollouts(tokens, mask, starts + parts, ("",) * len(asked), ended)


def at_our_places(rollouts: Rollouts, theirs: Tensor, mask: Tensor) -> Tensor:
    """TRL's (B, R) numbers of chosen tokens where ours stand: (B, T - 1)."""
    table = torch.zeros(rollouts.response_mask.shape)
    table[rollouts.response_mask] = theirs[mask]
    return table


def test_grpos_advantages_loss_and_gradient_are_trls(files: Files, tmp_path: Path):
    import datasets
    import trl

    earned = []

    def reward(completion_ids: list, **_) -> list[float]:
        # the first prompt's replies differ, the second's all earn the same
        earned[:] = [sum(ids) % 7 / 3 for ids in completion_ids[:4]] + [0.1] * 4
        return earned

    settings = trl.GRPOConfig(
        str(tmp_path),
        per_device_train_batch_size=8,
        num_generations=4,
        max_completion_length=6,
        loss_type="grpo",  # the paper's: each reply's mean over its tokens
        beta=0.3,
        epsilon=0.2,
        use_bias_correction_kl=False,  # and the paper's k3, by no ratio
        num_iterations=2,
        shuffle_dataset=False,
        **PLAIN,
    )
    rows = [{"prompt": [{"role": "user", "content": text}]} for text in QUESTIONS]
    theirs = trl.GRPOTrainer(
        chat_model(files.now),
        reward,
        args=settings,
        train_dataset=datasets.Dataset.from_list(rows),
        processing_class=their_tokenizer(files.now),
    )
    theirs.ref_model.load_state_dict(chat_model(files.start).state_dict())
    asked = next(iter(theirs.get_train_dataloader()))
    theirs.model.train()
    made = theirs._generate_and_score_completions(asked)
    mask = made["completion_mask"].bool()
    assert 8 < mask.sum() < mask.numel()  # some replies end early

    ahead = group_advantages(torch.tensor(earned), 4)
    assert torch.allclose(ahead, made["advantages"], atol=1e-5) and not ahead[4:].any()

    # as if the policy had moved far since the replies were sampled
    made["old_per_token_logps"] += 0.4 * torch.randn(mask.shape)
    made["advantages"] = ahead = torch.linspace(-2, 2, 8)
    theirs.model.eval()  # so TRL divides by no number of batches
    expected = theirs.compute_loss(theirs.model, made)
    expected.backward()

    prompts = [Prompt(text, "talk") for text in QUESTIONS]
    config = GRPOConfig(kl_coefficient=0.3, clip=0.2)
    ours = GRPOTrainer(decided(1), TOKENIZER, prompts, lambda *_: [], config)
    tables = (made["prompt_ids"], made["prompt_mask"].bool(), made["completion_ids"], mask)
    rollouts = as_rollouts(*tables)
    old, reference = (
        at_our_places(rollouts, made[name], mask)
        for name in ("old_per_token_logps", "ref_per_token_logps")
    )
    ours.model.train()
    loss, found = 0.0, 0.0
    for group, longest in rollouts.groups(range(8), tokens=60):
        sums, held = ours._losses(rollouts, group, longest, (old, reference, ahead))
        (sums / 8).backward()
        loss, found = loss + float(sums.detach()) / 8, found + float(held)
    assert loss == pytest.approx(float(expected.detach()), abs=1e-5)
    told = theirs._metrics["eval"]["clip_ratio/region_mean"][-1]
    assert 0 < found / int(mask.sum()) == pytest.approx(told, abs=1e-5)
    gradient = ours.model.lm_head.weight.grad
    assert torch.allclose(gradient, theirs.model.lm_head.weight.grad, atol=1e-5)
    assert gradient.abs().max() > 1e-3


class OneStep(torch.optim.SGD):
    """Moves the weights once, so that they are at the end what the second epoch saw."""

    taken = 0

    def step(self, closure=None) -> None:
        self.taken += 1
        if self.taken == 1:
            super().step(closure)


def frame_of(code: object) -> FrameType:
    frame = sys._getframe()
    while frame.f_code is not code:
        frame = frame.f_back
    return frame


@dataclass(frozen=True)
class Practised:
    """A step of TRL's PPO.

    Attributes:
        held: what the step had in its variables, by their names.
        policy: the model after the first epoch, by the names of our weights.
        value: its value net.
        rollouts: the replies as our rows.
        chosen: (B, R) True at TRL's chosen tokens.
    """

    held: dict
    policy: dict[str, Tensor]
    value: dict[str, Tensor]
    rollouts: Rollouts
    chosen: Tensor


@pytest.fixture(scope="module")
def practised(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Practised:
    """One batch of eight replies, used twice."""
    with apart():
        return practise(files, tmp_path_factory.mktemp("ppo"))


def practise(files: Files, folder: Path) -> Practised:
    import datasets
    from transformers import TrainerCallback
    from trl.experimental.ppo import PPOConfig, PPOTrainer

    held: dict = {}

    class Look(TrainerCallback):
        def on_step_end(self, *_, **__) -> None:
            held.update(frame_of(PPOTrainer.train.__code__).f_locals)

    settings = PPOConfig(
        str(folder),
        per_device_train_batch_size=8,
        gradient_accumulation_steps=1,
        num_mini_batches=1,
        num_ppo_epochs=2,
        total_episodes=8,
        response_length=6,
        stop_token="eos",
        missing_eos_penalty=0.7,
        kl_estimator="k1",
        kl_coef=0.3,
        cliprange=0.2,
        cliprange_value=0.1,
        gamma=0.9,
        lam=0.8,
        temperature=1.0,
        num_sample_generations=0,
        save_strategy="no",
        disable_tqdm=True,
        **PLAIN,
    )
    tokenizer = their_tokenizer(files.now)
    tokenizer.padding_side = "left"
    asked = [conversation_ids(TOKENIZER, [("user", text)]) for text in QUESTIONS] * 4
    rows = datasets.Dataset.from_list([{"input_ids": ids} for ids in asked])
    policy, value = chat_model(files.now), reward_model(files.value)
    moved = OneStep([*policy.parameters(), *value.parameters()], lr=0.3)
    kept = torch.optim.lr_scheduler.LambdaLR(moved, lambda _: 1.0)
    reference, judge = chat_model(files.start), reward_model(files.reward)
    PPOTrainer(
        *(settings, tokenizer, policy, reference, judge, rows, value),
        eval_dataset=rows,
        callbacks=[Look()],
        optimizers=(moved, kept),
    ).train()
    chosen = ~held["padding_mask"]
    tables = (held["queries"], held["queries"] != PAD, held["responses"], chosen)
    return Practised(held, policy.state_dict(), value.state_dict(), as_rollouts(*tables), chosen)


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
