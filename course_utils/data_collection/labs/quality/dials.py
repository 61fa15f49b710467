"""The sliders of the quality lab: what each is called, how far it goes, which rules it moves.

Bounds, and on which side of them a page has to be, are the rules' own. Several rules share a
slider where they are one idea at several lengths. Taught in notebook 01, section "Garbage in,
garbage out".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from course_utils.data_collection.clean.quality import AT_LEAST, BOUNDS, RULES

# At least, at most.
SIGNS = {rule.name: "\u2265" if rule.keeps == AT_LEAST else "\u2264" for rule in RULES}


@dataclass(frozen=True)
class Dial:
    """One slider.

    Args:
        name: of the setting.
        label: what is measured, in a word or two.
        tooltip: what it does to the corpus.
        high: its right end; the left one is 0.
        step: of the slider.
        rules: whose bounds it moves; the first one's is where the slider stands, the others keep
            their proportion to it.
    """

    name: str
    label: str
    tooltip: str
    high: float
    step: float
    rules: tuple[str, ...]

    @property
    def words(self) -> str:
        """What stands on the slider."""
        return f"{self.label} {SIGNS[self.rules[0]]}"

    @property
    def default(self) -> float:
        """Where the slider stands for the rules as they are."""
        return BOUNDS[self.rules[0]]

    def bounds(self, place: float) -> dict[str, float]:
        """The rules' bounds while the slider stands there."""
        # Rules that share a slider keep their proportion to the first one's bound.
        return {name: round(place * (BOUNDS[name] / self.default), 9) for name in self.rules}


DIALS = (
    Dial("words", "Words", "Drops pages with fewer words", 200, 1, ("min_words",)),
    Dial(
        "stop_words",
        "Stop words",
        "Drops pages with fewer of the small words the, be, to, of, and, that, have, with",
        20,
        1,
        ("min_stop_words",),
    ),
    Dial(
        "short_words",
        "Mean word",
        "Drops pages whose words are shorter on average, in letters",
        10,
        0.1,
        ("min_mean_word",),
    ),
    Dial(
        "long_words",
        "Mean word",
        "Drops pages whose words are longer on average, in letters",
        15,
        0.1,
        ("max_mean_word",),
    ),
    Dial(
        "letters",
        "With letters",
        "Drops pages of whose words a smaller share holds a letter",
        1,
        0.01,
        ("min_alphabetic",),
    ),
    Dial(
        "symbols",
        "Symbols",
        "Drops pages with more hash signs and ellipses, as a share of their words",
        1,
        0.01,
        ("max_symbols",),
    ),
    Dial(
        "furniture",
        "Furniture",
        "Drops pages of whose sentences a larger share speaks of cookies, log-ins and policies",
        1,
        0.01,
        ("max_boilerplate",),
    ),
    Dial(
        "lines",
        "Lines again",
        "Drops pages of whose lines a larger share was said before",
        1,
        0.01,
        ("max_duplicate_lines", "max_duplicate_letters"),
    ),
    Dial(
        "phrase",
        "One phrase",
        "Drops pages of whose letters a larger share is one phrase of two to four words",
        1,
        0.01,
        tuple(name for name in BOUNDS if name.startswith("max_phrase")),
    ),
    Dial(
        "long_phrases",
        "Long repeats",
        "Drops pages of whose letters a larger share stands in ten words that were said before",
        1,
        0.01,
        ("max_long_phrase_10",),
    ),
)
BY_NAME: Mapping[str, Dial] = {dial.name: dial for dial in DIALS}
