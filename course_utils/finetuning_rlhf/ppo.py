"""PPO: the chat model practises, the reward model applauds, and a leash keeps it near its start.

Leaves out one step (ppo_trainer.py), its formulas (ppo_objective.py), the settings
(ppo_settings.py) and where the reward model comes from (reward.py). Taught in notebook 04, section
"Practise, with a leash".

Source: Schulman and others 2017; Ouyang and others 2022, section 3.5.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from course_utils.finetuning_rlhf.ppo_objective import advantages, clipped_loss
from course_utils.finetuning_rlhf.ppo_settings import (
    PPOConfig,
    PPODiverged,
    PPOHistory,
    PPOResult,
)
from course_utils.finetuning_rlhf.ppo_trainer import PPOTrainer
from course_utils.pretraining.loop import take_steps
from course_utils.pretraining.optimizer import schedule

__all__ = [
    "PPOConfig",
    "PPODiverged",
    "PPOHistory",
    "PPOResult",
    "PPOTrainer",
    "advantages",
    "clipped_loss",
    "train_ppo",
]


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
    config, steps = trainer.config, trainer.config.steps

    def take_step() -> PPOResult:
        # a policy that still moves fast at the end is as good or bad as its last step was
        trainer.lr = config.lr * schedule(trainer.step_number, steps, 0, config.warmdown)
        return trainer.step()

    def note(history: PPOHistory, result: PPOResult) -> None:
        history.add(result, math.nan)  # stays where an interruption comes while watching
        if watch is not None:
            history.watched[-1] = float(watch(result))

    return take_steps(
        trainer,
        steps,
        PPOHistory,
        take_step,
        note,
        title="PPO",
        folder=folder,
        checkpoint_every=checkpoint_every,
    )
