"""What a model's bits per byte are to be set beside: counting, and compressing.

An n-gram model over the same tokens (interpolated Kneser-Ney), and lzma with a window over the
whole corpus. Left out: modified discounts for rare counts (Chen and Goodman 1998), and compressors
that learn. For notebook 03, section "What does it know?";
no cell shows it yet.

Sources: Kneser and Ney 1995, Improved backing-off for m-gram language modeling; Pavlov, the LZMA
SDK.

Shape letters: N tokens, U different n-grams.
"""

from __future__ import annotations

import lzma
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from course_utils import checks

_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd; 2**64 divided by the golden mean


@dataclass(frozen=True)
class _Level:
    """What is counted about n-grams of one length; arrays are sorted by their keys."""

    grams: np.ndarray  # (U,) keys
    counts: np.ndarray  # (U,)
    contexts: np.ndarray  # keys of what stands before the last token
    totals: np.ndarray  # counts of all n-grams with that context
    kinds: np.ndarray  # how many different ones there are
    discount: float  # what is taken off each count and given to shorter contexts


class NGrams:
    """How likely a token is after the few before it, by counting them in a training text.

    A seen n-gram's count is lowered by a discount, and what that frees goes to the model of one
    token less, which counts not how often but after how many different tokens something came.

    Args:
        tokens: (N,) ids of the training text.
        vocab_size: ids run from 0 to one below it.
        order: n; 1 looks at no token before.

    Raises:
        ValueError: fewer tokens than the order, or an id beyond the vocabulary.
    """

    def __init__(self, tokens: np.ndarray, vocab_size: int, order: int = 5) -> None:
        checks.whole("order", order, least=1)
        if len(tokens) < order + 1 or int(tokens.max()) >= vocab_size:
            raise ValueError(
                f"{len(tokens)} tokens with ids up to {int(np.max(tokens, initial=0))} cannot be "
                f"counted: {order + 1} or more are needed, and ids below {vocab_size}."
            )
        self.order, self.vocab_size = order, vocab_size
        keys = [
            _keys(tokens, n) for n in range(order + 1)
        ]  # of the n-gram that ends at each place
        self._levels: list[_Level] = []
        for n in range(order, 0, -1):
            # The longest are counted; of shorter ones, the different tokens before them.
            ends = np.arange(n - 1, len(tokens))
            if n < order:
                _, first = np.unique(keys[n + 1][n:], return_index=True)
                ends = first + n
            self._levels.append(_level(keys[n][ends], keys[n - 1][ends - 1], n))
        self._levels.reverse()

    def bits(self, tokens: np.ndarray) -> np.ndarray:
        """How many bits each token but the first costs, given those before it: (N - 1,)."""
        share = np.full(len(tokens), 1 / self.vocab_size)
        for n, level in enumerate(self._levels, start=1):
            grams, contexts = _keys(tokens, n)[n - 1 :], _keys(tokens, n - 1)
            contexts = contexts[n - 2 : -1] if n > 1 else contexts
            counts = _look_up(level.grams, level.counts, grams)
            totals = _look_up(level.contexts, level.totals, contexts)
            kinds = _look_up(level.contexts, level.kinds, contexts)
            # Where the context was never seen, the shorter model's answer stays.
            seen, shorter = totals > 0, share[n - 1 :]
            mixed = np.maximum(counts - level.discount, 0) + level.discount * kinds * shorter
            share[n - 1 :] = np.where(seen, mixed / np.maximum(totals, 1), shorter)
        return -np.log2(share[1:])


def _keys(tokens: np.ndarray, n: int) -> np.ndarray:
    """(N,) a number for the n tokens that end at each place; the first n - 1 stand for fewer.

    Numbers of 64 bits, mixed so that two different n-grams of a text hardly ever share one.
    """
    keys = np.zeros(len(tokens), dtype=np.uint64)
    ids = tokens.astype(np.uint64) + np.uint64(1)
    for back in range(n - 1, -1, -1):
        keys[back:] = (keys[back:] ^ ids[: len(ids) - back]) * _FACTOR
        keys ^= keys >> np.uint64(29)
    return keys


def _level(grams: np.ndarray, contexts: np.ndarray, n: int) -> _Level:
    """Counts of n-grams and of their contexts, and the discount that they call for."""
    if n == 1:
        contexts = np.zeros_like(grams)
    different, first, counts = np.unique(grams, return_index=True, return_counts=True)
    before, place, kinds = np.unique(contexts[first], return_inverse=True, return_counts=True)
    totals = np.bincount(place, weights=counts)
    once, twice = (counts == 1).sum(), (counts == 2).sum()
    # Of Ney, Essen and Kneser 1994: what was seen once is over-counted most.
    discount = float(once / (once + 2 * twice)) if once and twice else 0.5
    return _Level(different, counts, before, totals, kinds, discount)


def _look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The value of each wanted key, 0 where it is not there."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], 0)


def ngram_bits_per_byte(
    model: NGrams, sources: Mapping[str, tuple[np.ndarray, int]], max_tokens: int = 65_536
) -> dict[str, float]:
    """Bits per byte as evaluate.bits_per_byte counts them, on the same tokens.

    Args:
        model: trained on the same training tokens.
        sources: name -> (token ids, how many bytes of text they stand for).
        max_tokens: score at most so many of each source's first tokens.

    Returns:
        Bits per byte by source, and "all" over all bytes together.

    Raises:
        ValueError: a source has fewer than two tokens, or no bytes.
    """
    bits, sizes = {}, {}
    for name, (tokens, byte_count) in sources.items():
        if len(tokens) < 2 or byte_count < 1:
            raise ValueError(
                f"Source {name!r} has {len(tokens)} tokens and {byte_count} bytes; "
                "there must be at least 2 tokens and 1 byte to score."
            )
        some = tokens[: max_tokens + 1]
        bits[name] = float(model.bits(some).sum())
        sizes[name] = byte_count * (len(some) - 1) / (len(tokens) - 1)
    scores = {name: bits[name] / sizes[name] for name in sources}
    return scores | {"all": sum(bits.values()) / sum(sizes.values())}


def lzma_bits_per_byte(known: bytes, new: bytes, preset: int = 6) -> float:
    """What lzma needs for a new text after it has read a known one, all of it in its window.

    A preset's own window may be shorter than the corpus (preset 3: 4 MiB), so that only its end
    would be remembered.

    Args:
        known: the training text.
        new: what is scored.
        preset: 0 to 9, how hard it searches.

    Raises:
        ValueError: there is no new text.
    """
    if not new:
        raise ValueError("There is no new text to compress.")
    window = max(4_096, len(known) + len(new))
    settings = {"id": lzma.FILTER_LZMA2, "preset": preset, "dict_size": window}
    sizes = [
        len(lzma.compress(text, format=lzma.FORMAT_RAW, filters=[settings]))
        for text in (known + new, known)
    ]
    return 8 * (sizes[0] - sizes[1]) / len(new)
