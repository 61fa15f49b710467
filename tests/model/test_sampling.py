"""Choosing tokens: the same probabilities as transformers, draws that follow them."""

from __future__ import annotations

import pytest
import torch
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from course_utils.model.sampling import SamplingConfig, choose, probabilities, row_generator

LOGITS = 3 * torch.randn(6, 50, generator=torch.Generator().manual_seed(0))


def theirs(logits, temperature, top_k, top_p):
    """The same three steps by transformers."""
    logits = TemperatureLogitsWarper(temperature)(None, logits)
    if top_k is not None:
        logits = TopKLogitsWarper(top_k)(None, logits)
    if top_p is not None:
        logits = TopPLogitsWarper(top_p)(None, logits)
    return torch.softmax(logits, -1)


@pytest.mark.parametrize("temperature", [0.1, 0.8, 1.0, 1.5])
@pytest.mark.parametrize(
    ("top_k", "top_p"), [(None, None), (5, None), (None, 0.7), (8, 0.5), (1, 0.9), (99, 1.0)]
)
def test_probabilities_are_those_of_transformers(temperature, top_k, top_p) -> None:
    ours = probabilities(LOGITS, temperature, top_k, top_p)
    assert torch.allclose(ours, theirs(LOGITS, temperature, top_k, top_p), atol=1e-6)
    assert torch.equal(ours > 0, theirs(LOGITS, temperature, top_k, top_p) > 0)


def test_top_k_and_top_p_worked_by_hand() -> None:
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log()
    assert probabilities(logits, 1, top_k=2)[0].tolist() == pytest.approx([0.625, 0.375, 0, 0])
    kept = probabilities(logits, 1, top_p=0.6)[0].tolist()  # 0.5 is not enough, 0.8 is
    assert kept == pytest.approx([0.625, 0.375, 0, 0])


def test_temperature_zero_is_a_one_hot_of_the_likeliest() -> None:
    chances = probabilities(LOGITS, 0)
    assert torch.equal(chances, torch.nn.functional.one_hot(LOGITS.argmax(-1), 50).float())


@pytest.mark.parametrize("temperature", [1e-6, 1e-30, 1e-320])
def test_the_smallest_temperatures_are_greedy_and_do_not_overflow(temperature: float) -> None:
    assert torch.equal(probabilities(1e4 * LOGITS, temperature), probabilities(LOGITS, 0))


@pytest.mark.parametrize("top_p", [1e-9, 1e-3])
def test_at_least_one_token_survives_the_smallest_top_p(top_p: float) -> None:
    flat = probabilities(torch.zeros(2, 50), 1.5, top_p=top_p)
    assert torch.allclose(flat.sum(-1), torch.ones(2)) and (flat > 0).any(-1).all()


def test_half_precision_scores_are_taken() -> None:
    assert probabilities(LOGITS.half(), 0.8).dtype == torch.float32


def test_draws_follow_the_probabilities() -> None:
    config, draws = SamplingConfig(temperature=0.8, top_k=12, top_p=0.95), 20_000
    one_row = torch.linspace(2, 0, 20)[None]
    expected = probabilities(one_row, 0.8, 12, 0.95)[0].double()
    generator = row_generator(0, 0)
    ids = choose(one_row.expand(draws, -1), config, [generator] * draws)
    counts = torch.bincount(ids, minlength=20).double()
    kept = expected > 0
    assert counts[~kept].sum() == 0
    chi_square = ((counts - draws * expected) ** 2 / (draws * expected))[kept].sum()
    degrees = int(kept.sum()) - 1
    assert chi_square < degrees + 4 * (2 * degrees) ** 0.5


def test_a_row_draws_the_same_whoever_its_neighbours_are() -> None:
    config = SamplingConfig(temperature=1.0)
    together = choose(LOGITS, config, [row_generator(7, row) for row in range(6)]).tolist()
    alone = [int(choose(LOGITS[row][None], config, [row_generator(7, row)])) for row in range(6)]
    assert together == alone


def test_seed_and_row_seed_each_change_the_draws() -> None:
    numbers = {
        torch.rand(1, generator=row_generator(*seeds)).item()
        for seeds in ((0, 0), (0, 1), (1, 0), (1, 1), (2**40, 0))
    }
    assert len(numbers) == 5


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_scores_that_are_no_finite_numbers_are_refused(bad: float, temperature: float) -> None:
    logits = LOGITS.clone()
    logits[4, 3] = bad
    logits[2, 5:] = logits[4, 20:] = -torch.inf  # a mask beside it changes nothing
    with pytest.raises(ValueError, match="1 of 50 scores in row 4 are not finite"):
        choose(logits, SamplingConfig(temperature=temperature), [row_generator(0, 0)] * 6)


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_a_row_in_which_every_token_is_masked_is_refused(temperature: float) -> None:
    logits = LOGITS.clone()
    logits[4] = -torch.inf
    with pytest.raises(ValueError, match="All 50 scores in row 4 are minus infinity"):
        choose(logits, SamplingConfig(temperature=temperature), [row_generator(0, 0)] * 6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(
    ("temperature", "top_k", "top_p"), [(1.0, None, None), (1e-30, None, None), (2.0, 8, 0.9)]
)
def test_masked_tokens_have_no_probability_and_the_others_share_it(
    dtype, temperature, top_k, top_p
) -> None:
    logits = LOGITS.to(dtype)
    logits[:, 5:] = -torch.inf
    chances = probabilities(logits, temperature, top_k, top_p)
    assert torch.equal(chances[:, 5:], torch.zeros(6, 45))
    # as if the vocabulary ended there
    assert torch.allclose(chances[:, :5], probabilities(logits[:, :5], temperature, None, top_p))


@pytest.mark.parametrize("temperature", [0.0, 5.0])
def test_a_masked_token_is_never_chosen(temperature: float) -> None:
    logits = torch.zeros(500, 4)
    logits[:, :3:2] = -torch.inf  # the likeliest may be forbidden too
    config = SamplingConfig(temperature=temperature)
    chosen = choose(logits, config, [row_generator(0, row) for row in range(500)])
    assert set(chosen.tolist()) == ({1} if temperature == 0 else {1, 3})


@pytest.mark.parametrize("top_k", range(1, 7))
def test_top_k_keeps_exactly_k_tokens_also_among_ties(top_k: int) -> None:
    logits = torch.tensor([[1.0, 2, 2, 0, 2, 2], [3, 3, 3, 3, 3, 3], [0, 1, 2, 3, 4, 5]])
    kept = probabilities(logits, 0.7, top_k=top_k) > 0
    order = [[1, 2, 4, 5, 0, 3], [0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0]]
    for row, ids in enumerate(order):
        assert kept[row].nonzero().flatten().tolist() == sorted(ids[:top_k])


def test_top_k_of_one_is_the_greedy_choice_among_ties() -> None:
    logits = torch.randint(0, 3, (200, 40), generator=torch.Generator().manual_seed(1)).float()
    assert torch.equal(probabilities(logits, 1.3, top_k=1), probabilities(logits, 0))


def test_scores_of_one_text_without_a_row_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(50,\), expected \(B, V\)"):
        probabilities(LOGITS[0], 1)


def test_a_generator_for_each_row_is_asked_for() -> None:
    with pytest.raises(ValueError, match="6 rows and 1 generators"):
        choose(LOGITS, SamplingConfig(), [row_generator(0, 0)])


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"temperature": -0.1}, "temperature is -0.1"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"temperature": float("inf")}, "temperature is inf"),
        ({"temperature": None}, "temperature is None"),
        ({"temperature": "0.8"}, "temperature is '0.8'"),
        ({"top_k": 0}, "top_k is 0"),
        ({"top_k": 2.5}, "top_k is 2.5"),
        ({"top_p": 0}, "top_p is 0"),
        ({"top_p": "most"}, "top_p is 'most'"),
        ({"top_p": 1.1}, "top_p is 1.1"),
        ({"seed": -1}, "seed is -1"),
        ({"max_new_tokens": 0}, "max_new_tokens is 0"),
        ({"stop_ids": [0]}, r"stop_ids is \[0\]"),
        ({"stop_ids": (0, 1.5)}, r"stop_ids\[1\] is 1.5"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_a_sentence(setting: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SamplingConfig(**setting)
    if setting.keys() <= {"temperature", "top_k", "top_p"}:
        with pytest.raises(ValueError, match=words):
            probabilities(LOGITS, **setting)
