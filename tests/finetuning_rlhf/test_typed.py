"""How people type: each rule by itself, and none of those that scoring keeps for itself."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from course_utils.finetuning_rlhf import chat_data, questions, typed
from course_utils.finetuning_rlhf.questions import HOLDOUT_PHRASINGS, PHRASINGS, Prompt
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.truth import world

PERU = questions.fact_prompt("capital", "Peru", ("Lima",), 0)
GAMBIA = questions.fact_prompt("highest_point", "The Gambia", ("x",), 0)
STORY = questions.story_prompt(questions.StoryRequest("Ruby", "owl", "the mill"), 3)


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("lower", "what is the capital of peru?"),
        ("upper", "WHAT IS THE CAPITAL OF PERU?"),
        ("no_end", "What is the capital of Peru"),
        ("bare", "what is the capital of peru"),
    ],
)
def test_a_style_changes_letters_and_end_marks_alone(style, expected):
    assert typed.restyled(PERU.text, style) == expected


def test_a_text_of_marks_alone_keeps_them():
    assert typed.restyled("?", "bare") == "?"


def test_keywords_are_those_of_a_search_box():
    said = {typed.keywords("capital", "Peru", Rng(n)) for n in range(200)}
    plain = {"capital Peru", "Peru capital", "capital of Peru"}
    assert said == plain | {one.lower() for one in plain}
    said = {typed.keywords("highest_point", "The Gambia", Rng(n)) for n in range(200)}
    assert {"highest point gambia", "gambia highest point", "highest point of the gambia"} < said


def _ways(prompt: Prompt, draws: int = 400) -> set[str]:
    return {typed.as_typed(prompt, Rng(n)).text for n in range(draws)}


def test_a_question_is_typed_in_every_style():
    said = _ways(PERU)
    for text in (
        "what is the capital of peru",
        "capital peru",
        "WHAT IS THE CAPITAL OF PERU?",
        "what is the capital of peru pls",
        "What is the capital of Peru please",
    ):
        assert text in said


def test_only_questions_about_countries_become_keywords_and_only_requests_say_please():
    assert not [text for text in _ways(STORY) if len(text.split()) < 8]
    thanks = Prompt("Thanks a lot.", "talk", topic="thanks")
    assert _ways(thanks) == {"thanks a lot.", "THANKS A LOT.", "Thanks a lot", "thanks a lot"}
    yes_no = questions.yes_no_prompt("capital", "Peru", ("Lima",), "Lima", 0)
    assert not [text for text in _ways(yes_no) if "lima" not in text.lower()]


def test_a_conversation_is_typed_in_one_style_and_replies_stay_well_written():
    told = replace(PERU, before=(("user", "I am Anna."), ("assistant", "Hello, Anna.")))
    for number in range(200):
        one = typed.as_typed(told, Rng(number))
        assert one.before[1] == told.before[1]
        assert one.before[0][1].islower() == one.text.islower()
    below = replace(PERU, before=(("system", "Be polite."),))
    assert {typed.as_typed(below, Rng(n)).before for n in range(50)} == {below.before}


def test_a_third_of_the_prompts_has_one_of_many_openers_or_closers():
    texts = [typed.dressed(PERU, Rng(number)).text for number in range(2_000)]
    added = {text.replace(PERU.text, "|") for text in texts}
    assert sum(text != PERU.text for text in texts) / 2_000 == pytest.approx(0.35, abs=0.03)
    assert added == {"|", *(f"{one} |" for one in typed.OPENERS)} | {
        f"| {one}" for one in typed.CLOSERS
    }
    assert len(set(typed.OPENERS)) + len(set(typed.CLOSERS)) >= 25


def test_typing_changes_nothing_but_the_texts():
    ways = [typed.augmented(STORY, Rng(number)) for number in range(50)]
    assert {replace(one, text=STORY.text) for one in ways} == {STORY}
    changed = [typed.augmented(PERU, Rng(n)).text for n in range(2_000)]
    kept = sum(text == PERU.text for text in changed) / 2_000
    assert kept == pytest.approx((1 - typed.DRESSED_SHARE) * (1 - typed.TYPED_SHARE), abs=0.04)


def test_small_talk_that_asks_gets_a_greeting_and_a_thank_you_stays_as_it_is():
    thanks, who = (Prompt(text, "talk") for text in ("Thanks.", "Who are you?"))
    assert {typed.dressed(thanks, Rng(number)) for number in range(50)} == {thanks}
    texts = {typed.dressed(who, Rng(number)).text for number in range(400)}
    assert texts == {who.text, *(f"{one} {who.text}" for one in typed.GREETINGS)}


@pytest.mark.parametrize("kind", world.FACT_KINDS)
def test_no_opener_or_closer_makes_an_unseen_phrasing(kind):
    holdout = [text.casefold() for text in HOLDOUT_PHRASINGS[kind] + questions.HOLDOUT_STORIES]
    for text in PHRASINGS[kind] + questions.STORIES:
        ways = [f"{one} {text}" for one in typed.OPENERS]
        ways += [f"{text} {one}" for one in typed.CLOSERS]
        assert not [way for way in ways if any(one in way.casefold() for one in holdout)]


# What scoring tries and no training shows.
RESERVED = {
    "a contraction without its apostrophe": r"\b(?:whats|dont|cant|im|thats|isnt|ive|whos)\b",
    "a doubled end mark": r"[?!]{2,}|\.{2,}",
    "an ellipsis": r"…",
    "chat abbreviations": r"(?<![\w.'])(?:u|r|ur|thx|ty|plz|wat)(?![\w.'])",
    "a doubled space": r"  ",
    "no space after a comma": r",[^\W\d]",
}


@pytest.fixture(scope="module")
def said(laptop) -> list[str]:
    """All that users and instructions say in training."""
    prompts = [one.prompt for one in laptop]
    prompts += chat_data.training_prompts(1_000, 0)
    return [text for one in prompts for role, text in one.turns if role != "assistant"]


@pytest.mark.parametrize("habit", RESERVED)
def test_what_scoring_tries_is_in_no_training_prompt(said, habit):
    assert [text for text in said if re.search(RESERVED[habit], text.lower())] == []


def test_no_name_alone_is_in_small_letters(laptop):
    prompts = [one.prompt for one in laptop]
    for one in prompts:
        if one.kind in world.FACT_KINDS and one.text[0].isupper():
            name = one.country.removeprefix("The ")
            assert not re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", one.text), one.text
