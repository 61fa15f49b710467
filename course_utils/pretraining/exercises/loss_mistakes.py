"""What is wrong with an answer about a loss: of one prediction, of counted pairs, of rows.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree. The other challenges of notebook 03 are in mistakes.py and attention_mistakes.py.

Shape letters: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from course_utils.challenges.answers import (
    INFINITE,
    NAN,
    Mistake,
    close,
    matching_mistake,
    near,
    number,
)
from course_utils.pretraining.exercises.reference import cross_entropy, pair_loss

LARGE = 700.0  # exp of more than this is too large for a float
LARGE_32 = 80.0  # and of little more than this for float32


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


def of_row_loss(
    answer: object, expected: float, logits: Tensor, ids: Tensor, padding: int
) -> str | None:
    """For row_loss."""
    value = number(answer, finite=False)
    if isinstance(value, str) or near(value, expected):
        return value if isinstance(value, str) else None
    # Cases with a rule of their own come first.
    if not (ids[:, 1:] != padding).any():
        return "Nothing is foretold here (one token per row, or only padding): return 0.0."
    large = logits.abs().max() > LARGE_32
    if not math.isfinite(value) and large:
        return "Large scores overflow. Take log_softmax, or subtract the largest logit first."
    if not math.isfinite(value):
        return NAN if math.isnan(value) else INFINITE
    known = [
        *_wrong_losses(expected, logits.double(), ids, padding),
        *_wrong_targets(logits.double(), ids, padding),
    ]
    return matching_mistake(value, known, near) or (
        "Scores of any size count as they are: log_softmax, not the log of a softmax."
        if large
        else "Position t foretells token t + 1: minus the log of its probability, and the mean of "
        "these over all rows."
    )


def _losses(logits: Tensor, targets: Tensor, dim: int = 2) -> Tensor:
    """Nats of each target, in the targets' shape."""
    return -logits.log_softmax(dim).gather(2, targets[..., None])[..., 0]


def _wrong_losses(expected: float, logits: Tensor, ids: Tensor, padding: int) -> list[Mistake]:
    """The right predictions, counted or computed in another way."""
    targets = ids[:, 1:]
    counts = targets != padding
    each = _losses(logits[:, :-1], targets)
    total = each[counts].sum()
    rows = [row[kept].mean().item() for row, kept in zip(each, counts, strict=True) if kept.any()]
    return [
        (lambda: -expected, "Only the sign is wrong: the loss is minus the logarithm."),
        (lambda: each.mean().item(), "Padding counts here: where it is the target, leave it out."),
        (
            lambda: (total / targets.numel()).item(),
            "The padding's losses are left out; it must not count in the division either.",
        ),
        (
            lambda: (total / ids.numel()).item(),
            "A row of T tokens foretells T - 1; divide by the number of tokens foretold.",
        ),
        (
            lambda: sum(rows) / len(rows),
            "This is a mean of the rows' means; every token foretold counts alike.",
        ),
        (lambda: total.item(), "This is the sum; divide by the number of tokens foretold."),
        (
            lambda: each[ids[:, :-1] != padding].mean().item(),
            "What stands at a position does not matter: leave out where the target is padding.",
        ),
        (lambda: expected / math.log(2), "This is in bits; the natural logarithm gives nats."),
        (lambda: math.exp(expected), "This is the perplexity, e to the power of the loss."),
    ]


def _wrong_targets(logits: Tensor, ids: Tensor, padding: int) -> list[Mistake]:
    """Other predictions than the right ones, each with padding left out and counted."""
    early, targets = logits[:, :-1], ids[:, 1:]
    around = ids.roll(-1, dims=1)
    mixed = early.reshape(len(ids), logits.size(2), -1).transpose(1, 2)
    tried = [
        (lambda: _losses(logits, ids), ids, "Position t foretells token t + 1, not its own."),
        (
            lambda: _losses(logits[:, 1:], ids[:, :-1]),
            ids[:, :-1],
            "This is shifted the wrong way: position t foretells the next token.",
        ),
        (
            lambda: _losses(logits, around),
            around,
            "The last position of a row has no next token; the row's first one is none.",
        ),
        *(
            (
                lambda dim=dim, of=of: _losses(of, targets, dim),
                targets,
                "The softmax runs over the wrong axis: over the V scores of one position.",
            )
            for dim, of in ((0, early), (1, early), (1, logits))
        ),
        (
            lambda: _losses(mixed, targets),
            targets,
            "reshape does not exchange axes, it mixes scores: use transpose.",
        ),
    ]
    return [
        (_mean_of(losses, counted), words)
        for losses, scored, words in tried
        for counted in (scored != padding, torch.ones_like(scored, dtype=torch.bool))
    ]


def _mean_of(losses: Callable[[], Tensor], counted: Tensor) -> Callable[[], float]:
    return lambda: losses()[counted].mean().item()
