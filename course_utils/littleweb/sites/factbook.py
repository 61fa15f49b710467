"""The site factbook: long pages with the Factbook's own prose, a few for each country.

Left out: facts as plain statements (atlas.py) and the line "according to the Factbook", which
belongs to the boilerplate around the text (markup.py). Taught in notebook 01, section "From pages
to documents".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.truth import world

HOST = "http://factbook.littleweb.test"
SCALES = ("tiny", "laptop", "gpu")
TINY_COUNTRIES = 6
MIN_WORDS = 60  # a shorter page joins the one before, so that quality filters keep it


@dataclass(frozen=True)
class Part:
    """One page of a country: its name in the address, its title and the sections that it holds."""

    name: str
    title: str
    sections: tuple[str, ...]


PARTS = (
    Part("land", "The land of {country}", ("Introduction", "Geography", "Environment")),
    Part("people", "People and government of {country}", ("People and Society", "Government")),
    Part(
        "economy",
        "Economy and services of {country}",
        ("Economy", "Energy", "Communications", "Transportation", "Space"),
    ),
    Part(
        "security",
        "Security of {country}",
        ("Military and Security", "Terrorism", "Transnational Issues"),
    ),
)


def pages(seed: int | str, scale: str) -> Iterator[Page]:
    """All pages of the site, country by country.

    Args:
        seed: of the whole Little Web; it picks the countries at the tiny scale and the links.
        scale: "tiny", "laptop" or "gpu"; the Factbook does not grow, so the last two are equal.
    """
    if scale not in SCALES:
        raise ValueError(f"scale is {scale!r}; the Little Web knows {', '.join(SCALES)}.")
    countries: tuple[str, ...] = world.countries()
    # At the tiny scale a few countries, the prose's example among them.
    if scale == "tiny":
        rng = Rng(f"{seed}/factbook/tiny")
        countries = tuple(sorted({*rng.sample(countries, TINY_COUNTRIES - 1), "France"}))
    for country in countries:
        yield from _country_pages(seed, country, countries)


def page_url(country: str, part: str) -> str:
    """The address of one part ("land", "people", "economy", "security") of a country's prose."""
    return f"{HOST}/{world.slug(country)}/{part}.html"


def _country_pages(seed: int | str, country: str, countries: tuple[str, ...]) -> Iterator[Page]:
    """The pages of one country; parts with too few words are joined to the part before."""
    by_section = world.sections(country)
    # A part with too few words joins the part before it; without one it is left out.
    texts: list[tuple[Part, list[str]]] = []
    for part in PARTS:
        # Each paragraph keeps its heading, since the sections run together on the page.
        paragraphs = [
            f"{heading}: {paragraph}"
            for section in part.sections
            for heading, paragraph in by_section.get(section, [])
        ]
        words = sum(len(paragraph.split()) for paragraph in paragraphs)
        if words >= MIN_WORDS:
            texts.append((part, paragraphs))
        elif texts:
            _, paragraphs_before = texts[-1]
            paragraphs_before.extend(paragraphs)
    # Links lead to the country's other parts, its neighbours and up to three other countries.
    rng = Rng(f"{seed}/factbook/{country}")
    linked = [name for name in world.neighbours(country) if name in countries]
    linked += [name for name in rng.sample(countries, 3) if name != country and name not in linked]
    # A page leads to all parts of its country, and to the land of others.
    for part, paragraphs in texts:
        others = [page_url(country, other.name) for other, _ in texts if other != part]
        yield Page(
            url=page_url(country, part.name),
            site="factbook",
            kind="country",
            title=part.title.format(country=world.name_in_text(country)),
            paragraphs=tuple(paragraphs),
            links=(*others, *(page_url(other, PARTS[0].name) for other in linked)),
            truth={"country": country},
        )
