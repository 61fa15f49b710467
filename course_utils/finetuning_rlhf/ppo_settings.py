"""The settings of PPO, what a step and a run of it showed, and the error when it explodes.

Leaves out what PPO does (ppo.py). Taught in notebook 04, section "Practise, with a leash".
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from course_utils.pretraining.loop import TrainingDiverged


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
    kl: float = 0.45  # the leash: reward lost for each nat that a reply moves from the start
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
        if not 0 <= self.warmdown <= 1:
            raise ValueError(f"warmdown is {self.warmdown}; it is a share, 0 to 1.")
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
    length: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def steps_taken(self) -> int:
        """How many steps are noted."""
        return len(self.proxy)

    def add(self, result: PPOResult, watched: float) -> None:
        """Notes one step."""
        self.proxy.append(result.proxy)
        self.watched.append(watched)
        self.kl.append(result.kl)
        self.length.append(result.length)
        self.seconds += result.seconds
