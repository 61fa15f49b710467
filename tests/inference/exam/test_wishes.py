"""Wishes for a story: what is named has to be kept, what is not is free."""

from __future__ import annotations

import hashlib

import pytest

from course_utils.finetuning_rlhf import questions
from course_utils.finetuning_rlhf.questions import Prompt, StoryRequest
from course_utils.inference.exam import wishes
from course_utils.inference.exam.marks import Question
from course_utils.littleweb.stories.cast import is_holdout

FROZEN = "bd6814583d692aa523247becca2d5a1e19e59d98c100ac962cf219baa8181332"
TOLD = (
    "Every winter, Ben the duck came back to the mill to play. A kind mole came along, "
    "as on every Wednesday. In his basket he had a pink ball. The ball fell from his hands, "
    "rolled away and came to rest under a heavy log. The mole tied a loop in a rope and let it "
    "down. It caught, and the mole pulled the ball up, hand over hand. At last Ben had the "
    "ball back, and the mole walked home with him from the mill."
)


def wish(hero="", animal="", place=""):
    return Question(Prompt("A story!", "story", request=StoryRequest(hero, animal, place)), "x")


def test_the_wishes_are_frozen():
    texts = "\n".join(question.prompt.text for question in wishes.partial(0, 100))
    assert hashlib.sha256(texts.encode("utf-8")).hexdigest() == FROZEN


def test_a_wish_names_what_its_sort_says_and_nothing_else():
    asked = wishes.partial(0, 100)
    assert {question.group for question in asked} == set(wishes.WORDINGS)
    for question in asked:
        request, text = question.prompt.request, question.prompt.text
        named = [part for part in wishes.PARTS if getattr(request, part)]
        assert "_".join(named) == question.group.replace("none", "")
        assert all(getattr(request, part) in text for part in named) and "{" not in text


def test_the_wordings_stand_in_no_training():
    trained = {*questions.STORIES, *questions.HOLDOUT_STORIES}
    assert not trained & {text for texts in wishes.WORDINGS.values() for text in texts}


@pytest.mark.parametrize(
    ("question", "reply", "why"),
    [
        (wish(), TOLD, ""),
        (wish("Ben"), TOLD, ""),
        (wish(animal="duck"), TOLD, ""),
        (wish(place="the mill"), TOLD, ""),
        (wish("Ben", "duck"), TOLD, ""),
        (wish("Leo"), TOLD, "hero"),
        (wish(animal="mole"), TOLD, "animal"),  # somebody else's, and not in the beginning
        (wish(place="the lake"), TOLD, "place"),
        (wish("Ben", "goat"), TOLD, "animal"),
        (wish(), TOLD[: TOLD.index("At last")], "no end"),
        (wish(), "I am a small language model.", "no story"),
        (wish(), "Ben the duck sat.", "no story"),
        (wish(), "", "no story"),
        (wish("Ben"), "I do not know of Ben. I have not read about it.", "no end"),
    ],
)
def test_a_story_has_to_come_and_to_keep_what_was_named(question, reply, why):
    said = wishes.fault_of_partial(question, reply)
    assert why in said and bool(said) == bool(why)


def test_whole_wishes_pair_heroes_and_places_as_no_page_does_and_take_all_checks():
    asked = wishes.whole(0, 12)
    for question in asked:
        request = question.prompt.request
        assert is_holdout(request.hero, request.place) and question.prompt.holdout
    told = Question(questions.story_prompt(StoryRequest("Ben", "duck", "the mill"), 0), "whole")
    assert wishes.fault_of_whole(told, TOLD) == ""
    assert "agreement" in wishes.fault_of_whole(
        told, TOLD.replace("the ball back", "the kite back")
    )
