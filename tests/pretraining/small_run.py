"""A run of sixteen steps on a pattern, and how it is stopped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.train import StepResult, train

MODEL = TransformerConfig(
    vocab_size=64, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=32
)
IDS = np.tile(np.random.default_rng(0).permutation(64), 20).astype(np.uint16)
CONFIG = TrainConfig(
    MODEL,
    steps=16,
    batch=4,
    context_tokens=32,
    warmup_steps=3,
    eval_every=4,
    checkpoint_every=5,
    adamw_lr=0.02,
)


def parts(config: TrainConfig = CONFIG) -> tuple[Transformer, Batches]:
    batches = Batches({"only": IDS}, {"only": 1.0}, config.batch, config.context_tokens)
    return Transformer(config.model), batches


def stop_at(step: int):
    def stop(result: StepResult) -> None:
        if result.step == step:
            raise KeyboardInterrupt

    return stop


def stopped(folder: Path, step: int = 2) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(*parts(), CONFIG, folder=folder, on_step=stop_at(step))
