"""Questions as typed: the habits do what they say and are frozen; the countries are held out."""

from __future__ import annotations

import hashlib
import re

import pytest

from course_utils.finetuning_rlhf.chat_data import country_split
from course_utils.finetuning_rlhf.questions import fact_prompt
from course_utils.inference.exam.as_typed import HABITS, fault, questions
from course_utils.inference.exam.marks import Question, score
from course_utils.littleweb.english import with_article

FROZEN = "ad056f4e8839c219764c17294f46039ba0e095ba20e16408479146cc5b4a7deb"


@pytest.fixture(scope="module")
def asked():
    return questions(0, 0, 200)


def of(asked, habit):
    return [
        (one.prompt.text, with_article(one.prompt.country)) for one in asked if one.group == habit
    ]


def test_the_rules_are_frozen(asked):
    texts = "\n".join(question.prompt.text for question in asked)
    assert hashlib.sha256(texts.encode("utf-8")).hexdigest() == FROZEN


def test_all_habits_come_alike_and_a_longer_list_begins_alike(asked):
    assert {habit: len(of(asked, habit)) for habit in HABITS} == dict.fromkeys(HABITS, 20)
    assert questions(0, 0, 7) == asked[:7] and questions(1, 0, 7) != asked[:7]


def test_only_countries_are_asked_about_that_the_chat_data_never_mentions(asked):
    assert {one.prompt.country for one in asked} <= set(country_split(0)[1])


def test_the_country_is_spelt_rightly_in_every_question(asked):
    for question in asked:
        text = re.sub(" +", " ", question.prompt.text).casefold()
        assert with_article(question.prompt.country).casefold() in text


@pytest.mark.parametrize(
    ("habit", "holds"),
    [
        ("contraction", lambda text, country: "whats " in text and text == text.lower()),
        ("marks", lambda text, country: re.search(r"[^.?](\?\?\??|\.\.\.?)$", text)),
        ("chat_speak", lambda text, country: re.search(r"\bu\b", text) and "you" not in text),
        ("lower_country", lambda text, country: country.lower() in text and text[0].isupper()),
        ("spaces", lambda text, country: "  " in text),
        ("comma", lambda text, country: re.match(r"(?:Please|Hi),what is ", text)),
        ("dots", lambda text, country: re.search(r"[^.?]\.\.\.$", text)),
        ("no_capitals", lambda text, country: text == text.lower() and text[-1] not in ".?!"),
    ],
)
def test_a_habit_does_what_it_says(asked, habit, holds):
    assert [pair for pair in of(asked, habit) if not holds(*pair)] == []


@pytest.mark.parametrize(("habit", "letters"), [("swapped", 0), ("dropped", 1)])
def test_a_slip_is_in_one_long_word_that_is_not_the_country(asked, habit, letters):
    plain = set(
        "What what is the Can you tell me Please Tell Do know Hi capital region language currency "
        "highest point nationality of people from".split()
    )
    for text, country in of(asked, habit):
        (odd,) = set(re.findall(r"\w+", text.replace(country, ""))) - plain
        likely = [
            word for word in plain
            if len(word) == len(odd) + letters >= 5 and set(odd) <= set(word)
        ]  # fmt: skip
        assert likely, text


def test_right_in_any_form_passes_and_all_else_is_counted_by_its_habit():
    prompt = fact_prompt("capital", "Japan", ("Tokyo",), 0)
    replies = ["The capital of Japan is Tokyo.", "Tokyo", "I do not know of Boravo.", "Rome."]
    asked = [Question(prompt, "dots"), Question(prompt, "marks")] * 2
    marked = score(asked, replies, fault)
    assert marked.by_group == {"dots": 0.5, "marks": 0.5} and marked.share == 0.5
    assert [one.reply for one in marked.failures] == replies[2:]
    assert all(one.why for one in marked.failures)
