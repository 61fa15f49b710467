"""One step of PPO at a time: sample replies, score them, move towards the better ones.

Leaves out the settings (ppo_settings.py), the formulas (ppo_objective.py), where the reward model
comes from (reward.py), the sampling (rollouts.py) and the loop (ppo.py). Taught in notebook 04,
section "Practise, with a leash".

Shape letters: B replies, T tokens.
Source: Schulman and others 2017; Ouyang and others 2022, section 3.5.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import torch
from torch import Tensor

from course_utils.finetuning_rlhf.chat_format import HasText
from course_utils.finetuning_rlhf.ppo_objective import advantages, clipped_loss
from course_utils.finetuning_rlhf.ppo_settings import PPOConfig, PPODiverged, PPOResult
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.finetuning_rlhf.rollouts import Rollouts, log_probabilities, sample
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer

FARTHEST = 3.0  # nats that a token's log-probability moves in a step, on average, at most
LARGEST_WEIGHT = 1e4  # trained ones are below 100


class PPOTrainer:
    """Takes PPO steps one at a time, so that a live lab can act between them.

    Args:
        model: the chat model; trained in place. A frozen copy holds the other end of the leash.
        reward: scores replies; a copy of it becomes the value net.
        tokenizer: the models' own.
        prompts: what is asked; each once before any again.
        config: the settings. `kl` and `lr` of this object may be changed between steps; in
            `train_ppo` the settings decide `lr`.
        baseline: (mean, standard deviation) of the scores of the starting model's replies.
    """

    def __init__(
        self,
        model: Transformer,
        reward: RewardModel,
        tokenizer: TextTokenizer,
        prompts: Sequence[HasText],
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

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return self.optimizer.param_groups[0]["lr"]

    @lr.setter
    def lr(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate

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
        rewards = self._rewards(rollouts, old - reference, proxy)
        gains, returns = advantages(rewards, values, rollouts.acted, config.gae_lambda)
        chosen = gains[rollouts.acted]
        gains = (gains - chosen.mean()) / (_spread(chosen) + 1e-6) * rollouts.acted
        clipped, value_loss = self._update(rollouts, (old, gains, returns), seed)
        self._check(rollouts, old)
        self.step_number += 1
        self._good = self._copy()
        return PPOResult(
            self.step_number,
            float(proxy.mean()),
            float(((old - reference) * rollouts.acted).sum(1).mean()),
            float(rollouts.acted.sum(1).float().mean()),
            clipped,
            value_loss,
            time.perf_counter() - started,
            tuple(asked),
            rollouts.replies,
        )

    def _rewards(self, rollouts: Rollouts, moved: Tensor, proxy: Tensor) -> Tensor:
        """(B, T - 1): the leash's price of each token, and the score (B,) at the last one."""
        rewards = -self.kl * moved * rollouts.acted
        cut = torch.tensor([not one for one in rollouts.ended], device=proxy.device)
        earned = proxy - self.config.cut_penalty * cut
        return rewards.scatter_add_(1, (rollouts.lengths - 2)[:, None], earned[:, None])

    def _draw(self) -> list[HasText]:
        """The prompts of this step: a fixed order by the seed, so that a resumed run agrees."""
        size, count = len(self.prompts), self.config.prompts
        first, found = self.step_number * count, []
        for number in range(first, first + count):
            turn, place = divmod(number, size)
            found.append(self.prompts[_order(size, self.config.seed, turn)[place]])
        return found

    def _look(self, rollouts: Rollouts) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Log-probabilities now and at the start, values (each (B, T - 1)), and scores (B,)."""
        old = rollouts.measure(lambda tokens: log_probabilities(self.model, tokens))
        reference = rollouts.measure(lambda tokens: log_probabilities(self.reference, tokens))
        scores = rollouts.measure(lambda tokens: self.reward(tokens)[:, 1:])
        proxy = scores.gather(1, (rollouts.lengths - 2)[:, None]).squeeze(1)
        if self.baseline is None:
            self.baseline = (float(proxy.mean()), _spread(proxy) + 1e-6)
        values = rollouts.measure(self._worth)
        mean, spread = self.baseline
        return old, reference, values, (proxy - mean) / spread

    def _worth(self, tokens: Tensor) -> Tensor:
        """What the value net expects at each token, in the scores' unit: (B, T) to (B, T - 1)."""
        mean, spread = self.baseline
        return (self.value(tokens[:, :-1]) - mean) / spread

    def _update(self, rollouts: Rollouts, aims: tuple[Tensor, ...], seed: int) -> tuple:
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
                    one = self._losses(rollouts, some, longest, aims)
                    (one[0] / total).backward()
                    clipped += float(one[1]) / int(rollouts.acted.sum())
                    value_loss += float(one[2]) / int(rollouts.acted.sum())
                self._apply()
        return clipped, value_loss

    def _losses(
        self, rollouts: Rollouts, some: Tensor, longest: int, aims: tuple[Tensor, ...]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Sums over a group's chosen tokens: the loss, how many were clipped, the value loss."""
        tokens = rollouts.tokens[some, :longest]
        cells = (some, slice(0, longest - 1))
        acted, (old, gains, returns) = rollouts.acted[cells], (one[cells] for one in aims)
        new = log_probabilities(self.model, tokens)
        loss, held = clipped_loss(new, old, gains, self.config.clip)
        missed = (self._worth(tokens) - returns).square()
        both = (loss + self.config.value_weight * missed) * acted
        return both.sum(), (held & acted).sum(), (missed.detach() * acted).sum()

    def _apply(self) -> None:
        """One optimizer step, or back to the last good weights."""
        limit = self.config.grad_clip  # each by itself, so that neither drowns the other
        norms = [
            float(torch.nn.utils.clip_grad_norm_(net.parameters(), limit))
            for net in (self.model, self.value)
        ]
        norm = sum(norms)
        if not math.isfinite(norm):
            self._give_up(f"PPO's gradient is {norm}")
        self.optimizer.step()

    @torch.no_grad()
    def _check(self, rollouts: Rollouts, old: Tensor) -> None:
        """Looks at weights and replies after a step: too high a rate throws the model far off."""
        weights = [*self.model.parameters(), *self.value.parameters()]
        largest = float(torch.stack([weight.abs().max() for weight in weights]).max())
        if not largest < LARGEST_WEIGHT:
            self._give_up(f"A weight became {largest:.3g}")
        some, longest = next(rollouts.groups(range(len(rollouts.replies))))
        cells = (some, slice(0, longest - 1))
        moved = log_probabilities(self.model, rollouts.tokens[some, :longest]) - old[cells]
        distance = float(moved[rollouts.acted[cells]].abs().mean())
        if not distance < FARTHEST:
            self._give_up(f"The probabilities of PPO's tokens moved by {distance:.3g} nats each")

    def _give_up(self, what: str) -> None:
        rate, step = self.lr, self.step_number + 1
        self.restore()
        raise PPODiverged(
            f"{what} at step {step}.\nLower lr: it is {rate:g}; {min(3e-4, rate / 3):.2g} is a "
            "safe choice. The model is back at its weights of the step before."
        )

    def _copy(self) -> dict:
        state = self.state_dict()
        return state | {"tensors": {name: one.clone() for name, one in state["tensors"].items()}}

    def recover(self) -> bool:
        """After an interruption: back to the last whole step, so that this is always true."""
        self.restore()
        return True

    def restore(self) -> None:
        """Puts everything back to where it was after the last whole step."""
        self.load_state_dict(self._good)

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

    def load_state_dict(self, state: dict) -> None:
        """Goes on from where `state_dict` was taken, under the same settings."""
        found: dict[str, dict] = {"model": {}, "value": {}, "optimizer": {}}
        for name, value in state["tensors"].items():
            kind, rest = name.split(".", 1)
            found[kind][rest] = value.clone()  # the optimizer would change it in place
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


def _spread(values: Tensor) -> float:
    """The standard deviation; 0 for a single number."""
    return float(values.std()) if values.numel() > 1 else 0.0


def _order(size: int, seed: int, turn: int) -> list[int]:
    """The order in which the prompts come in one turn."""
    return np.random.Generator(np.random.PCG64([seed, turn])).permutation(size).tolist()
