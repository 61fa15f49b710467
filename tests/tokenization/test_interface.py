"""Both tokenizers are what the other parts expect of one."""

from __future__ import annotations

import pytest

from course_utils.tokenization import FastTokenizer, Tokenizer
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import ASSISTANT, END, PAD, SPECIAL_TOKENS, USER


@pytest.mark.parametrize("kind", [Tokenizer, FastTokenizer])
def test_both_tokenizers_have_the_interface(kind: type):
    assert isinstance(kind(), TextTokenizer) and not isinstance(object(), TextTokenizer)


@pytest.mark.parametrize("kind", [Tokenizer, FastTokenizer])
def test_the_special_ids_are_those_of_the_special_tokens_names(kind: type):
    names = ["<|end|>", "<|user|>", "<|assistant|>", "<|pad|>"]
    assert list(SPECIAL_TOKENS) == names
    ids = [END, USER, ASSISTANT, PAD]
    assert kind().decode(ids, special=True) == "".join(names) and kind().decode(ids) == ""
