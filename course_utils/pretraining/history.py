"""What a training run showed: one step, and the whole course.

Leaves out pictures (figures.py). Taught in notebook 03, section "Start the long run".
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StepResult:
    """What one step showed. The loss is that of the weights before the step, in nats per token."""

    step: int  # 1 for the first
    loss: float
    learning_rate_factor: float  # share of the full rates, 0 to 1
    grad_norm: float
    seconds: float
    tokens: int  # that were read: rows times tokens a row

    @property
    def progress(self) -> str:
        """The words for the line of progress."""
        return f"loss {self.loss:.3f}"


@dataclass
class History:
    """The course of a run, for plots and the report; lists of plain numbers."""

    steps: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)  # nats per token
    learning_rate_factors: list[float] = field(default_factory=list)  # share of the full rates
    val_steps: list[int] = field(default_factory=list)
    val_losses: list[float] = field(default_factory=list)
    seconds: float = 0.0  # of training steps alone
    tokens: int = 0

    @property
    def steps_taken(self) -> int:
        """How many steps are noted."""
        return len(self.steps)

    @property
    def tokens_per_second(self) -> float:
        """Tokens trained on a second, without evaluation and checkpoints."""
        return self.tokens / self.seconds if self.seconds else 0.0

    def add(self, result: StepResult) -> None:
        """Takes in one step."""
        self.steps.append(result.step)
        self.losses.append(result.loss)
        self.learning_rate_factors.append(result.learning_rate_factor)
        self.seconds += result.seconds
        self.tokens += result.tokens
