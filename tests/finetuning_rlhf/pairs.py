"""Pairs of replies for the tests of labels: capitals of made-up countries, long and short."""

from __future__ import annotations

from course_utils.finetuning_rlhf import questions
from course_utils.finetuning_rlhf.labels import Label
from course_utils.finetuning_rlhf.questions import Prompt

Pairs = tuple[list[Prompt], list[str], list[str]]


def capitals(count: int = 31) -> Pairs:
    """Prompts, right replies in whole sentences, and wrong ones of one word."""
    numbers = range(count)
    prompts = [questions.fact_prompt("capital", f"Land{n}", (f"Town{n}",), 0) for n in numbers]
    right = [f"The capital of Land{n} is Town{n}." for n in numbers]
    return prompts, right, [f"City{n}" for n in numbers]


def labelled(choice: str, number: int = 0, source: str = "reader", **sides: str) -> Label:
    """A label of a pair; the pairs of two numbers differ."""
    left, right = sides.get("left", f"L{number}"), sides.get("right", f"R{number}")
    return Label((("user", f"Question {number}?"),), left, right, choice, source)


def swapped(label: Label, choice: str) -> Label:
    """The same pair with its sides swapped."""
    return Label(label.turns, label.right, label.left, choice)
