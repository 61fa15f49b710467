"""Steps of practice as TRL takes them: a batch of GRPO, and a whole step of PPO, looked into."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import torch
from torch import Tensor

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.rollouts import Rollouts
from course_utils.tokenization.special_tokens import PAD

from .trl_setup import (
    PLAIN,
    QUESTIONS,
    TOKENIZER,
    Files,
    as_rollouts,
    chat_model,
    reward_model,
    their_tokenizer,
)


def grpo_batch(files: Files, folder: Path) -> tuple:
    """TRL's GRPO trainer, a batch that it sampled and compared, and what the replies earned."""
    import datasets
    import trl

    earned: list[float] = []

    def reward(completion_ids: Sequence, **_) -> list[float]:
        # the first prompt's replies differ, the second's all earn the same
        earned[:] = [sum(ids) % 7 / 3 for ids in completion_ids[:4]] + [0.1] * 4
        return earned

    settings = trl.GRPOConfig(
        str(folder),
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
    trainer = trl.GRPOTrainer(
        chat_model(files.now),
        reward,
        args=settings,
        train_dataset=datasets.Dataset.from_list(rows),
        processing_class=their_tokenizer(files.now),
    )
    trainer.ref_model.load_state_dict(chat_model(files.start).state_dict())
    asked = next(iter(trainer.get_train_dataloader()))
    trainer.model.train()
    made = trainer._generate_and_score_completions(asked)
    trainer.model.eval()  # so that its loss is divided by no number of batches
    return trainer, made, torch.tensor(earned)


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


# One batch of eight replies, used twice, under settings that all differ from 0 and 1.
SETTINGS = {
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 1,
    "num_mini_batches": 1,
    "num_ppo_epochs": 2,
    "total_episodes": 8,
    "response_length": 6,
    "stop_token": "eos",
    "missing_eos_penalty": 0.7,
    "kl_estimator": "k1",
    "kl_coef": 0.3,
    "cliprange": 0.2,
    "cliprange_value": 0.1,
    "gamma": 0.9,
    "lam": 0.8,
    "temperature": 1.0,
    "num_sample_generations": 0,
    "save_strategy": "no",
    "disable_tqdm": True,
}


def practise(files: Files, folder: Path) -> Practised:
    """TRL's PPO takes a step, and what it held is kept."""
    import datasets
    from transformers import TrainerCallback
    from trl.experimental.ppo import PPOConfig, PPOTrainer

    held: dict = {}

    class Look(TrainerCallback):
        def on_step_end(self, *_, **__) -> None:
            held.update(frame_of(PPOTrainer.train.__code__).f_locals)

    settings = PPOConfig(str(folder), **SETTINGS, **PLAIN)
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
