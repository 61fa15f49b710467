"""The formula, the cache's own tensors, and the published figure of a large model."""

from __future__ import annotations

import pytest
import torch

from course_utils import facts
from course_utils.inference.cache_memory import cache_bytes, llama3_70b_gigabytes, of_model
from course_utils.model.cache import KVCache
from course_utils.model.transformer import Transformer


@torch.no_grad()
@pytest.mark.parametrize(("rows", "tokens"), [(1, 1), (3, 12), (8, 48)])
def test_the_formula_is_what_the_cache_takes(model: Transformer, rows: int, tokens: int) -> None:
    cache = KVCache(model, rows, tokens)
    expected = of_model(model.config, tokens, rows)
    assert cache.reserved_bytes == expected
    assert cache.reserved_bytes == sum(part.nbytes for part in cache._keys + cache._values)
    model(torch.zeros(rows, tokens, dtype=torch.long), cache)
    assert cache.used_bytes == expected


def test_the_published_figure_of_opt_13b() -> None:
    kilobytes = cache_bytes(layers=40, key_value_heads=40, head_width=128, tokens=1) / 1024
    assert kilobytes == facts.get("opt_13b_cache_kilobytes").value


def test_llama_3_by_hand() -> None:
    # 2 x 80 layers x 8 heads x 128 numbers x 2 bytes = 327,680 bytes per token.
    assert llama3_70b_gigabytes(1000) == pytest.approx(0.32768)
    assert llama3_70b_gigabytes(1000, 64) == pytest.approx(8 * 0.32768)


def test_shared_keys_and_values_save_in_proportion(model: Transformer) -> None:
    assert of_model(model.config, 10, key_value_heads=1) * 2 == of_model(model.config, 10)


@pytest.mark.parametrize("shared", [0, 3])
def test_heads_that_cannot_be_shared_out_are_refused(model: Transformer, shared: int) -> None:
    with pytest.raises(ValueError, match="key_value_heads|divides"):
        of_model(model.config, 10, key_value_heads=shared)


def test_no_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match="tokens"):
        cache_bytes(2, 2, 8, tokens=0)
