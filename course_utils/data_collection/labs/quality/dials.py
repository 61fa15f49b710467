"""The thresholds of the quality lab: what each slider is called, how far it goes, what it sets.

Several rules share a slider where the rules are one idea at several lengths. Taught in notebook
01, section "Garbage in, garbage out".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from course_utils.data_collection.clean.quality import MAX_DUPLICATE_NGRAMS, MAX_TOP_NGRAM
from course_utils.data_collection.clean.quality_measures import USUAL

LETTERS_OF_LINES = USUAL["max_duplicate_letters"] / USUAL["max_duplicate_lines"]


@dataclass(frozen=True)
class Dial:
    """One slider.

    Args:
        name: of the setting.
        words: on the slider.
        tooltip: what it does to the corpus.
        high: its right end; the left one is 0.
        step: of the slider.
        limits: the limits that take its value, and by what it is multiplied for each.
    """

    name: str
    words: str
    tooltip: str
    high: float
    step: float
    limits: tuple[tuple[str, float], ...]

    @property
    def usual(self) -> float:
        """Where the slider stands in quality.py."""
        return USUAL[self.limits[0][0]]

    def values(self, at: float) -> dict[str, float]:
        """The limits while the slider stands there."""
        return {name: round(at * factor, 9) for name, factor in self.limits}


def _one(name: str) -> tuple[tuple[str, float], ...]:
    return ((name, 1.0),)


DIALS = (
    Dial("words", "Words \u2265", "Drops pages with fewer words", 200, 1, _one("min_words")),
    Dial(
        "stop_words",
        "Stop words \u2265",
        "Drops pages with fewer of the small words the, be, to, of, and, that, have, with",
        20,
        1,
        _one("min_stop_words"),
    ),
    Dial(
        "short_words",
        "Mean word \u2265",
        "Drops pages whose words are shorter on average, in letters",
        10,
        0.1,
        _one("min_mean_word"),
    ),
    Dial(
        "long_words",
        "Mean word \u2264",
        "Drops pages whose words are longer on average, in letters",
        15,
        0.1,
        _one("max_mean_word"),
    ),
    Dial(
        "letters",
        "With letters \u2265",
        "Drops pages of whose words a smaller share holds a letter",
        1,
        0.01,
        _one("min_alphabetic"),
    ),
    Dial(
        "symbols",
        "Symbols \u2264",
        "Drops pages with more hash signs and ellipses, as a share of their words",
        1,
        0.01,
        _one("max_symbols"),
    ),
    Dial(
        "furniture",
        "Furniture \u2264",
        "Drops pages of whose sentences a larger share speaks of cookies, log-ins and policies",
        1,
        0.01,
        _one("max_furniture"),
    ),
    Dial(
        "lines",
        "Lines again \u2264",
        "Drops pages of whose lines a larger share was said before",
        1,
        0.01,
        (("max_duplicate_lines", 1.0), ("max_duplicate_letters", LETTERS_OF_LINES)),
    ),
    Dial(
        "phrase",
        "One phrase \u2264",
        "Drops pages of whose letters a larger share is one phrase of two to four words",
        1,
        0.01,
        tuple((f"max_phrase_{n}", 1.0) for n in MAX_TOP_NGRAM),
    ),
    Dial(
        "long_phrases",
        "Long repeats \u2264",
        "Drops pages of whose letters a larger share stands in ten words that were said before",
        1,
        0.01,
        tuple((f"max_long_phrase_{n}", 1.0) for n in MAX_DUPLICATE_NGRAMS),
    ),
)
BY_NAME: Mapping[str, Dial] = {dial.name: dial for dial in DIALS}
