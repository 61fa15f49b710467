"""The whole exam: every key, from a model that answers and from one by rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.inference.engine import Engine
from course_utils.inference.exam import SIZES, figures, run, run_exam, sit
from course_utils.inference.exam.marks import Question
from course_utils.model.transformer import Transformer
from course_utils.tokenization.fast import FastTokenizer

SHARES = {
    "as_typed", "refused_by_name", "refused_known", "partial_wishes", "whole_stories",
    "small_talk", "recall_of_turns", "another_kind",
}  # fmt: skip
GROUPED = {
    "as_typed_by_habit": 10,
    "refused_by_name_by_generator": 3,
    "partial_wishes_by_part": 5,
    "small_talk_by_intent": 20,
    "recall_of_turns_by_sort": 4,
}


def test_an_untrained_model_sits_the_exam_and_fails_it(engine):
    found = run_exam(engine, split_seed=0, scale="tiny")
    assert set(found) == SHARES | set(GROUPED)
    assert {key: len(found[key]) for key in GROUPED} == GROUPED
    assert all(0 <= found[key] <= 1 for key in SHARES)
    assert found["as_typed"] < 0.5 and found["recall_of_turns"] < 0.5


def test_the_laptop_asks_at_most_a_thousand_questions():
    assert sum(vars(SIZES["laptop"]).values()) <= 1000


def test_who_always_refuses_is_found_out(engine, monkeypatch):
    monkeypatch.setattr(
        run, "answers", lambda _, asked, n: ["I do not know of Boravo."] * len(asked)
    )
    marked = sit(engine, 0, scale="tiny")
    found = figures(marked)
    assert found["refused_known"] == 1.0
    rest = SHARES - {"refused_known"}
    assert {found[key] for key in rest} == {0.0}
    assert marked["as_typed"].failures[0].reply == "I do not know of Boravo."


def test_the_turns_before_are_read_and_the_oldest_go_when_they_do_not_fit(model: Transformer):
    wide = Transformer(replace(model.config, context_tokens=128))
    wide.load_state_dict(model.state_dict())

    def said(before):
        question = Question(Prompt("And of Sweden?", "capital", "Sweden", before=before), "x")
        return run.answers(Engine(wide, FastTokenizer()), [question], 8)[0]

    norway = (("user", "What is the capital of Norway?"), ("assistant", "Oslo."))
    far = (("user", "word " * 400), ("assistant", "Yes."))
    assert said(norway) == said((*far, *norway)) != said(())


def test_a_question_that_is_too_long_alone_is_asked_by_its_end(engine):
    def said(text):
        return run.answers(engine, [Question(Prompt(text, "talk"), "x")], 4)[0]

    assert said("word " * 99 + "What is it, and what is it not, and why is it so?") == said(
        "other " * 99 + "What is it, and what is it not, and why is it so?"
    )


def test_an_unknown_scale_is_refused(engine):
    with pytest.raises(ValueError, match="'huge'; the exam knows tiny, laptop, gpu"):
        sit(engine, 0, scale="huge")
