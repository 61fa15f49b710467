"""A small engine, and one thread for it."""

from __future__ import annotations

import pytest

from course_utils.inference.engine import Engine
from course_utils.model.transformer import Transformer
from course_utils.tokenization.fast import FastTokenizer


@pytest.fixture(autouse=True)
def one_thread_here(one_thread: None) -> None:
    """Every test of this folder has it."""


@pytest.fixture
def engine(model: Transformer) -> Engine:
    return Engine(model, FastTokenizer())
