"""Right answers to the challenges of notebook 05, for one text at a time.

The engine's own versions take many rows and check what they are given.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]
Row = Sequence[float]


def softmax_with_temperature(logits: Row, temperature: float) -> list[float]:
    """The probability of each token at a temperature, from 0 to infinity.

    Args:
        logits: V scores, of any size; 1000 must not overflow. Minus infinity forbids a token; at
            least one is allowed.
        temperature: 0 puts everything on the largest score (the first of equal ones), infinity
            makes all tokens that are allowed equally likely.

    Returns:
        V probabilities; they sum to 1.
    """
    largest = max(logits)
    if temperature == 0:
        first = list(logits).index(largest)
        return [float(index == first) for index in range(len(logits))]
    powers = [
        0.0 if logit == -math.inf else math.exp((logit - largest) / temperature)
        for logit in logits
    ]
    return [power / sum(powers) for power in powers]


def top_p_filter(probabilities: Row, top_p: float) -> list[float]:
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


def min_p(logits: Row, share: float, temperature: float) -> list[float]:
    """Cut first, heat afterwards: what min-p keeps, at a temperature that brings nothing back.

    Source: Nguyen and others 2024, Turning Up the Heat (min-p sampling).

    Args:
        logits: V scores; exp of none of them overflows.
        share: 0..1. A token stays if it has, before any heating, at least this share of the
            likeliest token's probability.
        temperature: above 0; of the tokens that stay.

    Returns:
        V probabilities in the same order, 0 for what was cut; they sum to 1.
    """
    largest = max(logits)
    kept = [logit if math.exp(logit - largest) >= share else -math.inf for logit in logits]
    return softmax_with_temperature(kept, temperature)


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


def cache_eviction(
    lengths: Sequence[int], room: int, cached: Sequence[int]
) -> tuple[list[int], int]:
    """Which turns stay where a conversation has outgrown its room, and what has to be read anew.

    Args:
        lengths: how many tokens each turn has: the system turn, then questions and answers in
            turns, last the question to be answered.
        room: how many tokens fit; at least the system turn and the last one.
        cached: the turns whose keys and values the cache holds, in the order in which they were
            read; never the last one.

    Returns:
        The turns that stay, in their order: the system turn, and as many of the newest as fit,
        from a question on. And how many of their tokens have to be read, because the cache serves
        only as far as it and the turns that stay begin alike.
    """
    start = 1
    while lengths[0] + sum(lengths[start:]) > room:
        start += 2  # a question goes with its answer
    kept = [0, *range(start, len(lengths))]
    alike = 0
    while alike < min(len(kept), len(cached)) and kept[alike] == cached[alike]:
        alike += 1
    return kept, sum(lengths[turn] for turn in kept[alike:])


def calibration_error(sure: Row, right: Sequence[bool], bins: int) -> float:
    """How far sureness and truth are apart, averaged over the answers.

    Source: Guo and others 2017, On Calibration of Modern Neural Networks.

    Args:
        sure: of each of N answers, how sure somebody was, 0..1.
        right: whether it was right.
        bins: how many bins of equal width; a lower edge belongs to its bin, and 1 to the last.

    Returns:
        The mean over all answers of what their bin has between its mean sureness and its share of
        right answers, 0..1; 0.0 without any answer.
    """
    error = 0.0
    places = [min(int(value * bins), bins - 1) for value in sure]
    for place in set(places):
        inside = [answer for answer, own in enumerate(places) if own == place]
        gap = sum(sure[answer] for answer in inside) - sum(right[answer] for answer in inside)
        error += abs(gap) / len(sure)
    return error


def bm25(
    query: Sequence[str],
    page: Sequence[str],
    pages_with: Mapping[str, int],
    pages: int,
    mean_length: float,
    k1: float,
    b: float,
) -> float:
    """How well a page fits a query, by the words that it shares with it.

    Source: Robertson and Zaragoza 2009, The Probabilistic Relevance Framework, with the logarithm
    of Lucene, which is never negative.

    Args:
        query: the words that are looked for; one that comes twice counts twice.
        page: the page's words.
        pages_with: on how many of all pages a word stands; words on none are missing.
        pages: how many pages there are.
        mean_length: how many words a page has on average.
        k1: 0 or more; how much repetition is worth.
        b: 0..1; how much of a page's length is taken into account.

    Returns:
        The score, 0.0 or more.
    """
    score = 0.0
    for word in query:
        times = page.count(word)
        if times:
            rare = math.log(1 + (pages - pages_with[word] + 0.5) / (pages_with[word] + 0.5))
            length = 1 - b + b * len(page) / mean_length
            score += rare * times * (k1 + 1) / (times + k1 * length)
    return score


def int8_weights(weights: np.ndarray, group: int) -> Arrays:
    """A table in whole numbers of eight bits, with one scale for each group of weights.

    Args:
        weights: (R, C) table.
        group: how many weights that stand side by side in a row share a scale; divides C.

    Returns:
        The codes, (R, C) int8 from -127 to 127; the scales, (R, C / group), by which codes are
        multiplied to get weights; and the weights that come out, (R, C). A group of zeros has
        scale 0 and codes 0.
    """
    groups = weights.reshape(len(weights), -1, group)  # (R, C / group, group)
    scales = np.abs(groups).max(-1) / 127
    codes = np.round(groups / np.where(scales == 0, 1, scales)[..., None]).astype(np.int8)
    restored = codes * scales[..., None]
    return codes.reshape(weights.shape), scales, restored.reshape(weights.shape)


def speculative_acceptance(
    p: Sequence[Row],
    q: Sequence[Row],
    drafted: Sequence[int],
    accept_at: Row,
    draw_at: float,
) -> list[int]:
    """The tokens that a large model says after it has read a draft's proposal.

    They are distributed as if the large model had drawn each of them itself.
    Source: Leviathan and others 2023, Fast Inference from Transformers via Speculative Decoding.

    Args:
        p: K + 1 rows of V probabilities: the large model's, at each drafted token and after them.
        q: K rows of V probabilities: the draft's, from which each drafted token was drawn.
        drafted: K tokens.
        accept_at: K random numbers, 0 <= u < 1; drafted token i is accepted if its number is
            below p / q of that token.
        draw_at: a random number, 0 <= u < 1, for the one token that is drawn.

    Returns:
        The accepted tokens up to the first refusal, then one that is drawn: from what p has more
        than q where one was refused, else from the last row of p.
    """
    said = []
    for token, sure, guessed, u in zip(drafted, p, q, accept_at, strict=False):
        if u >= sure[token] / guessed[token]:
            more = [max(mine - theirs, 0.0) for mine, theirs in zip(sure, guessed, strict=True)]
            return [*said, drawn(more, draw_at)]
        said.append(token)
    return [*said, drawn(p[-1], draw_at)]


def drawn(weights: Row, u: float) -> int:
    """The first token at which the shares so far exceed a random number, 0 <= u < 1.

    Args:
        weights: V numbers from 0 on, not all 0; their shares are the probabilities.
        u: the random number.
    """
    total, reached = sum(weights), 0.0
    for token, weight in enumerate(weights):
        reached += weight
        if reached > u * total:
            return token
    raise ValueError(f"The weights sum to {total}; at least one has to be above 0.")
