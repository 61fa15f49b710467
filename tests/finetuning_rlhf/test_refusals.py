"""Refusals: shares counted by name, and the price of a threshold, both by hand."""

from __future__ import annotations

import math

import pytest

from course_utils.finetuning_rlhf import judge, refusals
from course_utils.finetuning_rlhf.chat_writers import refusal
from course_utils.finetuning_rlhf.questions import HOLDOUT_PHRASINGS, Prompt
from course_utils.littleweb.truth import world

NO, SAYS = "I do not know of {}.", "The capital of {} is Oslo."


def asked(name: str) -> Prompt:
    return Prompt(f"What is the capital of {name}?", "unknown", name, topic="capital")


def test_six_questions_about_each_name_in_phrasings_of_the_holdout():
    prompts = refusals.asked_about(["Narnia", "Oz"])

    assert [prompt.country for prompt in prompts] == ["Narnia"] * 6 + ["Oz"] * 6
    assert {prompt.topic for prompt in prompts} == set(world.FACT_KINDS)
    assert all(prompt.holdout and not prompt.answers for prompt in prompts)
    assert prompts[0].text == HOLDOUT_PHRASINGS[prompts[0].topic][0].format(country="Narnia")


def test_no_name_of_the_tables_is_one_that_the_pages_use():
    names = (*refusals.FROM_BOOKS, *refusals.OTHER_NAMES)

    assert len(set(names)) == len(names)
    assert not judge.real_names() & {name.casefold() for name in names}


def test_the_opening_is_the_one_that_the_chat_data_teaches():
    assert refusal("Narnia").startswith(f"{refusals.OPENING} ")


def test_each_name_counts_alike_however_often_it_is_asked_about():
    prompts = [asked("Oz"), asked("Oz"), asked("Oz"), asked("Gondor")]
    replies = [NO.format("Oz"), NO.format("Oz"), SAYS.format("Oz"), SAYS.format("Gondor")]

    found = refusals.refused(prompts, replies)
    assert found.names == 2
    assert found.mean == pytest.approx((2 / 3 + 0) / 2)
    # of 2/3 and 0 the deviation is sqrt(2) / 3, over sqrt(2) names
    assert found.standard_error == pytest.approx(1 / 3)
    assert str(found) == "33.3% ± 33.3%"


def test_a_refusal_of_another_name_counts_only_where_none_is_asked_for():
    prompts, replies = [asked("Oz"), asked("Gondor")], [NO.format("Oz"), NO.format("Mordor")]

    assert refusals.refused(prompts, replies).mean == 1
    assert refusals.refused(prompts, replies, by_name=True).mean == 0.5


def test_names_that_are_all_refused_prove_no_certainty():
    prompts = [asked(name) for name in refusals.FROM_BOOKS]
    found = refusals.refused(prompts, [NO.format(prompt.country) for prompt in prompts])

    assert (found.mean, found.standard_error) == (1, pytest.approx(1 / 48))


def test_the_price_of_a_threshold_worked_out_by_hand():
    made_up, real = [0.9, 0.8, 0.4, 0.1], [0.5, 0.4, 0.05, 0.01]

    assert refusals.price(made_up, real, 0.5) == refusals.Price(0.8, 0.5, 0.0)
    assert refusals.price(made_up, real, 0.75) == refusals.Price(0.4, 0.75, 0.5)
    assert refusals.price(made_up, real, 0.6) == refusals.Price(0.4, 0.75, 0.5)
    assert refusals.price(made_up, real, 1.0) == refusals.Price(0.1, 1.0, 0.5)


def test_to_refuse_more_never_costs_less():
    made_up = [0.5 + 0.5 * math.sin(number) for number in range(40)]
    real = [0.4 + 0.4 * math.cos(number) for number in range(30)]

    paid = [refusals.price(made_up, real, share / 20).real for share in range(1, 21)]
    assert paid == sorted(paid) and paid[0] < paid[-1]


def test_what_cannot_be_counted_is_refused():
    with pytest.raises(ValueError, match="1 replies to 0 prompts"):
        refusals.refused([], ["No."])
    with pytest.raises(ValueError, match="asks about no country"):
        refusals.refused([Prompt("Hello.", "talk")], ["Hello."])
    with pytest.raises(ValueError, match="no probabilities"):
        refusals.price([], [0.5], 0.5)
    with pytest.raises(ValueError, match="share is 0"):
        refusals.price([0.5], [0.5], 0)
