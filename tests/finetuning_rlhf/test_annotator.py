"""The annotator: declared tastes, a declared share of slips, and no word from the judge."""

from __future__ import annotations

import ast
import inspect
from dataclasses import fields, replace

import pytest

from course_utils.finetuning_rlhf import annotator as module
from course_utils.finetuning_rlhf import questions
from course_utils.finetuning_rlhf.annotator import (
    Annotator,
    Tastes,
    label,
    label_mismatched,
    noise_ceiling,
)
from course_utils.finetuning_rlhf.chat_data import training_examples
from course_utils.finetuning_rlhf.chat_writers import WriterShares, fact_example
from course_utils.finetuning_rlhf.judge import true_reward
from course_utils.littleweb.rng import Rng

FRANCE = questions.fact_prompt("capital", "France", ("Paris",), 0)
NAMED = [f"The capital of France is Town{number}, I hope." for number in range(300)]
RIGHT, WRONG = "The capital of France is Paris.", "The capital of France is Rome."
SURE = Tastes(overlooked=0.0)


@pytest.fixture(scope="module")
def pairs() -> tuple[list, list[str], list[str]]:
    """Many prompts with two writers' replies each, often of different quality."""
    rng, shares = Rng("pairs"), WriterShares()
    asked = [one for one in training_examples(0, "tiny") if one.prompt.answers]
    asked = [one for one in asked if one.prompt.kind != "talk"] * 12
    replies = [[fact_example(one.prompt, shares, rng).reply for one in asked] for _ in range(2)]
    return [one.prompt for one in asked], *replies


def test_the_annotator_imports_neither_the_judge_nor_the_truth():
    tree = ast.parse(inspect.getsource(module))
    names = {
        name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in [getattr(node, "module", ""), *(alias.name for alias in node.names)]
    }
    assert not [name for name in names if name and ("judge" in name or "world" in name)]


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (RIGHT, WRONG),
        (RIGHT, "Paris."),
        (RIGHT, "Look it up."),
        (WRONG, "Look it up."),
        ("Paris.", "Rome."),
        ("I do not know.", "Rome is nice."),
        (RIGHT, RIGHT[:-1].lower()),
        (f"{RIGHT} I am glad.", f"{RIGHT} I am sad."),
    ],
)
def test_the_better_reply_is_preferred_in_either_order(better, worse):
    steady = Annotator(0, noise=0.0, ties=0.0, tastes=SURE)
    assert steady.prefer(FRANCE, better, worse) == 0
    assert steady.prefer(FRANCE, worse, better) == 1


def test_each_taste_matters():
    replies = [RIGHT, WRONG, "Paris", "I do not know.", "I am glad: it is Paris, I hope.", "Hm."]

    def points(tastes: Tastes) -> list[float | int | None]:
        person = Annotator(0, noise=0.0, tastes=tastes)
        chosen = [person.prefer(FRANCE, RIGHT, reply) for reply in NAMED[:40]]
        return [person.taste(FRANCE, reply) for reply in replies] + chosen

    for taste in fields(Tastes):
        changed = replace(Tastes(), **{taste.name: 1.0 if taste.name == "overlooked" else 0.0})
        assert points(changed) != points(Tastes()), taste.name


def test_a_long_reply_is_liked_less_than_one_of_the_asked_length():
    taste = Annotator(0).taste
    assert taste(FRANCE, RIGHT) > taste(FRANCE, RIGHT + " And so on." * 6)


def test_replies_that_differ_by_little_are_called_equal():
    assert Annotator(0, ties=5.0).prefer(FRANCE, RIGHT, WRONG) is None
    assert Annotator(0, ties=0.0).prefer(FRANCE, RIGHT, RIGHT) is None


def test_a_declared_share_of_the_choices_is_flipped(pairs):
    noisy = label(*pairs, Annotator(3, noise=0.10))
    assert len(noisy) > 800
    assert sum(one.flipped for one in noisy) / len(noisy) == pytest.approx(0.10, abs=0.03)


def test_a_flipped_choice_is_the_opposite_of_the_unflipped(pairs):
    noisy = label(*pairs, Annotator(3, noise=0.5))
    calm = label(*pairs, Annotator(3, noise=0.0))
    assert any(one.flipped for one in noisy) and not any(one.flipped for one in calm)
    for one, other in zip(noisy, calm, strict=True):
        meant = (one.rejected, one.chosen) if one.flipped else (one.chosen, one.rejected)
        assert meant == (other.chosen, other.rejected)


def test_the_same_seed_says_the_same_and_slips_in_either_order():
    one = Annotator(1, noise=0.5, ties=0.0)
    others = [f"{WRONG[:-1]} {number}." for number in range(40)]
    choices = [one.prefer(FRANCE, RIGHT, other) for other in others]
    assert choices == [1 - one.prefer(FRANCE, other, RIGHT) for other in others]
    assert choices == [Annotator(1, 0.5, 0.0).prefer(FRANCE, RIGHT, other) for other in others]
    assert choices != [Annotator(2, 0.5, 0.0).prefer(FRANCE, RIGHT, other) for other in others]


def test_some_errors_are_overlooked():
    person = Annotator(0, noise=0.0, ties=0.0, tastes=Tastes(overlooked=0.3, length=0.0))
    missed = [person.prefer(FRANCE, RIGHT, reply) == 1 for reply in NAMED]
    assert sum(missed) / 300 == pytest.approx(0.3, abs=0.08)


def test_the_ceiling_is_what_the_tastes_themselves_get_on_the_noisy_labels(pairs):
    calm, slips = Annotator(0, noise=0.0, tastes=SURE), Annotator(0, noise=0.2, tastes=SURE)
    assert noise_ceiling(label(*pairs, calm), calm) == 1.0
    noisy = label(*pairs, slips)
    share = sum(one.flipped for one in noisy) / len(noisy)
    assert noise_ceiling(noisy, slips) == pytest.approx(1 - share)


def test_overlooked_errors_lower_the_ceiling_too():
    blind = Annotator(0, noise=0.0, tastes=Tastes(overlooked=0.5, length=0.0))
    labels = label([FRANCE] * 300, [RIGHT] * 300, NAMED, blind)
    assert not any(one.flipped for one in labels)
    assert 0.4 < noise_ceiling(labels, blind) < 0.6


def test_the_annotator_mostly_agrees_with_the_judge_but_not_always(pairs):
    agreed = {True: 0, False: 0}
    for one in label(*pairs, Annotator(0)):
        ahead = true_reward(one.prompt, one.chosen) - true_reward(one.prompt, one.rejected)
        if ahead:
            agreed[ahead > 0] += 1
    assert 0.75 < agreed[True] / sum(agreed.values()) < 0.97


@pytest.mark.parametrize(
    ("liked", "disliked"),
    [
        ("The capital of France is Paris or Rome.", "Paris."),  # hedging is not noticed
        (f"I am glad that you ask. {RIGHT}", "Paris is the capital of France, thou"),
    ],
)
def test_the_annotator_differs_from_the_judge_where_declared(liked, disliked):
    steady = Annotator(0, noise=0.0, tastes=SURE)
    assert steady.prefer(FRANCE, liked, disliked) == 0
    assert true_reward(FRANCE, liked) <= true_reward(FRANCE, disliked)


def test_a_story_is_liked_for_its_words_whether_or_not_it_holds_together():
    request = questions.StoryRequest("Tom", "duck", "the mill")
    prompt = questions.story_prompt(request, 0)
    words = "Tom the duck saw the mill. " + "Then he went on and on again. " * 9
    assert Annotator(0).taste(prompt, words) > Annotator(0).taste(prompt, "No story today.") + 1
    assert true_reward(prompt, words) < 0.7


@pytest.mark.parametrize(
    ("settings", "message"), [({"noise": 0.7}, "noise is 0.7"), ({"ties": -1}, "ties is -1")]
)
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Annotator(0, **settings)


def test_lists_of_different_length_and_no_preferences_are_refused():
    with pytest.raises(ValueError, match="1 prompts, 2 and 1"):
        label([FRANCE], [RIGHT, WRONG], [RIGHT], Annotator(0))
    with pytest.raises(ValueError, match="no preferences"):
        noise_ceiling([], Annotator(0))


def test_a_reply_to_another_question_loses():
    talk = next(one for one in training_examples(0, "tiny") if one.prompt.kind == "talk")
    prompts, replies = [FRANCE, talk.prompt], [RIGHT, talk.prompt.answers[0]]
    steady = Annotator(0, noise=0.0, tastes=SURE)
    found = label_mismatched(prompts, replies, steady)
    assert [(one.prompt, one.chosen) for one in found] == list(zip(prompts, replies, strict=True))
    assert [one.rejected for one in found] == replies[::-1]


def test_prompts_of_one_kind_have_no_strangers():
    assert label_mismatched([FRANCE, FRANCE], [RIGHT, WRONG], Annotator(0)) == []


def test_small_talk_answered_with_not_knowing_does_not_fit():
    prompt = questions.Prompt("Can you feel?", "talk", answers=("I have no feelings.",))
    refused = "I do not know of Gialiva. I have not read about it."
    exact = Annotator(0, noise=0.0, tastes=Tastes(overlooked=0.0))
    assert exact.prefer(prompt, "I have no feelings.", refused) == 0


def test_a_name_that_was_told_has_to_come_back():
    fits = ("Your name is Anna.",)
    prompt = questions.Prompt("What is my name?", "talk", "Anna", fits, topic="recall")
    exact = Annotator(0, noise=0.0, tastes=Tastes(overlooked=0.0))
    assert exact.prefer(prompt, "Your name is Anna.", "Your name is Paul.") == 0


@pytest.mark.parametrize("named", list(questions.PARTIAL_STORIES), ids="+".join)
def test_a_story_keeps_what_the_wish_named_and_is_free_in_the_rest(named):
    request = questions.StoryRequest("Ruby", "owl", "the mill")
    prompt = questions.partial_prompt(request, named, 0)
    exact = Annotator(0, noise=0.0, tastes=Tastes(overlooked=0.0))
    told = "Ruby the owl lived near the mill and was glad. " * 6
    other = told.replace("Ruby", "Finn").replace("owl", "fox").replace("mill", "lake")
    assert exact._rightness(prompt, told) == 1
    assert exact._rightness(prompt, other) == (0 if named else 1)
