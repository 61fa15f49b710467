"""Attention read off a model: equal to transformers', invariants, heads switched off."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

import course_utils
from course_utils.model.attention import attention_maps, trace, without
from course_utils.model.cache import KVCache
from course_utils.model.generate import generate
from course_utils.model.sampling import SamplingConfig
from course_utils.model.save import load
from course_utils.model.transformer import Transformer, TransformerConfig

STARTER = Path(course_utils.__file__).parent / "starters" / "base_model"
SMALL = TransformerConfig(
    vocab_size=50, width=24, layers=2, heads=3, intermediate_size=24, context_tokens=16
)
IDS = [0, 7, 30, 7, 12, 49, 3]
ROWS = [IDS, [1, 2, 3, 4, 5, 6, 7]]


@pytest.fixture
def model() -> Transformer:
    """A model whose zero weights are filled, so that every part matters."""
    made, generator = Transformer(SMALL), torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=generator))
    return made.eval()


def test_the_starters_maps_are_those_of_transformers():
    from transformers import LlamaForCausalLM

    theirs = LlamaForCausalLM.from_pretrained(STARTER, attn_implementation="eager").eval()
    ids = torch.randint(5, 4096, (40,), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = torch.cat(theirs(ids[None], output_attentions=True).attentions)
    ours = attention_maps(load(STARTER), ids)
    assert ours.shape == expected.shape == (4, 4, 40, 40)
    assert (ours - expected).abs().max().item() < 1e-5


def test_rows_sum_to_one_and_the_future_is_zero(model: Transformer):
    maps = attention_maps(model, IDS)
    assert maps.shape == (2, 3, 7, 7)
    assert torch.allclose(maps.sum(-1), torch.ones(2, 3, 7), atol=1e-6)
    assert torch.equal(maps.triu(1), torch.zeros_like(maps))
    assert torch.equal(maps[..., 0, 0], torch.ones(2, 3))


def test_without_the_mask_later_tokens_take_their_share_and_nothing_else_changes(
    model: Transformer,
):
    masked, free = attention_maps(model, IDS), attention_maps(model, IDS, causal=False)
    assert torch.allclose(free.sum(-1), torch.ones(2, 3, 7), atol=1e-6)
    assert free.triu(1)[..., 0, 1:].min() > 0
    # The shares of the tokens up to now keep their proportions, since scores are the same.
    earlier = free.tril()
    assert torch.allclose(earlier / earlier.sum(-1, keepdim=True), masked, atol=1e-6)


@torch.no_grad()
@pytest.mark.parametrize("layer", [0, 1])
def test_weights_mix_values_to_what_the_layer_computes(model: Transformer, layer: int):
    """An independent way: the weights times the values, through o_proj, are what comes out."""
    seen, attention = [], model.model.layers[layer].self_attn
    handle = attention.register_forward_hook(lambda _, given, out: seen.append((given[0], out)))
    maps = attention_maps(model, ROWS)
    handle.remove()
    assert maps.shape == (2, 2, 3, 7, 7)
    ((x, out),) = seen
    values = attention.v_proj(x).view(2, 7, 3, 8).transpose(1, 2)
    mixed = (maps[layer] @ values).transpose(1, 2).reshape(2, 7, 24)
    assert torch.allclose(attention.o_proj(mixed), out, atol=1e-5)


def test_rows_read_together_look_as_each_does_alone(model: Transformer):
    together = trace(model, ROWS)
    assert together.queries.shape == (2, 2, 3, 7, 8)
    for row, ids in enumerate(ROWS):
        alone = trace(model, ids)
        assert torch.allclose(together.weights()[:, row], alone.weights(), atol=1e-6)
        free = together.weights(causal=False)[:, row]
        assert torch.allclose(free, alone.weights(causal=False), atol=1e-6)
        one, other = together.head(1, 2), alone.head(1, 2)
        for name in ("queries", "keys", "scores", "weights"):
            assert torch.allclose(getattr(one, name)[row], getattr(other, name), atol=1e-5), name


def test_a_head_in_numbers_is_its_row_of_the_maps(model: Transformer):
    one = trace(model, IDS).head(1, 2)
    assert one.queries.shape == one.keys.shape == (7, 8)
    product = float((one.queries[5] * one.keys[2]).sum()) / 8**0.5
    assert float(one.scores[5, 2]) == pytest.approx(product, abs=1e-5)
    row = one.scores[5, :6].exp()
    assert torch.allclose(one.weights[5, :6], row / row.sum(), atol=1e-6)
    assert torch.allclose(one.weights, attention_maps(model, IDS)[1, 2], atol=1e-6)
    free = trace(model, IDS).head(1, 2, causal=False)
    assert torch.equal(free.scores, one.scores) and free.weights[0, 6] > 0


def test_all_heads_off_is_a_model_whose_attention_says_nothing(model: Transformer):
    tokens, every = torch.tensor([IDS]), [(layer, head) for layer in (0, 1) for head in (0, 1, 2)]
    before = model(tokens)
    with without(model, every) as silent:
        assert silent is model
        now = silent(tokens)
        # Without attention a token's scores are those that it has alone.
        assert torch.allclose(now[:, 4], silent(tokens[:, 4:5])[:, 0], atol=1e-5)
    assert not torch.allclose(now, before, atol=1e-3)
    assert torch.equal(model(tokens), before)


def test_one_head_off_is_its_part_of_o_proj_set_to_zero(model: Transformer):
    tokens = torch.tensor([IDS])
    with without(model, [(1, 0)]):
        off = model(tokens)
    with torch.no_grad():
        model.model.layers[1].self_attn.o_proj.weight[:, :8] = 0
    assert torch.allclose(model(tokens), off, atol=1e-5)


def test_heads_come_back_after_an_error_and_from_inside_another_choice(model: Transformer):
    tokens = torch.tensor([IDS])
    before = model(tokens)
    with without(model, [(0, 1)]):
        one = model(tokens)
        with pytest.raises(KeyError), without(model, [(0, 1), (1, 1)]):
            assert not torch.equal(model(tokens), one)
            raise KeyError("stopped")
        assert torch.equal(model(tokens), one)
    assert torch.equal(model(tokens), before)
    with without(model, []):
        assert torch.equal(model(tokens), before)


def test_a_head_that_is_off_is_off_with_a_cache_too(model: Transformer):
    tokens = torch.tensor([IDS])
    with without(model, [(0, 0), (1, 2)]), torch.no_grad():
        whole, cache = model(tokens)[:, -1], KVCache(model, 1, 16)
        model(tokens[:, :-1], cache)
        assert torch.allclose(model(tokens[:, -1:], cache)[:, -1], whole, atol=1e-5)


def test_writing_with_heads_off_uses_the_cache_and_is_the_same_without_it(model: Transformer):
    greedy = SamplingConfig(temperature=0, max_new_tokens=6, stop_ids=())
    ids = list(IDS)
    with without(model, [(0, 0), (1, 2)]), torch.no_grad():
        for _ in range(6):
            ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
        for cached in (True, False):
            assert generate(model, [IDS], greedy, cached=cached)[0].ids == ids[7:]
    assert generate(model, [IDS], greedy)[0].ids != ids[7:]


def test_a_head_that_is_off_passes_on_nothing_even_if_it_is_no_number(model: Transformer):
    with torch.no_grad():
        model.model.layers[0].self_attn.v_proj.weight[:8] = float("inf")
    assert not model(torch.tensor([IDS])).isfinite().any()
    with without(model, [(0, 0)]):
        assert model(torch.tensor([IDS])).isfinite().all()


def test_the_whole_numbers_of_numpy_name_a_head(model: Transformer):
    tokens, pair = torch.tensor([IDS]), np.unravel_index(5, (2, 3))
    with without(model, [(1, 2)]):
        expected = model(tokens)
    with without(model, [pair]):
        assert torch.equal(model(tokens), expected)


def test_another_thread_may_use_the_model_while_it_is_looked_at(model: Transformer):
    expected = attention_maps(model, IDS)

    def disturb(*_: object) -> None:
        handle.remove()
        other = threading.Thread(target=lambda: model(torch.tensor([[1, 2, 3]])))
        other.start()
        other.join()

    handle = model.model.layers[1].register_forward_pre_hook(disturb)
    assert torch.equal(attention_maps(model, IDS), expected)


def test_looking_leaves_model_and_gradients_alone(model: Transformer):
    model.train()
    attention_maps(model, IDS)
    assert model.training and all(weight.grad is None for weight in model.parameters())
    with pytest.raises(ValueError):
        attention_maps(model, [0, 99])
    assert not any(module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([], "at least one"),
        ([[[1, 2]]], r"shape \(1, 1, 2\)"),
        ([[], []], "at least one"),
        (7, r"shape \(\)"),
        ([[1, 2], [3, 50]], "Token id 50 is not in"),
        (list(range(17)), "17 tokens.* up to 16"),
        ([1, 50], "Token id 50 is not in"),
    ],
)
def test_what_is_no_text_for_the_model_is_refused(model: Transformer, ids: list, message: str):
    with pytest.raises(ValueError, match=message):
        attention_maps(model, ids)


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ((2, 0), "no head 0 in layer 2: this model has 2 layers of 3 heads"),
        ((0, -1), "no head -1"),
        ((0, 1.0), "is no head"),
        ((0, True), "is no head"),
        (1, "is no head"),
    ],
)
def test_a_head_that_is_not_there_is_refused(model: Transformer, pair: object, message: str):
    with pytest.raises(ValueError, match=message), without(model, [pair]):
        pass
    if isinstance(pair, tuple):
        with pytest.raises(ValueError, match=message):
            trace(model, IDS).head(*pair)
