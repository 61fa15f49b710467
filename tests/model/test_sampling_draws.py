"""Draws follow the probabilities, for every sampler; those of before stay the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import RepetitionPenaltyLogitsProcessor

from course_utils.model.generate import generate
from course_utils.model.sampling import SamplingConfig, choose, probabilities, row_generator
from course_utils.model.transformer import Transformer

SCORES = torch.linspace(2, -1, 20)[None]  # of 20 tokens
SEEN = [0, 4, 19]  # what the text holds so far
DRAWS = 20_000
SAMPLERS = {
    "plain": SamplingConfig(1.0),
    "cold": SamplingConfig(0.5),
    "hot": SamplingConfig(2.0),
    "top-k": SamplingConfig(1.0, top_k=7),
    "top-p": SamplingConfig(1.0, top_p=0.6),
    "min-p": SamplingConfig(1.0, min_p=0.3),
    "penalty": SamplingConfig(1.0, repetition_penalty=1.5),
    "all": SamplingConfig(0.8, top_k=12, top_p=0.95, min_p=0.1, repetition_penalty=1.3),
}

# Drawn when there was neither min-p nor a penalty.
PINNED = [
    (
        SamplingConfig(1.0),
        "16 328 4 392 440 128 34 427 101 409 246 280 430 229 172 43 162 60",
    ),
    (
        SamplingConfig(0.8, seed=3),
        "229 44 4 246 290 109 42 301 404 460 490 124 259 246 308 105 29 279",
    ),
    (
        SamplingConfig(0.7, top_k=20, top_p=0.9, seed=1),
        "143 316 4 276 290 72 34 301 101 389 288 124 110 246 41 43 29 60",
    ),
]


def expected(config: SamplingConfig) -> torch.Tensor:
    """(20,) how likely each token is."""
    settings = (config.temperature, config.top_k, config.top_p, config.min_p)
    return probabilities(SCORES, *settings, config.repetition_penalty, [SEEN])[0].double()


def counted(config: SamplingConfig) -> torch.Tensor:
    """(20,) how often each token was drawn."""
    rows, generator = SCORES.expand(DRAWS, -1), row_generator(config.seed, 0)
    ids = choose(rows, config, [generator] * DRAWS, [SEEN] * DRAWS)
    return torch.bincount(ids, minlength=20).double()


def chi_square(counts: torch.Tensor, shares: torch.Tensor) -> tuple[float, float]:
    """Pearson's sum over what can be drawn, and its bound for one chance in a thousand."""
    kept = shares > 0
    degrees = int(kept.sum()) - 1
    # Wilson and Hilferty 1931; 3.09 standard deviations are passed once in a thousand.
    bound = degrees * (1 - 2 / (9 * degrees) + 3.09 * (2 / (9 * degrees)) ** 0.5) ** 3
    wanted = DRAWS * shares[kept]
    return float(((counts[kept] - wanted) ** 2 / wanted).sum()), bound


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", SAMPLERS)
def test_draws_follow_the_probabilities(name: str, seed: int) -> None:
    config = replace(SAMPLERS[name], seed=seed)
    shares, counts = expected(config), counted(config)
    assert counts[shares == 0].sum() == 0 and (DRAWS * shares[shares > 0]).min() > 5
    found, bound = chi_square(counts, shares)
    assert found < bound


def test_the_bound_is_passed_by_draws_of_any_other_sampler() -> None:
    # What draws at one sampler's settings would look like to each of the others.
    for name, config in SAMPLERS.items():
        counts = counted(config)
        for other, settings in SAMPLERS.items():
            shares = expected(settings)
            missed = counts[shares == 0].sum() > 0
            found, bound = chi_square(counts, shares)
            assert (not missed and found < bound) == (name == other), (name, other)


def test_a_hand_worked_bound() -> None:
    # 10 degrees of freedom: tables say 29.588 for one in a thousand.
    shares = torch.full((11,), 1 / 11, dtype=torch.float64)
    assert chi_square(DRAWS * shares, shares) == pytest.approx((0, 29.588), abs=0.2)


def test_temperature_zero_is_greedy_for_every_sampler(model: Transformer) -> None:
    prompts = [[4, 5], [6]]
    greedy = generate(model, prompts, SamplingConfig(0, stop_ids=()), limits=[9, 9])
    for config in (SAMPLERS["top-k"], SAMPLERS["top-p"], SAMPLERS["min-p"]):
        cold = replace(config, temperature=0.0, stop_ids=())
        assert generate(model, prompts, cold, limits=[9, 9]) == greedy


def test_a_row_draws_the_same_alone_with_a_penalty(model: Transformer) -> None:
    config = replace(SAMPLERS["all"], stop_ids=())
    prompts = [[4, 5, 6], [7], [4, 4]]
    together = generate(model, prompts, config, limits=[9, 9, 9])
    alone = [
        generate(model, [prompt], config, limits=[9], row_seeds=[row])[0]
        for row, prompt in enumerate(prompts)
    ]
    assert together == alone


def test_the_loop_penalises_the_prompt_and_all_that_it_wrote_as_transformers_does(
    model: Transformer,
) -> None:
    config = SamplingConfig(0, repetition_penalty=1.8, stop_ids=())
    prompts, penalise = [[4, 5], [6]], RepetitionPenaltyLogitsProcessor(1.8)
    rows = generate(model, prompts, config, limits=[12, 12])
    for prompt, row in zip(prompts, rows, strict=True):
        ids = torch.tensor([prompt])
        for _ in range(12):
            with torch.no_grad():
                best = penalise(ids, model.next_logits(ids)).argmax(-1, keepdim=True)
            ids = torch.cat([ids, best], -1)
        assert ids[0, len(prompt) :].tolist() == row.ids
    assert rows != generate(
        model, prompts, replace(config, repetition_penalty=1.0), limits=[12, 12]
    )


def test_draws_of_settings_from_before_min_p_are_the_same_to_the_last_token() -> None:
    # Rollouts, committed outputs and starters depend on them.
    logits = 3 * torch.randn(40, 500, generator=torch.Generator().manual_seed(5))
    for config, ids in PINNED:
        rows = [row_generator(config.seed, row) for row in range(40)]
        assert choose(logits, config, rows).tolist()[:18] == [*map(int, ids.split())], config
