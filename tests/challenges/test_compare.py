"""What a check says about functions that go wrong in ways that no challenge is about."""

from __future__ import annotations

import random

import pytest
import torch

from course_utils.challenges import trial
from course_utils.challenges.compare import NotDoneError, compare, short_repr


def double(numbers: list[int]) -> list[int]:
    return [2 * one for one in numbers]


def cases():
    yield ([1, 2],)
    yield ([3],)
    yield ([],)


def same(answer, expected, _numbers):
    return None if answer == expected else "Twice each."


CHECK = compare(double, cases, same)
HUSHED = compare(double, cases, same, "a list")


def endless(numbers):
    while True:
        numbers = [*numbers[:1]]


def calling_itself(numbers):
    return calling_itself(numbers)


async def later(numbers):
    return double(numbers)


def one_by_one(numbers):
    for one in numbers:
        yield 2 * one


def half(numbers):
    return double(numbers) if len(numbers) == 2 else None


def printed(numbers):
    print(double(numbers))


def in_place(numbers):
    numbers[:] = double(numbers)
    return numbers


def remembering(numbers, doubled=[]):  # noqa: B006 (the mistake that is looked for)
    doubled += double(numbers)
    return list(doubled)


def drawing(numbers):
    return [random.random() for _ in numbers]


class Given(BaseException):
    """What neither Exception nor the stop button is."""


def giving_up(numbers):
    raise Given("no")


def without_parameters():
    return []


def leaving(numbers):
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (calling_itself, "raised RecursionError. It calls itself without an end"),
        (later, "Write `def` without `async`."),
        (one_by_one, "A generator gives its values only when asked"),
        (lambda numbers: map(int, numbers), "A map gives its values only when asked"),
        (lambda numbers: len, "Return what the function computes, not a function."),
        (half, "half([3]) gave None; expected [6]. Is a `return` missing?"),
        (printed, "printed '[2, 4]' and returned nothing; expected [2, 4]. Printing shows"),
        (in_place, "in_place([1, 2]) changed the values that it was given."),
        (remembering, "it keeps something from one call to the next"),
        (drawing, "it draws at random"),
        (giving_up, "giving_up([1, 2]) raised Given: no"),
        (leaving, "leaving([1, 2]) raised SystemExit: 3"),
        (without_parameters, "takes no value, and it is called with 1 value (numbers)"),
        (lambda one, two: [], "takes 2 values (one, two), and it is called with 1 value"),
        (lambda numbers: 1 / 0, "raised ZeroDivisionError: division by zero. It divides by 0"),
        (lambda numbers: double(numbers)[9], "It asks for a place that the list does not have"),
        (lambda numbers: {}[7], "raised KeyError: 7. It asks a dict for a key"),
        (lambda numbers: 7, "([1, 2]) gave 7; expected [2, 4]. Twice each."),
        (lambda numbers: torch.zeros(1), "gave tensor([0.]); expected [2, 4]. Twice each."),
    ],
)
def test_what_goes_wrong_in_a_readers_function_is_said_and_not_raised(function, words) -> None:
    said = CHECK(function)
    assert words in said


def test_what_a_wrong_function_prints_is_shown_once(capsys) -> None:
    def looking(numbers):
        print("looking at", numbers)
        return []

    assert "Twice each" in CHECK(looking)
    assert capsys.readouterr().out == "looking at [1, 2]\n"


def test_an_endless_loop_is_stopped_and_the_call_is_named(monkeypatch) -> None:
    monkeypatch.setattr(trial, "SECONDS", 0.2)
    said = CHECK(endless)
    assert said.startswith("endless([1, 2]) gave no answer; after 0.2 seconds")
    assert "restart the kernel" not in said


@pytest.mark.parametrize("given", [None, ...])
def test_an_empty_function_is_not_done(given) -> None:
    with pytest.raises(NotDoneError):
        CHECK(lambda numbers: given)


def test_a_function_with_more_parameters_that_have_values_passes() -> None:
    assert CHECK(lambda numbers, factor=2, *others, **named: [factor * n for n in numbers]) is None


def test_a_function_that_is_right_but_draws_leaves_later_numbers_as_they_are() -> None:
    def right(numbers):
        random.seed(99)
        torch.manual_seed(99)
        return double(numbers)

    random.seed(1), torch.manual_seed(1)
    expected = random.random(), torch.rand(1).item()
    random.seed(1), torch.manual_seed(1)
    assert CHECK(right) is None
    assert (random.random(), torch.rand(1).item()) == expected


def test_values_are_shown_short_in_one_line_and_alike_in_every_process() -> None:
    assert short_repr(set("hgfedcba")) == "{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}"
    assert len(short_repr(list(range(10**6)))) < 250 and len(short_repr("x" * 10**6)) < 250
    assert "\n" not in short_repr(torch.zeros(3, 3)) and short_repr(object()) == "<object object>"
    assert short_repr([torch.zeros(1, dtype=torch.float64).numpy()[0]]) == "[0.0]"


@pytest.mark.parametrize("function", [lambda numbers: [9], lambda numbers: print("x")])
def test_where_an_answer_would_give_all_away_words_stand_for_it(function) -> None:
    for check, expected in ((CHECK, "[2, 4]"), (HUSHED, "a list")):
        assert f"expected {expected}. " in check(function)
    assert "[2, 4]" not in HUSHED(function)
