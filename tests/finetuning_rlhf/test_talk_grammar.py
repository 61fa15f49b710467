"""The grammar of small talk: many wordings, well formed, and no intent says what another says."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

from course_utils.finetuning_rlhf import talk_grammar, turns
from course_utils.finetuning_rlhf.small_talk import SMALL_TALK, plain
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon
from course_utils.littleweb.truth import world

SOURCE = Path(talk_grammar.__file__).with_suffix(".toml").read_text(encoding="utf-8")
TABLES = tomllib.loads(SOURCE)
INTENTS = tuple(SMALL_TALK)
DRAWS = 1_000


@lru_cache
def _said(intent: str) -> tuple[str, ...]:
    return tuple(talk_grammar.wording(intent, Rng(f"{intent}/{n}")) for n in range(DRAWS))


def test_every_intent_has_its_grammar():
    assert tuple(talk_grammar.TEMPLATES) == INTENTS


@pytest.mark.parametrize("intent", INTENTS)
def test_an_intent_is_said_in_hundreds_of_ways(intent):
    assert len(set(talk_grammar.TEMPLATES[intent])) >= 60
    # so many even without what stands before and behind
    bare = [talk_grammar.expand(rng.choice(talk_grammar.TEMPLATES[intent])[1], intent, rng)
            for rng in map(Rng, range(2_000))]  # fmt: skip
    assert len({plain(text) for text in bare}) >= 400
    assert len({plain(text) for text in _said(intent)}) >= 400


@pytest.mark.parametrize("intent", INTENTS)
def test_wordings_are_well_formed(intent):
    for text in _said(intent):
        assert not re.search(r"[\[\]()|/]|\s\s|\s[.,?!]|[.,?!]{2}|,\S|^\W*$", text), text
        assert text == text.strip() and not text[0].islower(), text
        assert not re.search(r"\b(\w+) \1\b", text, re.IGNORECASE) or intent in (
            "greeting", "bye", "unclear",
        ), text  # fmt: skip
        assert not re.search(r"\b[Aa] [aei]|\b[Aa]n [bcdfgjklmnpqrstvwz]\w", text), text
        assert ("{name}" in text) == (intent == "my_name"), text
        assert len(text.split()) <= 24, text


@pytest.mark.parametrize("intent", INTENTS)
def test_every_slot_and_every_bracket_of_a_table_closes(intent):
    slots = TABLES["shared"] | TABLES[intent]
    for text in TABLES[intent].values():
        assert set(re.findall(r"\[(\w+)\]", text)) <= set(slots)
        for entry in re.split(r"[|\n]", text):
            assert entry.count("(") == entry.count(")") and entry.count("[") == entry.count("]")
            outside = entry
            while "(" in outside:
                outside, inner = re.subn(r"\([^()]*\)", "", outside)
                assert inner, entry
            assert "/" not in outside, entry


@pytest.mark.parametrize("intent", INTENTS)
def test_no_slot_is_left_unused(intent):
    used = set(re.findall(r"\[(\w+)\]", " ".join(TABLES[intent].values())))
    assert set(TABLES[intent]) - set(talk_grammar.ENDS) - {talk_grammar.CALLS} <= used


def test_no_intent_says_what_another_one_says():
    said = {intent: {plain(text) for text in _said(intent)} for intent in INTENTS}
    for intent, talk in SMALL_TALK.items():
        mine = said[intent] | {plain(text) for text in talk.phrasings} - {""}
        for other in INTENTS:
            assert intent == other or not mine & said[other]
    # what was said before is asked back elsewhere
    recall = turns.MY_NAME + turns.WHICH_COUNTRY + turns.WHICH_HERO + turns.WHICH_PLACE
    assert not {plain(text) for text in recall} & set().union(*said.values())


def test_lead_ins_and_tails_are_frequent_but_most_sentences_have_none():
    said = [plain(text) for text in _said("age")]
    leads = tuple(plain(one) for one in TABLES["shared"]["lead_asks"].split("|"))
    tails = [text for text in _said("age") if re.search(r", [\w' ]+\?$", text)]
    assert 0.1 < sum(text.startswith(leads) for text in said) / DRAWS < 0.4
    assert 0.05 < len(tails) / DRAWS < 0.35


def test_the_grammar_names_no_country_and_no_hero_and_wishes_for_no_story():
    names = "|".join(map(re.escape, (*world.countries(), *lexicon.NAMES)))
    assert re.findall(rf"(?<!\w)(?:{names})(?!\w)", SOURCE, re.IGNORECASE) == []
    for intent in INTENTS:
        for text in _said(intent):
            assert not re.search(r"\b(?:capital|currency|population|fairy tale)\b", text), text
            wish = r"\b(?:tell (?:me|us)|write|want|need|give|hear)\b.*\b(?:story|tale)\b"
            assert not re.search(wish, text, re.IGNORECASE), text


def test_an_unknown_slot_is_an_error():
    with pytest.raises(KeyError, match="nowhere"):
        talk_grammar.expand("a [nowhere]", "how", Rng(0))


def test_expand_leaves_out_or_takes_what_is_in_brackets():
    texts = {talk_grammar.expand("you(/ (too/also))", "how", Rng(n)) for n in range(50)}
    assert texts == {"you", "you too", "you also"}
