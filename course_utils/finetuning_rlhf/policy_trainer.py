"""What PPO, DPO and GRPO share: AdamW, the look after a step, the way back, and what is saved.

Leaves out the three methods themselves (ppo.py, dpo.py, grpo.py) and how a run is interrupted
(checkpoint.py). Taught in notebook 04, section "Practise, with a leash".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import wraps
from typing import ClassVar, NoReturn, Protocol, TypeVar

import numpy as np
import torch
import torch.nn as nn
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from course_utils.finetuning_rlhf.rollouts import Rollouts, log_probabilities
from course_utils.pretraining import memory
from course_utils.pretraining.checkpoint import TrainingDiverged

MAX_NATS_MOVED = 3.0  # that a token's log-probability moves in a step, on average
MAX_WEIGHT = 1e4  # trained ones are below 100
Item = TypeVar("Item")
Trainer = TypeVar("Trainer", bound="PolicyTrainer")
Result = TypeVar("Result")


class StepSettings(Protocol):
    """What is needed of a method's frozen dataclass of settings."""

    lr: float
    grad_clip: float


class PolicyTrainer:
    """The part of a trainer that knows how to move weights, and how to put them back.

    Args:
        nets: what is trained, by name; "model" is the policy. Each is trained in place, and its
            gradient is cut by itself, so that none drowns another.
        config: the settings, a dataclass.
    """

    method: ClassVar[str] = "practice"
    diverged: ClassVar[type[TrainingDiverged]] = TrainingDiverged
    safe_lr: ClassVar[float] = 3e-4
    memory_settings: ClassVar[tuple[str, ...]] = ()  # what a step's memory grows with

    def __init__(self, nets: Mapping[str, nn.Module], config: StepSettings) -> None:
        self.nets, self.config = dict(nets), config
        self.model = self.nets["model"]
        self.optimizer = torch.optim.AdamW(self._weights(), lr=config.lr, betas=(0.9, 0.95))
        self.step_number = 0
        self._good: dict = {}  # filled by whoever has all that a state needs

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return self.optimizer.param_groups[0]["lr"]

    @lr.setter
    def lr(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def _weights(self) -> list[nn.Parameter]:
        return [weight for net in self.nets.values() for weight in net.parameters()]

    def _apply(self) -> None:
        """One optimizer step, or back to the last good weights."""
        limit = self.config.grad_clip
        norm = sum(float(clip_grad_norm_(net.parameters(), limit)) for net in self.nets.values())
        if not math.isfinite(norm):
            self._give_up(f"{self.method}'s gradient is {norm}")
        self.optimizer.step()

    @torch.no_grad()
    def _check_policy(self, tokens: Tensor, mask: Tensor, before: Tensor) -> None:
        """Looks at weights and some replies after a step: too high a rate throws a model far off.

        Args:
            tokens: (b, t) ids of some of the step's rows.
            mask: (b, t - 1) True at the replies' tokens.
            before: (b, t - 1) their log-probabilities before the step.
        """
        largest = float(torch.stack([weight.abs().max() for weight in self._weights()]).max())
        if not largest < MAX_WEIGHT:
            self._give_up(f"A weight became {largest:.3g}")
        moved = log_probabilities(self.model, tokens) - before
        distance = float(moved[mask].abs().mean())
        if not distance < MAX_NATS_MOVED:
            self._give_up(
                f"The probabilities of {self.method}'s tokens moved by {distance:.3g} nats each"
            )

    def _check_rollouts(self, rollouts: Rollouts, before: Tensor) -> None:
        """The same look at sampled replies; `before` is (B, T - 1), of all of them."""
        # one group of replies is enough to see it
        rows, longest = next(rollouts.groups(range(len(rollouts.replies))))
        cells = (rows, slice(0, longest - 1))
        mask = rollouts.response_mask[cells]
        self._check_policy(rollouts.tokens[rows, :longest], mask, before[cells])

    def _give_up(self, what: str) -> NoReturn:
        rate, step = self.lr, self.step_number + 1
        self.recover()
        raise self.diverged(
            f"{what} at step {step}.\nLower lr: it is {rate:g}; "
            f"{min(self.safe_lr, rate / 3):.2g} is a safe choice. The model is back at its "
            "weights of the step before."
        )

    def _copy(self) -> dict:
        """The state with tensors of its own, for `_good`: after whole steps, and at the start."""
        state = self.state_dict()
        tensors = {name: value.clone() for name, value in state["tensors"].items()}
        return state | {"tensors": tensors}

    def recover(self) -> bool:
        """Puts everything back to where it was after the last whole step, which always works."""
        self.load_state_dict(self._good)
        return True

    def state_dict(self) -> dict:
        """All that going on exactly needs: "tensors" by name, and plain numbers."""
        tensors = {
            f"{part}.{name}": value
            for part, net in self.nets.items()
            for name, value in net.state_dict().items()
        }
        tensors |= {
            f"optimizer.{index}.{name}": value
            for index, state in self.optimizer.state_dict()["state"].items()
            for name, value in state.items()
        }
        return {"tensors": tensors, "step": self.step_number, "config": asdict(self.config)}

    def load_state_dict(self, state: dict) -> None:
        """Goes on from where `state_dict` was taken, under the same settings."""
        parts: dict[str, dict] = {part: {} for part in (*self.nets, "optimizer")}
        for name, value in state["tensors"].items():
            part, rest = name.split(".", 1)
            parts[part][rest] = value.clone()  # the optimizer would change it in place
        moments: dict[int, dict] = {}
        for name, value in parts["optimizer"].items():
            index, key = name.split(".")
            moments.setdefault(int(index), {})[key] = value
        for part, net in self.nets.items():
            net.load_state_dict(parts[part])
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.step_number = state["step"]
        self._good = self._copy()


def explains_memory(step: Callable[[Trainer], Result]) -> Callable[[Trainer], Result]:
    """A step that tells, where memory runs out, what to lower, with the last good weights back."""

    @wraps(step)
    def explained_step(trainer: Trainer) -> Result:
        sizes = {name: getattr(trainer.config, name) for name in trainer.memory_settings}
        try:
            with memory.explained(**sizes):
                return step(trainer)
        except memory.OutOfMemory:
            trainer.recover()  # some of the step's updates may have been made
            raise

    return explained_step


def items_of_step(items: Sequence[Item], count: int, step: int, seed: int) -> list[Item]:
    """What a step takes from a list: each item once before any again, in an order by the seed.

    Args:
        items: such as prompts, at least one.
        count: how many a step takes.
        step: 0, 1, 2 and so on; the same step takes the same, so that a resumed run agrees.
        seed: of the order; each turn through the list has its own.
    """
    size, first, taken = len(items), step * count, []
    for number in range(first, first + count):
        turn, index = divmod(number, size)
        taken.append(items[_order(size, seed, turn)[index]])
    return taken


def _order(size: int, seed: int, turn: int) -> list[int]:
    return np.random.Generator(np.random.PCG64([seed, turn])).permutation(size).tolist()
