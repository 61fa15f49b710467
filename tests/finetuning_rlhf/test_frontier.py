"""The frontier: the KL of each road against exact values, and best of n against all choices."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
import torch

from course_utils.finetuning_rlhf import frontier, kl, rollouts
from course_utils.finetuning_rlhf.frontier import BEST_OF_N, PPO, TEMPERATURE, Point
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=32)
PROMPTS = [Prompt(text, "talk") for text in ("Hm?", "What is it?", "Go on.")]
DRAW = np.random.default_rng(0)


def model(seed: int) -> Transformer:
    """Random, and not too sure of any token."""
    made, generator = Transformer(SIZE), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
    return made.eval()


@pytest.mark.parametrize("n", [1, 2, 5, 16])
def test_the_formula_is_exact_without_repeats_and_a_bound_with_them(n: int):
    bound = frontier.best_of_n_kl(n)
    many = np.full(20_000, 1 / 20_000)

    assert frontier.exact_best_of_n_kl(many, n) == pytest.approx(bound, abs=2e-3)
    for _ in range(20):
        few = DRAW.dirichlet(np.full(6, 0.5))
        assert frontier.exact_best_of_n_kl(few, n) <= bound + 1e-9
    # a model that always says the same has nothing to choose from
    assert frontier.exact_best_of_n_kl([0.0, 1.0], n) == pytest.approx(0)


def test_best_of_two_coins_by_hand():
    # of two throws the better side comes in 3 of 4 cases
    found = frontier.exact_best_of_n_kl([0.5, 0.5], 2)

    assert found == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    assert frontier.best_of_n_kl(2) == pytest.approx(math.log(2) - 0.5)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_best_of_n_is_the_mean_over_all_choices(n: int):
    scores, values = DRAW.normal(size=(5, 4)), DRAW.normal(size=(5, 4))
    by_hand = [
        np.mean([values[max(some, key=lambda row, at=at: scores[row, at]), at] for some in
                 combinations(range(5), n)])
        for at in range(4)
    ]  # fmt: skip

    assert frontier.best_of(scores, values, n) == pytest.approx(by_hand)


def test_more_replies_than_there_are_cannot_be_chosen_from():
    with pytest.raises(ValueError, match="n is 3, but there are 2"):
        frontier.best_of(np.zeros((2, 4)), np.zeros((2, 4)), 3)
    with pytest.raises(ValueError, match=r"\(2, 4\).*\(2, 3\)"):
        frontier.best_of(np.zeros((2, 4)), np.zeros((2, 3)), 1)
    for wrong in (0, 1.5, -1):
        with pytest.raises(ValueError, match="n is"):
            frontier.best_of_n_kl(wrong)
    with pytest.raises(ValueError, match="sum to 0.7"):
        frontier.exact_best_of_n_kl([0.3, 0.4], 2)


def test_the_replies_are_those_of_rollouts_with_the_distance_that_ppo_measures():
    moved, start = model(1), model(2)
    texts, kls = frontier.answer(moved, start, TOKENIZER, PROMPTS, seed=7)
    made = rollouts.sample(moved, TOKENIZER, PROMPTS, temperature=1.0, seed=7)
    with torch.no_grad():
        theirs = made.measure(lambda tokens: rollouts.compared(moved, start, tokens))[..., 2]

    assert texts == rollouts.replies(moved, TOKENIZER, PROMPTS, 1.0, seed=7)
    assert kls == pytest.approx((theirs * made.response_mask).sum(1).numpy(), rel=1e-5)
    assert (kls > 0).all()


def test_a_model_is_no_distance_from_itself_and_further_the_cooler_it_is():
    start = model(3)
    means = [
        frontier.answer(start, start, TOKENIZER, PROMPTS, temperature, seed=1)[1].mean()
        for temperature in (1.0, 0.7, 0.3)
    ]

    assert means[0] == pytest.approx(0, abs=1e-5)
    assert means[0] < means[1] < means[2]


def test_a_greedy_reply_is_as_far_as_it_surprises_the_start():
    start = model(4)
    texts, kls = frontier.answer(start, start, TOKENIZER, PROMPTS, 0.0)
    made = rollouts.sample(start, TOKENIZER, PROMPTS, temperature=0.0)
    with torch.no_grad():
        log_odds = made.measure(lambda tokens: rollouts.log_probabilities(start, tokens))
    nearly = kl.per_reply(start, start, made, temperature=1e-3).numpy()

    assert kls == pytest.approx(-(log_odds * made.response_mask).sum(1).numpy(), rel=1e-5)
    # the limit of ever lower temperatures, where no two tokens are equally likely
    assert kls == pytest.approx(nearly, rel=1e-3)


def test_a_point_has_the_errors_of_its_prompts_and_a_bound_has_none():
    proxy, true, before = np.array([1.0, 2, 3]), np.array([1.0, 1, 0]), np.array([1.0, 0, 0])
    moved = frontier.point(PPO, 0.45, np.array([1.0, 2, 6]), (proxy, true, before), 7, seed=2)
    bound = frontier.point(BEST_OF_N, 4, 0.6, (proxy, true, before), 7, seed=2)

    assert (moved.kl, moved.proxy, moved.true) == pytest.approx((3, 2, 2 / 3))
    assert moved.gain == pytest.approx(1 / 3) and moved.gain_error == pytest.approx(1 / 3)
    assert moved.distance == pytest.approx(3**0.5) and moved.kl_error > 0
    assert (bound.kl, bound.kl_error) == (0.6, 0.0)
    with pytest.raises(ValueError, match="road is 'DPO'"):
        frontier.point("DPO", 1, 1.0, (proxy, true, before), 7, seed=2)


def test_seeds_are_averaged_with_the_error_between_them_and_roads_are_in_order():
    def seen(road: str, setting: float, kl: float, gain: float, seed: int) -> Point:
        return Point(road, setting, kl, 0.1, 1.0, 0.5 + gain, gain, 0.01, 8.0, seed)

    points = [
        seen(TEMPERATURE, 0.5, 2.0, 0.2, 0), seen(PPO, 0.1, 4.0, 0.1, 0),
        seen(PPO, 0.1, 6.0, 0.3, 1), seen(PPO, 1.0, 1.0, 0.1, 0),
    ]  # fmt: skip
    found = frontier.averaged(points)

    assert [(one.road, one.setting) for one in found] == [
        (PPO, 1.0), (PPO, 0.1), (TEMPERATURE, 0.5),
    ]  # fmt: skip
    assert found[0] == points[3]  # one seed keeps its own errors
    assert (found[1].kl, found[1].gain, found[1].seed) == (5.0, pytest.approx(0.2), -1)
    assert found[1].gain_error == pytest.approx(0.1) and found[1].kl_error == pytest.approx(1.0)
