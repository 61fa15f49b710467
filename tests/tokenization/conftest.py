"""A tokenizer of each kind, trained once on the same hard texts."""

import pytest

from course_utils.tokenization import FastTokenizer, Tokenizer

from .texts import TEXTS


@pytest.fixture(scope="session")
def slow() -> Tokenizer:
    """The one in plain Python."""
    return Tokenizer.train(TEXTS, vocab_size=700)


@pytest.fixture(scope="session")
def fast() -> FastTokenizer:
    """The one over Hugging Face tokenizers, trained by it too."""
    return FastTokenizer.train(TEXTS, vocab_size=700)
