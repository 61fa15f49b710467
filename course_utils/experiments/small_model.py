"""A small model that reads a few texts over and over: what the experiments train.

Left out: sources and their mix, validation and checkpoints (pretraining has them). No notebook
teaches it; the experiments of notebooks 01 and 05 use it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.train import Trainer
from course_utils.tokenization.interface import TextTokenizer


def token_ids(tokenizer: TextTokenizer, texts: Sequence[str]) -> np.ndarray:
    """(N,) uint16 ids of the texts one after another, each followed by the end sign."""
    rows = tokenizer.encode_batch(texts, end=True)
    return np.concatenate([np.array(row, np.uint16) for row in rows])


def trained(
    tokens: np.ndarray,
    model: TransformerConfig,
    steps: int,
    batch: int,
    muon_lr: float,
    adamw_lr: float,
    seed: int,
) -> Transformer:
    """A model that has read the tokens.

    Args:
        tokens: (N,) ids, more than a row's.
        model: its size; rows have its whole context.
        steps: of training.
        batch: rows per step.
        muon_lr, adamw_lr: full learning rates.
        seed: of the starting weights and the draws.

    Raises:
        ValueError: there are too few tokens for a row.
    """
    settings = TrainConfig(
        model,
        steps=steps,
        batch=batch,
        context_tokens=model.context_tokens,
        muon_lr=muon_lr,
        adamw_lr=adamw_lr,
        seed=seed,
    )
    rows = Batches({"text": tokens}, {"text": 1.0}, batch, model.context_tokens, seed)
    made = Transformer(model, seed)
    trainer = Trainer(made, rows, settings)
    for _ in range(steps):
        trainer.step()
    return made
