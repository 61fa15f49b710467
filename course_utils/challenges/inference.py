"""The challenges of notebook 05: temperature, top-p, and one step with a KV cache.

Reference answers and cases only, for one text at a time; the engine's own versions take many rows
and check what they are given.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from course_utils.challenges.base import Challenge, compare

TOLERANCE = 1e-6
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
        return [float(place == first) for place in range(len(logits))]
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
    for place in sorted(range(len(kept)), key=lambda one: -probabilities[one]):
        if sum(kept) < top_p:
            kept[place] = probabilities[place]
    return [one / sum(kept) for one in kept]


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


def _scores() -> Iterator[tuple[list[float], float]]:
    yield [2.0, 1.0, 0.0], 1.0
    yield [2.0, 1.0, 0.0], 0.5
    yield [2.0, 1.0, 0.0], 2.0
    yield [1.0, 3.0, 3.0], 0
    yield [1000.0, 999.0, 0.0], 1.0
    yield [-1000.0, -1001.0], 0.001
    draw = np.random.default_rng(0)
    for _ in range(10):
        scores = [round(float(one), 2) for one in draw.uniform(-5, 5, 5)]
        yield scores, round(float(draw.uniform(0.1, 2)), 2)


def _probabilities() -> Iterator[tuple[list[float], float]]:
    yield [0.5, 0.3, 0.15, 0.05], 0.6
    yield [0.05, 0.15, 0.3, 0.5], 0.6
    yield [0.5, 0.3, 0.15, 0.05], 0.1
    yield [0.5, 0.3, 0.15, 0.05], 1.0
    draw = np.random.default_rng(0)
    for _ in range(10):
        shares = [float(one) for one in draw.dirichlet(np.ones(6))]
        yield shares, round(float(draw.uniform(0.2, 0.95)), 2)


def _caches() -> Iterator[tuple[np.ndarray, ...]]:
    yield (
        np.array([[1.0, 0.0]]),
        np.array([[10.0, 0.0]]),
        np.array([2.0, 0.0]),
        np.array([0.0, 1.0]),
        np.array([0.0, 10.0]),
    )
    draw = np.random.default_rng(0)
    for tokens, width in ((3, 4), (1, 8), (7, 2), (5, 16)):
        stored = [draw.normal(size=(tokens, width)).round(2) for _ in range(2)]
        yield (*stored, *(draw.normal(size=width).round(2) for _ in range(3)))


def _listed(answer: object, expected: list[float]) -> list[float] | str:
    """The answer as a list of as many numbers as expected, or what is wrong with it."""
    try:
        values = [float(one) for one in answer]
    except (TypeError, ValueError):
        return f"Return a list of {len(expected)} numbers, not a {type(answer).__name__}."
    if len(values) != len(expected):
        return f"There are {len(expected)} tokens, and the list has {len(values)} numbers."
    return values


def _close(one: object, other: object) -> bool:
    return bool(np.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE))


def _same_softmax(answer: object, expected: list[float]) -> str | None:
    values = _listed(answer, expected)
    if isinstance(values, str) or _close(values, expected):
        return values if isinstance(values, str) else None
    if not all(map(math.isfinite, values)):
        return "Large scores overflow. Subtract the largest logit from all of them first."
    if max(expected) == 1 and abs(sum(values) - 1) > TOLERANCE:
        return "At temperature 0 only one token gets 1: the first of the largest scores."
    if abs(sum(values) - 1) > TOLERANCE:
        return "The probabilities have to sum to 1: divide each power by the sum of all powers."
    if np.argmax(values) != np.argmax(expected):
        return "The largest score has to stay the likeliest at every temperature."
    return "Divide the scores by the temperature before e is raised to them, not afterwards."


def _same_top_p(answer: object, expected: list[float]) -> str | None:
    values = _listed(answer, expected)
    if isinstance(values, str) or _close(values, expected):
        return values if isinstance(values, str) else None
    kept, right = ({at for at, one in enumerate(row) if one > 0} for row in (values, expected))
    if kept == right:
        return "These are the right tokens. Divide by their sum, so that they sum to 1 again."
    if len(kept) == len(right):
        return "The order must stay, and the likeliest tokens are kept, wherever they stand."
    if kept < right:
        return "The token that reaches top_p is kept too, so at least one always is."
    return "Stop as soon as the kept ones reach top_p together; all others get 0."


def _same_step(answer: object, expected: Arrays) -> str | None:
    try:
        keys, values, gathered = (np.asarray(one, dtype=float) for one in answer)
    except (TypeError, ValueError):
        return "Return three arrays: the longer keys, the longer values, what the token gathers."
    for name, mine, right in (("keys", keys, expected[0]), ("values", values, expected[1])):
        if mine.shape != right.shape:
            return (
                f"The {name} have shape {mine.shape}, expected {right.shape}: the old rows, then "
                "the new one."
            )
        if not _close(mine, right):
            return f"The {name} are not the old rows with the new one behind them."
    if gathered.shape != expected[2].shape:
        return f"What is gathered has shape {gathered.shape}, expected {expected[2].shape}."
    if _close(gathered, expected[2]):
        return None
    if not np.isfinite(gathered).all():
        return "Subtract the largest score before exp, so that nothing overflows."
    return (
        "The cache is right; the weights are softmax(keys · query / sqrt(D)) over all T + 1 "
        "tokens, the new one among them."
    )


CHALLENGES = (
    Challenge(
        "inference.softmax_with_temperature",
        "Turn scores into probabilities at a temperature",
        1,
        8,
        "Divide every score by the temperature, then softmax; 0 needs a line of its own.",
        compare(softmax_with_temperature, _scores, _same_softmax),
    ),
    Challenge(
        "inference.top_p_filter",
        "Keep the likeliest tokens that reach top_p",
        2,
        12,
        "Go through the places from the likeliest on, until what you kept reaches top_p.",
        compare(top_p_filter, _probabilities, _same_top_p),
    ),
    Challenge(
        "inference.kv_cache_step",
        "Compute one token with a KV cache",
        3,
        15,
        "First put the new key and value behind the old ones; only then compute the attention.",
        compare(kv_cache_step, _caches, _same_step),
    ),
)
