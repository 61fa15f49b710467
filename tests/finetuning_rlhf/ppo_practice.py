"""A small policy that says letters, and a practice with it, for the tests of PPO."""

from __future__ import annotations

from dataclasses import replace

import torch

from course_utils.finetuning_rlhf.ppo import (
    PPOConfig,
    PPOTrainer,
)
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=24)
LETTERS = TOKENIZER.encode("abcde")
PROMPTS = [Prompt(text, "talk") for text in ("Hm?", "Say it.", "Go on.")]
CONFIG = PPOConfig(
    steps=5,
    prompts=8,
    max_new_tokens=3,
    epochs=2,
    minibatches=2,
    lr=5e-3,
    warmdown=0.0,
    cut_penalty=0.0,
)
STARTED = (0.0, 1.0)


def policy() -> Transformer:
    """Says one of five letters or ends, all about as likely."""
    model = Transformer(SIZE)
    with torch.no_grad():
        model.model.embed_tokens.weight[:, 0] = 3
        model.lm_head.weight[:, 0] = -8
        model.lm_head.weight[[0, *LETTERS], 0] = 0
    return model


def likes_a() -> RewardModel:
    """Scores a reply by its last token: much for an "a", nothing for other letters."""
    made = RewardModel(policy())
    with torch.no_grad():
        made.model.embed_tokens.weight[:, 1] = 0
        made.model.embed_tokens.weight[LETTERS[0], 1] = 4
        made.score.weight[0, 1] = 1
    return made


def practice(prompts: list = PROMPTS, baseline: object = STARTED, **changed) -> PPOTrainer:
    config = replace(CONFIG, **changed)
    return PPOTrainer(policy(), likes_a(), TOKENIZER, prompts, config, baseline)


def weights(trainer: PPOTrainer) -> list:
    return [one.clone() for _, one in sorted(trainer.state_dict()["tensors"].items())]


def same(one: list, other: list) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def chance_of_a(model: Transformer) -> float:
    with torch.no_grad():
        return float(torch.softmax(model(torch.tensor([[1, 2]]))[0, -1], -1)[LETTERS[0]])
