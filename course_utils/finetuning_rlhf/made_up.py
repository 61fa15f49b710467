"""Made-up countries and persons: names that nobody has read, out of syllables of several kinds.

The syllables stand in made_up.toml, a table for each morphology. An unknown name looks no
different from a real country that the chat data leaves out: the only difference is that the base
model has read about the real one. So each example has a new name, of many sounds, and what can be
learnt of them is to copy the name, and to look whether anything is known. Taught in notebook 04,
section "Four writers".
"""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from functools import lru_cache
from pathlib import Path

from course_utils.littleweb.rng import Rng, seed_number

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
FORMS: dict[str, int] = _TABLES.pop("forms")  # how a name is dressed, with weights


def _parts(text: str) -> tuple[str, ...]:
    """The syllables of a list; "-" is none."""
    return tuple(part.replace("-", "") for part in text.split())


_SYLLABLES = {
    name: tuple(_parts(table[part]) for part in ("starts", "middles", "ends"))
    for name, table in _TABLES.items()
}
_PERSONS = _SYLLABLES.pop("persons")
MORPHOLOGIES = tuple(_SYLLABLES)
HOLDOUT_EVERY = 4  # one name in four is for scoring


def is_holdout(name: str) -> bool:
    """Whether a bare name is of the part for scoring: by its hash, so that no seed mixes them."""
    return seed_number(name) % HOLDOUT_EVERY == 0


def made_up_country(rng: Rng, taken: tuple[str, ...], holdout: bool = False) -> str:
    """A name of no country, such as "Kalumo", "Strelvik Islands" or "Republic of Tilmurdai".

    Args:
        rng: the stream that decides.
        taken: real names; the bare made-up one begins none of their words and none of these words
            begins it.
        holdout: a name of the part for scoring; the two parts share no bare name.
    """
    while True:
        # until the hash puts it on the wanted side and no real name looks like it
        name = _joined(_SYLLABLES[rng.choice(MORPHOLOGIES)], rng)
        if is_holdout(name) == holdout and not _resembles(name.casefold(), taken):
            return rng.weighted(tuple(FORMS), tuple(FORMS.values())).format(name=name)


@lru_cache(maxsize=8)
def _words(names: tuple[str, ...]) -> tuple[list[str], frozenset[str]]:
    """The words of some names without their capitals, sorted and as a set; no tiny ones."""
    words = sorted({word.casefold() for name in names for word in name.split() if len(word) > 2})
    return words, frozenset(words)


def _resembles(name: str, taken: tuple[str, ...]) -> bool:
    """Whether a name begins one of the words of other names, or one of them begins it."""
    words, known = _words(taken)
    after = bisect_left(words, name)
    begins = after < len(words) and words[after].startswith(name)
    return begins or any(name[:length] in known for length in range(3, len(name) + 1))


def made_up_person(rng: Rng, holdout: bool = False) -> str:
    """A person's name that no list of names holds, such as "Talvo"."""
    while True:
        name = _joined(_PERSONS, rng)
        if is_holdout(name) == holdout:
            return name


def _joined(parts: tuple[tuple[str, ...], ...], rng: Rng) -> str:
    """A syllable of each list, as one word with a capital letter."""
    return "".join(rng.choice(part) for part in parts).capitalize()
