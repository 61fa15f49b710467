"""What is wrong with an answer to a challenge of notebook 05, in words that fit the mistake.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from course_utils.challenges.answers import (
    INFINITE,
    NAN,
    TOLERANCE,
    close,
    matching_mistake,
    numbers,
    plain,
)
from course_utils.inference.exercises.reference import Arrays, softmax_with_temperature

LARGE = 700.0  # exp of more than this is too large for a float


def of_softmax_with_temperature(
    answer: object, expected: list[float], logits: Sequence[float], temperature: float
) -> str | None:
    """For softmax_with_temperature."""
    values = numbers(answer, len(expected), finite=False)
    if isinstance(values, str) or close(values, expected):
        return values if isinstance(values, str) else None
    # Infinite or nan: large scores overflowed, or there is another slip.
    if not all(map(math.isfinite, values)):
        if max(map(abs, logits)) < LARGE:
            return NAN if any(map(math.isnan, values)) else INFINITE
        return "Large scores overflow. Subtract the largest logit from all of them first."
    # Temperature 0 has a rule of its own.
    if temperature == 0:
        return "At temperature 0 only one token gets 1: the first of the largest scores."
    if abs(sum(values) - 1) > TOLERANCE:
        return "The probabilities have to sum to 1: divide each power by the sum of all powers."
    if np.argmax(values) != np.argmax(expected):
        return "The largest score has to stay the likeliest at every temperature."
    known = [
        (
            lambda: softmax_with_temperature(logits, 1.0),
            "The temperature changes nothing here. Divide the scores by it, before exp.",
        ),
        (
            lambda: softmax_with_temperature(logits, 1 / temperature),
            "This is the wrong way round: heat evens out. Divide the scores by the temperature.",
        ),
        (
            lambda: [logit / sum(logits) for logit in logits],
            "Shares of the scores are no softmax: take exp of each score before you divide.",
        ),
    ]
    return matching_mistake(values, known) or (
        "Divide the scores by the temperature before e is raised to them, not afterwards."
    )


def of_top_p_filter(
    answer: object, expected: list[float], probabilities: Sequence[float], top_p: float
) -> str | None:
    """For top_p_filter."""
    values = numbers(answer, len(expected))
    if isinstance(values, str) or close(values, expected):
        return values if isinstance(values, str) else None
    # Which tokens were kept, whatever they weigh.
    kept, right = ({at for at, share in enumerate(row) if share > 0} for row in (values, expected))
    if close(sorted(values), sorted(expected)):
        return "The order must stay: each token keeps its place, and the dropped ones get 0 there."
    if kept == right:
        return "These are the right tokens. Divide by their sum, so that they sum to 1 again."
    if kept == {at for at, share in enumerate(probabilities) if share >= top_p}:
        return "top_p is no bar for one token: it is what the kept ones have to reach together."
    if kept < right:
        return "The token that reaches top_p is kept too, so at least one always is."
    if kept > right:
        return "Stop as soon as the kept ones reach top_p together; all others get 0."
    return "The likeliest tokens are kept, wherever they stand in the list."


def of_kv_cache_step(answer: object, expected: Arrays, *case: np.ndarray) -> str | None:
    """For kv_cache_step."""
    if not isinstance(answer, (list, tuple)) or len(answer) != 3:
        return "Return three arrays: the longer keys, the longer values, what the token gathers."
    try:
        arrays = [np.asarray(plain(part), dtype=float) for part in answer]
    except (TypeError, ValueError):
        return "Return three arrays of numbers; one of yours holds something else."
    names = ("keys", "values", "gathered vector")
    # The shapes first: they tell of a row that is missing.
    for name, mine, right in zip(names, arrays, expected, strict=True):
        if mine.shape != right.shape:
            return (
                f"The {name} have shape {mine.shape}, expected {right.shape}: the old rows, then "
                "the new one."
                if name != names[2]
                else f"What is gathered has shape {mine.shape}, expected {right.shape}."
            )
    for name, mine, right in zip(names[:2], arrays, expected, strict=False):
        if not np.allclose(mine, right, rtol=TOLERANCE, atol=TOLERANCE):
            return f"The {name} are not the old rows with the new one behind them."
    gathered, right = arrays[2], expected[2]
    if np.allclose(gathered, right, rtol=TOLERANCE, atol=TOLERANCE):
        return None
    if not np.isfinite(gathered).all():
        return "Subtract the largest score before exp, so that nothing overflows."
    return _of_gathered(gathered, expected, case) or (
        "The cache is right; the weights are softmax(keys · query / sqrt(D)) over all T + 1 "
        "tokens, the new one among them."
    )


def _of_gathered(
    gathered: np.ndarray, expected: Arrays, case: tuple[np.ndarray, ...]
) -> str | None:
    """Which slip in the attention gives this, where the cache is right."""
    keys, values, query, root = expected[0], expected[1], case[2], math.sqrt(len(case[2]))

    def attended(keys: np.ndarray, values: np.ndarray, scale: float) -> np.ndarray:
        weights = np.exp(keys @ query / scale)
        return weights / weights.sum() @ values

    known = [
        (
            lambda: attended(case[0], case[1], root),
            "The new token is missing: it listens to itself too, over all T + 1 tokens.",
        ),
        (lambda: attended(keys, values, 1.0), "The scores have to be divided by sqrt(D)."),
        (
            lambda: attended(keys, values, len(query)),
            "The scores are divided by D: take its square root, sqrt(D).",
        ),
        (lambda: attended(keys, keys, root), "What is gathered are the values, not the keys."),
        (lambda: keys @ query / root @ values, "The scores are no weights before the softmax."),
    ]
    return matching_mistake(gathered, known, np.allclose)
