"""Rollouts: what was chosen is marked, the likelihoods are the model's, groups lose no row."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.rollouts import (
    Rollouts,
    compared,
    log_probabilities,
    replies,
    sample,
)
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

TOKENIZER = FastTokenizer()
SIZE = TransformerConfig(261, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=48)
PROMPTS = [Prompt(text, "talk") for text in ("Hm?", "What is it?", "Go on, please.", "Hm?")]


@pytest.fixture
def model() -> Transformer:
    """A small random model that ends a reply after some ten tokens."""
    made, generator = Transformer(SIZE), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=generator))
        made.model.embed_tokens.weight[:, 0] = 3
        made.lm_head.weight[0, 0] = 2
    return made


def test_what_was_chosen_is_the_reply_and_its_end_and_nothing_else(model: Transformer):
    for seed in range(5):
        made = sample(model, TOKENIZER, PROMPTS, max_new_tokens=12, seed=seed)
        for row, prompt in enumerate(PROMPTS):
            asked = conversation_ids(TOKENIZER, prompt.turns)
            length = int(made.lengths[row])
            places = (made.response_mask[row].nonzero().squeeze(1) + 1).tolist()
            assert made.tokens[row, : len(asked)].tolist() == asked
            assert places == list(range(len(asked), length))
            said = made.tokens[row, len(asked) : length].tolist()
            assert (said[-1] == 0) == made.ended[row] and 0 not in said[:-1]
            assert made.ended[row] or len(said) == 12
            assert TOKENIZER.decode([one for one in said if one]) == made.replies[row]
            assert set(made.tokens[row, length:].tolist()) <= {3}


def test_some_replies_end_and_others_are_cut(model: Transformer):
    ended = [e for seed in range(5) for e in sample(model, TOKENIZER, PROMPTS, 6, 1.0, seed).ended]
    assert {True, False} == set(ended)


def test_a_model_that_ends_at_once_gives_an_empty_reply_of_one_token(model: Transformer):
    with torch.no_grad():
        model.lm_head.weight[0, 0] = 100
    made = sample(model, TOKENIZER, PROMPTS)
    assert made.replies == ("",) * 4 and made.ended == (True,) * 4
    assert made.response_mask.sum(1).tolist() == [1] * 4


def test_log_probabilities_match_a_direct_computation(model: Transformer):
    made = sample(model, TOKENIZER, PROMPTS, 12)
    with torch.no_grad():
        found = log_probabilities(model, made.tokens)
        assert found.shape == made.response_mask.shape
        for row in range(4):
            ids = made.tokens[row, : int(made.lengths[row])]
            for at in range(len(ids) - 1):
                chances = torch.softmax(model(ids[None, : at + 1])[0, -1], -1)
                expected = chances[ids[at + 1]].log().item()
                assert found[row, at].item() == pytest.approx(expected, abs=1e-4)


def test_likelihoods_add_up_to_one_over_all_next_tokens(model: Transformer):
    tokens = torch.tensor([[1, 2, token] for token in range(261)])
    for temperature in (0.5, 1.0):
        found = log_probabilities(model, tokens, temperature)[:, 1]
        assert found.exp().sum().item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("temperature", [0, None, float("nan"), "hot"])
def test_a_temperature_without_likelihoods_is_refused(model: Transformer, temperature: object):
    with pytest.raises(ValueError, match="temperature is "):
        log_probabilities(model, torch.tensor([[1, 2, 3]]), temperature)


def test_another_tokenizers_prompts_are_refused():
    with pytest.raises(ValueError, match="300 tokens and the tokenizer 261"):
        sample(Transformer(replace(SIZE, vocab_size=300)), TOKENIZER, PROMPTS)


def test_two_models_are_compared_token_by_token(model: Transformer):
    tokens = sample(model, TOKENIZER, PROMPTS, 12).tokens
    start = Transformer(SIZE)  # finds all tokens alike
    with torch.no_grad():
        found = compared(model, start, tokens)
        assert torch.equal(found[..., 0], log_probabilities(model, tokens))
        assert torch.equal(found[..., 1], log_probabilities(start, tokens))
        theirs = torch.distributions.kl_divergence(
            torch.distributions.Categorical(logits=model(tokens[:, :-1])),
            torch.distributions.Categorical(logits=start(tokens[:, :-1])),
        )
        assert torch.allclose(found[..., 2], theirs, atol=1e-5) and theirs.min() > 0.01
        assert (compared(model, model, tokens)[..., 2] == 0).all()
        undecided = torch.distributions.Categorical(logits=model(tokens[:, :-1])).entropy()
        assert torch.allclose(found[..., 3], undecided, atol=1e-5)
        # which finds all 261 tokens alike
        alike = compared(start, model, tokens)[..., 3]
        assert torch.allclose(alike, torch.full_like(alike, math.log(261)), atol=1e-5)


def test_the_distance_is_what_chosen_tokens_move_on_average(model: Transformer):
    start = Transformer(SIZE)
    with torch.no_grad():
        start.lm_head.weight.copy_(0.7 * model.lm_head.weight)
        made = sample(model, TOKENIZER, PROMPTS[:1] * 400, max_new_tokens=1)
        now, then, distance, _ = compared(model, start, made.tokens)[made.response_mask].T
    error = (now - then).std() / 400**0.5
    assert abs((now - then).mean() - distance.mean()) < 4 * error < distance.mean()


@pytest.mark.parametrize("tokens", [1, 20, 45, 10_000])
def test_groups_hold_each_row_once_and_are_as_long_as_its_longest(tokens: int):
    lengths = torch.tensor([9, 4, 15, 4, 8, 11, 30])
    made = Rollouts(torch.zeros(7, 30), torch.zeros(7, 29), lengths, ("",) * 7, (True,) * 7)
    asked, found = [6, 0, 2, 3, 1, 5], []
    for rows, longest in made.groups(asked, tokens):
        assert longest == max(lengths[rows].tolist())
        assert len(rows) == 1 or longest * len(rows) <= tokens
        found += rows.tolist()
    assert sorted(found) == sorted(asked)


def test_a_measure_by_groups_is_that_of_each_row_alone(model: Transformer):
    made = sample(model, TOKENIZER, PROMPTS * 30, 12)  # more than one group
    assert len(list(made.groups(range(120)))) > 1
    with torch.no_grad():
        found = made.measure(lambda tokens: log_probabilities(model, tokens))
        for row in (0, 1, 57, 119):
            length = int(made.lengths[row])
            alone = log_probabilities(model, made.tokens[row : row + 1, :length])[0]
            assert torch.allclose(found[row, : length - 1], alone, atol=1e-4)
        several = made.measure(lambda tokens: compared(model, model, tokens))
        assert torch.equal(several[..., 0], found) and several.shape[2:] == (4,)


def test_no_rows_make_no_group():
    one = torch.zeros(1, 2)
    assert list(Rollouts(one, one, torch.tensor([2]), ("",), (True,)).groups([])) == []


def test_the_same_seed_says_the_same_and_another_something_else(model: Transformer):
    said = [sample(model, TOKENIZER, PROMPTS, seed=seed).replies for seed in (0, 0, 1)]
    assert said[0] == said[1] != said[2]


def test_equal_prompts_get_different_replies_when_sampled_and_equal_ones_when_greedy(model):
    sampled = sample(model, TOKENIZER, PROMPTS, 12).replies
    greedy = replies(model, TOKENIZER, PROMPTS, max_new_tokens=12)
    assert sampled[0] != sampled[3] and greedy[0] == greedy[3]


def test_a_reply_ends_where_the_context_does(model: Transformer):
    with torch.no_grad():
        model.lm_head.weight[0, 0] = -100
    made = sample(model, TOKENIZER, PROMPTS, max_new_tokens=500)
    assert made.lengths.tolist() == [48] * 4 and made.ended == (False,) * 4


def test_no_prompts_have_no_replies(model: Transformer):
    assert replies(model, TOKENIZER, []) == []
    with pytest.raises(ValueError, match="no prompts"):
        sample(model, TOKENIZER, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [("word " * 20, r"A prompt has 10\d tokens, but the model reads 48"), (" ", "says nothing")],
)
def test_a_prompt_too_long_or_empty_is_refused(model: Transformer, text: str, words: str):
    with pytest.raises(ValueError, match=words):
        sample(model, TOKENIZER, [*PROMPTS, Prompt(text, "talk")])
