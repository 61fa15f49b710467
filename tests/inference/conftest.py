"""A small model over bytes, random but decided, and one thread for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from course_utils.inference.engine import Engine
from course_utils.pretraining.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

CONFIG = TransformerConfig(
    vocab_size=260, width=16, layers=2, heads=2, hidden=24, context_tokens=48
)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def model() -> Transformer:
    made, generator = Transformer(CONFIG), torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
        made.lm_head.weight[0] = 0  # ends seldom
    return made.eval()


@pytest.fixture
def engine(model: Transformer) -> Engine:
    return Engine(model, FastTokenizer())
