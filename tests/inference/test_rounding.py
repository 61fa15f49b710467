"""What rounding costs is measured on the very questions, and the clock counts steps."""

from __future__ import annotations

import math

import pytest
import torch

from course_utils.finetuning_rlhf.chat_data import evaluation_questions
from course_utils.finetuning_rlhf.chat_writers import statement
from course_utils.inference import rounding
from course_utils.inference.engine import Engine
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer


@pytest.fixture
def engine() -> Engine:
    """One whose context has room for a question in bytes."""
    sizes = {"vocab_size": 261, "width": 16, "layers": 1, "heads": 2, "intermediate_size": 24}
    return Engine(Transformer(TransformerConfig(**sizes, context_tokens=256)), FastTokenizer())


def test_the_questions_are_spread_over_all_kinds(engine: Engine) -> None:
    prompts = rounding.Holdout(engine.tokenizer, 256, 0, 30).prompts
    assert len(prompts) == 30 and all(prompt.holdout for prompt in prompts)
    kinds = {prompt.kind for prompt in evaluation_questions(0)}
    assert {prompt.kind for prompt in prompts} == kinds
    assert len(rounding.Holdout(engine.tokenizer, 256, 0, 10**6).prompts) == len(
        evaluation_questions(0)
    )


def test_who_says_what_is_true_is_right_and_who_is_silent_is_not(engine: Engine) -> None:
    holdout = rounding.Holdout(engine.tokenizer, 256, 0, 6)
    true = [statement(one.kind, one.country, one.answers[0]) for one in holdout.prompts]
    assert holdout.right(true) == 1
    assert holdout.right(["", "No idea.", *true[2:]]) == 4 / 6
    assert holdout.right(true[1:] + true[:1]) < 1


def test_the_loss_of_even_scores_is_known(engine: Engine) -> None:
    with torch.no_grad():
        engine.model.lm_head.weight.zero_()
    holdout = rounding.Holdout(engine.tokenizer, 256, 0, 3)
    # All 261 tokens alike: log2(261) bits for each byte of an answer, and for its end sign.
    bytes_of = sum(
        len(statement(p.kind, p.country, p.answers[0]).encode()) for p in holdout.prompts
    )
    signs = sum(map(len, holdout._whole)) - sum(map(len, holdout._asked)) - bytes_of
    expected = math.log2(261) * (1 + signs / bytes_of)
    assert 0 < signs <= 6
    assert holdout.measure(engine.model).bits_per_byte == pytest.approx(expected, rel=1e-4)


def test_a_larger_model_takes_longer_to_step(engine: Engine) -> None:
    large = Transformer(TransformerConfig(vocab_size=261, width=512, context_tokens=256)).eval()
    seconds = rounding.step_seconds({"small": engine.model, "large": large}, steps=5, turns=1)
    assert 0 < seconds["small"] < seconds["large"]


def test_what_has_no_room_is_left_out(engine: Engine) -> None:
    whole = rounding.Holdout(engine.tokenizer, 256, 0, 10**6).prompts
    some = rounding.Holdout(engine.tokenizer, 70, 0, 10**6)
    assert 0 < len(some.prompts) < len(whole) and max(map(len, some._whole)) <= 70
    with pytest.raises(ValueError, match="room"):
        rounding.Holdout(engine.tokenizer, 9, 0)


def test_no_steps_and_no_questions_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="steps"):
        rounding.step_seconds({"a": engine.model}, steps=0)
    with pytest.raises(ValueError, match="questions"):
        rounding.Holdout(engine.tokenizer, 256, 0, 0)
