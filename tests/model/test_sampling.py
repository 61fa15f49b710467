"""Choosing tokens: the same probabilities as transformers, and what cannot be is refused."""

from __future__ import annotations

import pytest
import torch
from transformers import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from course_utils.model.sampling import (
    SamplingConfig,
    choose,
    probabilities,
    row_generator,
    stages,
)

LOGITS = 3 * torch.randn(6, 50, generator=torch.Generator().manual_seed(0))
SEEN = [[3, 7, 7, 3, row] for row in range(6)]


def theirs(logits, temperature, top_k, top_p, min_p=None, penalty=1.0):
    """The same five steps by transformers, in the order of its `generate`."""
    if penalty != 1:
        logits = RepetitionPenaltyLogitsProcessor(penalty)(torch.tensor(SEEN), logits)
    logits = TemperatureLogitsWarper(temperature)(None, logits)
    if top_k is not None:
        logits = TopKLogitsWarper(top_k)(None, logits)
    if top_p is not None:
        logits = TopPLogitsWarper(top_p)(None, logits)
    if min_p is not None:
        logits = MinPLogitsWarper(min_p)(None, logits)
    return torch.softmax(logits, -1)


@pytest.mark.parametrize("temperature", [0.1, 0.8, 1.0, 1.5])
@pytest.mark.parametrize(
    ("top_k", "top_p"), [(None, None), (5, None), (None, 0.7), (8, 0.5), (1, 0.9), (99, 1.0)]
)
def test_probabilities_are_those_of_transformers(temperature, top_k, top_p) -> None:
    ours = probabilities(LOGITS, temperature, top_k, top_p)
    assert torch.allclose(ours, theirs(LOGITS, temperature, top_k, top_p), atol=1e-6)
    assert torch.equal(ours > 0, theirs(LOGITS, temperature, top_k, top_p) > 0)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize(("top_k", "top_p"), [(None, None), (9, 0.8)])
@pytest.mark.parametrize("min_p", [None, 0.0, 0.02, 0.3, 1.0])
@pytest.mark.parametrize("penalty", [0.7, 1.0, 1.3])
def test_min_p_and_penalty_alone_and_together_are_those_of_transformers(
    temperature, top_k, top_p, min_p, penalty
) -> None:
    ours = probabilities(LOGITS, temperature, top_k, top_p, min_p, penalty, SEEN)
    other = theirs(LOGITS, temperature, top_k, top_p, min_p, penalty)
    assert torch.allclose(ours, other, atol=1e-6)
    assert torch.equal(ours > 0, other > 0)


def test_the_stages_are_transformers_step_by_step() -> None:
    config = SamplingConfig(0.8, top_k=20, top_p=0.9, min_p=0.2, repetition_penalty=1.2)
    made = stages(LOGITS, config, SEEN)
    names = ["logits", "repetition penalty", "temperature", "top-k", "top-p", "min-p"]
    assert [stage.name for stage in made] == names
    assert [stage.setting for stage in made] == [None, 1.2, 0.8, 20, 0.9, 0.2]
    settings = [
        (1.0, None, None, None, 1.0),
        (1.0, None, None, None, 1.2),
        (0.8, None, None, None, 1.2),
        (0.8, 20, None, None, 1.2),
        (0.8, 20, 0.9, None, 1.2),
        (0.8, 20, 0.9, 0.2, 1.2),
    ]
    for stage, setting in zip(made, settings, strict=True):
        other = theirs(LOGITS, *setting)
        assert torch.allclose(stage.probabilities, other, atol=1e-6), stage.name
        assert torch.equal(stage.kept, other > 0), stage.name
    kept = [int(stage.kept.sum()) for stage in made]
    assert kept[2] > kept[3] > kept[4] > kept[5] >= 6, "each cut cuts"


def test_a_stage_that_is_off_hands_on_what_it_was_given() -> None:
    made = stages(LOGITS, SamplingConfig(1.0))
    assert torch.equal(made[0].scores, LOGITS) and made[1].scores is not made[2].scores
    assert all(stage.setting is None for stage in (made[1], *made[3:]))
    assert all(torch.equal(stage.scores, made[2].scores) for stage in made[3:])
    config = SamplingConfig(0.0, top_k=5, top_p=0.5, min_p=0.5)
    assert torch.equal(stages(LOGITS, config)[-1].probabilities, probabilities(LOGITS, 0))


def test_the_order_of_the_cuts_matters_as_in_the_hand_example() -> None:
    # 50, 30, 10, 10 percent. Top-p 0.85 keeps three; min-p 0.5 then two. Cut by min-p first, as
    # vLLM does, top-p 0.6 of 62.5 and 37.5 percent keeps one; our order keeps two.
    logits = torch.tensor([[0.5, 0.3, 0.1, 0.1]]).log()
    kept = probabilities(logits, 1, top_p=0.85, min_p=0.5)[0].tolist()
    assert kept == pytest.approx([0.625, 0.375, 0, 0])
    assert (probabilities(logits, 1, top_p=0.6, min_p=0.5) > 0).sum() == 2
    assert (probabilities(probabilities(logits, 1, min_p=0.5).log(), top_p=0.6) > 0).sum() == 1


def test_penalty_and_min_p_worked_by_hand() -> None:
    logits = torch.tensor([[2.0, 1.0, -1.0, -2.0]])
    (scores,) = stages(logits, SamplingConfig(1, repetition_penalty=2), [[0, 0, 2]])[1].scores
    assert scores.tolist() == [1, 1, -2, -2]  # once each, up or down, and never the others
    shares = torch.tensor([[0.5, 0.26, 0.24]]).log()  # half of the likeliest is 0.25
    kept = probabilities(shares, 1, min_p=0.5)[0].tolist()
    assert kept == pytest.approx([0.5 / 0.76, 0.26 / 0.76, 0])


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_the_penalty_lets_another_token_win_and_masked_ones_stay_out(temperature) -> None:
    logits = torch.tensor([[5.0, 4.0, -torch.inf, 0.0]] * 50)
    config = SamplingConfig(temperature, top_k=1, repetition_penalty=2.0)
    rows = [row_generator(0, row) for row in range(50)]
    assert set(choose(logits, config, rows, [[0, 2]] * 50).tolist()) == {1}
    assert set(choose(logits, config, rows, [[2]] * 50).tolist()) == {0}


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (None, "of the 6 rows of token ids so far there are none"),
        ([[1]], "there are 1 rows"),
        ([*SEEN[:5], [50]], "Row 5 of `seen` has the token 50; there are 50 scores"),
        ([*SEEN[:5], [-1]], "Row 5 of `seen` has the token -1"),
    ],
)
@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_a_penalty_without_the_rows_ids_is_refused(seen, words, temperature) -> None:
    config = SamplingConfig(temperature, repetition_penalty=1.2)
    with pytest.raises(ValueError, match=words):
        choose(LOGITS, config, [row_generator(0, 0)] * 6, seen)


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


@pytest.mark.parametrize("kept", range(1, 7))
def test_top_p_keeps_the_first_ids_among_ties_and_as_many_as_transformers(kept: int) -> None:
    logits = torch.tensor([[3.0, 3, 3, 3, 3, 3], [1, 3, 1, 3, 1, 1]])
    share = torch.softmax(logits, -1).sort(-1, descending=True).values.cumsum(-1)[:, kept - 1]
    for row, ids in enumerate([[0, 1, 2, 3, 4, 5], [1, 3, 0, 2, 4, 5]]):
        top_p = float(share[row]) - 1e-3  # the token that crosses it stays
        ours = probabilities(logits, 1, top_p=top_p)[row] > 0
        assert ours.nonzero().flatten().tolist() == sorted(ids[:kept])
        assert int((theirs(logits, 1.0, None, top_p)[row] > 0).sum()) == kept


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
        ({"top_p": float("nan")}, "top_p is nan"),
        ({"min_p": -0.1}, "min_p is -0.1"),
        ({"min_p": 1.01}, "min_p is 1.01"),
        ({"min_p": float("nan")}, "min_p is nan"),
        ({"repetition_penalty": 0}, "repetition_penalty is 0"),
        ({"repetition_penalty": -1.2}, "repetition_penalty is -1.2"),
        ({"repetition_penalty": None}, "repetition_penalty is None"),
        ({"seed": -1}, "seed is -1"),
        ({"max_new_tokens": 0}, "max_new_tokens is 0"),
        ({"stop_ids": [0]}, r"stop_ids is \[0\]"),
        ({"stop_ids": (0, 1.5)}, r"stop_ids\[1\] is 1.5"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_a_sentence(setting: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SamplingConfig(**setting)
    if setting.keys() <= {"temperature", "top_k", "top_p", "min_p", "repetition_penalty"}:
        with pytest.raises(ValueError, match=words):
            probabilities(LOGITS, **setting)
