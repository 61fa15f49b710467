"""Tests of the loss in blocks: number and gradients are PyTorch's own, whatever the size."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from course_utils.pretraining import loss

WIDTH, VOCABULARY = 8, 50


def drawn(rows: int, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, ...]:
    """What a decoder says, a head's table, and the right tokens."""
    generator = torch.Generator().manual_seed(rows)
    hidden = torch.randn(rows, WIDTH, dtype=dtype, generator=generator)
    table = torch.randn(VOCABULARY, WIDTH, dtype=dtype, generator=generator)
    targets = torch.randint(VOCABULARY, (rows,), generator=generator)
    return hidden.requires_grad_(), table.requires_grad_(), targets


@pytest.mark.parametrize("rows", [1, loss.ROWS - 1, loss.ROWS, loss.ROWS + 1, 3 * loss.ROWS + 7])
def test_number_and_gradients_are_those_of_cross_entropy(rows):
    hidden, table, targets = drawn(rows)
    # Three times the loss, as what comes after it may scale it.
    mine = loss.head_loss(hidden, table, targets)
    by_hidden, by_table = torch.autograd.grad(3 * mine, (hidden, table))
    theirs = F.cross_entropy(hidden @ table.T, targets)
    expected = torch.autograd.grad(3 * theirs, (hidden, table))
    assert torch.allclose(mine, theirs, atol=1e-12)
    assert torch.allclose(by_hidden, expected[0], atol=1e-12)
    assert torch.allclose(by_table, expected[1], atol=1e-12)


@pytest.mark.parametrize("rows", [3, 2 * loss.ROWS + 5])
def test_weights_count_each_position_as_much_as_they_say(rows):
    hidden, table, targets = drawn(rows)
    weights = torch.rand(rows, generator=torch.Generator().manual_seed(1)).double() + 0.1
    mine = loss.head_loss(hidden, table, targets, weights)
    each = F.cross_entropy(hidden @ table.T, targets, reduction="none")
    theirs = (each * weights).sum() / weights.sum()
    found = torch.autograd.grad(mine, (hidden, table))
    expected = torch.autograd.grad(theirs, (hidden, table))
    assert torch.allclose(mine, theirs, atol=1e-12)
    assert all(torch.allclose(*pair, atol=1e-12) for pair in zip(found, expected, strict=True))


@pytest.mark.parametrize("frozen", ["hidden", "table"])
def test_what_is_frozen_gets_no_gradient_and_the_other_the_same_as_ever(frozen):
    hidden, table, targets = drawn(loss.ROWS + 3)
    free, still = (table, hidden) if frozen == "hidden" else (hidden, table)
    (expected,) = torch.autograd.grad(loss.head_loss(hidden, table, targets), free)
    still.requires_grad_(False)
    (found,) = torch.autograd.grad(loss.head_loss(hidden, table, targets), free)
    assert torch.equal(found, expected)


def test_the_gradient_is_that_of_small_changes():
    hidden, table, targets = drawn(5)
    assert torch.autograd.gradcheck(lambda *both: loss.head_loss(*both, targets), (hidden, table))


def test_a_token_thought_impossible_costs_what_it_should():
    hidden, table, targets = drawn(4, torch.float32)
    with torch.no_grad():
        hidden *= 100  # scores so far apart that the right token's probability is 0 in float32
    theirs = F.cross_entropy(hidden @ table.T, targets)
    assert float(theirs.detach()) > 100
    assert float(loss.head_loss(hidden, table, targets).detach()) == pytest.approx(
        float(theirs.detach()), rel=1e-5
    )


def test_without_gradients_it_keeps_none():
    hidden, table, targets = drawn(9)
    with torch.no_grad():
        value = loss.head_loss(hidden, table, targets)
    assert not value.requires_grad
    assert torch.allclose(value, F.cross_entropy(hidden @ table.T, targets), atol=1e-12)


def test_half_precision_goes_pytorchs_way():
    hidden, table, targets = drawn(6, torch.float32)
    halves = hidden.detach().bfloat16(), table.detach().bfloat16()
    mine = loss.head_loss(*halves, targets)
    assert mine.dtype == torch.float32
    assert torch.equal(mine, F.cross_entropy((halves[0] @ halves[1].T).float(), targets))
