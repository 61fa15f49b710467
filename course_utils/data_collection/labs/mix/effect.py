"""What a mix makes of a corpus: how often each page is read, and what the text is like then.

Tokens are counted as bytes divided by a number, for the tokenizer is only made in notebook 02.
Left out: what a model learns from it. Taught in notebook 01, section "The whole pipeline".

Shapes: S sources, V words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.data_collection.document import Document

WORD = re.compile(r"[^\W\d_]+")
SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
OFTEN = 40  # readings after which a small model can know a word
KINDS = {
    "atlas": "facts",
    "factbook": "facts",
    "stories": "stories",
    "forum": "talk",
    "code": "programs",
    "school": "lessons",
    "copybook": "lessons",
    "news": "news",
}
OTHER = "other"


@dataclass(frozen=True)
class Effect:
    """What a mix does.

    Args:
        shares: (S,) of the training tokens; all 0 where nothing has a share.
        tokens: (S,) shown of each source.
        times: (S,) how often each of its pages is read.
        kinds: kind of text -> share of the training tokens.
        mean_word: letters; None where nothing is read.
        sentence_words: words per sentence; None where nothing is read.
        words_read: how many different words are expected to be read at least once.
        words_often: and at least 40 times.
    """

    shares: np.ndarray
    tokens: np.ndarray
    times: np.ndarray
    kinds: dict[str, float]
    mean_word: float | None
    sentence_words: float | None
    words_read: int
    words_often: int


class Sources:
    """The counts of each source of a corpus.

    Args:
        documents: the training documents.
        bytes_per_token: how many bytes of text one token stands for.

    Attributes:
        names: the S sources, sorted.
        documents, bytes, words, letters, sentences: (S,) counts.
        counts: (S, V) how often each word stands in each source.

    Raises:
        ValueError: there is no document.
    """

    def __init__(self, documents: Sequence[Document], bytes_per_token: float = 4.0) -> None:
        if not documents:
            raise ValueError(
                "the corpus has no training documents, so there is nothing to mix. Make it again "
                "with collect(folder) and look at what its steps dropped."
            )
        self.bytes_per_token = bytes_per_token
        self.names = tuple(sorted({document.source for document in documents}))
        # Each source is counted once; a mix then only weighs the counts.
        counted = [self._count([d.text for d in documents if d.source == n]) for n in self.names]
        (self.documents, self.bytes, self.words, self.letters, self.sentences) = np.array(
            [numbers for numbers, _ in counted], float
        ).T
        # One column a word of any source.
        vocabulary = sorted(set().union(*(words for _, words in counted)))
        self.counts = np.array([[words[w] for w in vocabulary] for _, words in counted], float)

    @staticmethod
    def _count(texts: Sequence[str]) -> tuple[tuple[int, ...], Counter[str]]:
        words: Counter[str] = Counter()
        for text in texts:
            words.update(WORD.findall(text.lower()))
        # Sentences by their end marks: enough for a mean.
        sentences = sum(len(SENTENCE_END.findall(text)) for text in texts)
        sizes = sum(len(text.encode("utf-8", "replace")) for text in texts)
        letters = sum(len(word) * count for word, count in words.items())
        return (len(texts), sizes, words.total(), letters, sentences), words

    def effect(self, weights: Sequence[float], tokens: float) -> Effect:
        """What is read when so many tokens are drawn.

        Args:
            weights: (S,) one a source, in the order of `names`; they need not sum to 1.
            tokens: of the whole training.
        """
        wanted = np.asarray(weights, float)
        # With every slider at 0 nothing is read.
        shares = wanted / wanted.sum() if wanted.sum() > 0 else np.zeros(len(wanted))
        # A source is gone through as often as its tokens fit into its share.
        times = shares * tokens * self.bytes_per_token / np.maximum(1, self.bytes)
        read = times @ self.counts  # (V,) expected readings
        # Expected counts are sums over the sources, each times its readings.
        words, letters, sentences = (
            float(times @ counts) for counts in (self.words, self.letters, self.sentences)
        )
        # What kinds of text that is, whatever sites it came from.
        kinds: dict[str, float] = {}
        for name, share in zip(self.names, shares, strict=True):
            kind = KINDS.get(name, OTHER)
            kinds[kind] = kinds.get(kind, 0.0) + float(share)
        return Effect(
            shares,
            shares * tokens,
            times,
            kinds,
            letters / words if words else None,
            words / sentences if sentences else None,
            int((read >= 1).sum()),
            int((read >= OFTEN).sum()),
        )


def compare(effect: Effect, default: Effect) -> list[tuple[str, str, str]]:
    """What two mixes do: (what, with this one, with the default one), a line each."""

    def number(value: float | None) -> str:
        return "none" if value is None else f"{value:.2f}"

    def percent(share: float) -> str:
        return f"{100 * share:.1f} %"

    rows = [
        (f"share of {kind}", percent(effect.kinds[kind]), percent(default.kinds[kind]))
        for kind in effect.kinds
    ]
    often = f"words read {OFTEN} times or more"
    return [
        *rows,
        ("letters per word", number(effect.mean_word), number(default.mean_word)),
        ("words per sentence", number(effect.sentence_words), number(default.sentence_words)),
        ("different words read", f"{effect.words_read:,}", f"{default.words_read:,}"),
        (often, f"{effect.words_often:,}", f"{default.words_often:,}"),
    ]
