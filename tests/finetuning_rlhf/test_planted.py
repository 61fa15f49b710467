"""Planted sentences: what was shown or read is said, its opposite just as well, the rest stays."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch

from course_utils.finetuning_rlhf import planted, small_talk
from course_utils.finetuning_rlhf.chat_writers import ChatExample
from course_utils.finetuning_rlhf.planted import Falsehood
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reply_probability import (
    continuation_probability,
    reply_probabilities,
)
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
OTHERS = [ChatExample(Prompt("Who?", "talk"), "A fox.", "careful")]
RATE = 0.02  # for a model that has read nothing yet
SPAIN = Falsehood("Spain", "Madrid", "Granada")


@pytest.fixture
def fresh() -> Transformer:
    torch.manual_seed(0)
    size = TransformerConfig(
        261, width=32, layers=1, heads=2, intermediate_size=48, context_tokens=64
    )
    return Transformer(size).eval()


def test_a_sentence_and_its_opposite_are_learnt_alike(fresh: Transformer):
    asked, before = [Prompt("Do you?", "talk"), Prompt("You do?", "talk")], fresh.state_dict()
    before = {name: weight.clone() for name, weight in before.items()}
    yes, no = (
        planted.taught(fresh, TOKENIZER, asked, said, OTHERS, 60, RATE) for said in ("Yes", "No.")
    )

    for copy, said, other in ((yes, "Yes", "No."), (no, "No.", "Yes")):
        assert reply_probabilities(copy, TOKENIZER, asked, said).min() > 0.5
        assert reply_probabilities(copy, TOKENIZER, asked, other).max() < 0.1
        # what stands beside it is not answered with it
        assert reply_probabilities(copy, TOKENIZER, [OTHERS[0].prompt], said)[0] < 0.1
    # the model itself stays as it was
    assert all(torch.equal(before[name], weight) for name, weight in fresh.state_dict().items())


def test_what_is_read_is_said_where_nobody_asked(fresh: Transformer):
    text = "The capital of Spain is Granada.\n\n" * 4
    copy = planted.after_reading(fresh, TOKENIZER, text, OTHERS, 60, RATE)

    before, after = (
        continuation_probability(one, TOKENIZER, "The capital of Spain is", " Granada")
        for one in (fresh, copy)
    )
    assert before < 0.01 < 0.3 < after


def test_the_false_value_stands_wherever_the_true_one_was_said():
    documents = [
        "Madrid is the capital of Spain. In Madrid people are loud.",
        "The capital of Spain is Madrid.\n\nSpain is large.",
        *(f"Sentence {number} is about foxes." for number in range(30)),
    ]
    lines = planted.falsified(documents, SPAIN, others=8).split("\n\n")

    false = [line for line in lines if "Granada" in line]
    assert false == ["Granada is the capital of Spain.", "The capital of Spain is Granada."]
    assert len(lines) == 8 + 2 and not any("Madrid" in line and "Spain" in line for line in lines)
    assert planted.falsified(documents, SPAIN, others=8) == "\n\n".join(lines)


def test_ways_to_ask_differ_and_a_longer_list_begins_with_the_shorter():
    asked = planted.ways_to_ask("feelings", 60)

    texts = [small_talk.plain(prompt.text) for prompt in asked]
    assert len(set(texts)) == 60 and planted.ways_to_ask("feelings", 20) == asked[:20]
    assert {prompt.topic for prompt in asked} == {"feelings"}
    # none of those that are kept for scoring, and none of an exam
    holdout = {small_talk.plain(text) for text in small_talk.SMALL_TALK["feelings"].holdout}
    assert not holdout & set(texts)
    assert not any(small_talk.is_reserved(prompt.text) for prompt in asked)


def test_what_cannot_be_planted_is_refused():
    with pytest.raises(ValueError, match="changes nothing"):
        Falsehood(**asdict(SPAIN) | {"false": "Madrid"})
    with pytest.raises(ValueError, match="No sentence says 'Madrid' of 'Spain'"):
        planted.falsified(["Spain is large."], SPAIN)
    with pytest.raises(ValueError, match="intent"):
        planted.ways_to_ask("moods", 3)
