"""PPO: the chat model practises, the reward model applauds, and a leash keeps it near its start.

Leaves out where the reward model comes from (reward.py) and the sampling (rollouts.py). Taught in
notebook 04, section "Practise, with a leash".

Shape letters: B replies, T tokens.
Source: Schulman and others 2017; Ouyang and others 2022, section 3.5.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from course_utils import runtime
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.finetuning_rlhf.rollouts import Rollouts, log_probabilities, sample
from course_utils.pretraining import checkpoint
from course_utils.pretraining.generate import one_thread
from course_utils.pretraining.transformer import Transformer


class PPODiverged(RuntimeError):
    """The policy or its losses are no numbers any more; the last good weights are back."""


@dataclass(frozen=True)
class PPOConfig:
    """The settings of PPO. The defaults are the laptop scale."""

    steps: int = 40
    prompts: int = 48  # replies sampled a step
    max_new_tokens: int = 128
    epochs: int = 2  # times that the replies of a step are used
    minibatches: int = 2  # parts that they are used in
    lr: float = 3e-4
    kl: float = 0.1  # the leash: reward lost for each nat that a reply moves from the start
    clip: float = 0.2  # a token's probability may change by this share a step
    gae_lambda: float = 0.95
    value_weight: float = 0.5
    cut_penalty: float = 1.0  # reward lost by a reply that did not end
    grad_clip: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "prompts", "max_new_tokens", "epochs", "minibatches"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1.")
        if not 0 < self.lr < math.inf:
            raise ValueError(f"lr is {self.lr}; a learning rate is above 0.")
        if self.kl < 0:
            raise ValueError(f"kl is {self.kl}; 0 takes the leash off, more holds tighter.")
        if self.minibatches > self.prompts:
            raise ValueError(
                f"{self.prompts} prompts cannot be cut into {self.minibatches} minibatches."
            )


@dataclass(frozen=True)
class PPOResult:
    """What one step found; means over its replies."""

    step: int
    proxy: float  # the reward model's score, in its standard deviations from the start
    kl: float  # nats that a whole reply has moved from the starting model
    length: float  # tokens a reply
    clipped: float  # share of tokens whose change hit the clip
    value_loss: float
    seconds: float
    prompts: tuple = ()
    replies: tuple[str, ...] = ()


@dataclass
class PPOHistory:
    """The course of a run, one entry a step."""

    proxy: list[float] = field(default_factory=list)
    watched: list[float] = field(default_factory=list)
    kl: list[float] = field(default_factory=list)
    length: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, result: PPOResult, watched: float) -> None:
        """Notes one step."""
        self.proxy.append(result.proxy)
        self.watched.append(watched)
        self.kl.append(result.kl)
        self.length.append(result.length)
        self.seconds += result.seconds


def advantages(
    rewards: Tensor, values: Tensor, acted: Tensor, gae_lambda: float
) -> tuple[Tensor, Tensor]:
    """How much better than expected each token turned out, by generalised advantage estimation.

    Args:
        rewards: (B, T) reward at each chosen token, 0 elsewhere.
        values: (B, T) reward that was expected from there on.
        acted: (B, T) True at the chosen tokens, one run a row.
        gae_lambda: 1 looks to the end of the reply, 0 only one token ahead.

    Returns:
        (advantages, returns), each (B, T) and 0 where nothing was chosen.

    Source: Schulman and others 2016. No discount: replies are short.
    """
    values = values * acted
    found, ahead = torch.zeros_like(rewards), torch.zeros_like(rewards[:, 0])
    following = torch.zeros_like(ahead)
    for place in range(rewards.size(1) - 1, -1, -1):
        surprise = rewards[:, place] + following - values[:, place]
        ahead = (surprise + gae_lambda * ahead) * acted[:, place]
        found[:, place], following = ahead, values[:, place]
    return found, (found + values) * acted


def clipped_loss(new: Tensor, old: Tensor, advantage: Tensor, clip: float) -> tuple[Tensor, Tensor]:
    """PPO's objective for each token, to be made small, and whether the clip held it back.

    Args:
        new: log-probabilities under the model now.
        old: log-probabilities when the reply was sampled.
        advantage: how much better than expected the token was.
        clip: no gain from moving a probability by more than this share.
    """
    ratio = (new - old).exp()
    free, held = ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage
    return -torch.minimum(free, held), held < free


class PPOTrainer:
    """Takes PPO steps one at a time, so that a live lab can act between them.

    Args:
        model: the chat model; trained in place. A frozen copy holds the other end of the leash.
        reward: scores replies; a copy of it becomes the value net.
        tokenizer: the models' own.
        prompts: what is asked; each once before any again.
        config: the settings. `kl` of this object may be changed between steps.
        baseline: (mean, standard deviation) of the scores of the starting model's replies.
    """

    def __init__(
        self,
        model: Transformer,
        reward: RewardModel,
        tokenizer: object,
        prompts: Sequence,
        config: PPOConfig | None = None,
        baseline: tuple[float, float] | None = None,
    ) -> None:
        if not prompts:
            raise ValueError("There are no prompts to practise on; pass at least one.")
        self.model, self.reward, self.tokenizer = model, reward.eval(), tokenizer
        self.prompts, self.config = list(prompts), config or PPOConfig()
        self.kl = self.config.kl
        self.reference = copy.deepcopy(model).eval().requires_grad_(False)
        self.value = copy.deepcopy(reward)
        self.baseline = baseline
        weights = [*self.model.parameters(), *self.value.parameters()]
        self.optimizer = torch.optim.AdamW(weights, lr=self.config.lr, betas=(0.9, 0.95))
        self.step_number = 0
        self._good = self._copy()

    def step(self) -> PPOResult:
        """Samples replies, scores them, and moves the model towards the better ones.

        Raises:
            PPODiverged: something is not a number; the weights of the step before are back.
        """
        started, config = time.perf_counter(), self.config
        asked = self._draw()
        seed = config.seed * 100_003 + self.step_number
        rollouts = sample(self.model, self.tokenizer, asked, config.max_new_tokens, seed=seed)
        with torch.no_grad():
            old, reference, values, proxy = self._look(rollouts)
        rewards = -self.kl * (old - reference) * rollouts.acted
        last = (rollouts.lengths - 2)[:, None]
        cut = torch.tensor([not one for one in rollouts.ended], device=proxy.device)
        rewards.scatter_add_(1, last, (proxy - config.cut_penalty * cut)[:, None])
        gains, returns = advantages(rewards, values, rollouts.acted, config.gae_lambda)
        chosen = gains[rollouts.acted]
        gains = (gains - chosen.mean()) / (chosen.std() + 1e-6) * rollouts.acted
        clipped, value_loss = self._update(rollouts, old, gains, returns, seed)
        self.step_number += 1
        self._good = self._copy()
        moved = ((old - reference) * rollouts.acted).sum(1)
        return PPOResult(
            self.step_number,
            float(proxy.mean()),
            float(moved.mean()),
            float(rollouts.acted.sum(1).float().mean()),
            clipped,
            value_loss,
            time.perf_counter() - started,
            tuple(asked),
            rollouts.replies,
        )

    def _draw(self) -> list:
        """The prompts of this step: a fixed order by the seed, so that a resumed run agrees."""
        size, count = len(self.prompts), self.config.prompts
        first, found = self.step_number * count, []
        for number in range(first, first + count):
            turn, place = divmod(number, size)
            found.append(self.prompts[_order(size, self.config.seed, turn)[place]])
        return found

    def _look(self, rollouts: Rollouts) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Log-probabilities now and at the start, values (each (B, T - 1)), and scores (B,)."""
        rows, length = rollouts.tokens.shape
        device = rollouts.tokens.device
        old, reference, values = (torch.zeros(rows, length - 1, device=device) for _ in range(3))
        proxy = torch.zeros(rows, device=device)
        for some, longest in rollouts.groups(range(rows)):
            tokens = rollouts.tokens[some, :longest]
            old[some, : longest - 1] = log_probabilities(self.model, tokens)
            reference[some, : longest - 1] = log_probabilities(self.reference, tokens)
            values[some, : longest - 1] = self.value(tokens[:, :-1])
            ends = (rollouts.lengths[some] - 1)[:, None]
            proxy[some] = self.reward(tokens).gather(1, ends).squeeze(1)
        if self.baseline is None:
            self.baseline = (float(proxy.mean()), float(proxy.std()) + 1e-6)
        mean, spread = self.baseline
        return old, reference, values, (proxy - mean) / spread

    def _update(
        self, rollouts: Rollouts, old: Tensor, gains: Tensor, returns: Tensor, seed: int
    ) -> tuple[float, float]:
        """Several passes over the step's replies; (share clipped, value loss), of the last."""
        config, rows = self.config, len(rollouts.replies)
        random = np.random.Generator(np.random.PCG64(seed))
        clipped = value_loss = 0.0
        self.model.train()
        for _ in range(config.epochs):
            order = random.permutation(rows)
            clipped = value_loss = 0.0
            for part in np.array_split(order, config.minibatches):
                total = rollouts.acted[torch.from_numpy(part)].sum()
                self.optimizer.zero_grad(set_to_none=True)
                for some, longest in rollouts.groups(part.tolist()):
                    one = self._losses(rollouts, some, longest, old, gains, returns)
                    (one[0] / total).backward()
                    clipped += float(one[1]) / int(rollouts.acted.sum())
                    value_loss += float(one[2]) / int(rollouts.acted.sum())
                self._apply()
        return clipped, value_loss

    def _losses(
        self,
        rollouts: Rollouts,
        some: Tensor,
        longest: int,
        old: Tensor,
        gains: Tensor,
        returns: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Sums over a group's chosen tokens: the loss, how many were clipped, the value loss."""
        tokens = rollouts.tokens[some, :longest]
        cells = (some, slice(0, longest - 1))
        acted = rollouts.acted[cells]
        new = log_probabilities(self.model, tokens)
        loss, held = clipped_loss(new, old[cells], gains[cells], self.config.clip)
        missed = (self.value(tokens[:, :-1]) - returns[cells]).square()
        both = (loss + self.config.value_weight * missed) * acted
        return both.sum(), (held & acted).sum(), (missed.detach() * acted).sum()

    def _apply(self) -> None:
        """One optimizer step, or back to the last good weights."""
        weights = [*self.model.parameters(), *self.value.parameters()]
        norm = torch.nn.utils.clip_grad_norm_(weights, self.config.grad_clip)
        if not math.isfinite(float(norm)):
            self.restore()
            raise PPODiverged(
                f"PPO's gradient is {float(norm)} at step {self.step_number + 1}.\n"
                f"Lower lr: it is {self.config.lr:g}; {self.config.lr / 3:.2g} is a safe choice. "
                "The model is back at its weights of the step before."
            )
        self.optimizer.step()

    def _copy(self) -> dict[str, Tensor]:
        return {name: value.clone() for name, value in self.model.state_dict().items()}

    def restore(self) -> None:
        """Puts the model back to its last good weights."""
        self.model.load_state_dict(self._good)

    def state_dict(self) -> dict:
        """All that going on exactly needs: "tensors" by name, and plain numbers."""
        tensors = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {f"value.{name}": value for name, value in self.value.state_dict().items()}
        tensors |= {
            f"optimizer.{index}.{name}": value
            for index, state in self.optimizer.state_dict()["state"].items()
            for name, value in state.items()
        }
        return {
            "tensors": tensors,
            "step": self.step_number,
            "baseline": list(self.baseline) if self.baseline else None,
            "config": asdict(self.config),
        }

    def load_state(self, state: dict) -> None:
        """Goes on from where `state_dict` was taken, under the same settings."""
        found: dict[str, dict] = {"model": {}, "value": {}, "optimizer": {}}
        for name, value in state["tensors"].items():
            kind, rest = name.split(".", 1)
            found[kind][rest] = value
        moments: dict[int, dict] = {}
        for name, value in found["optimizer"].items():
            index, key = name.split(".")
            moments.setdefault(int(index), {})[key] = value
        self.model.load_state_dict(found["model"])
        self.value.load_state_dict(found["value"])
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.step_number = state["step"]
        self.baseline = tuple(state["baseline"]) if state["baseline"] else None
        self._good = self._copy()


def _order(size: int, seed: int, turn: int) -> list[int]:
    """The order in which the prompts come in one turn."""
    return np.random.Generator(np.random.PCG64([seed, turn])).permutation(size).tolist()


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
        KeyboardInterrupt: Ctrl-C; the state of the last whole step is saved first.
    """
    history, steps = PPOHistory(), trainer.config.steps
    if folder is not None and checkpoint.exists(folder):
        history = PPOHistory(**checkpoint.load(trainer, folder))
    try:
        with runtime.Progress("PPO", steps) as progress, one_thread():
            progress.advance(trainer.step_number)
            while trainer.step_number < steps:
                result = trainer.step()
                history.add(result, watch(result) if watch else math.nan)
                progress.advance(1, f"reward {result.proxy:+.2f}, KL {result.kl:.1f}")
                if folder is not None and trainer.step_number % checkpoint_every == 0:
                    checkpoint.save(trainer, asdict(history), folder)
    except PPODiverged:
        if folder is not None:
            checkpoint.clear(folder)  # the next run needs another learning rate
        raise
    except KeyboardInterrupt:
        trainer.restore()
        raise KeyboardInterrupt(
            f"Stopped after step {trainer.step_number} of {steps}. Run the same cell again to go "
            "on from the last checkpoint."
        ) from None
    if folder is not None:
        checkpoint.clear(folder)
    return history
