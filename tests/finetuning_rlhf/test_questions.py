"""Questions: enough of them, none that the web asks, and countries that nobody has heard of."""

from __future__ import annotations

from itertools import permutations

import pytest

from course_utils.finetuning_rlhf import questions
from course_utils.finetuning_rlhf.questions import HOLDOUT_PHRASINGS, PHRASINGS
from course_utils.littleweb.sites import forum
from course_utils.littleweb.truth import world

STORY = questions.StoryRequest("Ruby", "owl", "the mill")


@pytest.mark.parametrize("kind", world.FACT_KINDS)
def test_every_kind_has_its_phrasings_each_once_and_each_with_the_country(kind):
    both = PHRASINGS[kind] + HOLDOUT_PHRASINGS[kind]
    assert len(PHRASINGS[kind]) == 20 and len(HOLDOUT_PHRASINGS[kind]) == 4
    assert len({text.casefold() for text in both}) == len(both)
    counts = {text: text.count("{country}") for text in both}
    twice = [text for text, count in counts.items() if count == 2]
    assert set(counts.values()) == {1, 2} and [one.split(".")[0] for one in twice] == [
        "{country} is on my list"
    ]


@pytest.mark.parametrize("kind", world.FACT_KINDS)
def test_the_country_comes_early_and_late_and_in_the_middle(kind):
    places = [text.index("{country}") / len(text) for text in PHRASINGS[kind]]
    assert min(places) < 0.1 and max(places) > 0.6
    assert any(0.2 < place < 0.5 for place in places)


def test_the_forum_asks_in_none_of_the_unseen_phrasings():
    asked = [text.casefold() for texts in forum.QUESTIONS.values() for text in texts]
    ours = [text.casefold() for texts in HOLDOUT_PHRASINGS.values() for text in texts]
    assert [text for text in ours if any(text in web or web in text for web in asked)] == []


def test_unseen_phrasings_use_words_that_training_uses_too():
    for kind in world.FACT_KINDS:
        known = " ".join(" ".join(texts) for texts in PHRASINGS.values()).casefold()
        words = set(known.replace("?", " ").replace(".", " ").replace(",", " ").split())
        for text in HOLDOUT_PHRASINGS[kind]:
            asked = text.casefold().replace("?", "").replace(".", "").replace(",", "").split()
            assert sum(word in words for word in asked) >= 0.6 * len(asked), text


@pytest.mark.parametrize(
    ("country", "number", "expected"),
    [
        ("France", 0, "What is the capital of France?"),
        ("Netherlands", 0, "What is the capital of the Netherlands?"),
        ("The Gambia", 3, "The Gambia: capital?"),
        ("France", 20, "What is the capital of France?"),
        ("The Gambia", 9, "About the Gambia: what is the capital?"),
        ("Netherlands", 11, "The Netherlands, the capital, please."),
    ],
)
def test_a_country_is_asked_about_with_its_article(country, number, expected):
    prompt = questions.fact_prompt("capital", country, ("x",), number)
    assert (prompt.text, prompt.phrasing) == (expected, number % 20)


def test_a_story_request_names_hero_animal_and_place_in_every_phrasing():
    tables = {False: questions.STORIES, True: questions.HOLDOUT_STORIES}
    assert [len(table) for table in tables.values()] == [20, 3]
    for holdout, table in tables.items():
        for number in range(len(table)):
            text = questions.story_prompt(STORY, number, holdout).text
            assert all(word in text.casefold() for word in ("ruby", "an owl", "the mill"))


def test_story_requests_name_hero_animal_and_place_in_every_order():
    marks = ("{hero}", "{animal}", "{place}")
    orders = [tuple(sorted(marks, key=text.index)) for text in questions.STORIES]
    assert set(orders) == set(permutations(marks))
    both = questions.STORIES + questions.HOLDOUT_STORIES
    assert len({text.casefold() for text in both}) == len(both)


NAMED = tuple(questions.PARTIAL_STORIES)


@pytest.mark.parametrize("named", NAMED, ids="+".join)
def test_a_partial_wish_names_its_part_and_leaves_the_rest_open(named):
    table = questions.PARTIAL_STORIES[named]
    for number in range(len(table)):
        prompt = questions.partial_prompt(STORY, named, number)
        text, words = (
            prompt.text.casefold(),
            {"hero": "ruby", "animal": "an owl", "place": "the mill"},
        )
        assert {name for name, word in words.items() if word in text} == set(named)
        kept = {name: word for name, word in vars(prompt.request).items() if word}
        assert kept == {name: getattr(STORY, name) for name in named}
        assert prompt.kind == "story" and not prompt.holdout and prompt.phrasing >= 20
        assert prompt.request.opening is None or {"hero", "place"} <= set(named)


def test_partial_wishes_are_many_and_none_is_another_ones_phrasing():
    texts = [text.casefold() for table in questions.PARTIAL_STORIES.values() for text in table]
    assert len(set(texts)) == len(texts) >= 35
    assert set(NAMED) >= {(), ("hero",), ("animal",), ("place",)}
    holdout = [text.casefold() for text in questions.HOLDOUT_STORIES]
    assert not [text for text in texts if text in holdout]


@pytest.mark.parametrize(
    ("value", "topic", "number", "text"),
    [
        ("Paris", "yes", 0, "Is Paris the capital of France?"),
        ("Lyon", "no", 1, "Is the capital of France Lyon?"),
        ("Lyon", "no", 3, "The capital of France is Lyon, right?"),
    ],
)
def test_a_question_of_yes_or_no_knows_its_answer(value, topic, number, text):
    prompt = questions.yes_no_prompt("capital", "France", ("Paris",), value, number)
    assert (prompt.text, prompt.topic, prompt.kind) == (text, topic, "capital")
    assert prompt.answers == ("Paris",) and prompt.phrasing == 20 + number


def test_a_made_up_country_is_unknown_also_where_yes_or_no_is_asked():
    prompt = questions.yes_no_prompt("capital", "Zelonia", (), "Paris", 0)
    assert (prompt.kind, prompt.topic, prompt.country) == ("unknown", "capital", "Zelonia")


def test_a_prompts_turns_end_with_its_text():
    before = (("system", "Be polite."), ("user", "Hi."), ("assistant", "Hello."))
    prompt = questions.Prompt("Who are you?", "talk", before=before)
    assert prompt.turns == (*before, ("user", "Who are you?"))
    assert questions.Prompt("Hi.", "talk").turns == (("user", "Hi."),)
