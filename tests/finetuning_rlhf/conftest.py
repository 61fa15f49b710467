"""One thread for models this small, and the chat data, which is made once."""

from __future__ import annotations

import pytest

from course_utils.finetuning_rlhf import chat_data
from course_utils.finetuning_rlhf.chat_writers import ChatExample


@pytest.fixture(autouse=True)
def one_thread_here(one_thread: None) -> None:
    """Every test of this folder has it."""


@pytest.fixture(scope="session")
def laptop() -> list[ChatExample]:
    """The demonstrations of the laptop scale; nobody changes them."""
    return chat_data.training_examples(0)
