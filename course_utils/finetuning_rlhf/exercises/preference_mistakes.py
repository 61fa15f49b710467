"""What is wrong with an answer about a pair of replies: the losses of a reward model and of DPO.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree. The other challenges of notebook 04 are in mistakes.py and the files on practice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from course_utils.challenges.answers import (
    INFINITE,
    NAN,
    Mistake,
    close,
    matching_mistake,
    number,
)
from course_utils.finetuning_rlhf.exercises.reference import preference_loss

LARGE = 30.0  # scores further apart than this overflow in some way of writing the loss


def of_preference_loss(
    answer: object, expected: float, chosen: float, rejected: float
) -> str | None:
    """For preference_loss."""
    value = number(answer, finite=False)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    if not math.isfinite(value) and abs(chosen - rejected) < LARGE:
        return NAN if math.isnan(value) else INFINITE
    if not math.isfinite(value):
        return "Large scores overflow: for a large x, -log(sigmoid(-x)) is x + log(1 + exp(-x))."
    # What usual mistakes would have given, each with its words.
    ahead = chosen - rejected
    known = [
        (lambda: -expected, "Only the sign is wrong: the loss is minus the logarithm."),
        (
            lambda: math.exp(-expected),
            "This is the probability of the choice; the loss is minus its logarithm.",
        ),
        (
            lambda: expected / math.log(2),
            "This is in bits. Use the natural logarithm, so that it is in nats.",
        ),
        (
            lambda: preference_loss(rejected, chosen),
            "The two are swapped: the loss is small where the chosen reply has more.",
        ),
        (
            lambda: max(0.0, 1 - ahead),
            "A straight line with a corner is another loss. Here: minus the log of the sigmoid.",
        ),
        (lambda: -ahead, "This is how far the scores are apart: the sigmoid comes next."),
        (
            lambda: (1 - math.exp(-expected)) ** 2,
            "This squares the error. The loss is minus the logarithm of the probability.",
        ),
    ]
    return matching_mistake(value, known) or (
        "Take the chosen score minus the rejected one, its sigmoid, and minus the logarithm."
    )


def of_dpo_loss(
    answer: object,
    expected: float,
    chosen: Sequence[float],
    rejected: Sequence[float],
    chosen_start: Sequence[float],
    rejected_start: Sequence[float],
    beta: float,
) -> str | None:
    """For dpo_loss."""
    value = number(answer, finite=False)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    replies = chosen, rejected, chosen_start, rejected_start
    c, r, c_start, r_start = map(sum, replies)
    ahead = (c - c_start) - (r - r_start)
    large = abs(beta * ahead) > LARGE
    if not math.isfinite(value) and large:
        return "Large differences overflow: call a loss that does not, as preference_loss above."
    if not math.isfinite(value):
        return NAN if math.isnan(value) else INFINITE
    known = [
        *_wrong_scores(replies, beta),
        *_wrong_losses(expected, beta, ahead),
    ]
    return matching_mistake(value, known) or (
        "Differences of any size count as they are: nothing is cut off or rounded."
        if large
        else "The score of a reply is beta * (its nats now - its nats at the start); the loss is "
        "minus the log of the sigmoid of the chosen one's score minus the rejected one's."
    )


def _wrong_scores(replies: Sequence[Sequence[float]], beta: float) -> list[Mistake]:
    """The right loss of something else than beta times how far the chosen reply has moved."""
    chosen, rejected, chosen_start, rejected_start = replies
    c, r, c_start, r_start = map(sum, replies)
    ahead = (c - c_start) - (r - r_start)
    tried = (
        (
            lambda: beta * (c - r),
            "The starting model is missing: what counts is how much likelier a reply became.",
        ),
        (lambda: -beta * ahead, "The two are swapped: the chosen reply's score comes first."),
        (lambda: ahead, "beta is missing: it turns nats into scores."),
        (lambda: ahead / beta, "Nats are multiplied by beta, not divided."),
        (
            lambda: beta * (c + c_start - r - r_start),
            "What each reply had at the start is subtracted from what the same reply has now.",
        ),
        (lambda: beta * (c - c_start), "The rejected reply is missing: subtract its score."),
        (lambda: beta * c, "Both the starting model and the rejected reply are missing."),
        (
            lambda: (
                beta
                * (fmean(chosen) - fmean(chosen_start) - fmean(rejected) + fmean(rejected_start))
            ),
            "A reply's log-probability is the sum over its tokens, not their mean.",
        ),
    )
    return [(lambda score=score: preference_loss(score(), 0.0), words) for score, words in tried]


def _wrong_losses(expected: float, beta: float, ahead: float) -> list[Mistake]:
    """Something else than minus the log of the sigmoid."""
    return [
        (lambda: -expected, "Only the sign is wrong: the loss is minus the logarithm."),
        (
            lambda: math.exp(-expected),
            "This is the probability of the choice; the loss is minus its logarithm.",
        ),
        (
            lambda: beta * preference_loss(ahead, 0.0),
            "beta multiplies the nats, inside the sigmoid, and not the loss.",
        ),
        (lambda: beta * ahead, "This is how far the scores are apart: the sigmoid comes next."),
        (lambda: -beta * ahead, "This is how far the scores are apart: the sigmoid comes next."),
        (
            lambda: expected / math.log(2),
            "This is in bits. Use the natural logarithm, so that it is in nats.",
        ),
    ]
