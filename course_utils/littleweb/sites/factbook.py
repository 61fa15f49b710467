"""The site factbook: long pages with the Factbook's own prose, a few for each country.

Left out: facts as plain statements (atlas.py) and the line "according to the Factbook", which
belongs to the furniture around the text (markup.py). Taught in notebook 01, section "From pages to
documents".
"""

from __future__ import annotations

from collections.abc import Iterator

from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.truth import world

HOST = "http://factbook.littleweb.test"
SCALES = ("tiny", "laptop", "gpu")
TINY_COUNTRIES = 6
FEWEST_WORDS = 60  # a shorter page joins the one before, so that quality filters keep it
# Pages of a country: name in the address, words of the title, sections of the Factbook.
PARTS = (
    ("land", "The land of {country}", ("Introduction", "Geography", "Environment")),
    ("people", "People and government of {country}", ("People and Society", "Government")),
    (
        "economy",
        "Economy and services of {country}",
        ("Economy", "Energy", "Communications", "Transportation", "Space"),
    ),
    (
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
    found = world.sections(country)
    parts: list[tuple[str, str, list[str]]] = []
    for name, title, sections in PARTS:
        paragraphs = [
            f"{heading}: {paragraph}"
            for section in sections
            for heading, paragraph in found.get(section, [])
        ]
        words = sum(len(paragraph.split()) for paragraph in paragraphs)
        if words >= FEWEST_WORDS:
            parts.append((name, title, paragraphs))
        elif parts:
            parts[-1][2].extend(paragraphs)
    rng = Rng(f"{seed}/factbook/{country}")
    near = [name for name in world.neighbours(country) if name in countries]
    near += [name for name in rng.sample(countries, 3) if name != country and name not in near]
    for name, title, paragraphs in parts:
        others = [page_url(country, other) for other, _, _ in parts if other != name]
        yield Page(
            url=page_url(country, name),
            site="factbook",
            kind="country",
            title=title.format(country=world.name_in_text(country)),
            paragraphs=tuple(paragraphs),
            links=(*others, *(page_url(other, PARTS[0][0]) for other in near)),
            truth={"country": country},
        )
