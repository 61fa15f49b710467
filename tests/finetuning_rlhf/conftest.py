"""One thread for models this small."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def one_thread_here(one_thread: None) -> None:
    """Every test of this folder has it."""
