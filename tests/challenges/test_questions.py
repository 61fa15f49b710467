"""Questions to predict: what can be said to them, and which answer a computed value is."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from course_utils.challenges import questions
from course_utils.challenges.base import NOTEBOOKS
from course_utils.challenges.questions import Question, parse

AMOUNTS = Question(
    "amount", "tokenization", "How many?", options=("60", "600", "6,000"), values=(60, 600, 6000)
)
SHARE = Question("share", "tokenization", "What share?", unit="%", tolerance=5)
PAIR = Question("pair", "tokenization", "Which?", options=("he", "th", "other"), otherwise="other")


def test_every_stage_asks_at_least_five_questions_with_an_id_of_their_own() -> None:
    assert len({one.id for one in questions.listed()}) == len(questions.listed())
    for notebook in NOTEBOOKS.values():
        asked = questions.listed(notebook[3:])
        assert len(asked) >= 5 and all(one.stage == notebook[3:] for one in asked)


def test_how_sure_one_can_be_begins_at_guessing_and_ends_at_certainty() -> None:
    for question in questions.listed():
        count = len(question.options)
        assert question.shares[0] == (round(100 / count) if count else 0)
        assert question.shares[-1] == 100 and sorted(question.shares) == [*question.shares]
    assert Question("a", "x", "A?", options=("yes", "no")).shares == (50, 60, 70, 80, 90, 100)


@pytest.mark.parametrize(
    ("computed", "option"),
    [(589, "600"), (600, "600"), (190, "600"), (189, "60"), (1, "60"), (99_999, "6,000")],
)
def test_a_number_is_the_option_nearest_by_ratio(computed: int, option: str) -> None:
    assert AMOUNTS.outcome(computed) == option
    assert AMOUNTS.outcome(np.int64(computed)) == option
    assert AMOUNTS.outcome(torch.tensor(computed)) == option


def test_yes_and_no_are_what_a_comparison_gives() -> None:
    asked = Question("a", "x", "A?", options=("yes", "no"), values=(True, False))
    assert asked.outcome(2 > 1) == "yes" and asked.outcome(np.bool_(False)) == "no"


def test_what_is_none_of_the_options_is_the_one_for_the_rest_or_refused() -> None:
    assert PAIR.outcome("an") == "other"
    with pytest.raises(ValueError, match="pair"):
        Question("pair", "x", "Which?", options=("he", "th")).outcome("an")


@pytest.mark.parametrize("computed", [math.nan, math.inf, "12", None, True, [1]])
def test_what_is_no_number_is_no_answer_to_a_question_for_one(computed: object) -> None:
    with pytest.raises(ValueError, match="share"):
        SHARE.outcome(computed)


def test_a_number_is_right_up_to_the_tolerance() -> None:
    assert SHARE.right(16.0, 11.0) and SHARE.right(6, 11.0)
    assert not SHARE.right(16.1, 11.0)
    assert Question("exact", "x", "How many?").right(5, 5.0)


def test_answers_are_written_as_people_write_them() -> None:
    assert SHARE.words(11.2987) == "11.3 %" and SHARE.words(10.0) == "10 %"
    assert Question("a", "x", "A?").words(12345.6) == "12,346"
    assert AMOUNTS.words("600") == "600"


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(KeyError, match="spam-activation"):
        questions.find("spam-activations")


@pytest.mark.parametrize(
    "text",
    [
        '[a]\nask = "A?"',
        '[a]\nasks = "A?"\nanswer = 3',
        '[a]\nasks = "A."',
        '[a]\nasks = "A?"\noptions = ["one"]',
        '[a]\nasks = "A?"\noptions = ["one", "two"]\nvalues = [1]',
        '[a]\nasks = "A?"\noptions = ["one", "two"]\ntolerance = 1',
        '[a]\nasks = "A?"\noptions = ["one", "two"]\notherwise = "three"',
    ],
)
def test_a_question_that_is_not_well_put_is_refused_by_its_id(text: str) -> None:
    with pytest.raises(ValueError, match="^a"):
        parse("tokenization", text)
