"""Generation: the cache changes nothing, lengths may differ, sampling is fair."""

from __future__ import annotations

import pytest
import torch

from course_utils.model.generate import Cache, generate, generate_rows
from course_utils.model.transformer import Transformer, TransformerConfig

CONFIG = TransformerConfig(
    vocab_size=40, width=16, layers=2, heads=2, intermediate_size=24, context_tokens=32
)


@pytest.fixture
def model() -> Transformer:
    made, generator = Transformer(CONFIG), torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
        made.lm_head.weight[0] = 0  # ends seldom
    return made.eval()


def slowly(model: Transformer, prompt: list[int], n: int) -> list[int]:
    """Greedy, without a cache, one row at a time."""
    ids = list(prompt)
    for _ in range(n):
        token = int(model(torch.tensor([ids]))[0, -1].argmax())
        if token == 0:
            break
        ids.append(token)
    return ids[len(prompt) :]


@torch.no_grad()
def test_cached_and_uncached_logits_agree(model: Transformer):
    tokens = torch.randint(0, 40, (3, 12), generator=torch.Generator().manual_seed(0))
    cache = Cache(model, 3, 12)
    pieces = [model(tokens[:, :7], cache)]
    pieces += [model(tokens[:, i : i + 1], cache) for i in range(7, 12)]
    assert torch.allclose(torch.cat(pieces, 1), model(tokens), atol=1e-5)


@torch.no_grad()
def test_several_tokens_after_cached_ones_are_refused(model: Transformer):
    cache = Cache(model, 1, 12)
    model(torch.tensor([[1, 2]]), cache)
    with pytest.raises(ValueError, match="pass one"):
        model(torch.tensor([[3, 4]]), cache)


@torch.no_grad()
def test_rows_of_all_lengths_continue_as_each_would_alone(model: Transformer):
    prompts = [[5], [1, 2, 3], [7, 8], [30, 31, 32, 33, 34, 35], [0, 9]]
    limits = [10, 4, 0, 12, 1]
    expected = [slowly(model, p, n) for p, n in zip(prompts, limits, strict=True)]
    assert generate_rows(model, prompts, limits) == expected


def test_one_row_is_the_same_as_a_batch_of_one(model: Transformer):
    assert generate(model, [4, 5], 8) == generate_rows(model, [[4, 5]], 8)[0]


def test_the_end_token_stops_a_row_and_is_left_out(model: Transformer):
    with torch.no_grad():
        model.lm_head.weight.zero_()  # all scores equal: greedy takes id 0
    assert generate(model, [4, 5], 8) == []


def test_the_seed_decides_the_sample(model: Transformer):
    one, same, other = (generate(model, [4], 20, temperature=1.0, seed=s) for s in (1, 1, 2))
    assert one == same != other


def test_sampling_follows_the_probabilities(model: Transformer):
    drawn = generate_rows(model, [[4]] * 8000, 1, temperature=0.8)
    counts = torch.zeros(40)
    for row in drawn:
        counts[row[0] if row else 0] += 1
    with torch.no_grad():
        expected = torch.softmax(model(torch.tensor([[4]]))[0, -1] / 0.8, -1)
    assert (counts / 8000 - expected).abs().max() < 0.02


def test_top_k_of_one_is_greedy(model: Transformer):
    sampled = generate(model, [4], 10, temperature=2.0, top_k=1)
    assert sampled == generate(model, [4], 10)


def test_threads_are_given_back(model: Transformer):
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    generate(model, [4], 2)
    assert torch.get_num_threads() == before + 1


def test_more_than_the_context_is_refused(model: Transformer):
    with pytest.raises(ValueError, match="Ask for at most 2 new tokens"):
        generate(model, [1] * 30, 3)
    with pytest.raises(ValueError, match="no tokens"):
        generate(model, [], 3)
