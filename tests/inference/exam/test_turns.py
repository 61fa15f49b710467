"""Conversations: the right value and no other, out of turns that are given by truth."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from course_utils import finetuning_rlhf
from course_utils.finetuning_rlhf.chat_data import country_split
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.inference.exam import turns
from course_utils.inference.exam.marks import Question, score
from course_utils.littleweb.stories import lexicon
from course_utils.littleweb.truth import world

FROZEN = "d1ecb200b39dc04da243f897910bba468cca2a28f77bc44b72c2ca4490244187"
NAME = Question(
    Prompt("What is my name?", "talk", before=(("user", "I am Ottilie."), ("assistant", "Hi."))),
    "name", ("Ottilie",), ("Thaddeus", "Ben"),
)  # fmt: skip
OWLS = Question(Prompt("What do I like?", "talk"), "liking", ("otters",), ("herons", "camels"))
SWEDEN = Question(Prompt("And of Sweden?", "capital", "Sweden", ("Stockholm",)), "switch")


@pytest.fixture(scope="module")
def asked():
    return turns.questions(0, 0, 160)


def test_the_conversations_are_frozen(asked):
    texts = "\n".join(repr(question.prompt.turns) for question in asked)
    assert hashlib.sha256(texts.encode("utf-8")).hexdigest() == FROZEN


def test_the_sorts_come_alike_half_with_something_in_between(asked):
    for sort in turns.SORTS:
        lengths = [len(one.prompt.turns) for one in asked if one.group == sort]
        assert sorted(lengths) == [3] * 20 + [5] * 20


def test_roles_alternate_and_what_is_asked_for_was_told(asked):
    for question in asked:
        said = question.prompt.turns
        assert [role for role, _ in said] == ["user", "assistant"] * (len(said) // 2) + ["user"]
        if question.right:
            assert question.right[0] in said[0][1] and question.right[0] not in said[-1][1]


def test_earlier_replies_about_countries_are_true(asked):
    for question in asked:
        if not question.right:
            (_, first), (_, reply) = question.prompt.before[:2]
            kind, country = question.prompt.kind, question.prompt.country
            assert country in country_split(0)[1] and first.startswith("What is the ")
            assert (country in reply.replace("the Gambia", "The Gambia")) == (
                question.group == "follow_up"
            )
            assert kind in world.FACT_KINDS


def test_no_name_is_used_by_the_chat_data_or_the_stories():
    names = turns._table()["name"]["values"]
    assert not set(names) & set(lexicon.NAMES)
    folder = Path(finetuning_rlhf.__file__).parent
    for path in (*folder.rglob("*.py"), *folder.rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(rf"\b(?:{'|'.join(names)})\b", text), path.name


@pytest.mark.parametrize(
    ("question", "reply", "passes"),
    [
        (NAME, "Your name is Ottilie.", True),
        (NAME, "ottilie", True),
        (NAME, "Your name is Thaddeus.", False),
        (NAME, "Your name is Ottilie or Ben.", False),
        (NAME, "I do not know of Ottilie.", False),
        (NAME, "Your name is Ottiliena.", False),
        (NAME, "", False),
        (OWLS, "You like otters.", True),
        (OWLS, "You like the otter best.", True),
        (OWLS, "You like otters and herons.", False),
        (OWLS, "You like owls.", False),
        (SWEDEN, "The capital of Sweden is Stockholm.", True),
        (SWEDEN, "Stockholm.", True),
        (SWEDEN, "The capital of Sweden is Oslo.", False),
        (SWEDEN, "The capital of Norway is Stockholm.", False),
        (SWEDEN, "The currency of Sweden is Swedish kronor.", False),
    ],
)
def test_the_right_value_passes_and_nothing_beside_another(question, reply, passes):
    assert (turns.fault(question, reply) == "") is passes


def test_true_replies_pass_everywhere(asked):
    replies = [(one.right or one.prompt.answers)[0] for one in asked]
    assert score(asked, replies, turns.fault).share == 1.0
