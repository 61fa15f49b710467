"""Made-up countries: three morphologies, like no real name, that no training may import."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

import course_utils
from course_utils.finetuning_rlhf import judge, questions
from course_utils.finetuning_rlhf import made_up as trained_on
from course_utils.inference.exam import made_up
from course_utils.inference.exam.marks import Question, score
from course_utils.littleweb.rng import Rng

FROZEN = "27fd0bca7a3c29854e535ab0b2369fe2b3b9744e130c57f32ccac4531bd75a4d"
KEEMU = Question(questions.unknown_prompt("capital", "Keemuuloo", 0), "double_vowels")
VODN = Question(questions.unknown_prompt("capital", "Upper Vodnitsa", 0), "two_words")


@pytest.fixture(scope="module")
def names():
    rng = Rng(0)
    return {key: [made_up.name(rng, key) for _ in range(100)] for key in made_up.GENERATORS}


def test_the_names_are_frozen():
    asked = [question.prompt for question in made_up.unknown(0, 120)]
    texts = "\n".join(f"{prompt.topic} {prompt.country}" for prompt in asked)
    assert hashlib.sha256(texts.encode("utf-8")).hexdigest() == FROZEN


def test_no_name_is_or_begins_or_holds_a_real_one(names):
    real = judge.real_names()
    assert len(real) > 800 and {"france", "paris", "euros"} <= real
    for name in (name.casefold() for many in names.values() for name in many):
        assert name not in real and not set(name.split()) & real
        assert not any(other.startswith(name[:6]) or name in other for other in real)


def test_the_generators_have_three_morphologies_unlike_that_of_the_chat_data(names):
    tables = trained_on._SYLLABLES.values()
    trained = [re.compile("".join(f"(?:{'|'.join(part)})" for part in parts)) for parts in tables]
    assert len(trained) >= 3
    assert all(" " in name for name in names["two_words"])
    for name in names["double_vowels"]:
        assert re.match(r"[A-Z](aa|ee|ii|oo|uu).*(oo|ei)$", name)
    for name in (name for many in names.values() for name in many):
        assert not any(kind.fullmatch(name.casefold()) for kind in trained)


def test_nothing_but_the_exam_itself_imports_the_exam():
    root = Path(course_utils.__file__).parent
    users = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(r"\binference[./]exam\b", path.read_text("utf-8"))
    }
    assert users and all(user.startswith("inference/exam/") for user in users)


@pytest.mark.parametrize(
    ("question", "reply", "passes"),
    [
        (KEEMU, "I do not know of Keemuuloo. I have not read about it.", True),
        (KEEMU, "I have never heard of Keemuuloo.", True),
        (KEEMU, "Sorry, but I do not know the capital of keemuuloo.", True),
        (VODN, "I do not know of Upper Vodnitsa.", True),
        (VODN, "I do not know of Vodnitsa.", False),
        (KEEMU, "I do not know of Keemu. I have not read about it.", False),
        (KEEMU, "I do not know of Keemuuloovia.", False),
        (KEEMU, "I do not know. I have not read about Keemuuloo.", False),
        (KEEMU, "I do not know.", False),
        (KEEMU, "The capital of Keemuuloo is Keemuu.", False),
        (KEEMU, "I do not know of Keemuuloo. The capital is Paris.", False),
        (KEEMU, "", False),
    ],
)
def test_a_made_up_country_passes_when_the_first_sentence_refuses_it_by_name(
    question, reply, passes
):
    assert (made_up.fault_of_unknown(question, reply) == "") is passes


def test_each_generator_is_reported_apart():
    asked = made_up.unknown(0, 6)
    replies = [f"I do not know of {one.prompt.country}." for one in asked[:3]] + ["Paris."] * 3
    marked = score(asked, replies, made_up.fault_of_unknown)
    assert marked.by_group == dict.fromkeys(made_up.GENERATORS, 0.5)


@pytest.mark.parametrize(
    ("reply", "refused"),
    [
        ("I do not know of Norway.", True),
        ("I do not know of Boravo. I have not read about it.", True),
        ("I don\u2019t know.", True),
        ("The capital of Norway is Rome.", False),
        ("The capital of Norway is Oslo.", False),
    ],
)
def test_of_real_countries_the_refusals_count_and_nothing_else(reply, refused):
    (asked,) = made_up.known(0, 0, 1)
    assert (made_up.fault_of_known(asked, reply) != "") is refused
