"""Baselines: probabilities sum to 1, agree with counts by hand, and lzma sees the whole text."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from course_utils.pretraining import baselines
from course_utils.pretraining.baselines import NGrams


def draws(n: int, vocab: int = 7, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, vocab, n).astype(np.uint16)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_after_any_context_the_probabilities_sum_to_one(order):
    model = NGrams(draws(300), vocab_size=9, order=order)
    for context in ([0, 1, 2, 3, 4], [6, 6, 6, 6, 6], [8, 8, 7, 8, 2], [8]):
        costs = [model.bits(np.array([*context, last]))[-1] for last in range(9)]
        assert sum(2**-cost for cost in costs) == pytest.approx(1)


def test_a_bigram_model_agrees_with_counts_by_hand():
    # a b a c a b: after a come b twice and c once; each of b, c stands after one token, a after 2.
    a, b, c, d = range(4)
    model = NGrams(np.array([a, b, a, c, a, b]), vocab_size=4, order=2)
    # Pairs ab 2, ba 1, ac 1, ca 1: three seen once and one twice. Tokens: a has 2, b and c have 1.
    off2, off1 = 3 / (3 + 2), 2 / (2 + 2)
    lower = {
        token: (max(n - off1, 0) + off1 * 3 / 4) / 4
        for token, n in {a: 2, b: 1, c: 1, d: 0}.items()
    }
    for token, n in {a: 0, b: 2, c: 1, d: 0}.items():
        share = (max(n - off2, 0) + off2 * 2 * lower[token]) / 3
        assert model.bits(np.array([a, token]))[0] == pytest.approx(-math.log2(share))
    assert model.bits(np.array([d, b]))[0] == pytest.approx(-math.log2(lower[b]))


def test_more_context_helps_where_text_repeats_and_the_start_is_scored_too():
    text = np.tile(draws(40, 5), 20)
    costs = [NGrams(text, 5, order).bits(text[:200]).mean() for order in (1, 2, 4)]
    assert costs[0] > costs[1] > costs[2] and costs[2] < 0.3
    assert len(NGrams(text, 5, 4).bits(text[:200])) == 199


def test_bits_per_byte_counts_as_the_models_do():
    model = NGrams(draws(300), 7, 1)
    tokens = draws(101, seed=1)
    scores = baselines.ngram_bits_per_byte(model, {"a": (tokens, 300), "b": (tokens, 100)})
    assert scores["a"] == pytest.approx(model.bits(tokens).sum() / 300)
    assert scores["all"] == pytest.approx(2 * model.bits(tokens).sum() / 400)
    cut = baselines.ngram_bits_per_byte(model, {"a": (tokens, 300)}, max_tokens=50)
    assert cut["a"] == pytest.approx(model.bits(tokens[:51]).sum() / 150)


def test_what_cannot_be_counted_or_scored_is_refused():
    with pytest.raises(ValueError, match="ids below 5"):
        NGrams(draws(20), 5, 2)
    with pytest.raises(ValueError, match="2 tokens"):
        NGrams(np.array([1, 2]), 5, 2)
    with pytest.raises(ValueError, match="'a' has 1 tokens"):
        baselines.ngram_bits_per_byte(NGrams(draws(20), 7, 1), {"a": (np.zeros(1, int), 3)})
    with pytest.raises(ValueError, match="no new text"):
        baselines.lzma_bits_per_byte(b"old", b"")


def test_lzma_finds_again_what_stands_at_the_very_beginning():
    noise = random.Random(0)
    new = noise.randbytes(20_000)
    # A preset of 0 alone has a window of 256 KiB, and would have forgotten it.
    known = new + noise.randbytes(400_000)
    assert baselines.lzma_bits_per_byte(known, new, preset=0) < 0.5
    assert baselines.lzma_bits_per_byte(noise.randbytes(30_000), new, preset=0) > 7.5
