"""Solutions to the challenges of notebook 05, as a reader might write them.

Each function has its challenge's name and says what the challenge tests.
"""

from __future__ import annotations

import math

import numpy as np


def softmax_with_temperature(logits: list[float], temperature: float) -> list[float]:
    """Tests: where the temperature enters, its limit at 0, and large scores."""
    largest = max(logits)
    if temperature == 0:
        chosen = [0.0] * len(logits)
        chosen[logits.index(largest)] = 1.0
        return chosen
    powers = [math.exp((score - largest) / temperature) for score in logits]
    return [power / sum(powers) for power in powers]


def top_p_filter(probabilities: list[float], top_p: float) -> list[float]:
    """Tests: going by size and keeping places, and where exactly to stop."""
    kept, reached = [0.0] * len(probabilities), 0.0
    for place in sorted(range(len(kept)), key=lambda i: probabilities[i], reverse=True):
        if reached >= top_p:
            break
        kept[place] = probabilities[place]
        reached += probabilities[place]
    return [probability / reached for probability in kept]


def kv_cache_step(
    keys: np.ndarray,
    values: np.ndarray,
    query: np.ndarray,
    new_key: np.ndarray,
    new_value: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tests: attention for one token, which rows it sees, and what a cache holds."""
    keys = np.vstack([keys, new_key])
    values = np.vstack([values, new_value])
    scores = keys @ query / np.sqrt(len(query))
    weights = np.exp(scores - scores.max())
    weights /= weights.sum()
    return keys, values, weights @ values
