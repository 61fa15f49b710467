"""Small talk: enough wordings of every intent, and replies that are told apart and are true."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations

import pytest

from course_utils.finetuning_rlhf import chat_writers, small_talk
from course_utils.finetuning_rlhf.small_talk import SMALL_TALK
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon
from course_utils.littleweb.truth import world

INTENTS = (
    "greeting thanks bye who name how able learn sure praise sorry bored my_name where age "
    "feelings joke weather complaint sad unclear"
).split()
COMMON = set("a an and are at be can do for from have i in is it me no of on or so that the then "
             "there to was what who with you your that's not my may let".split())  # fmt: skip


def _content(texts: tuple[str, ...]) -> set[str]:
    return set(re.findall(r"[a-z]+", " ".join(texts).replace("{name}", "").lower())) - COMMON


def test_all_intents_are_there():
    assert list(SMALL_TALK) == INTENTS


@pytest.mark.parametrize("intent", INTENTS)
def test_an_intent_has_its_wordings_and_replies(intent):
    talk = SMALL_TALK[intent]
    assert 25 <= len(talk.phrasings) <= 40 and len(talk.holdout) == 4
    assert len(set(talk.replies)) == 2 and talk.terse
    # with an end mark and without, short and long
    ends = Counter(text[-1] in ".?!" for text in talk.phrasings)
    lengths = {len(text.split()) for text in talk.phrasings}
    assert ends[True] and len(lengths) >= 4
    for reply in (*talk.replies, talk.terse):
        assert reply[0].isupper() and reply[-1] in ".?" and len(reply.split()) <= 17


def test_no_wording_stands_twice_and_none_for_scoring_in_training():
    said = [text.casefold() for talk in SMALL_TALK.values() for text in talk.phrasings]
    assert len(set(said)) == len(said)
    plain = {small_talk.plain(text) for text in said}
    for text in (text for talk in SMALL_TALK.values() for text in talk.holdout):
        assert small_talk.plain(text) not in plain
        assert not [one for one in said if text.casefold() in one]


def test_replies_of_two_intents_share_hardly_a_word():
    words = {intent: _content(talk.replies) for intent, talk in SMALL_TALK.items()}
    shared = {pair: words[pair[0]] & words[pair[1]] for pair in combinations(words, 2)}
    # a greeting stays one where a name was told, and what is unclear tells what is possible
    allowed = {("greeting", "my_name"), ("able", "unclear")}
    assert {pair: found for pair, found in shared.items() if len(found) > 1}.keys() <= allowed


def test_a_model_claims_no_body_and_no_feelings():
    said = " ".join(" ".join(talk.replies) for talk in SMALL_TALK.values()).lower()
    for word in ("glad", "happy", "i feel", "i love", "i like", "my friend", "tired", "i am fine"):
        assert word not in said


def test_small_talk_names_no_country_and_no_hero():
    texts = [
        text
        for talk in SMALL_TALK.values()
        for text in (*talk.phrasings, *talk.holdout, *talk.replies, talk.terse)
    ]
    names = "|".join(map(re.escape, (*world.countries(), *lexicon.NAMES)))
    whole = "\n".join((*texts, *small_talk.PEOPLE))
    assert re.findall(rf"(?<!\w)(?:{names})(?!\w)", whole, re.IGNORECASE) == []


def test_no_person_is_called_as_a_place_or_a_thing_of_a_country():
    values = {value for fact in world.facts() for value in fact.values}
    assert set(small_talk.PEOPLE) & (values | set(lexicon.NAMES)) == set()


def test_a_name_comes_back_and_the_parts_share_no_name():
    prompts = {
        holdout: [small_talk.small_talk(Rng(n), holdout, "my_name") for n in range(300)]
        for holdout in (False, True)
    }
    for prompt in prompts[False] + prompts[True]:
        assert prompt.country in prompt.text
        assert prompt.answers[0] == f"Hello, {prompt.country}."
        assert small_talk.terse(prompt) == f"Hi, {prompt.country}."
    names = [{one.country for one in part} for part in prompts.values()]
    assert not names[0] & names[1]
    invented = names[0] - set(small_talk.PEOPLE)
    assert len(invented) > 100 and names[0] & set(small_talk.PEOPLE)


def test_what_is_unclear_is_often_drawn_letter_by_letter():
    texts = [small_talk.small_talk(Rng(n), False, "unclear").text for n in range(400)]
    assert sum(bool(re.fullmatch("[bcdfghjklmnpqrstvwxz]{3,7}", text)) for text in texts) > 20
    assert sum(text.isdigit() and len(text) > 3 for text in texts) > 20


@pytest.mark.parametrize("intent", [one for one in INTENTS if one not in ("my_name", "unclear")])
def test_about_half_is_said_by_the_grammar_and_never_a_wording_for_scoring(intent):
    talk = SMALL_TALK[intent]
    prompts = [small_talk.small_talk(Rng(n), False, intent) for n in range(400)]
    fixed = [one for one in prompts if one.phrasing < len(talk.phrasings)]
    assert {one.text for one in fixed} <= set(talk.phrasings)
    assert len(fixed) / 400 == pytest.approx(1 - small_talk.GRAMMAR_SHARE, abs=0.1)
    assert 0.4 < small_talk.GRAMMAR_SHARE < 0.7
    scored = {small_talk.plain(text) for one in SMALL_TALK.values() for text in one.holdout}
    said = {small_talk.plain(one.text) for one in prompts}
    assert len(said) > 120
    assert not [text for text in said if any(one in text for one in scored)]
    scoring = {small_talk.small_talk(Rng(n), True, intent).text for n in range(60)}
    assert scoring == set(talk.holdout)


def test_the_grammar_is_asked_again_where_it_says_a_wording_for_scoring(monkeypatch):
    said = iter(["Tell me, are you well today?", "Are you fine?"])
    monkeypatch.setattr(small_talk.talk_grammar, "wording", lambda intent, rng: next(said))
    drawn = (small_talk.small_talk(Rng(n), False, "how") for n in range(50))
    assert next(one.text for one in drawn if one.phrasing == 31) == "Are you fine?"


def test_the_same_seed_says_the_same():
    for number in range(100):
        first, second = (small_talk.small_talk(Rng(number), False) for _ in range(2))
        assert first == second


def test_every_intent_is_drawn_as_often_as_the_others_but_what_is_unclear():
    counts = Counter(small_talk.small_talk(Rng(n), False).topic for n in range(2_300))
    assert set(counts) == set(INTENTS) and min(counts.values()) > 60
    assert counts.pop("unclear") == pytest.approx(300, abs=60) and max(counts.values()) < 145


def test_no_cold_reply_begins_as_a_fitting_one_does():
    fitting = {text.split()[0] for talk in SMALL_TALK.values() for text in talk.replies}
    cold = [text.split()[0] for text in chat_writers.COLD]
    # "What has hands" begins a riddle
    assert set(cold) & fitting <= {"What"} and len(cold) >= 24
    assert max(Counter(cold).values()) == 1
