"""How rich the stories are: different words, and how often one sentence skeleton comes back.

A sentence ends at its closing punctuation; what somebody says stays with "said Mila" behind it. A
skeleton is a sentence with every character as N, every place as P and every thing as T, so that
"Ben won the bell." and "The fox won the ring." are one. Left out: taste.
Taught in no notebook; tests hold the stories to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from course_utils.littleweb.stories import lexicon

# The end of a sentence: its mark, a closing quotation mark if any, and what begins the next one.
# After '?"' and '!"' a small letter or a tag such as "asked Ben" goes on with the same sentence.
SENTENCE_END = re.compile(r'(?<=[.!?])\s+(?=["A-Z])|(?<=[.!?]")\s+(?=["A-Z])')
_KINDS, _NAMES = "|".join(lexicon.KINDS), "|".join(lexicon.NAMES)
_PLACES = "|".join(place.removeprefix("the ") for place in lexicon.PLACES)
_MASKS = (
    (re.compile(rf"\b(?:[Tt]he|[Dd]ear) (?:{_KINDS})\b|\b(?:{_NAMES})\b"), "N"),
    (re.compile(rf"\b(?:{_KINDS})\b"), "N"),
    (re.compile(rf"\b[Tt]he (?:{_PLACES})\b"), "P"),
    (re.compile(rf"\b(?:{'|'.join(lexicon.THINGS)})\b"), "T"),
)


@dataclass(frozen=True)
class Richness:
    """What was counted in some stories.

    Args:
        words: lower-cased word -> how often it stands there.
        skeletons: sentence with N, P and T -> how often it stands there.
    """

    words: Counter[str]
    skeletons: Counter[str]

    @property
    def vocabulary(self) -> int:
        """How many different words."""
        return len(self.words)

    @property
    def sentences(self) -> int:
        """How many sentences."""
        return self.skeletons.total()

    @property
    def largest_share(self) -> float:
        """Share of the commonest skeleton among all sentences, 0..1."""
        return max(self.skeletons.values(), default=0) / max(1, self.sentences)


def sentences(text: str) -> list[str]:
    """The sentences of a story; a paragraph's end ends a sentence too."""
    return [
        sentence
        for paragraph in text.split("\n\n")
        for sentence in SENTENCE_END.split(paragraph.strip())
        if sentence
    ]


def skeleton(sentence: str) -> str:
    """The sentence with characters as N, places as P and things as T."""
    for pattern, letter in _MASKS:
        sentence = pattern.sub(letter, sentence)
    return sentence


def measure(texts: Iterable[str]) -> Richness:
    """Count words and skeletons.

    Args:
        texts: stories without their titles, paragraphs with an empty line between them.

    Returns:
        The counts; words are runs of letters, with "-" and "'" inside them.
    """
    words: Counter[str] = Counter()
    skeletons: Counter[str] = Counter()
    for text in texts:
        words.update(re.findall(r"[a-z]+(?:['-][a-z]+)*", text.lower()))
        skeletons.update(map(skeleton, sentences(text)))
    return Richness(words, skeletons)
