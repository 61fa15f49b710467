"""PPO's formulas: against slow loops, the paper's table of cases, and sums done by hand."""

from __future__ import annotations

import math

import pytest
import torch

from course_utils.finetuning_rlhf.ppo_objective import (
    advantages,
    clipped_loss,
    normalised,
    value_loss,
)


def random_rows() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    rewards, values = torch.randn(2, 4, 9, generator=generator)
    response_mask = torch.zeros(4, 9, dtype=torch.bool)
    for row, (start, end) in enumerate([(0, 9), (3, 9), (2, 6), (4, 5)]):
        response_mask[row, start:end] = True
    return rewards * response_mask, values, response_mask


@pytest.mark.parametrize("gae_lambda", [0.0, 0.5, 0.95, 1.0])
def test_advantages_are_those_of_a_slow_reference(gae_lambda: float):
    rewards, values, response_mask = random_rows()
    found, returns = advantages(rewards, values, response_mask, gae_lambda)
    for row in range(4):
        places = response_mask[row].nonzero().squeeze(1).tolist()
        worth = [values[row, at].item() for at in places] + [0.0]
        surprise = [
            rewards[row, at].item() + worth[n + 1] - worth[n] for n, at in enumerate(places)
        ]
        for n, at in enumerate(places):
            ahead = sum(gae_lambda**k * one for k, one in enumerate(surprise[n:]))
            assert found[row, at].item() == pytest.approx(ahead, abs=1e-5)
            assert returns[row, at].item() == pytest.approx(ahead + worth[n], abs=1e-5)
    assert not found[~response_mask].any() and not returns[~response_mask].any()


def test_advantages_of_a_reply_worked_out_by_hand():
    rewards, values = torch.tensor([[0.0, 0.0, 1.0]]), torch.tensor([[0.5, 0.25, 0.5]])
    found, returns = advantages(rewards, values, torch.ones(1, 3, dtype=torch.bool), 0.5)
    # surprises: 0.25 - 0.5 = -0.25; 0.5 - 0.25 = 0.25; 1 - 0.5 = 0.5
    assert found.tolist() == [[0.0, 0.5, 0.5]]
    assert returns.tolist() == [[0.5, 0.75, 1.0]]


def test_with_lambda_one_the_advantage_is_all_reward_to_come_minus_the_value():
    rewards, values, response_mask = random_rows()
    found, returns = advantages(rewards, values, response_mask, 1.0)
    to_come = rewards.flip(1).cumsum(1).flip(1) * response_mask
    assert torch.allclose(found, (to_come - values) * response_mask, atol=1e-5)
    assert torch.allclose(returns, to_come, atol=1e-5)


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "held"),
    [
        (1.0, 2.0, -2.0, False),
        (1.1, 2.0, -2.2, False),
        (1.5, 2.0, -2.4, True),  # enough gained: min(3.0, 1.2 * 2)
        (0.5, 2.0, -1.0, False),  # a good token became rarer: nothing holds it back
        (0.5, -2.0, 1.6, True),  # enough lost: min(-1.0, 0.8 * -2)
        (1.5, -2.0, 3.0, False),  # a bad token became likelier: nothing holds it back
        (1.5, 0.0, 0.0, False),
    ],
)
def test_the_clipped_loss_is_the_papers(ratio: float, advantage: float, loss: float, held: bool):
    old = torch.tensor([-1.5])
    found = clipped_loss(old + math.log(ratio), old, torch.tensor([advantage]), 0.2)
    assert found[0].item() == pytest.approx(loss, abs=1e-5) and bool(found[1]) is held


def test_a_held_token_has_no_gradient_and_a_free_one_has():
    old = torch.zeros(2)
    new = torch.tensor([math.log(1.5), math.log(1.1)], requires_grad=True)
    clipped_loss(new, old, torch.ones(2), 0.2)[0].sum().backward()
    assert new.grad.tolist() == pytest.approx([0.0, -1.1])


def test_a_discount_weakens_what_comes_later_worked_out_by_hand() -> None:
    rewards, values = torch.tensor([[0.0, 0.0, 1.0]]), torch.tensor([[0.5, 0.25, 0.5]])
    mask = torch.ones(1, 3, dtype=torch.bool)
    found, returns = advantages(rewards, values, mask, 0.5, gamma=0.8)
    # surprises: 0.8 * 0.25 - 0.5 = -0.3; 0.8 * 0.5 - 0.25 = 0.15; 1 - 0.5 = 0.5
    # each and 0.8 * 0.5 of the advantage behind it: 0.5; 0.15 + 0.2; -0.3 + 0.14
    assert found[0].tolist() == pytest.approx([-0.16, 0.35, 0.5], abs=1e-6)
    assert returns[0].tolist() == pytest.approx([0.34, 0.6, 1.0], abs=1e-6)


@pytest.mark.parametrize(
    ("gae_lambda", "gamma"), [(0.95, 1.0), (0.9, 0.99), (1.0, 0.5), (0.0, 0.9)]
)
def test_advantages_with_a_discount_are_the_papers_sum_of_surprises(
    gae_lambda: float, gamma: float
) -> None:
    rewards, values, response_mask = random_rows()
    found, _ = advantages(rewards, values, response_mask, gae_lambda, gamma)
    for row in range(4):
        places = response_mask[row].nonzero().squeeze(1).tolist()
        worth = [values[row, at].item() for at in places] + [0.0]
        surprise = [
            rewards[row, at].item() + gamma * worth[n + 1] - worth[n]
            for n, at in enumerate(places)
        ]
        for n, at in enumerate(places):
            ahead = sum((gamma * gae_lambda) ** k * one for k, one in enumerate(surprise[n:]))
            assert found[row, at].item() == pytest.approx(ahead, abs=1e-5)


def test_with_lambda_one_and_a_discount_the_return_is_the_discounted_reward_to_come() -> None:
    rewards, values, response_mask = random_rows()
    _, returns = advantages(rewards, values, response_mask, 1.0, gamma=0.9)
    for row in range(4):
        places = response_mask[row].nonzero().squeeze(1).tolist()
        to_come = 0.0
        for at in reversed(places):
            to_come = rewards[row, at].item() + 0.9 * to_come
            assert returns[row, at].item() == pytest.approx(to_come, abs=1e-5)


def test_normalised_advantages_have_mean_0_and_deviation_1_over_the_chosen_tokens() -> None:
    advantage, _, response_mask = random_rows()
    found = normalised(100 + 7 * advantage, response_mask)
    chosen = found[response_mask]
    assert float(chosen.mean()) == pytest.approx(0, abs=1e-5)
    assert float(chosen.std()) == pytest.approx(1, abs=1e-5)
    assert not found[~response_mask].any()


def test_normalised_by_hand_and_padding_counts_for_nothing() -> None:
    mask = torch.tensor([[True, True, True, False]])
    # mean 2, squares 1, 0, 1: variance 2 / 2
    found = normalised(torch.tensor([[1.0, 2.0, 3.0, 999.0]]), mask)
    assert found[0].tolist() == pytest.approx([-1, 0, 1, 0], abs=1e-5)


def test_equal_advantages_and_a_single_one_become_0() -> None:
    assert not normalised(torch.full((2, 3), 4.0), torch.ones(2, 3, dtype=torch.bool)).any()
    assert normalised(torch.tensor([[5.0]]), torch.tensor([[True]])).tolist() == [[0.0]]


@pytest.mark.parametrize(
    ("value", "returned", "before", "plain", "clipped"),
    [
        (1.0, 2.0, 0.9, 1.0, 1.0),  # moved by less than the clip
        (1.5, 2.0, 0.0, 0.25, 3.24),  # scored as if it had stopped at 0.2
        (3.0, 2.0, 0.0, 1.0, 3.24),
        (-1.0, 2.0, 0.0, 9.0, 9.0),  # it moved the wrong way: the clip forgives nothing
    ],
)
def test_the_value_loss_with_and_without_a_clip(
    value: float, returned: float, before: float, plain: float, clipped: float
) -> None:
    values, returns, old = (torch.tensor([number]) for number in (value, returned, before))
    assert value_loss(values, returns).item() == pytest.approx(plain, abs=1e-5)
    assert value_loss(values, returns, old, clip=0.2).item() == pytest.approx(clipped, abs=1e-5)


def test_a_clip_without_the_old_values_is_refused() -> None:
    with pytest.raises(ValueError, match="clip needs `before`"):
        value_loss(torch.zeros(1), torch.zeros(1), clip=0.2)
