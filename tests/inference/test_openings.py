"""The openings: their rules, conversations side by side, and the first of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from course_utils.inference.chat import Chat
from course_utils.inference.engine import Engine
from course_utils.inference.openings import (
    NOTHING,
    Answered,
    Opening,
    answer,
    first_of_each,
    openings,
)
from course_utils.littleweb.truth import world
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer

GREEDY = SamplingConfig(temperature=0, max_new_tokens=6)


@pytest.mark.parametrize(
    ("reply", "right"),
    [
        ("The capital of Norway is Oslo.", True),
        ("OSLO.", True),
        ("Oslofjord.", False),  # within another word
        ("The capital of Norway is Bergen.", False),
        ("Oslo. Or Bergen?", False),
        ("Oslo", False),  # no sentence
        ("", False),
    ],
)
def test_a_rule_asks_for_words_and_refuses_others(reply: str, right: bool) -> None:
    rule = Opening("facts", ("?",), (("Oslo",), ("Oslo", "Norway")), never=("Bergen",))
    assert rule.is_right(reply) is right


def test_a_story_needs_its_words_and_enough_sentences() -> None:
    rule = Opening("stories", ("?",), (("fox",), ("river", "lake")), sentences=3)
    assert rule.is_right("A fox swam. It was cold! The lake froze.")
    assert not rule.is_right("A fox swam in the lake.")
    assert not rule.is_right("A fox swam. It was cold. The sea froze.")


def test_the_openings_have_six_of_each_kind_and_none_twice() -> None:
    kinds = [one.kind for one in openings()]
    assert {kinds.count(kind) for kind in kinds} == {6} and len(set(kinds)) == 8
    assert len({one.says for one in openings()}) == len(kinds)


def test_what_counts_as_right_is_true_of_the_little_web() -> None:
    # The oracle of every opening about a capital: the country that it names last.
    capitals = {fact.country: fact.values for fact in world.facts() if fact.kind == "capital"}
    checked = 0
    for one in openings():
        said = " ".join(one.says[-1:]).casefold()
        named = [country for country in capitals if country.casefold() in said]
        if "capital" in said and named:
            (wanted,) = one.needs
            assert any(value in capitals[named[0]] for value in wanted), one
            checked += 1
    assert checked >= 8


def test_made_up_countries_are_in_no_list() -> None:
    real = {country.casefold() for country in world.countries()}
    for one in openings():
        if one.kind == "made-up countries":
            assert one.needs[0][0].casefold() not in real


def test_conversations_side_by_side_are_those_of_a_chat(
    engine: Engine, model: Transformer
) -> None:
    with torch.no_grad():
        model.lm_head.weight[:5] = 0  # special tokens and
        model.lm_head.weight[70:] *= 0.01  # most bytes seldom: text rather than noise
    asked = [
        Opening("a", ("Hi",), (("x",),)),
        Opening("b", ("Hello", "Who?"), (("x",),)),
        Opening("a", ("One", "Two", "Three"), (("x",),)),
    ]
    for answered in answer(engine, asked, GREEDY):
        chat = Chat(engine, GREEDY)
        expected = [chat.reply(text).strip() or NOTHING for text in answered.opening.says]
        assert list(answered.replies) == expected
    assert answer(engine, [], GREEDY) == []


def test_the_first_of_each_kind_is_shown_and_all_are_counted() -> None:
    rule = {kind: Opening(kind, (f"{kind}?",), (("yes",),)) for kind in ("a", "b")}
    said = [("a", "No."), ("b", "Yes."), ("a", "Yes, 1."), ("a", "Yes, 2."), ("a", "No, 2.")]
    first, second = first_of_each(Answered(rule[kind], (reply,)) for kind, reply in said)
    assert (first.kind, first.right, first.asked) == ("a", 2, 4)
    assert first.success.in_words == "a? -> Yes, 1." and first.failure.in_words == "a? -> No."
    assert (second.right, second.asked, second.failure) == (1, 1, None)
    assert str(first) == "a: 2 of 4\n    + a? -> Yes, 1.\n    - a? -> No."
    assert str(second) == "b: 1 of 1\n    + b? -> Yes.\n    - none"
    long = Answered(rule["a"], ("word " * 99,))
    assert max(map(len, str(*first_of_each([long])).splitlines())) <= 100


@pytest.mark.parametrize(
    "entry",
    ["says = []\nneeds = [['x']]", "says = ['a']", "says = ['a']\nneeds = [['x']]\nhint = 'b'"],
)
def test_an_opening_that_cannot_be_judged_is_refused(tmp_path: Path, entry: str) -> None:
    file = tmp_path / "odd.toml"
    file.write_text(f"[[facts]]\n{entry}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="'facts' in odd.toml"):
        openings(file)
