"""PPO: the chat model practises, the reward model applauds, and a leash keeps it near its start.

The leash is the KL coefficient: what every nat costs that a reply moves away from the starting
model. Leaves out the formulas (ppo_objective.py), what a reply earns (ppo_rewards.py), the
sampling (rollouts.py), where the reward model comes from (reward.py), the optimizer and the way
back (policy_trainer.py) and how a run is interrupted (checkpoint.py). Taught in notebook 04,
section "Practise, with a leash".

Shape letters: B replies, T tokens.
Source: Schulman and others 2017; Ouyang and others 2022, section 3.5.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_utils import checks, runtime
from course_utils.finetuning_rlhf.chat_format import HasTurns
from course_utils.finetuning_rlhf.policy_trainer import (
    PolicyTrainer,
    explains_memory,
    items_of_step,
)
from course_utils.finetuning_rlhf.ppo_objective import (
    advantages,
    clipped_loss,
    normalised,
    value_loss,
)
from course_utils.finetuning_rlhf.ppo_rewards import (
    Baseline,
    check_scores,
    checked_baseline,
    measured_baseline,
    token_rewards,
)
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.finetuning_rlhf.rollouts import Rollouts, compared, log_probabilities, sample
from course_utils.model.transformer import Transformer
from course_utils.pretraining.checkpoint import TrainingDiverged, take_steps
from course_utils.pretraining.optimizer import schedule
from course_utils.tokenization.interface import TextTokenizer

MAX_VALUE_LOSS = 1e4  # the value net is 100 standard deviations off; usual losses are about 1


class PPODiverged(TrainingDiverged):
    """The policy or its losses are no numbers any more; the last good weights are back."""


@dataclass(frozen=True)
class PPOConfig:
    """The settings of PPO. The defaults are the laptop scale."""

    steps: int = 30
    prompts: int = 48  # replies sampled a step
    max_new_tokens: int = 128  # room for a whole story
    epochs: int = 2  # times that the replies of a step are used
    minibatches: int = 2  # parts that they are used in
    lr: float = 3e-4
    warmdown: float = 0.6  # share of the steps, the last ones, in which the rate falls towards 0
    kl_coefficient: float = 0.45  # the leash: reward lost for each nat moved from the start
    clip: float = 0.2  # a token's probability may change by this share a step
    gae_lambda: float = 0.95
    gamma: float = 1.0  # worth of a reward that comes one token later
    value_weight: float = 0.5
    cut_penalty: float = 1.0  # reward lost by a reply that did not end
    grad_clip: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "prompts", "max_new_tokens", "epochs", "minibatches"):
            checks.whole(name, getattr(self, name), least=1)
        for name in ("lr", "clip", "grad_clip"):
            checks.number(name, getattr(self, name), above=0)
        hint = "0 takes the leash off, more holds tighter."
        checks.number("kl_coefficient", self.kl_coefficient, least=0, hint=hint)
        for name in ("value_weight", "cut_penalty"):
            checks.number(name, getattr(self, name), least=0)
        for name in ("warmdown", "gae_lambda", "gamma"):
            checks.share(name, getattr(self, name))
        checks.whole("seed", self.seed)
        if self.minibatches > self.prompts:
            raise ValueError(
                f"{self.prompts} prompts cannot be cut into {self.minibatches} minibatches."
            )


@dataclass(frozen=True)
class PPOResult:
    """What one step showed; means over its replies."""

    step: int
    proxy: float  # the reward model's score, in its standard deviations from the start
    kl: float  # nats that a whole reply has moved from the starting model, never below 0
    entropy: float  # nats per token of the replies: 0 where the policy has no doubt what to say
    length: float  # tokens a reply
    clipped: float  # share of tokens whose change hit the clip
    value_loss: float
    seconds: float
    prompts: tuple = ()
    replies: tuple[str, ...] = ()

    @property
    def progress(self) -> str:
        """The words for the line of progress."""
        return f"reward {self.proxy:+.2f}, KL {self.kl:.1f}"


@dataclass
class PPOHistory:
    """The course of a run, one entry a step."""

    proxy: list[float] = field(default_factory=list)
    watched: list[float] = field(default_factory=list)
    kl: list[float] = field(default_factory=list)
    entropy: list[float] = field(default_factory=list)
    length: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def steps_taken(self) -> int:
        """How many steps are noted."""
        return len(self.proxy)

    def add(self, result: PPOResult, watched: float) -> None:
        """Notes one step."""
        for name in ("proxy", "kl", "entropy", "length"):
            getattr(self, name).append(getattr(result, name))
        self.watched.append(watched)
        self.seconds += result.seconds


class PPOTrainer(PolicyTrainer):
    """Takes PPO steps one at a time, so that a live lab can act between them.

    Args:
        model: the chat model; trained in place. A frozen copy holds the other end of the leash.
        reward: scores replies; a copy of it becomes the value net.
        tokenizer: the models' own.
        prompts: what is asked; each once before any again.
        config: the settings. `kl_coefficient` and `lr` of this object may be changed between
            steps; in `train_ppo` the settings decide `lr`.
        baseline: (mean, standard deviation) of the scores of the starting model's replies; None
            to measure them in the first step.

    Raises:
        ValueError: there are no prompts or two vocabularies, or the baseline is no unit.
    """

    method, diverged = "PPO", PPODiverged
    memory_settings = ("prompts", "max_new_tokens")

    def __init__(
        self,
        model: Transformer,
        reward: RewardModel,
        tokenizer: TextTokenizer,
        prompts: Sequence[HasTurns],
        config: PPOConfig | None = None,
        baseline: Baseline | None = None,
    ) -> None:
        if not prompts:
            raise ValueError("There are no prompts to practise on; pass at least one.")
        for each in (model, reward):
            each.config.check_vocabulary(tokenizer.vocab_size)
        self.value = copy.deepcopy(reward.eval())
        super().__init__({"model": model, "value": self.value}, config or PPOConfig())
        self.reward, self.tokenizer, self.prompts = reward, tokenizer, list(prompts)
        self.kl_coefficient = self.config.kl_coefficient
        self.reference = copy.deepcopy(model).eval().requires_grad_(False)
        self.baseline = checked_baseline(baseline)
        self._good = self._copy()

    @explains_memory
    @runtime.fast_products()
    def step(self) -> PPOResult:
        """Samples replies, scores them, and moves the model towards the better ones.

        Raises:
            PPODiverged: something is not a number, or beyond all bounds; the weights of the step
                before are back.
            OutOfMemory: it needs more memory than there is; those weights are back too.
            ValueError: the reward model's score of a reply is not a finite number.
        """
        started, config = time.perf_counter(), self.config
        # sample: the policy answers this step's prompts
        prompts = self._next_prompts()
        seed = config.seed * 100_003 + self.step_number
        rollouts = sample(self.model, self.tokenizer, prompts, config.max_new_tokens, seed=seed)
        mask = rollouts.response_mask
        # score: the reward model at the end of each reply, the leash at every token
        with torch.no_grad():
            old, reference, distance, entropy, values, proxy = self._measure(rollouts)
        leash, penalty = self.kl_coefficient, config.cut_penalty
        rewards = token_rewards(rollouts, old - reference, proxy, leash, penalty)
        # compare with what was expected; normalised, so that the loss has the same scale each step
        advantage, returns = advantages(rewards, values, mask, config.gae_lambda, config.gamma)
        advantage = normalised(advantage, mask)
        if not advantage.isfinite().all():
            self._give_up("PPO's advantages are not numbers")
        # learn: several clipped updates on the same replies, and a look at whether they went far
        clipped, error = self._update(rollouts, (old, advantage, returns), seed)
        self._check(rollouts, old, error, float(proxy.abs().max()))
        self.step_number += 1
        self._good = self._copy()
        return PPOResult(
            self.step_number,
            float(proxy.mean()),
            float((distance * mask).sum(1).mean()),
            float(entropy[mask].mean()),
            float(mask.sum(1).float().mean()),
            clipped,
            error,
            time.perf_counter() - started,
            tuple(prompts),
            rollouts.replies,
        )

    def _next_prompts(self) -> list[HasTurns]:
        """The prompts of this step."""
        config = self.config
        return items_of_step(self.prompts, config.prompts, self.step_number, config.seed)

    def _measure(self, rollouts: Rollouts) -> tuple[Tensor, ...]:
        """What PPO needs to know of every token, (B, T - 1) each, and the scores (B,).

        Likelihoods now and at the start, distance, entropy, and what the value net expects.
        """
        both = rollouts.measure(lambda tokens: compared(self.model, self.reference, tokens))
        scores = rollouts.measure(lambda tokens: self.reward(tokens)[:, 1:])
        proxy = scores.gather(1, (rollouts.lengths - 2)[:, None]).squeeze(1)
        check_scores(proxy, rollouts.replies)
        if self.baseline is None:  # the first replies are the starting model's
            self.baseline = measured_baseline(proxy)
        values = rollouts.measure(self._values)
        mean, std = self.baseline
        return *both.unbind(-1), values, (proxy - mean) / std

    def _values(self, tokens: Tensor) -> Tensor:
        """What the value net expects at each token, in the scores' unit: (B, T) to (B, T - 1)."""
        mean, std = self.baseline
        return (self.value(tokens[:, :-1]) - mean) / std

    def _update(self, rollouts: Rollouts, targets: tuple[Tensor, ...], seed: int) -> tuple:
        """Several passes over the step's replies; (share clipped, value loss), of the last."""
        random = np.random.Generator(np.random.PCG64(seed))
        config, mask = self.config, rollouts.response_mask
        clipped = error = 0.0
        self.model.train()
        for _ in range(config.epochs):
            order = random.permutation(len(rollouts.replies))
            clipped = error = 0.0
            for minibatch in np.array_split(order, config.minibatches):
                total = mask[torch.from_numpy(minibatch)].sum()
                self.optimizer.zero_grad(set_to_none=True)
                # replies of like length together: gradients add up, and little is filled up
                for group, longest in rollouts.groups(minibatch.tolist()):
                    sums = self._losses(rollouts, group, longest, targets)
                    (sums[0] / total).backward()
                    clipped += float(sums[1]) / int(mask.sum())
                    error += float(sums[2]) / int(mask.sum())
                self._apply()
        return clipped, error

    def _losses(
        self, rollouts: Rollouts, group: Tensor, longest: int, targets: tuple[Tensor, ...]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Sums over a group's chosen tokens: the loss, how many were clipped, the value loss."""
        tokens = rollouts.tokens[group, :longest]
        cells = (group, slice(0, longest - 1))
        mask = rollouts.response_mask[cells]
        old, advantage, returns = (target[cells] for target in targets)
        new = log_probabilities(self.model, tokens)
        policy_loss, held = clipped_loss(new, old, advantage, self.config.clip)
        error = value_loss(self._values(tokens), returns)
        loss = (policy_loss + self.config.value_weight * error) * mask
        return loss.sum(), (held & mask).sum(), (error.detach() * mask).sum()

    def _check(self, rollouts: Rollouts, old: Tensor, error: float, score: float) -> None:
        """Looks at values, weights and replies after a step."""
        if not error < MAX_VALUE_LOSS:
            self._give_up(f"PPO's value loss is {error:.3g}, its largest score {score:.3g}")
        self._check_rollouts(rollouts, old)

    def state_dict(self) -> dict:
        """All that going on exactly needs: "tensors" by name, and plain numbers."""
        return super().state_dict() | {"baseline": list(self.baseline) if self.baseline else None}

    def load_state_dict(self, state: dict) -> None:
        """Goes on from where `state_dict` was taken, under the same settings."""
        self.baseline = tuple(state["baseline"]) if state["baseline"] else None
        super().load_state_dict(state)


def train_ppo(
    trainer: PPOTrainer,
    folder: Path | str | None = None,
    watch: Callable[[PPOResult], float] | None = None,
    checkpoint_every: int = 10,
) -> PPOHistory:
    """Takes all steps, from the beginning or from a checkpoint.

    Args:
        trainer: made with the same arguments when a run is resumed.
        folder: for checkpoints. A finished run leaves none.
        watch: measures something on each step's replies, such as the true reward, for the history
            alone: nothing learns from it.
        checkpoint_every: steps between checkpoints.

    Raises:
        PPODiverged: see PPOTrainer.step.
        OutOfMemory: see there; the state of the last whole step is saved first.
        KeyboardInterrupt: Ctrl-C; the state of the last whole step is saved first.
    """
    config, steps = trainer.config, trainer.config.steps

    def take_step() -> PPOResult:
        # a policy that still moves fast at the end is as good or bad as its last step was
        trainer.lr = config.lr * schedule(trainer.step_number, steps, 0, config.warmdown)
        return trainer.step()

    def note(history: PPOHistory, result: PPOResult) -> None:
        history.add(result, math.nan)  # stays where an interruption comes while watching
        if watch is not None:
            history.watched[-1] = float(watch(result))

    options = {"title": "PPO", "folder": folder, "checkpoint_every": checkpoint_every}
    return take_steps(trainer, steps, PPOHistory, take_step, note, **options)
