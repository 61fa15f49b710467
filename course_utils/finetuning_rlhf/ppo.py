"""PPO: the chat model practises, the reward model applauds, and a leash keeps it near its start.

Leaves out one step (ppo_trainer.py), its formulas (ppo_objective.py), the settings
(ppo_settings.py) and where the reward model comes from (reward.py). Taught in notebook 04, section
"Practise, with a leash".

Source: Schulman and others 2017; Ouyang and others 2022, section 3.5.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from course_utils import runtime
from course_utils.finetuning_rlhf.ppo_objective import advantages, clipped_loss
from course_utils.finetuning_rlhf.ppo_settings import (
    PPOConfig,
    PPODiverged,
    PPOHistory,
    PPOResult,
)
from course_utils.finetuning_rlhf.ppo_trainer import PPOTrainer
from course_utils.pretraining import checkpoint
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
    history = PPOHistory()
    if folder is not None and checkpoint.exists(folder):
        history = PPOHistory(**checkpoint.load(trainer, folder))
    try:
        _take_all_steps(trainer, history, folder, watch, checkpoint_every)
    except PPODiverged:
        if folder is not None:
            checkpoint.clear(folder)  # the next run needs another learning rate
        raise
    except KeyboardInterrupt:
        trainer.restore()
        if folder is None:
            raise
        if len(history.proxy) == trainer.step_number:
            checkpoint.save(trainer, asdict(history), folder)
        raise KeyboardInterrupt(
            f"Stopped after step {trainer.step_number} of {trainer.config.steps}. Run the same "
            "cell again to go on from the last checkpoint."
        ) from None
    if folder is not None:
        checkpoint.clear(folder)
    return history


def _take_all_steps(
    trainer: PPOTrainer,
    history: PPOHistory,
    folder: Path | str | None,
    watch: Callable[[PPOResult], float] | None,
    checkpoint_every: int,
) -> None:
    """The steps that are left, each noted in the history and watched."""
    config, steps = trainer.config, trainer.config.steps
    with runtime.Progress("PPO", steps) as progress:
        progress.advance(trainer.step_number)
        while trainer.step_number < steps:
            # a policy that still moves fast at the end is as good or bad as its last step was
            trainer.lr = config.lr * schedule(trainer.step_number, steps, 0, config.warmdown)
            result = trainer.step()
            history.add(result, math.nan)  # stays where an interruption comes while watching
            if watch is not None:
                history.watched[-1] = float(watch(result))
            progress.advance(1, f"reward {result.proxy:+.2f}, KL {result.kl:.1f}")
            if folder is not None and trainer.step_number % checkpoint_every == 0:
                checkpoint.save(trainer, asdict(history), folder)
