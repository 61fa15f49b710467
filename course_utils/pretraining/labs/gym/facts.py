"""The figures that the Training Gym shows beside its curves.

It reads a training and changes nothing. Notebook 03, section "Train it".
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

from course_utils.pretraining.labs.gym.status import training_status

if TYPE_CHECKING:
    from course_utils.pretraining.labs.gym.training import GymTraining


def facts(training: GymTraining) -> dict[str, object]:
    """What a frame says in words and single numbers; None where there is none yet."""
    run, sample = training.run, training.sample
    return {
        "step": len(run),
        "status": training_status(run.losses.values()),
        "loss": run.smooth.last,
        "look": run.looks.last,
        "accuracy": run.accuracy.last,
        "norm": run.norms.last,
        "speed": training.speed,  # tokens a second
        "guessing": math.log(training.model.config.vocab_size),
        "rate_used": run.rate,
        "parameters": training.model.count(),
        "seed": training.seed,
        "shape": asdict(training.shape),
        "wanted": asdict(training.wanted),
        "settings": training.settings,
        "sample": sample.text,
        "sample_step": sample.step,
        "note": training.note,
    }
