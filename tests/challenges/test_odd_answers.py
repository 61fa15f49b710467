"""Answers of the wrong kind, to every challenge: each is refused in words about its kind."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from course_utils import challenges

ODD = {
    "nan": math.nan,
    "infinity": math.inf,
    "minus one": -1.0,
    "text": "nothing",
    "empty list": [],
    "empty dict": {},
    "list of lists": [[0.5], [0.5]],
    "list of texts": ["a", "b", "c"],
    "list of nothing": [None, None],
    "dict of a text": {"a": 1},
    "dict of arrays": {(1, 2): np.zeros(3)},
    "dict of odd keys": {1: 1, (1, 2, 3): 2},
    "nan in a list": [math.nan, math.nan],
    "three arrays of other shapes": (np.zeros(3), np.zeros((2, 2)), np.zeros(1)),
    "ragged arrays": ([[1.0], [1.0, 2.0]], [], []),
    "array": np.zeros((2, 3)),
    "tensor": torch.zeros(7, requires_grad=True),
    "object": object(),
    "bytes": b"abc",
    "complex": 1j,
    "long list": list(range(100_000)),
}


@pytest.mark.parametrize("challenge", challenges.listed(), ids=lambda one: one.id)
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_answer_is_refused_and_named(challenge, odd: str, capsys) -> None:
    challenges.check(challenge.id, lambda *_: ODD[odd])
    said = capsys.readouterr().out
    assert said.startswith(f"{challenge.id}: not right yet. <lambda>(") and len(said) < 1500
    assert "could not be compared" not in said and " at 0x" not in said


NUMBERS = (
    "collection.jaccard",
    "pretraining.cross_entropy",
    "pretraining.pair_loss",
    "pretraining.learning_rate_at",
    "pretraining.relative_score",
    "pretraining.row_loss",
    "pretraining.copying_score",
    "finetuning.preference_loss",
    "finetuning.kl_estimate",
    "finetuning.clipped_gradient",
    "finetuning.dpo_loss",
    "inference.calibration_error",
    "inference.bm25",
)


@pytest.mark.parametrize("challenge_id", NUMBERS)
def test_nan_is_explained_where_nothing_could_overflow(challenge_id: str, capsys) -> None:
    challenges.check(challenge_id, lambda *_: np.float64("nan"))
    assert "nan is 'not a number'" in capsys.readouterr().out


@pytest.mark.parametrize("challenge", challenges.listed(), ids=lambda one: one.id)
def test_a_generator_is_refused_in_one_way_everywhere(challenge, capsys) -> None:
    def one_by_one(*_arguments):
        yield 1

    challenges.check(challenge.id, one_by_one)
    assert "A generator gives its values only when asked" in capsys.readouterr().out
