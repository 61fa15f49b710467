"""What the tests beside TRL share: models as files for both sides, TRL's tables as our rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import torch
from torch import Tensor

from course_utils.finetuning_rlhf.hub_files import write_hub_files
from course_utils.finetuning_rlhf.reward import RewardModel, save_reward
from course_utils.finetuning_rlhf.rollouts import Rollouts
from course_utils.model import save
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer
from course_utils.tokenization.special_tokens import END, PAD

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=2, heads=2, intermediate_size=24, context_tokens=64)
QUESTIONS = ("Hi", "Who are you?")
# As plain as TRL's settings allow: one process, no logs, all numbers float32.
PLAIN = {
    "report_to": "none",
    "use_cpu": True,
    "bf16": False,
    "gradient_checkpointing": False,
    "dataloader_pin_memory": False,
}


@contextmanager
def apart() -> Iterator[None]:
    """TRL's trainers leave settings in the environment and a random state of theirs behind."""
    quiet = {"TRL_EXPERIMENTAL_SILENCE": "1"}
    with mock.patch.dict(os.environ, quiet), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
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


def saved(folder: Callable[[str], Path]) -> Files:
    """The four models in folders of those names."""
    made = Files(*map(folder, ("now", "start", "reward", "value")))
    for model, place in ((NOW, made.now), (START, made.start)):
        TOKENIZER.save(place)
        save.save(model, place)
        write_hub_files(place)
    for scores, place in ((REWARD, made.reward), (VALUE, made.value)):
        save_reward(scores, place, made.now)
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
