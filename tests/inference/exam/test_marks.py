"""Marks: shares by group, the failures in their order, and lists that do not fit are refused."""

from __future__ import annotations

import pytest

from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.inference.exam.marks import Question, score

ASKED = [Question(Prompt(text, "talk"), text[0]) for text in ("a1", "a2", "b1")]


def test_the_share_counts_questions_and_the_groups_their_own():
    marked = score(ASKED, ["yes", "no", "yes"], lambda _, reply: "" if reply == "yes" else "No.")
    assert marked.share == pytest.approx(2 / 3)
    assert marked.by_group == {"a": 0.5, "b": 1.0} and marked.counts == {"a": 2, "b": 1}
    (failure,) = marked.failures
    assert (failure.question, failure.reply, failure.why) == (ASKED[1], "no", "No.")


def test_no_questions_have_no_share():
    assert score([], [], lambda *_: "").share == 0.0


def test_replies_that_do_not_match_the_questions_are_refused():
    with pytest.raises(ValueError, match="2 replies to 3 questions"):
        score(ASKED, ["yes", "no"], lambda *_: "")
