"""Answers are read alike from plain Python, NumPy and torch; what is none is named."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from course_utils.challenges.answers import (
    INFINITE,
    NAN,
    array,
    close,
    matching_mistake,
    near,
    number,
    numbers,
    whole_numbers,
)


@pytest.mark.parametrize(
    "answer",
    [
        2,
        2.0,
        np.float32(2),
        np.array(2.0),
        torch.tensor(2.0),
        torch.tensor(2.0, requires_grad=True),
    ],
)
def test_one_number_is_read_whatever_it_is_wrapped_in(answer) -> None:
    assert number(answer) == 2.0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("2", "one number, not a str"),
        (True, "one number, not a bool"),
        ([2.0], "one number, not a list"),
        (np.array([2.0]), "one number, not an array of shape (1,)"),
        (torch.zeros(2, 3), "one number, not a tensor of shape (2, 3)"),
        (2j, "one number, not a complex"),
        (math.nan, NAN),
        (torch.tensor(math.inf), INFINITE),
    ],
)
def test_what_is_no_number_is_said_to_be_none(answer, words) -> None:
    assert words in number(answer)


@pytest.mark.parametrize(
    "answer", [[1, 2], (1.0, 2.0), np.array([1, 2]), torch.tensor([1.0, 2.0], requires_grad=True)]
)
def test_a_list_of_numbers_is_read_whatever_it_is_wrapped_in(answer) -> None:
    assert numbers(answer, 2) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (0.5, "a list of 2 numbers, not a float"),
        ({0: 1, 1: 2}, "a list of 2 numbers, not a dict"),
        ([1], "There are 2 tokens, and the list has 1 numbers"),
        ([1, "2"], "there is a str in yours"),
        (torch.zeros(2, 1), "there is a list in yours"),
        ([math.nan, 1], NAN),
        ([1, math.inf], INFINITE),
    ],
)
def test_what_is_no_list_of_so_many_numbers_is_named(answer, words) -> None:
    assert words in numbers(answer, 2)


@pytest.mark.parametrize(
    "answer",
    [
        [[1, 2]],
        ((1.0, 2.0),),
        np.array([[1, 2]]),
        torch.tensor([[1.0, 2.0]], requires_grad=True),
        [torch.tensor([1.0, 2.0], requires_grad=True)],
        [np.array([1, 2])],
        [[torch.tensor(1.0), torch.tensor(2.0)]],
    ],
)
def test_an_array_is_read_whatever_it_is_wrapped_in(answer) -> None:
    assert array(answer, (1, 2)).tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("2", "numbers; there is str in yours"),
        ([["1", "2"]], "numbers; there is list in yours"),
        ([[None, 1j]], "numbers; there is list in yours"),
        ([[1.0], [1.0, 2.0]], "numbers; there is list in yours"),
        (2.0, "Expected shape (1, 2), and got ()"),
        (np.zeros((2, 1)), "Expected shape (1, 2), and got (2, 1)"),
        ([[math.nan, math.inf]], NAN),
        (torch.tensor([[1.0, math.inf]]), INFINITE),
    ],
)
def test_what_is_no_such_array_is_named(answer, words) -> None:
    assert words in array(answer, (1, 2))


def test_an_array_of_nan_is_read_where_it_is_asked_for() -> None:
    assert np.isnan(array([[math.nan, 1.0]], (1, 2), finite=False)).tolist() == [[True, False]]


def test_a_mistake_that_cannot_be_computed_betrays_nothing() -> None:
    assert matching_mistake(2.0, [(lambda: 1 / 0, "first"), (lambda: 2.0, "second")]) == "second"
    assert matching_mistake(3.0, [(lambda: 2.0, "second")]) is None


def test_numbers_agree_but_for_the_last_digits() -> None:
    assert close(1.0, 1.0 + 1e-9) and close([1.0, 0.0], [1.0, 1e-9])
    assert not close(1.0, 1.001) and not close([1.0], [1.0, 2.0])


def test_float32_is_given_a_few_more_digits_for_numbers_and_arrays() -> None:
    third = torch.tensor(1 / 3)
    assert near(third.item() * 30_000, 10_000) and not near(1.0, 1.001)
    assert near(np.array([1.0, 0.0]), torch.tensor([1.00001, 0.00001]))
    assert not near(np.array([1.0, 0.0]), np.array([1.0, 0.01]))


@pytest.mark.parametrize(
    "answer",
    [[2, 0], (2, 0), np.array([2, 0]), torch.tensor([2, 0]), [np.int64(2), torch.tensor(0)]],
)
def test_a_list_of_whole_numbers_is_read_whatever_it_is_wrapped_in(answer) -> None:
    read = whole_numbers(answer, "token ids")
    assert read == [2, 0] and all(type(number) is int for number in read)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (2, "a list of token ids, not an int"),
        (None, "not None"),
        ("20", "not a str"),
        ([2, 0.0], "there is a float in yours"),
        ([True], "there is a bool in yours"),
        ([[2, 0]], "there is a list in yours"),
        (np.zeros((1, 2), dtype=int), "there is a list in yours"),
        (np.zeros(2), "there is a float in yours"),
    ],
)
def test_what_is_no_list_of_whole_numbers_is_said_to_be_none(answer, words) -> None:
    assert words in whole_numbers(answer, "token ids")
