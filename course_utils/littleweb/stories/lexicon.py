"""The words that stories are made of, from lexicon.toml: names, animals, places, things, feelings.

Left out: sentences (wordings.py) and what happens (simulator.py). Taught in notebook 03, section
"What does it know?".
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Cause:
    """How a treasure gets lost.

    Args:
        things: what it can happen to.
        spots: the sorts of spot where they end up, keys of SPOTS.
    """

    things: tuple[str, ...]
    spots: tuple[str, ...]


def _lists(name: str) -> dict[str, tuple[str, ...]]:
    """A table of lists of words."""
    return {key: tuple(words) for key, words in _TABLES[name].items()}


GIRLS: tuple[str, ...] = tuple(_TABLES["girls"])
BOYS: tuple[str, ...] = tuple(_TABLES["boys"])
NAMES = GIRLS + BOYS
PRONOUNS = _lists("pronouns")
ABILITIES = _lists("abilities")  # of each kind of character
KINDS = tuple(ABILITIES)
TRAITS: dict[str, float] = _TABLES["traits"]  # trait -> how likely to help, 0..1
PLACES: tuple[str, ...] = tuple(_TABLES["places"])
SPOTS = _lists("spots")

_THINGS_BY_SORT = _lists("things")
GIFTS: dict[str, str] = _TABLES["gifts"]  # a present -> what it is made of
EATEN = _THINGS_BY_SORT["eaten"]
OTHERS = _THINGS_BY_SORT["other"]
CAUSES = {
    name: Cause(_THINGS_BY_SORT[cause["things"]], tuple(cause["spots"]))
    for name, cause in _TABLES["causes"].items()
}
# What a plot is about, by the sort of plot; a treasure is of CAUSES.
THINGS_OF_PLOTS = {
    "wish": OTHERS,
    "accident": _THINGS_BY_SORT["breaking"],
    "gift": tuple(GIFTS),
    "prize": _THINGS_BY_SORT["prize"],
}
# Every thing once. Draws pick by position, so the order of the tables is kept.
THINGS = tuple(
    dict.fromkeys(
        thing
        for things in (*(cause.things for cause in CAUSES.values()), *THINGS_OF_PLOTS.values())
        for thing in things
    )
)
ADJECTIVES: tuple[str, ...] = tuple(_TABLES["adjectives"])
FOOD_ADJECTIVES: tuple[str, ...] = tuple(_TABLES["food_adjectives"])
WORDS = _lists("words")  # "[@glad]" in a sentence is one of WORDS["glad"]
