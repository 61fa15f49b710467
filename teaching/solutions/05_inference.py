"""Solutions to the challenges of notebook 05, as a reader might write them.

Each function has its challenge's name and says what the challenge tests.
"""

from __future__ import annotations

import math

import numpy as np


def softmax_with_temperature(logits: list[float], temperature: float) -> list[float]:
    """Tests: where the temperature enters, both ends of the dial, and scores without a limit."""
    largest = max(logits)
    powers = [0.0] * len(logits)
    if temperature == 0:
        powers[logits.index(largest)] = 1.0
        return powers
    for i, score in enumerate(logits):
        if score > -math.inf:
            powers[i] = math.exp((score - largest) / temperature)
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


def min_p(logits: list[float], share: float, temperature: float) -> list[float]:
    """Tests: a bar that moves with the likeliest, and the order of cut and heat."""
    largest = max(logits)
    powers = []
    for score in logits:
        if math.exp(score - largest) >= share:
            powers.append(math.exp((score - largest) / temperature))
        else:
            powers.append(0.0)
    return [power / sum(powers) for power in powers]


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


def cache_eviction(lengths: list[int], room: int, cached: list[int]) -> tuple[list[int], int]:
    """Tests: fitting whole rounds, the newest first, and what keys and values depend on."""
    last = len(lengths) - 1
    kept, total = [last], lengths[0] + lengths[last]
    for question in range(last - 2, 0, -2):
        total += lengths[question] + lengths[question + 1]
        if total > room:
            break
        kept = [question, question + 1, *kept]
    kept = [0, *kept]
    read, alike = 0, True
    for i, turn in enumerate(kept):
        alike = alike and i < len(cached) and cached[i] == turn
        if not alike:
            read += lengths[turn]
    return kept, read


def calibration_error(sure: list[float], right: list[bool], bins: int) -> float:
    """Tests: averages within groups, weights of groups, and edges of bins."""
    if not sure:
        return 0.0
    groups: list[list[int]] = [[] for _ in range(bins)]
    for i, value in enumerate(sure):
        groups[min(int(value * bins), bins - 1)].append(i)
    error = 0.0
    for group in groups:
        if group:
            mean = sum(sure[i] for i in group) / len(group)
            share = sum(right[i] for i in group) / len(group)
            error += len(group) / len(sure) * abs(mean - share)
    return error


def bm25(
    query: list[str],
    page: list[str],
    pages_with: dict[str, int],
    pages: int,
    mean_length: float,
    k1: float,
    b: float,
) -> float:
    """Tests: reading a formula, words that are not there, and what each of its parts is for."""
    score = 0.0
    for word in query:
        f = page.count(word)
        if f == 0:
            continue
        n = pages_with[word]
        rarity = math.log(1 + (pages - n + 0.5) / (n + 0.5))
        score += rarity * f * (k1 + 1) / (f + k1 * (1 - b + b * len(page) / mean_length))
    return score


def int8_weights(weights: np.ndarray, group: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tests: a scale for each group, rounding, and what is lost."""
    rows, columns = weights.shape
    groups = weights.reshape(rows, columns // group, group)
    scales = np.abs(groups).max(axis=2) / 127
    codes = np.zeros(groups.shape, dtype=np.int8)
    filled = scales > 0
    codes[filled] = np.round(groups[filled] / scales[filled][:, None])
    restored = codes * scales[:, :, None]
    return codes.reshape(weights.shape), scales, restored.reshape(weights.shape)


def speculative_acceptance(
    p: list[list[float]],
    q: list[list[float]],
    drafted: list[int],
    accept_at: list[float],
    draw_at: float,
) -> list[int]:
    """Tests: accepting by a ratio, drawing from what is left, and where a draft ends."""
    said, weights = [], p[-1]
    for i, token in enumerate(drafted):
        if accept_at[i] < p[i][token] / q[i][token]:
            said.append(token)
        else:
            weights = [max(mine - theirs, 0) for mine, theirs in zip(p[i], q[i], strict=True)]
            break
    reached = 0.0
    for token, weight in enumerate(weights):
        reached += weight / sum(weights)
        if reached > draw_at:
            said.append(token)
            break
    return said
