"""Learns what junk looks like from labelled pages: logistic regression on hashed word runs.

The rules of quality.py were written by people who had looked at junk. This file looks at it by
itself: every word and every pair of neighbours votes for or against a page, and training finds
how much each vote should count. Labels are handed in by the caller, so nothing here can peek.
Left out: where to draw the line (filter_scores.py), spelling, longer runs of words, layers.
Taught in notebook 01, section "Other pages, other filters".

Shapes: N pages, F votes of all pages together, B buckets.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from course_utils import checks

WORD = re.compile(r"[^\W\d_]+|\d")  # digits one by one: 1987 and 2015 are the same sort of thing
FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class LearnedConfig:
    """How the classifier looks and learns.

    Args:
        buckets: B, a power of two; word runs that hash to one bucket share a weight.
        passes: how often training goes over all pages.
        batch: pages a step.
        learning_rate: how far a weight moves at its first step; later steps are shorter.
        seed: of the order in which pages are shown.
    """

    buckets: int = 1 << 17
    passes: int = 4
    batch: int = 32
    learning_rate: float = 4.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("buckets", "passes", "batch"):
            checks.whole(name, getattr(self, name), least=1)
        checks.number("learning_rate", self.learning_rate, above=0)
        checks.whole("seed", self.seed)
        if self.buckets < 2 or self.buckets & (self.buckets - 1):
            raise ValueError(
                f"buckets is {self.buckets}; it has to be a power of two, such as {1 << 17}."
            )


@dataclass(frozen=True)
class Votes:
    """The buckets that each page votes in: (F,) 0..B-1, and (N + 1,) where each page begins."""

    buckets: np.ndarray
    starts: np.ndarray

    def of(self, pages: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The buckets of some pages, and for each the page's place in `pages`."""
        parts = [self.buckets[self.starts[page] : self.starts[page + 1]] for page in pages]
        rows = np.repeat(np.arange(len(parts)), list(map(len, parts)))
        return np.concatenate([*parts, np.empty(0, np.int64)]), rows


def runs(text: str, known: dict[str, int] | None = None) -> tuple[list[str], np.ndarray]:
    """A text's words, and the hashes of its single words followed by those of its pairs.

    Args:
        text: any text.
        known: hashes of words seen before; filled, to save time over many texts.

    Returns:
        T words in lower case, and (2T - 1,) uint64 hashes, the same on every machine.
    """
    known, words = {} if known is None else known, WORD.findall(text.lower())
    for word in words:
        if word not in known:
            known[word] = zlib.crc32(word.encode("utf-8", "replace"))
    ones = np.fromiter(map(known.__getitem__, words), np.uint64, len(words)) * FACTOR
    pairs = (ones[:-1] + (ones[1:] >> np.uint64(17))) * FACTOR
    return words, np.concatenate([ones, pairs])


def bucket_of(hashes: np.ndarray, buckets: int) -> np.ndarray:
    """(T,) int64 bucket of each hash: its upper bits, which are mixed best."""
    return (hashes >> np.uint64(64 - (buckets.bit_length() - 1))).astype(np.int64)


def votes(texts: Sequence[str], buckets: int) -> Votes:
    """Hashes the word runs of N texts into B buckets."""
    known: dict[str, int] = {}
    rows = [np.unique(bucket_of(runs(text, known)[1], buckets)) for text in texts]
    starts = np.cumsum([0, *map(len, rows)])
    return Votes(np.concatenate([*rows, np.empty(0, np.int64)]), starts)


@dataclass(frozen=True)
class LearnedQuality:
    """A trained classifier.

    Args:
        weights: (B,) float64; above 0 speaks for junk.
        bias: the log-odds of junk before the first word is read.
        losses: mean of each pass, in nats a page.
    """

    weights: np.ndarray
    bias: float
    losses: tuple[float, ...] = field(default=())

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(N,) probability of junk for each text; a text without words gets the bias alone."""
        cast = votes(texts, len(self.weights))
        return sigmoid(self.bias + scores(cast, np.arange(len(texts)), self.weights)[0])

    def reasons(self, text: str, limit: int = 5) -> list[tuple[str, float]]:
        """The word runs that moved a text's verdict most.

        Args:
            text: a document's text.
            limit: how many.

        Returns:
            (word run, what it adds to the log-odds of junk), the strongest first.
        """
        buckets = self._named(text)
        scale = 1 / np.sqrt(max(1, len(set(buckets.values()))))
        shares = [(name, float(self.weights[bucket] * scale)) for name, bucket in buckets.items()]
        return sorted(shares, key=lambda item: (-abs(item[1]), item[0]))[:limit]

    def strongest(self, texts: Sequence[str], limit: int = 10, pages: int = 3) -> dict[str, float]:
        """The word runs with the largest weights: those of junk, then those of good pages.

        Args:
            texts: where names for the buckets are looked up; some hundred training texts, say.
            limit: how many on each side.
            pages: only runs that stand in at least so many of the texts.
        """
        counts: Counter[tuple[str, int]] = Counter()
        for text in texts:
            counts.update(self._named(text).items())
        frequent = (run for run, count in counts.items() if count >= pages)
        ranked = sorted((float(self.weights[bucket]), name) for name, bucket in frequent)
        return {name: value for value, name in [*ranked[: -limit - 1 : -1], *ranked[:limit]]}

    def _named(self, text: str) -> dict[str, int]:
        """The word runs of a text, and the bucket of each."""
        words, hashes = runs(text)
        names = words + [" ".join(pair) for pair in zip(words[:-1], words[1:], strict=True)]
        return dict(zip(names, bucket_of(hashes, len(self.weights)).tolist(), strict=True))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Log-odds to probabilities, without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * logits))


def scores(cast: Votes, pages: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """The sum of each page's votes, divided by the square root of their number.

    Returns:
        (P,) sums; (F,) buckets, (F,) place in `pages` and (F,) size of each vote.
    """
    buckets, rows = cast.of(pages)
    sizes = 1 / np.sqrt(np.maximum(1, np.bincount(rows, minlength=len(pages))))[rows]
    sums = np.bincount(rows, weights[buckets] * sizes, minlength=len(pages))
    return sums, buckets, rows, sizes


def train(
    texts: Sequence[str], junk: Sequence[bool], config: LearnedConfig | None = None
) -> LearnedQuality:
    """Finds the weights under which the labels are likely.

    Each step looks at a few pages and moves every weight that voted, against its slope; a weight
    that has moved a lot moves less (AdaGrad), so rare words still get their say.

    Args:
        texts: N texts.
        junk: N labels, True for junk.
        config: how it learns.

    Raises:
        ValueError: texts and labels do not fit, or all labels are the same.

    Source: Duchi et al. 2011 for AdaGrad; Weinberger et al. 2009 for the hashing.
    """
    config, labels = config or LearnedConfig(), np.asarray(junk, float)
    if len(texts) != len(labels) or not 0 < labels.sum() < len(labels):
        raise ValueError(
            f"got {len(texts)} texts and {len(labels)} labels, {int(labels.sum())} of them junk. "
            "Give one label a text, with junk and good pages among them."
        )
    cast, rng = votes(texts, config.buckets), np.random.Generator(np.random.PCG64(config.seed))
    # Nothing is known of any word yet; without words the guess is the share of junk.
    weights, squares = np.zeros(config.buckets), np.full(config.buckets, 1e-2)
    bias, losses = float(np.log(labels.mean() / (1 - labels.mean()))), []
    for _ in range(config.passes):
        loss = 0.0
        for pages in np.array_split(rng.permutation(len(texts)), -(-len(texts) // config.batch)):
            # Guess, and see how far off: the slope of the loss against each page's log-odds.
            sums, buckets, rows, sizes = scores(cast, pages, weights)
            error = sigmoid(bias + sums) - labels[pages]
            loss -= np.log(np.maximum(1e-12, 1 - np.abs(error))).sum()
            # The slope against each weight that voted, summed over its votes.
            touched, index = np.unique(buckets, return_inverse=True)
            slope = np.bincount(index, error[rows] * sizes) / len(pages)
            # One step of AdaGrad.
            squares[touched] += slope**2
            weights[touched] -= config.learning_rate * slope / np.sqrt(squares[touched])
        losses.append(float(loss / len(texts)))
    return LearnedQuality(weights, bias, tuple(losses))
