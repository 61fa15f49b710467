"""How likely a reply is: the same as by hand, a product of its pieces, and refused bad input."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reply_probability import (
    continuation_probability,
    reply_probabilities,
)
from course_utils.model.transformer import Transformer
from course_utils.tokenization.fast import FastTokenizer
from course_utils.tokenization.special_tokens import END

TOKENIZER = FastTokenizer()
PROMPTS = [Prompt("Hm?", "talk"), Prompt("Go on then.", "talk")]


def by_hand(model: Transformer, before: list[int], after: list[int]) -> float:
    """The product of the softmaxes, token by token, of one unpadded row."""
    likely = 1.0
    for number, token in enumerate(after):
        ids = torch.tensor([before + after[:number]])
        with torch.no_grad():
            likely *= float(model(ids)[0, -1].softmax(-1)[token])
    return likely


def test_a_reply_is_as_likely_as_the_product_of_its_tokens(model: Transformer):
    found = reply_probabilities(model, TOKENIZER, PROMPTS, "No.")

    assert found.shape == (2,) and found.dtype == np.float64
    for prompt, likely in zip(PROMPTS, found, strict=True):
        asked = conversation_ids(TOKENIZER, prompt.turns)
        expected = by_hand(model, asked, [*TOKENIZER.encode("No."), END])
        assert likely == pytest.approx(expected, rel=1e-4)


def test_a_whole_reply_is_its_beginning_times_what_follows(model: Transformer):
    begins = reply_probabilities(model, TOKENIZER, PROMPTS, "No", ends=False)
    follows = reply_probabilities(model, TOKENIZER, PROMPTS, " way", given="No")

    whole = reply_probabilities(model, TOKENIZER, PROMPTS, "No way")
    assert begins * follows == pytest.approx(whole, rel=1e-4)
    assert (begins > whole).all()


def test_a_plain_text_goes_on_without_any_mark_of_a_chat(model: Transformer):
    found = continuation_probability(model, TOKENIZER, "The moon", " is")

    expected = by_hand(model, TOKENIZER.encode("The moon"), TOKENIZER.encode(" is"))
    assert found == pytest.approx(expected, rel=1e-4)


def test_first_words_of_a_reply_share_all_probability(model: Transformer):
    # over bytes, every first letter is one token
    prompt = PROMPTS[:1]
    asked = conversation_ids(TOKENIZER, prompt[0].turns)
    with torch.no_grad():
        first = model(torch.tensor([asked]))[0, -1].softmax(-1)
    ids = [TOKENIZER.encode(letter)[0] for letter in "abcxyz"]
    found = [float(reply_probabilities(model, TOKENIZER, prompt, one, ends=False)[0])
             for one in "abcxyz"]  # fmt: skip
    assert sum(found) == pytest.approx(float(first[ids].sum()), rel=1e-4)


def test_what_cannot_be_asked_is_refused(model: Transformer):
    with pytest.raises(ValueError, match="no prompts"):
        reply_probabilities(model, TOKENIZER, [], "No.")
    with pytest.raises(ValueError, match="empty"):
        reply_probabilities(model, TOKENIZER, PROMPTS, "")
    with pytest.raises(ValueError, match="empty"):
        continuation_probability(model, TOKENIZER, "", " is")
    with pytest.raises(ValueError, match="the model reads 48"):
        reply_probabilities(model, TOKENIZER, PROMPTS, "No. " * 20)
