"""The KV cache: it changes no score, drops rows, and knows its room."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from course_utils.model.cache import KVCache
from course_utils.model.transformer import Transformer

TOKENS = torch.randint(0, 261, (3, 12), generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def test_cached_and_uncached_scores_agree(model: Transformer) -> None:
    model.double()  # so that only a mistake can tell the two apart, on any processor
    cache = KVCache(model, 3, 12)
    pieces = [model(TOKENS[:, :7], cache)]
    pieces += [model(TOKENS[:, i : i + 1], cache) for i in range(7, 12)]
    assert torch.allclose(torch.cat(pieces, 1), model(TOKENS), atol=1e-11)


@torch.no_grad()
def test_rows_that_are_kept_go_on_as_before(model: Transformer) -> None:
    model.double()
    cache = KVCache(model, 3, 12)
    model(TOKENS[:, :11], cache)
    cache.keep([0, 2])
    assert cache.rows == 2
    rest = model(TOKENS[[0, 2], 11:], cache)
    assert torch.allclose(rest, model(TOKENS)[[0, 2], 11:], atol=1e-11)


@torch.no_grad()
def test_the_scores_of_the_last_position_alone_are_those_of_the_whole(model: Transformer) -> None:
    model.double()
    cache = KVCache(model, 3, 12)
    assert torch.allclose(model.next_logits(TOKENS), model(TOKENS)[:, -1], atol=1e-11)
    model.next_logits(TOKENS[:, :8], cache)
    step = model.next_logits(TOKENS[:, 8:9], cache)
    assert torch.allclose(step, model(TOKENS[:, :9])[:, -1], atol=1e-11)


@torch.no_grad()
@pytest.mark.parametrize("cuts", [(2, 4, 12), (1, 12), (7, 8, 9, 12)])
def test_several_tokens_after_cached_ones_do_not_look_ahead(model: Transformer, cuts) -> None:
    model.double()
    cache = KVCache(model, 3, 12)
    pieces = [model(TOKENS[:, a:b], cache) for a, b in pairwise((0, *cuts))]
    assert torch.allclose(torch.cat(pieces, 1), model(TOKENS), atol=1e-11)


@torch.no_grad()
def test_a_cache_that_was_cut_goes_on_as_if_the_rest_had_never_been(model: Transformer) -> None:
    model.double()
    cache = KVCache(model, 3, 12)
    model(TOKENS, cache)
    cache.crop(5)
    assert cache.length == 5
    other = TOKENS[:, 5:].flip(-1)
    whole = model(torch.cat([TOKENS[:, :5], other], 1))
    assert torch.allclose(model(other, cache), whole[:, 5:], atol=1e-11)


@pytest.mark.parametrize("length", [-1, 1])
def test_a_cache_cannot_be_cut_to_what_it_does_not_hold(model: Transformer, length: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 0"):
        KVCache(model, 1, 12).crop(length)


@torch.no_grad()
def test_what_later_tokens_say_changes_nothing_that_is_stored(model: Transformer) -> None:
    caches = [KVCache(model, 1, 12) for _ in range(2)]
    for cache, tokens in zip(caches, (TOKENS[:1], TOKENS[:1].clone()), strict=True):
        tokens[:, 6:] += cache is caches[1]
        model(tokens, cache)
    first, second = (cache._keys[1][:, :, :6] for cache in caches)
    assert torch.equal(first, second)


@torch.no_grad()
def test_the_memory_is_two_vectors_a_layer_and_token(model: Transformer) -> None:
    cache = KVCache(model, 3, 12)
    assert cache.used_bytes == 0
    model(TOKENS[:, :5], cache)
    layers, width, float_bytes = 2, 16, 4
    assert cache.used_bytes == 3 * 5 * 2 * layers * width * float_bytes


@torch.no_grad()
def test_more_tokens_than_there_is_room_for_are_refused(model: Transformer) -> None:
    with pytest.raises(ValueError, match="capacity_tokens=12"):
        model(TOKENS, KVCache(model, 3, 11))


@pytest.mark.parametrize(("rows", "tokens"), [(0, 5), (1, 0), (1, 49)])
def test_a_cache_without_rows_or_beyond_the_context_is_refused(model, rows, tokens) -> None:
    with pytest.raises(ValueError, match="1 to 48 tokens"):
        KVCache(model, rows, tokens)
