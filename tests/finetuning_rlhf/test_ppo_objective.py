"""PPO's two formulas: against slow loops, the paper's table of cases, and sums done by hand."""

from __future__ import annotations

import math

import pytest
import torch

from course_utils.finetuning_rlhf.ppo import advantages, clipped_loss


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
