"""Both tokenizers are what the other parts expect of one."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.tokenization import FastTokenizer, Tokenizer
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import (
    ASSISTANT,
    END,
    PAD,
    SPECIAL_TOKENS,
    SYSTEM,
    USER,
)


@pytest.mark.parametrize("kind", [Tokenizer, FastTokenizer])
def test_both_tokenizers_have_the_interface(kind: type):
    assert isinstance(kind(), TextTokenizer) and not isinstance(object(), TextTokenizer)


@pytest.mark.parametrize("kind", [Tokenizer, FastTokenizer])
def test_the_special_ids_are_those_of_the_special_tokens_names(kind: type):
    names = ["<|end|>", "<|user|>", "<|assistant|>", "<|pad|>", "<|system|>"]
    assert list(SPECIAL_TOKENS) == names
    ids = [END, USER, ASSISTANT, PAD, SYSTEM]
    assert kind().decode(ids, special=True) == "".join(names) and kind().decode(ids) == ""


@pytest.mark.parametrize("kind", [Tokenizer, FastTokenizer])
def test_the_advice_about_half_a_pair_joins_pairs_and_replaces_what_is_alone(kind: type):
    # one emoji in halves, and three halves that are alone
    text = "a\ud83d\ude00b\ud83dc\ude00\ufeff\ud83d"
    with pytest.raises(ValueError, match="Character 1 of the text is '.ud83d'") as refused:
        kind().encode(text)
    names = {"text": text}
    exec(str(refused.value).splitlines()[-1].strip(), names)
    assert names["text"] == "a😀b\ufffdc\ufffd\ufeff\ufffd"
    assert kind().decode(kind().encode(names["text"])) == names["text"]


@pytest.mark.parametrize("kind", [Tokenizer, FastTokenizer])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, r"None \(NoneType\)"),
        (b"abc", r"bytes.decode\(\"utf-8\"\)"),
        (3, r"3 \(int\)"),
        (("a", "b"), r"\('a', 'b'\) \(tuple\)"),
    ],
)
def test_what_is_no_text_is_refused_by_its_kind(kind: type, given: object, words: str):
    tokenizer = kind()
    with pytest.raises(TypeError, match=words):
        tokenizer.encode(given)
    with pytest.raises(TypeError, match=words):
        tokenizer.encode_batch(["a text", given])
    with pytest.raises(TypeError, match=words):
        kind.train(["a text", given], vocab_size=300)


@pytest.mark.parametrize("kind", [Tokenizer, FastTokenizer])
def test_one_text_is_not_taken_for_a_list_of_letters(kind: type):
    for call in (kind().encode_batch, kind.train):
        with pytest.raises(ValueError, match=r"pass \[text\]"):
            call("abc")
        for given in (b"abc", None, 3):
            with pytest.raises(TypeError, match="needs a list of texts"):
                call(given)


@pytest.mark.parametrize("kind", [Tokenizer, FastTokenizer])
def test_texts_may_come_from_anything_that_is_gone_through_once(kind: type):
    texts = ["ab ab", "", "cd"]
    assert kind().encode_batch(iter(texts)) == kind().encode_batch(texts)
    assert kind.train(iter(texts), 300).merges == kind.train(texts, 300).merges


@pytest.mark.parametrize("kind", [Tokenizer, FastTokenizer])
@pytest.mark.parametrize("ids", ["abc", b"abc", [36.0, 37.0], [None], None, 36, ["36"]])
def test_what_are_no_ids_is_refused(kind: type, ids: object):
    with pytest.raises(TypeError, match="Expected token ids, whole numbers"):
        kind().decode(ids)


@pytest.mark.parametrize("kind", [Tokenizer, FastTokenizer])
def test_arrays_and_tensors_of_ids_are_taken(kind: type):
    for ids in (np.array([37, 38], "uint16"), torch.tensor([37, 38]), iter([37, 38])):
        assert kind().decode(ids) == "AB"
    assert kind().token_bytes(np.uint16(37)) == b"A"
