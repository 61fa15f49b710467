"""Questions: enough of them, none that the web asks, and countries that nobody has heard of."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from course_utils.finetuning_rlhf import questions
from course_utils.finetuning_rlhf.questions import HOLDOUT_PHRASINGS, PHRASINGS, Prompt
from course_utils.littleweb.rng import Rng
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


def test_a_third_of_the_training_prompts_has_one_of_many_openers_or_closers():
    prompt = questions.fact_prompt("capital", "France", ("Paris",), 0)
    texts = [questions.augmented(prompt, Rng(number)).text for number in range(2_000)]
    added = {text.replace(prompt.text, "|") for text in texts}
    assert sum(text != prompt.text for text in texts) / 2_000 == pytest.approx(0.35, abs=0.03)
    assert added == {"|", *(f"{one} |" for one in questions.OPENERS)} | {
        f"| {one}" for one in questions.CLOSERS
    }
    assert len(set(questions.OPENERS)) + len(set(questions.CLOSERS)) >= 25


def test_an_opener_changes_nothing_but_the_text():
    prompt = questions.story_prompt(STORY, 3)
    augmented = [questions.augmented(prompt, Rng(number)) for number in range(50)]
    assert {replace(one, text=prompt.text) for one in augmented} == {prompt}


def test_small_talk_that_asks_gets_a_greeting_and_a_thank_you_stays_as_it_is():
    thanks, who = (questions.Prompt(text, "talk") for text in ("Thanks.", "Who are you?"))
    assert {questions.augmented(thanks, Rng(number)) for number in range(50)} == {thanks}
    texts = {questions.augmented(who, Rng(number)).text for number in range(400)}
    assert texts == {who.text, *(f"{one} {who.text}" for one in questions.GREETINGS)}


@pytest.mark.parametrize("kind", world.FACT_KINDS)
def test_no_opener_or_closer_makes_an_unseen_phrasing(kind):
    holdout = [text.casefold() for text in HOLDOUT_PHRASINGS[kind] + questions.HOLDOUT_STORIES]
    for text in PHRASINGS[kind] + questions.STORIES:
        ways = [f"{one} {text}" for one in questions.OPENERS]
        ways += [f"{text} {one}" for one in questions.CLOSERS]
        assert not [way for way in ways if any(one in way.casefold() for one in holdout)]


def test_a_made_up_country_is_no_real_one_nor_the_beginning_of_one():
    names = {questions.made_up_country(Rng(number), world.countries()) for number in range(100)}
    assert len(names) > 90
    for name in names:
        for real in world.countries():
            assert not real.startswith(name) and not name.startswith(real)


def test_a_name_that_is_taken_is_drawn_again():
    name = questions.made_up_country(Rng(7), ())
    assert questions.made_up_country(Rng(7), (name[:5] + "x", name[:4])) != name


def test_names_for_scoring_are_never_names_for_training():
    parts = [
        {questions.made_up_country(Rng(n), (), holdout) for n in range(300)}
        for holdout in (False, True)
    ]
    assert not parts[0] & parts[1]


def test_a_prompt_has_the_turns_before_it_and_ends_with_its_own():
    before = (("user", "What is the capital of Norway?"), ("assistant", "Oslo."))
    assert Prompt("Hello.", "talk").turns == (("user", "Hello."),)
    assert Prompt("And of Sweden?", "capital", before=before).turns == (
        *before,
        ("user", "And of Sweden?"),
    )
