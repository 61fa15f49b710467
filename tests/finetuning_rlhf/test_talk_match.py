"""What a fitting reply says: the same words, or most of the content and little else."""

from __future__ import annotations

import pytest

from course_utils.finetuning_rlhf.talk_match import says_what_fits, words

FITTING = ("I am fine and ready to help, thank you.", "I am well, thank you.")


def test_words_are_compared_without_case_marks_and_contractions():
    assert words("I'm NOT well, don't ask!") == words("i not well do not ask")
    assert words("You can\u2019t; it cannot.") == "you can not it can not".split()


@pytest.mark.parametrize(
    ("reply", "fits"),
    [
        ("i am well thank you", True),
        ("I'm fine, ready to help, thanks, thank you.", True),
        ("I am fine and ready to help.", True),  # three of four content words
        ("I am fine.", False),  # one of four
        ("Thank you.", False),  # one of two
        ("I am not well, thank you.", False),
        ("I am well, thank you, and I tell stories about countries.", False),
        ("I am with you.", False),  # words without content
        ("", False),
    ],
)
def test_most_of_one_fitting_reply_has_to_be_said_and_little_else(reply, fits):
    assert says_what_fits(reply, FITTING) is fits


def test_the_content_of_two_fitting_replies_is_not_added_up():
    assert not says_what_fits("red blue", ("red green yellow", "blue white black"))


def test_what_the_user_said_may_be_said_back():
    hello = ("Hello, how can I help you?",)
    assert not says_what_fits("Hello Zoe Anne Smith, I help.", hello)
    assert says_what_fits("Hello Zoe Anne Smith, I help.", hello, heard=["I am Zoe Anne Smith."])


def test_a_denial_has_to_be_denied():
    assert says_what_fits("I have no name.", ("I have no name.",))
    assert not says_what_fits("I have a good name.", ("I have no good name.",))


def test_nothing_fits_where_there_are_no_fitting_replies():
    assert not says_what_fits("Hello.", ())
