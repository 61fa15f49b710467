"""Depth: the folded line, and networks of one size that learn it."""

from __future__ import annotations

import pytest
import torch

from course_utils.pretraining import depth


def test_a_line_folded_four_times_has_sixteen_slopes_between_minus_one_and_one() -> None:
    x = torch.linspace(-1, 1, 1601)[:, None]
    y = depth.folded(x, 4)[:, 0]
    turns = (y.diff().sign().diff() != 0).sum().item()
    assert turns == 15
    assert y.min() == -1 and y.max() == 1
    assert torch.equal(depth.folded(x, 0), x)


def test_the_count_is_that_of_torchs_layers() -> None:
    layers = [torch.nn.Linear(a, b) for a, b in ((1, 16), (16, 16), (16, 16), (16, 1))]
    of_torch = sum(weights.numel() for layer in layers for weights in layer.parameters())
    assert depth.count([16, 16, 16]) == of_torch == 593
    assert depth.count([200]) == 601


def test_networks_side_by_side_train_as_if_they_were_alone() -> None:
    together = depth.errors([4, 4], seeds=(3, 5), steps=20)
    alone = [depth.errors([4, 4], seeds=(seed,), steps=20)[0] for seed in (3, 5)]
    assert together == pytest.approx(alone, rel=1e-4)


def test_training_brings_the_error_below_that_of_always_saying_zero() -> None:
    assert max(depth.errors([12], folds=1, seeds=(0, 1), steps=200)) < 0.1


@pytest.mark.parametrize("hidden", [[], [0], [3, -1]])
def test_a_layer_without_neurons_is_refused(hidden: list[int]) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        depth.errors(hidden)
