"""What is wrong with an answer about a loss: of one prediction and of counted pairs.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree. The other challenges of notebook 03 are in mistakes.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from course_utils.challenges.answers import (
    INFINITE,
    NAN,
    Mistake,
    close,
    matching_mistake,
    number,
)
from course_utils.pretraining.exercises.reference import cross_entropy, pair_loss

LARGE = 700.0  # exp of more than this is too large for a float


def of_cross_entropy(
    answer: object, expected: float, logits: Sequence[float], target: int
) -> str | None:
    """For cross_entropy."""
    # What is no number, or right, needs no guess.
    value = number(answer, finite=False)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    # Infinite or nan: large scores overflowed, or there is another slip.
    if not math.isfinite(value) and max(map(abs, logits)) < LARGE:
        return NAN if math.isnan(value) else INFINITE
    if not math.isfinite(value):
        return "Large scores overflow. Subtract the largest logit from all of them first."
    # What usual mistakes would have given, each with its words.
    known = [
        (lambda: -expected, "Only the sign is wrong: the loss is minus the logarithm."),
        (lambda: math.exp(-expected), "This is the probability; the loss is minus its logarithm."),
        (
            lambda: expected / math.log(2),
            "This is in bits. Use the natural logarithm, so that it is in nats.",
        ),
        (
            lambda: expected / math.log(10),
            "This is a logarithm to the base 10. Use the natural one, so that it is in nats.",
        ),
        (
            lambda: cross_entropy(logits, logits.index(max(logits))),
            "This is the loss of the likeliest token; the target says which one was right.",
        ),
        (lambda: -logits[target], "This is the score; turn the scores into probabilities first."),
        (
            lambda: -math.log(logits[target] / sum(logits)),
            "Softmax takes exp of every score before it divides by the sum.",
        ),
        (
            lambda: expected / len(logits),
            "There is one right token, so nothing has to be divided by the number of scores.",
        ),
    ]
    if max(logits) >= LARGE:
        return "Scores of any size count as they are: subtract the largest instead of cutting it."
    return matching_mistake(value, known) or (
        "Softmax turns the logits into probabilities; the loss is -log of the right one's."
    )


def of_pair_loss(
    answer: object,
    expected: float,
    counts: Mapping[str, Mapping[str, int]],
    vocabulary: int,
    words: Sequence[str],
) -> str | None:
    """For pair_loss."""
    value = number(answer, finite=False)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    if math.isinf(value):
        return "A pair that was never counted got probability 0: add 1 to its count, too."
    if math.isnan(value):
        return NAN
    known = _wrong_pair_losses(expected, counts, vocabulary, words)
    return matching_mistake(value, known) or (
        "For each pair: minus the log of (its count + 1) / (all counts after the word + V)."
    )


def _wrong_pair_losses(
    expected: float,
    counts: Mapping[str, Mapping[str, int]],
    vocabulary: int,
    words: Sequence[str],
) -> list[Mistake]:
    pairs = len(words) - 1
    return [
        (lambda: -expected, "Only the sign is wrong: the loss is minus the logarithm."),
        (lambda: expected * pairs, "This is the sum; the mean divides by the number of pairs."),
        (
            lambda: expected * pairs / len(words),
            "There is one pair fewer than there are words.",
        ),
        (lambda: expected / math.log(2), "This is in bits; the natural logarithm gives nats."),
        (
            lambda: _pair_loss(counts, 1, words),
            "1 is added to each of V counts, so the total grows by V and not by 1.",
        ),
        (
            lambda: _pair_loss(counts, 0, words),
            "Adding 1 to every count also raises the total, by V.",
        ),
        (
            lambda: pair_loss(
                {w: dict.fromkeys(after, 1) for w, after in counts.items()}, vocabulary, words
            ),
            "This counts each kind of pair once; a pair counts as often as it came.",
        ),
        (
            lambda: _pair_loss(counts, 0, words, added=0),
            "Nothing was added: give every count 1 more, so that no pair has probability 0.",
        ),
        (lambda: math.exp(expected), "This is the perplexity, e to the power of the loss."),
    ]


def _pair_loss(
    counts: Mapping[str, Mapping[str, int]], grown: int, words: Sequence[str], added: int = 1
) -> float:
    """The loss where other numbers are added to the total and to the count."""
    losses = []
    for word, following in zip(words, words[1:], strict=False):
        after = counts.get(word, {})
        losses.append(-math.log((after.get(following, 0) + added) / (sum(after.values()) + grown)))
    return sum(losses) / len(losses)
