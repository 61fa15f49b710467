"""What is wrong with an answer about the choice of a token: temperature, top-p, min-p.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree. Drafts are in draft_mistakes.py, caches and weights in memory_mistakes.py, sureness and
search in truth_mistakes.py.
"""

from __future__ import annotations

import math

import numpy as np

from course_utils.challenges.answers import (
    INFINITE,
    NAN,
    TOLERANCE,
    Mistake,
    close,
    matching_mistake,
    numbers,
)
from course_utils.inference.exercises.reference import (
    Row,
    min_p,
    softmax_with_temperature,
)

LARGE = 700.0  # exp of more than this is too large for a float


def of_softmax_with_temperature(
    answer: object, expected: list[float], logits: Row, temperature: float
) -> str | None:
    """For softmax_with_temperature."""
    values = numbers(answer, len(expected), finite=False)
    if isinstance(values, str) or close(values, expected):
        return values if isinstance(values, str) else None
    # Infinite or nan: something overflowed, or minus infinity was computed with.
    forbidden = [logit == -math.inf for logit in logits]
    if not all(map(math.isfinite, values)):
        if temperature == math.inf and any(forbidden):
            return "inf / inf is nan: give a forbidden token its 0 before you divide."
        if max(abs(logit) for logit in logits if math.isfinite(logit)) < LARGE:
            return NAN if any(map(math.isnan, values)) else INFINITE
        return "Large scores overflow. Subtract the largest logit from all of them first."
    # The two ends of the dial and what is forbidden have rules of their own.
    if any(value and never for value, never in zip(values, forbidden, strict=True)):
        return "A score of minus infinity forbids a token: it gets 0 at every temperature."
    if temperature == 0:
        return "At temperature 0 only one token gets 1: the first of the largest scores."
    if abs(sum(values) - 1) > TOLERANCE:
        return "The probabilities have to sum to 1: divide each power by the sum of all powers."
    if temperature == math.inf:
        return "At an infinite temperature all tokens that are allowed are equally likely."
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
    answer: object, expected: list[float], probabilities: Row, top_p: float
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


def of_min_p(
    answer: object, expected: list[float], logits: Row, share: float, temperature: float
) -> str | None:
    """For min_p."""
    values = numbers(answer, len(expected))
    if isinstance(values, str) or close(values, expected):
        return values if isinstance(values, str) else None
    if close(sorted(values), sorted(expected)):
        return "The order must stay: each token keeps its place, and what is cut gets 0 there."
    known = _wrong_cuts(expected, logits, share, temperature)
    if words := matching_mistake(values, known):
        return words
    # Which tokens were kept, whatever they weigh.
    kept, right = ({at for at, value in enumerate(row) if value > 0} for row in (values, expected))
    if kept == right:
        return (
            "These are the right tokens. Divide their scores by the temperature, then take a "
            "softmax over them alone."
        )
    if kept > right:
        return "Some tokens with less than share times the largest probability are still there."
    return "A token stays that has at least share times the largest probability."


def _wrong_cuts(expected: Row, logits: Row, share: float, temperature: float) -> list[Mistake]:
    """Other bars than the right one, other orders of cut and heat, and sums that are not 1."""
    plain, heated = (softmax_with_temperature(logits, heat) for heat in (1.0, temperature))

    def above(values: Row, bar: float, heat: float = temperature) -> list[float]:
        kept = [
            logit if value >= bar else -math.inf
            for logit, value in zip(logits, values, strict=True)
        ]
        return softmax_with_temperature(kept, heat)

    def left(values: Row) -> list[float]:
        return [value if stays else 0.0 for value, stays in zip(values, expected, strict=True)]

    return [
        (
            lambda: above(heated, share * max(heated)),
            "This heats first and cuts afterwards: heat then decides who passes. Cut first.",
        ),
        (lambda: min_p(logits, share, 1.0), "The temperature is missing, for what is left."),
        (
            lambda: min_p(logits, share, 1 / temperature),
            "This is the wrong way round: divide the scores that are left by the temperature.",
        ),
        (
            lambda: above(plain, share),
            "share is no bar by itself: the bar is share times the largest probability.",
        ),
        (
            lambda: above(logits, share * max(logits)),
            "These are scores: compare probabilities, which a softmax makes of them.",
        ),
        (lambda: left(heated), "What is left has to sum to 1: divide by its sum."),
        (lambda: left(plain), "What is left has to sum to 1: divide by its sum."),
        (lambda: heated, "Nothing is cut: share of the largest probability is the least."),
    ]
