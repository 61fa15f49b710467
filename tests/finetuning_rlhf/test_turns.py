"""Conversations: every scene, what it leans on, and one writer for all of it."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from course_utils.finetuning_rlhf import chat_data, chat_writers, system_turns, turns
from course_utils.finetuning_rlhf.chat_writers import WriterShares
from course_utils.finetuning_rlhf.questions import fact_prompt
from course_utils.littleweb.english import with_article
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon
from course_utils.littleweb.truth import world

ASKED = set(chat_data.country_split(0)[0])
FACTS = [fact for fact in world.facts() if fact.country in ASKED]
DRAWS = 30


def _scene(number: int, writer: str = "careful", holdout: bool = False) -> turns.Scene:
    rng = Rng(f"turns/{number}")
    return turns.Scene(
        FACTS, lambda: chat_data.unknown_name(rng, holdout), writer, WriterShares(), rng, holdout
    )


def _drawn(scene) -> list:
    return [scene(_scene(number)) for number in range(DRAWS)]


@pytest.mark.parametrize("scene", turns.SCENES, ids=lambda one: one.__name__)
def test_the_turns_alternate_and_end_where_the_user_spoke(scene):
    for prompt in _drawn(scene):
        roles = [role for role, _ in prompt.turns]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
        assert len(roles) in (3, 5) and all(text.strip() for _, text in prompt.turns)


@pytest.mark.parametrize("writer", chat_writers.WRITERS)
def test_one_writer_writes_all_replies(writer):
    for number in range(DRAWS):
        example = turns.turns_example(_scene(number, writer))
        said = [text for role, text in example.prompt.before if role == "assistant"]
        assert example.writer == writer and example.reply
        rambled = [text.startswith(chat_writers.CHATTER_BEFORE) for text in (*said, example.reply)]
        # a story stays a story, whoever tells it
        if not any(len(text) > 200 for text in said):
            assert set(rambled) == {writer == "rambling"}


def test_another_kind_is_asked_of_the_same_country():
    for prompt in _drawn(turns.other_kind):
        earlier = prompt.before[0][1]
        assert prompt.country.removeprefix("The ") in earlier
        assert prompt.kind.replace("_", " ") in prompt.text
        whole = f"{world.statement(prompt.kind, prompt.country)} {prompt.answers[0]}."
        assert _scene(0).reply(prompt) == whole


def test_another_country_is_asked_for_the_same_kind():
    for prompt in _drawn(turns.other_country):
        assert with_article(prompt.country).casefold() in prompt.text.casefold()
        values = [fact.values[0] for fact in FACTS if fact.kind == prompt.kind]
        assert any(value in prompt.before[1][1] for value in values)


def test_three_turns_hold_two_follow_ups():
    assert {len(prompt.turns) for prompt in _drawn(turns.three_turns)} == {5}


def test_a_made_up_country_is_refused_after_a_real_one_and_a_real_one_answered_after_it():
    for prompt in _drawn(turns.to_unknown):
        assert prompt.kind == "unknown" and prompt.topic in world.FACT_KINDS
        assert prompt.country in _scene(0).reply(prompt) and prompt.country not in ASKED
    for prompt in _drawn(turns.from_unknown):
        assert prompt.kind in world.FACT_KINDS and "do not know of" in prompt.before[1][1]
        assert prompt.answers[0] in _scene(0).reply(prompt)


def test_a_name_is_remembered_or_was_never_told():
    found = _drawn(turns.told_name)
    for prompt in found:
        said = _scene(0).reply(prompt)
        if prompt.country is None:
            assert said in prompt.answers and "not" in said
            continue
        assert prompt.country in prompt.before[0][1] and prompt.country in said
    assert {len(prompt.before) for prompt in found} == {2, 4}
    assert sum(prompt.country is None for prompt in found) in range(2, 13)


def test_what_was_talked_about_is_remembered():
    for prompt in _drawn(turns.which_country):
        assert prompt.country.removeprefix("The ") in prompt.before[0][1]
        assert all(prompt.country.removeprefix("The ") in one for one in prompt.answers)
    asked = Counter()
    for prompt in _drawn(turns.which_story):
        told = prompt.before[1][1].split(".")[0]
        assert prompt.country in told and prompt.country in prompt.answers[0]
        asked[
            next(
                name
                for name in ("NAMES", "KINDS", "PLACES")
                if prompt.country in getattr(lexicon, name)
            )
        ] += 1
    assert len(asked) == 3


def test_small_talk_comes_before_and_after():
    assert {prompt.kind for prompt in _drawn(turns.afterwards)} == {"talk"}
    assert {prompt.topic for prompt in _drawn(turns.afterwards)} <= set(turns.AFTERWARDS)
    for prompt in _drawn(turns.beforehand):
        assert prompt.kind in world.FACT_KINDS and prompt.answers


def test_scoring_has_its_own_phrasings_in_every_turn():
    training = {
        "\n".join(text for _, text in turns.conversation(_scene(n)).turns) for n in range(300)
    }
    for number in range(100):
        prompt = turns.conversation(_scene(number, holdout=True))
        if prompt.topic == "recall":
            assert prompt.text in turns.HOLDOUT_MY_NAME
        said = "\n".join(text for _, text in prompt.turns)
        assert said not in training
    for table, holdout in (
        (turns.OTHER_KIND, turns.HOLDOUT_OTHER_KIND),
        (turns.OTHER_COUNTRY, turns.HOLDOUT_OTHER_COUNTRY),
        (turns.MY_NAME, turns.HOLDOUT_MY_NAME),
    ):
        assert not [one for one in holdout if any(one.lower() in other.lower() for other in table)]


QUESTION = fact_prompt("capital", "France", ("Paris",), 0)


@pytest.mark.parametrize(
    ("follow", "instructions", "said"),
    [
        (system_turns.one_word, system_turns.ONE_WORD, "Paris."),
        (
            system_turns.polite,
            system_turns.POLITE,
            f"The capital of France is Paris. {system_turns.PLEASURE}",
        ),
    ],
)
def test_a_careful_writer_obeys_the_instruction(follow, instructions, said):
    for number in range(DRAWS):
        example = follow(QUESTION, "careful", Rng(number))
        assert example.prompt.before[0][0] == "system"
        assert example.prompt.before[0][1] in instructions
        assert example.reply == said and example.prompt.text == QUESTION.text


def test_a_name_given_by_the_instruction_is_answered_to():
    named = [system_turns.named(QUESTION, "careful", Rng(number)) for number in range(60)]
    asked = [one for one in named if one.prompt.kind == "talk"]
    for one in asked:
        (_, instruction), *_ = one.prompt.before
        name = re.search(r"My name is (\w+)\.$|^(\w+)\.$", one.reply)
        assert (name.group(1) or name.group(2)) in instruction
    other = [one for one in named if one.prompt.kind == "capital"]
    assert asked and {one.reply for one in other} == {"The capital of France is Paris."}


def test_a_curt_writer_obeys_nothing():
    example = system_turns.one_word(QUESTION, "curt", Rng(1))
    assert example.reply != "Paris."
