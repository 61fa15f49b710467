"""Right answers to the challenges of notebook 05, for one text at a time.

The engine's own versions take many rows and check what they are given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def softmax_with_temperature(logits: Sequence[float], temperature: float) -> list[float]:
    """The probability of each token at a temperature.

    Args:
        logits: V scores, of any size; 1000 must not overflow.
        temperature: 0 or more; 0 puts everything on the largest score (the first of equal ones).

    Returns:
        V probabilities; they sum to 1.
    """
    largest = max(logits)
    if temperature == 0:
        first = list(logits).index(largest)
        return [float(index == first) for index in range(len(logits))]
    powers = [math.exp((logit - largest) / temperature) for logit in logits]
    return [power / sum(powers) for power in powers]


def top_p_filter(probabilities: Sequence[float], top_p: float) -> list[float]:
    """The likeliest tokens that together reach top_p, as probabilities; all others 0.

    Args:
        probabilities: V of them, all different, with sum 1.
        top_p: above 0 and up to 1. The token that reaches it is kept too.

    Returns:
        V probabilities in the same order; they sum to 1.
    """
    kept = [0.0] * len(probabilities)
    for index in sorted(range(len(kept)), key=lambda index: -probabilities[index]):
        if sum(kept) < top_p:
            kept[index] = probabilities[index]
    return [share / sum(kept) for share in kept]


def kv_cache_step(
    keys: np.ndarray,
    values: np.ndarray,
    query: np.ndarray,
    new_key: np.ndarray,
    new_value: np.ndarray,
) -> Arrays:
    """One new token's attention, with the keys and values of the tokens before from the cache.

    Args:
        keys: (T, D) keys of the T tokens so far.
        values: (T, D) their values.
        query: (D,) the new token's query.
        new_key: (D,) the new token's key; a token also looks at itself.
        new_value: (D,) the new token's value.

    Returns:
        The longer keys (T + 1, D), the longer values (T + 1, D), and what the new token gathers
        (D,): softmax(keys · query / sqrt(D)) times the values.
    """
    keys, values = np.vstack([keys, new_key]), np.vstack([values, new_value])
    scores = keys @ query / math.sqrt(len(query))
    weights = np.exp(scores - scores.max())
    return keys, values, weights / weights.sum() @ values
