"""GRPO: several replies to each prompt, and each is as good as it is ahead of its own group.

The group stands in for PPO's value net, and a reward that can be verified, such as the judge's,
for its reward model. The leash is a price in the loss, the estimate k3 of the KL divergence.
Leaves out the sampling (rollouts.py), the clip (ppo_objective.py) and how a run is interrupted
(checkpoint.py). Taught in notebook 04, section "Other roads".

Shape letters: B replies, T tokens.
Source: Shao and others 2024.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_utils import checks, runtime
from course_utils.finetuning_rlhf import kl
from course_utils.finetuning_rlhf.policy_trainer import (
    PolicyTrainer,
    explains_memory,
    items_of_step,
)
from course_utils.finetuning_rlhf.ppo_objective import clipped_loss
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.rollouts import Rollouts, compared, log_probabilities, sample
from course_utils.model.transformer import Transformer
from course_utils.pretraining.checkpoint import TrainingDiverged, take_steps
from course_utils.pretraining.optimizer import schedule
from course_utils.tokenization.interface import TextTokenizer

SMALLEST_SPREAD = 1e-4  # added to a group's standard deviation
RewardFunction = Callable[[Sequence[Prompt], Sequence[str]], Sequence[float]]


class GRPODiverged(TrainingDiverged):
    """The policy or its loss is no number any more; the last good weights are back."""


def group_advantages(rewards: Tensor, group: int) -> Tensor:
    """How far each reply is ahead of its group, in the group's standard deviations.

    A group whose replies are all alike teaches nothing: its advantages are 0.

    Args:
        rewards: (B,), the replies to one prompt side by side.
        group: replies to a prompt, 2 or more.

    Returns:
        (B,).

    Raises:
        ValueError: B is not a multiple of the group, a group has one reply, or a reward is not a
            finite number.

    Source: Shao and others 2024, section 4.1.2, outcome supervision.
    """
    if group < 2 or rewards.numel() % group:
        raise ValueError(
            f"{rewards.numel()} rewards cannot be cut into groups of {group}; give 2 or more "
            "replies to each prompt, as many to every one."
        )
    if not rewards.isfinite().all():
        number = int((~rewards.isfinite()).nonzero()[0])
        raise ValueError(
            f"The reward of reply {number} is {float(rewards[number])}; a reward has to be a "
            "finite number, 0 for a reply that earns nothing."
        )
    groups = rewards.view(-1, group)  # (B / group, group)
    ahead = groups - groups.mean(1, keepdim=True)
    # alike to the last digit: what rounding leaves of 0 is not to be blown up
    alike = (groups == groups[:, :1]).all(1, keepdim=True)
    return (ahead / (groups.std(1, keepdim=True) + SMALLEST_SPREAD)).where(~alike, 0).view(-1)


@dataclass(frozen=True)
class GRPOConfig:
    """The settings of GRPO. The defaults are the laptop scale."""

    steps: int = 30
    prompts: int = 12  # a step
    group: int = 4  # replies to each of them
    max_new_tokens: int = 128  # room for a whole story
    epochs: int = 2  # times that the replies of a step are used
    minibatches: int = 2  # parts that they are used in
    lr: float = 3e-4
    warmdown: float = 0.6  # share of the steps, the last ones, in which the rate falls towards 0
    kl_coefficient: float = 0.04  # the leash: loss for each nat of k3 per token
    clip: float = 0.2  # a token's probability may change by this share a step
    grad_clip: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "prompts", "max_new_tokens", "epochs", "minibatches"):
            checks.whole(name, getattr(self, name), least=1)
        hint = "One reply has nobody to be ahead of."
        checks.whole("group", self.group, least=2, hint=hint)
        for name in ("lr", "clip", "grad_clip"):
            checks.number(name, getattr(self, name), above=0)
        hint = "0 takes the leash off, more holds tighter."
        checks.number("kl_coefficient", self.kl_coefficient, least=0, hint=hint)
        checks.share("warmdown", self.warmdown)
        checks.whole("seed", self.seed)
        if self.minibatches > (replies := self.prompts * self.group):
            raise ValueError(
                f"{replies} replies cannot be cut into {self.minibatches} minibatches."
            )


@dataclass(frozen=True)
class GRPOResult:
    """What one step showed; means over its replies."""

    step: int
    reward: float  # as the reward function gave it
    kl: float  # nats that a whole reply has moved from the starting model, never below 0
    length: float  # tokens a reply
    clipped: float  # share of tokens whose change hit the clip
    alike: float  # share of the groups whose replies all earned the same, and taught nothing
    seconds: float
    prompts: tuple = ()
    replies: tuple[str, ...] = ()

    @property
    def progress(self) -> str:
        """The words for the line of progress."""
        return f"reward {self.reward:.2f}, KL {self.kl:.1f}"


@dataclass
class GRPOHistory:
    """The course of a run, one entry a step."""

    reward: list[float] = field(default_factory=list)
    kl: list[float] = field(default_factory=list)
    length: list[float] = field(default_factory=list)
    alike: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def steps_taken(self) -> int:
        """How many steps are noted."""
        return len(self.reward)

    def add(self, result: GRPOResult) -> None:
        """Notes one step."""
        for name in ("reward", "kl", "length", "alike"):
            getattr(self, name).append(getattr(result, name))
        self.seconds += result.seconds


class GRPOTrainer(PolicyTrainer):
    """Takes GRPO steps one at a time.

    Args:
        model: the chat model; trained in place. A frozen copy holds the other end of the leash.
        tokenizer: its own.
        prompts: what is asked; each once before any again.
        reward: what each reply earns, such as `compare.true_rewards`; given the prompts and the
            replies in the same order.
        config: the settings. `kl_coefficient` and `lr` of this object may be changed between
            steps; in `train_grpo` the settings decide `lr`.

    Raises:
        ValueError: there are no prompts, or the tokenizer is of another vocabulary.
    """

    method, diverged = "GRPO", GRPODiverged
    memory_settings = ("prompts", "max_new_tokens")

    def __init__(
        self,
        model: Transformer,
        tokenizer: TextTokenizer,
        prompts: Sequence[Prompt],
        reward: RewardFunction,
        config: GRPOConfig | None = None,
    ) -> None:
        if not prompts:
            raise ValueError("There are no prompts to practise on; pass at least one.")
        model.config.check_vocabulary(tokenizer.vocab_size)
        super().__init__({"model": model}, config or GRPOConfig())
        self.tokenizer, self.prompts, self.reward = tokenizer, list(prompts), reward
        self.kl_coefficient = self.config.kl_coefficient
        self.reference = copy.deepcopy(model).eval().requires_grad_(False)
        self._good = self._copy()

    @explains_memory
    @runtime.fast_products()
    def step(self) -> GRPOResult:
        """Samples groups of replies, and moves the model towards the better ones of each group.

        Raises:
            GRPODiverged: something is not a number, or beyond all bounds; the weights of the step
                before are back.
            OutOfMemory: it needs more memory than there is; those weights are back too.
            ValueError: a reward is not a finite number, or there is not one for each reply.
        """
        started, config = time.perf_counter(), self.config
        # sample: several replies to each prompt, side by side
        asked = items_of_step(self.prompts, config.prompts, self.step_number, config.seed)
        asked = [prompt for prompt in asked for _ in range(config.group)]
        seed = config.seed * 100_003 + self.step_number
        rollouts = sample(self.model, self.tokenizer, asked, config.max_new_tokens, seed=seed)
        mask = rollouts.response_mask
        # compare: each reply with the others of its group
        rewards = self._rewards(asked, rollouts)  # (B,)
        advantage = group_advantages(rewards, config.group)  # (B,)
        with torch.no_grad():
            measured = rollouts.measure(lambda ids: compared(self.model, self.reference, ids))
        old, reference, distance, _ = measured.unbind(-1)  # (B, T - 1) each
        # learn: several clipped updates on the same replies, and a look at whether they went far
        clipped = self._update(rollouts, (old, reference, advantage), seed)
        self._check_rollouts(rollouts, old)
        self.step_number += 1
        self._good = self._copy()
        groups = rewards.view(-1, config.group)
        return GRPOResult(
            self.step_number,
            float(rewards.mean()),
            float((distance * mask).sum(1).mean()),
            float(mask.sum(1).float().mean()),
            clipped,
            float((groups == groups[:, :1]).all(1).float().mean()),
            time.perf_counter() - started,
            tuple(asked),
            rollouts.replies,
        )

    def _rewards(self, asked: Sequence[Prompt], rollouts: Rollouts) -> Tensor:
        """What the replies earn: (B,)."""
        rewards = np.asarray(self.reward(asked, rollouts.replies), dtype=np.float32)
        if rewards.shape != (len(asked),):
            raise ValueError(
                f"The reward function gave {rewards.shape} rewards for {len(asked)} replies; "
                "give one number a reply, in the same order."
            )
        return torch.from_numpy(rewards).to(rollouts.tokens.device)

    def _update(self, rollouts: Rollouts, targets: tuple[Tensor, ...], seed: int) -> float:
        """Several passes over the step's replies; the share of tokens clipped, of the last."""
        random = np.random.Generator(np.random.PCG64(seed))
        config, clipped = self.config, 0.0
        self.model.train()
        for _ in range(config.epochs):
            order, clipped = random.permutation(len(rollouts.replies)), 0.0
            for minibatch in np.array_split(order, config.minibatches):
                self.optimizer.zero_grad(set_to_none=True)
                # replies of like length together: gradients add up, and little is filled up
                for group, longest in rollouts.groups(minibatch.tolist()):
                    loss, held = self._losses(rollouts, group, longest, targets)
                    (loss / len(minibatch)).backward()
                    clipped += float(held) / int(rollouts.response_mask.sum())
                self._apply()
        return clipped

    def _losses(
        self, rollouts: Rollouts, group: Tensor, longest: int, targets: tuple[Tensor, ...]
    ) -> tuple[Tensor, Tensor]:
        """Sums over some replies: each one's mean loss per token, and how many were clipped."""
        old, reference, advantage = targets
        tokens, cells = rollouts.tokens[group, :longest], (group, slice(0, longest - 1))
        mask = rollouts.response_mask[cells]  # (b, t - 1)
        # only chosen tokens, n of them: what stands behind a reply's end means nothing
        new = log_probabilities(self.model, tokens)[mask]  # (n,)
        whose, share = mask.nonzero()[:, 0], 1 / mask.sum(1)  # (n,), (b,)
        losses, held = clipped_loss(
            new, old[cells][mask], advantage[group][whose], self.config.clip
        )
        losses = losses + self.kl_coefficient * kl.k3(new, reference[cells][mask])
        return (losses * share[whose]).sum(), held.sum()


def train_grpo(
    trainer: GRPOTrainer, folder: Path | str | None = None, checkpoint_every: int = 10
) -> GRPOHistory:
    """Takes all steps, from the beginning or from a checkpoint.

    Args:
        trainer: made with the same arguments when a run is resumed.
        folder: for checkpoints. A finished run leaves none.
        checkpoint_every: steps between checkpoints.

    Raises:
        GRPODiverged: see GRPOTrainer.step.
        OutOfMemory: see there; the state of the last whole step is saved first.
        KeyboardInterrupt: Ctrl-C; the state of the last whole step is saved first.
    """
    config, steps = trainer.config, trainer.config.steps

    def take_step() -> GRPOResult:
        trainer.lr = config.lr * schedule(trainer.step_number, steps, 0, config.warmdown)
        return trainer.step()

    options = {"title": "GRPO", "folder": folder, "checkpoint_every": checkpoint_every}
    return take_steps(trainer, steps, GRPOHistory, take_step, GRPOHistory.add, **options)
