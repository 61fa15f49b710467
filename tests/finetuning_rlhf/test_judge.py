"""The judge: worked examples of every rule, and the writers' replies as an oracle."""

from __future__ import annotations

import pytest

from course_utils.finetuning_rlhf import chat_writers, questions
from course_utils.finetuning_rlhf.chat_data import evaluation_questions, training_examples
from course_utils.finetuning_rlhf.judge import (
    STORY_CHECKS,
    another_kind_share,
    asked_form_share,
    fact_accuracy,
    judge,
    places_in,
    refuses,
    refuses_by_name,
    story_checks,
    true_reward,
)
from course_utils.finetuning_rlhf.questions import Prompt, StoryRequest
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.truth import world

NOBODY = questions.unknown_prompt("capital", "Zorland", 0)
THANKS = chat_writers.SMALL_TALK["thanks"].replies
TALK = Prompt("Thank you.", "talk", answers=THANKS, topic="thanks")
REQUEST = StoryRequest("Ben", "duck", "the mill")
STORY = questions.story_prompt(REQUEST, 0)
TOLD = (
    "Every winter, Ben the duck came back to the mill to play. A kind mole came along, "
    "as on every Wednesday. In his basket he had a pink ball. The ball fell from his hands, "
    "rolled away and came to rest under a heavy log. The mole tied a loop in a rope and let it "
    "down. It caught, and the mole pulled the ball up, hand over hand. At last Ben had the "
    "ball back, and the mole walked home with him from the mill."
)
WON = "Ben won the ball, and the mole cheered so loudly that they heard it at the mill."
ENDING = TOLD[TOLD.index("At last") :]
FREED = "So the mole was free, and Ben sang all the way from the mill."


def _asked(country: str, kind: str = "capital") -> Prompt:
    return questions.fact_prompt(kind, country, world.fact_table()[country, kind].values, 0)


@pytest.mark.parametrize(
    ("country", "reply", "reward"),
    [
        ("France", "The capital of France is Paris.", 1.0),
        ("France", "Paris is the capital of France.", 0.6),
        ("France", "In France, Paris is the capital.", 1.0),
        ("France", "France's capital is Paris.", 1.0),
        ("France", "Paris.", 0.6),
        ("France", "It is Paris.", 0.6),
        ("France", "the capital of france is paris.", 0.6),
        ("France", "The capital of France is Paris", 0.6),
        ("France", "France: Paris.", 0.6),
        ("France", "Good question. The capital of France is Paris. Bye.", 0.6),
        ("France", "The capital of France is Paris or Rome.", 0.0),
        ("France", "The capital of France is Rome.", 0.0),
        ("France", "The capital of Spain is Paris.", 0.0),
        ("France", "The capital of France is Parisian.", 0.0),
        ("France", "The capital of France is Paris-North.", 0.0),
        ("France", "Look it up.", 0.0),
        ("France", "", 0.0),
        ("France", "I do not know.", 0.1),
        ("France", "I can't tell you that.", 0.1),
        ("France", "I do not know of France.", 0.1),
        ("France", "I do not know of Spain.", 0.0),
        ("France", "I do not know of Boravo. I have not read about it.", 0.0),
        ("Singapore", "The capital of Singapore is Singapore.", 1.0),
        ("Singapore", "Singapore.", 0.6),
        ("Singapore", "I like the capital of Singapore.", 0.0),
        ("Mexico", "The capital of Mexico is Mexico City.", 1.0),
        ("Guinea", "The capital of Guinea is Conakry.", 1.0),
        ("Guinea", "The capital of Guinea-Bissau is Conakry.", 0.0),
        ("Guinea-Bissau", "The capital of Guinea-Bissau is Bissau.", 1.0),
        ("Niger", "The capital of Nigeria is Niamey.", 0.0),
        ("The Gambia", "The capital of the Gambia is Banjul.", 1.0),
        ("The Gambia", "The capital of Gambia is Banjul.", 1.0),
    ],
)
def test_a_question_is_judged_by_its_answer_and_its_form(country, reply, reward):
    assert true_reward(_asked(country), reply) == reward


def test_the_name_of_the_country_is_not_taken_for_an_answer():
    asked = _asked("South Africa", "region")
    assert true_reward(asked, "The region of South Africa is Africa.") == 1.0
    assert true_reward(asked, "South Africa.") == 0.0


def test_any_of_several_true_values_is_right_and_so_are_several():
    asked = _asked("Afghanistan", "language")
    assert true_reward(asked, "The language of Afghanistan is Dari.") == 1.0
    assert true_reward(asked, "The language of Afghanistan is Dari or Pashto.") == 1.0


def test_every_true_statement_of_the_world_gets_the_full_reward_and_other_forms_less():
    wrong = []
    for fact in world.facts():
        asked = questions.fact_prompt(fact.kind, fact.country, fact.values, 0)
        for value in fact.values:
            said = chat_writers.statement(fact.kind, fact.country, value)
            rambled = chat_writers.ramble(said, Rng(value))
            phrase = questions.NOUN_PHRASES[fact.kind].format(country=fact.country)
            turned = f"{value} is {phrase}."
            got = [true_reward(asked, text) for text in (said, f"{value}.", rambled, turned)]
            wrong += [(fact, got)] if got != [1.0, 0.6, 0.6, 0.6] else []
    assert wrong == []


@pytest.mark.parametrize(
    ("reply", "reward"),
    [
        ("I do not know of Zorland. I have not read about it.", 1.0),
        ("I have never heard of Zorland.", 1.0),
        ("I do not know of zorland.", 1.0),
        ("I do not know.", 0.3),
        ("I do not know. I have not read about Zorland.", 0.6),
        ("I do not know of Zorland. I am sorry. Ask me again.", 0.6),
        ("No idea", 0.3),
        ("I do not know of Boravo. I have not read about it.", 0.0),
        ("I do not know of Zorlandia.", 0.0),
        ("I do not know of France.", 0.0),
        ("Well. I do not know of Zorland. Ask me again.", 0.6),
        ("I do not know of Zorland. The capital of Zorland is Paris.", 0.0),
        ("The capital of Zorland is Zorville.", 0.0),
        ("The capital of Zorland is Paris.", 0.0),
        ("Hello.", 0.0),
    ],
)
def test_a_made_up_country_is_to_be_refused_by_name(reply, reward):
    assert true_reward(NOBODY, reply) == reward
    assert judge(NOBODY, reply).right == (reward > 0.3)


def test_a_refusal_is_known_by_its_words_and_its_first_sentence():
    assert refuses("Paris? I don\u2019t know.") and not refuses("The capital of France is Paris.")
    assert refuses_by_name("I have never heard of the Gambia.", "The Gambia")
    assert not refuses_by_name("I do not know. It is Zorland.", "Zorland")
    assert not refuses_by_name("I do not know of Zorlandia.", "Zorland")
    assert not refuses_by_name("", "Zorland")


@pytest.mark.parametrize(
    ("old", "new", "failed"),
    [
        ("", "", set()),
        ("Ben the duck", "Leo the duck", {"hero", "cast"}),
        ("At last Ben had", "At last Leo had", {"cast", "agreement"}),
        ("Ben the duck", "Ben the goat", {"animal"}),
        ("to the mill to", "to the tower to", {"place", "agreement"}),
        ("In his basket he had a pink ball. ", "", {"length"}),
        (ENDING, "They all went home.", {"ending", "stops", "agreement"}),
        ("him from the mill.", "him from the mill. Ben sat.", {"stops"}),
        ("The mole tied", "The goat tied", {"cast"}),
        ("The mole tied", "Mila tied", {"cast"}),
        ("The mole tied", "A goat came. The goat tied", set()),
        ("The mole tied", "A goat and a fox came. The goat and the fox tied", {"cast"}),
        ("A kind mole came", "The kind mole came", {"cast", "agreement"}),
        ("A kind mole came", "Her mother came", {"cast", "agreement"}),
        ("At last Ben had the ball back", "At last Ben had the kite back", {"agreement"}),
        (ENDING, WON, {"agreement"}),
        (ENDING, FREED, {"agreement"}),
    ],
)
def test_a_story_loses_a_share_for_each_check_that_fails(old, new, failed):
    told = TOLD.replace(old, new) if old else TOLD
    checks = story_checks(STORY, told)
    assert {name for name in STORY_CHECKS if not checks[name]} == failed
    assert true_reward(STORY, told) == 1 - len(failed) / len(STORY_CHECKS)
    assert judge(STORY, told).right == (not failed)


@pytest.mark.parametrize(
    "reply", ["No story today.", "", "Tom was a duck.", "It rained. It rained."]
)
def test_what_is_no_story_gets_nothing(reply):
    assert true_reward(STORY, reply) == 0.0


@pytest.mark.parametrize(
    ("reply", "reward"),
    [
        ("You are welcome.", 1.0),
        ("You are welcome", 0.6),
        ("you are WELCOME", 0.6),
        ("You are welcome. You are. You are. You are.", 0.6),
        ("You are most welcome.", 1.0),
        ("You're welcome, I like to help.", 1.0),
        ("You are not welcome.", 0.2),
        ("You are welcome. I am a small language model.", 0.2),
        ("I like tea.", 0.2),  # one shared word
        ("I can be wrong, so please check.", 0.2),
        ("What?", 0.2),
        ("The capital of France is Paris.", 0.0),
        ("Welcome, said Otto.", 0.0),
        ("I do not know of welcome.", 0.0),
        ("You are welcome. I do not know of Boravo.", 0.0),
        ("You are welcome in Norway.", 0.0),
        ("", 0.0),
    ],
)
def test_small_talk_is_to_be_short_and_to_fit(reply, reward):
    assert true_reward(TALK, reply) == reward


def test_a_name_that_the_user_said_may_be_said_back_and_no_other():
    hello = "Hello, how can I help you?"
    told = Prompt("I am Otto from Norway.", "talk", answers=(hello,), topic="my_name")
    assert true_reward(told, "Hello Otto, how can I help you?") == 1.0
    assert true_reward(told, "Hello Otto from Norway, how can I help you?") == 1.0
    assert true_reward(told, "Hello Leo, how can I help you?") == 0.0
    later = Prompt("Hello.", "talk", answers=(hello,), before=(*told.turns, ("assistant", "Hi.")))
    assert true_reward(later, "Hello Otto, how can I help you?") == 1.0
    named = Prompt("What is my name?", "talk", answers=("Your name is Bert.",))
    assert true_reward(named, "Your name is Bert.") == 1.0
    assert true_reward(named, "Your name is Ida.") == 0.2


def test_every_fitting_reply_fits_and_none_of_another_intent_does():
    talks = chat_writers.SMALL_TALK.items()
    wrong = []
    for topic, talk in talks:
        asked = Prompt(talk.phrasings[0], "talk", answers=talk.replies, topic=topic)
        for other, its in talks:
            got = [judge(asked, reply).right for reply in its.replies]
            wrong += [(topic, other)] if any(got) != (topic == other) or len(set(got)) > 1 else []
    assert wrong == []


def test_small_talk_that_is_not_to_be_known_may_be_refused_as_its_fitting_replies_do():
    weather = Prompt("Will it rain?", "talk", answers=("I cannot tell, I have no window.",))
    assert true_reward(weather, "I cannot tell, I have no window.") == 1.0
    assert true_reward(TALK, "I cannot tell, I have no window.") == 0.0


def test_an_answer_of_another_kind_than_asked_is_counted():
    replies = {
        "The capital of Spain is Castilian Spanish.": True,
        "The language of Spain is Castilian Spanish.": True,
        "The capital of Spain is Rome.": False,  # wrong, but a capital
        "The capital of Spain is Madrid.": False,
        "Madrid, where they speak Castilian Spanish.": False,
        "I do not know of Spain.": False,
        "Spain is a country.": False,
        "": False,
    }
    for reply, stray in replies.items():
        assert another_kind_share([reply], [_asked("Spain")]) == stray, reply
    both = ["The capital of France is French.", "The capital of France is Paris."]
    assert another_kind_share(both, [_asked("France")] * 2) == 0.5
    assert another_kind_share(["French."], [TALK]) == 0.0
    with pytest.raises(ValueError, match="1 replies to 2 prompts"):
        another_kind_share(["Paris."], [_asked("France")] * 2)


def test_places_are_countries_and_capitals_as_whole_words():
    assert places_in("From Oslo to France's capital, Paris.") == ["oslo", "france", "paris"]
    assert places_in("I am fine, and you?") == []


def test_careful_writers_get_the_full_reward_and_the_others_less():
    rewards: dict[str, list[float]] = {}
    for one in training_examples(0, "tiny"):
        # what was said before and wishes that leave things open are not judged here
        if one.prompt.before or (one.prompt.request and not one.prompt.request.opening):
            continue
        rewards.setdefault(one.writer, []).append(true_reward(one.prompt, one.reply))
    assert set(rewards["careful"]) == {1.0}
    others = [sum(got) / len(got) for writer, got in rewards.items() if writer != "careful"]
    assert len(others) == 3 and max(others) < 0.75


def test_the_score_counts_right_answers_by_kind_whatever_their_form():
    prompts = evaluation_questions(0)
    replies = [prompt.answers[0] for prompt in prompts]
    first = next(place for place, prompt in enumerate(prompts) if prompt.kind == "capital")
    replies[first] = "I do not know."
    scores = fact_accuracy(replies, prompts)
    assert set(scores.by_kind) == set(world.FACT_KINDS) and scores.count == len(prompts)
    assert scores.by_kind["capital"].right == scores.by_kind["capital"].count - 1
    assert scores.accuracy == pytest.approx(1 - 1 / len(prompts))
    assert scores.mistakes[0][1:3] == ("capital", "I do not know.")
    assert 0.1 < scores.by_kind["region"].majority_baseline < 0.5


def test_the_share_of_the_asked_form_counts_wrong_answers_too():
    replies = ["The capital of France is Rome.", "Paris."]
    assert asked_form_share(replies, [_asked("France")] * 2) == 0.5


def test_too_few_replies_are_refused():
    with pytest.raises(ValueError, match="1 replies to 2 prompts"):
        fact_accuracy(["Paris."], [_asked("France")] * 2)


def test_a_prompt_of_no_known_kind_is_refused():
    with pytest.raises(ValueError, match="'poem'"):
        judge(Prompt("A poem, please.", "poem"), "Roses are red.")


def test_what_a_wish_leaves_open_is_the_tellers_to_choose():
    whole = questions.StoryRequest("Ruby", "owl", "the mill")
    told = chat_writers.short_story(Rng(3))
    request, text = told
    for named in ((), ("hero",), ("animal",), ("place",)):
        prompt = questions.partial_prompt(request, named, 0)
        assert all(story_checks(prompt, text).values()), named
    other = questions.partial_prompt(whole, ("hero",), 0)
    assert story_checks(other, text)["hero"] == (request.hero == "Ruby")


def test_a_name_that_was_told_has_to_be_said_back():
    before = (("user", "My name is Dorvamin."), ("assistant", "Hello, Dorvamin."))
    answers = ("Your name is Dorvamin.",)
    asked = questions.Prompt(
        "What is my name?", "talk", "Dorvamin", answers, topic="recall", before=before
    )
    assert judge(asked, "Your name is Dorvamin.").reward == 1.0
    assert not judge(asked, "Your name is Quelbeck.").right
