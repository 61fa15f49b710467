"""The site atlas: short pages about each country, made of plain statements of fact.

Left out: how the pages look (markup.py) and the front page (hazards.py). Each fact stands on
every page of its country, in other phrasings each time, so that no page is the only source of a
fact. Taught in notebook 01, section "From pages to documents".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from course_utils.littleweb import phrasings
from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.truth import world

HOST = "http://atlas.littleweb.test"
PER_PAGE = 1  # phrasings of each kind on a page
STATEMENTS = 2  # pages of a country that hold the statement itself
TINY_COUNTRIES = 12
EDITIONS = {"tiny": 1, "laptop": 1, "gpu": 3}


@dataclass(frozen=True)
class Template:
    """A sort of page: its name in the address, its title and its opening sentences."""

    name: str
    title: str
    openings: tuple[str, ...]
    paragraph_sentences: tuple[int, int]  # from and to
    holdout: bool = False
    infobox: bool = False
    table: bool = False


TEMPLATES = (
    Template(
        "in-brief",
        "{country} in brief",
        (
            "This page tells in a few words what there is to know about {country}.",
            "Here is {country} in brief, for readers in a hurry.",
            "What follows is a short account of {country}.",
            "A few plain sentences are enough to introduce {country}.",
        ),
        (3, 5),
        infobox=True,
    ),
    Template(
        "travellers-notes",
        "A traveller's notes on {country}",
        (
            "These notes were written on the way to {country}.",
            "Anyone who packs a bag for {country} may want to read this first.",
            "I wrote down what I learned about {country} before I left home.",
            "Before the journey to {country} began, I filled a page with notes.",
        ),
        (2, 4),
    ),
    Template(
        "school-report",
        "School report: {country}",
        (
            "For our report on {country} we read the Factbook and made notes.",
            "Our class chose {country} for this week's report.",
            "This report says what our group found out about {country}.",
            "My report is about {country}, and it starts with the main facts.",
        ),
        (3, 4),
    ),
    Template(
        "quiz-answers",
        "Answers to the quiz about {country}",
        (
            "Here are the answers to last week's quiz about {country}.",
            "The quiz about {country} is over, and these are the right answers.",
            "Check your sheet: these answers about {country} are the ones that count.",
            "Many of you sent in answers about {country}, and here is what was right.",
        ),
        (2, 3),
    ),
    Template(
        "almanac",
        "Almanac: {country}",
        (
            "The almanac keeps a page for {country}, as it does for every country.",
            "This is the entry on {country} in our yearly almanac.",
            "Each year the almanac looks again at {country}.",
            "From the almanac's shelf comes this page about {country}.",
        ),
        (4, 6),
        infobox=True,
        table=True,
    ),
    Template(
        "museum-label",
        "From the museum: {country}",
        (
            "A glass case in the museum is given to {country}, and this is its label.",
            "In the map room of the museum, one wall belongs to {country}.",
            "The guide stops at the globe and points to {country}.",
            "Visitors to the museum read this beside the picture of {country}.",
        ),
        (2, 5),
        holdout=True,
    ),
)
TINY_TEMPLATES = (TEMPLATES[0], TEMPLATES[3], TEMPLATES[5])


def page_url(country: str, name: str, edition: int = 0) -> str:
    """The address of a country's page.

    Args:
        country: a name that `world.countries()` lists.
        name: name of the template, such as "in-brief".
        edition: 0 for the first; later ones exist at the gpu scale only.
    """
    suffix = f"-{edition + 1}" if edition else ""
    return f"{HOST}/{world.slug(country)}/{name}{suffix}.html"


def pages(seed: int | str, scale: str) -> Iterator[Page]:
    """All pages of the site, country by country.

    Args:
        seed: of the whole Little Web.
        scale: "tiny", "laptop" or "gpu".
    """
    if scale not in EDITIONS:
        raise ValueError(f"scale is {scale!r}; the Little Web knows {', '.join(EDITIONS)}.")
    countries: tuple[str, ...] = world.countries()
    templates = TEMPLATES
    # The tiny web has few countries and few pages of each.
    if scale == "tiny":
        chosen = Rng(f"{seed}/atlas/tiny").sample(countries, TINY_COUNTRIES - 1)
        countries = tuple(sorted({*chosen, "France"}))  # the prose's example is always there
        templates = TINY_TEMPLATES
    # Countries one by one, so that only one country's pages are held.
    for country in countries:
        for edition in range(EDITIONS[scale]):
            yield from _country_pages(seed, country, countries, templates, edition)


def _country_pages(
    seed: int | str,
    country: str,
    countries: tuple[str, ...],
    templates: tuple[Template, ...],
    edition: int,
) -> Iterator[Page]:
    """The pages of one country, which deal out the phrasings among them."""
    rng = Rng(f"{seed}/atlas/{country}/{edition}")
    facts = [fact for kind in world.FACT_KINDS if (fact := _fact(country, kind))]
    name = world.name_in_text(country)
    # Each page gets other phrasings of the same facts.
    dealt = {fact.kind: _deal(fact, len(templates), rng) for fact in facts}
    asides = _asides(country)
    # Shuffled once for the country: its pages then share the asides out among them.
    rng.shuffle(asides)
    for number, template in enumerate(templates):
        sentences = [text for fact in facts for text in dealt[fact.kind][number]]
        rng.shuffle(sentences)
        # Sentences of the Factbook's prose come between the plain statements.
        for aside in _asides_of_page(asides, number, long_name=len(name.split()) > 2):
            sentences.insert(rng.below(len(sentences) + 1), aside)
        sentences.insert(0, rng.choice(template.openings).format(country=name))
        yield Page(
            url=page_url(country, template.name, edition),
            site="atlas",
            kind="country",
            title=template.title.format(country=name),
            paragraphs=tuple(_paragraphs(sentences, *template.paragraph_sentences, rng)),
            holdout=template.holdout,
            links=tuple(_links(country, countries, templates, template, edition, rng)),
            infobox=_infobox(facts) if template.infobox else (),
            table=_table(country) if template.table else (),
            truth={"facts": tuple((fact.country, fact.kind) for fact in facts)},
        )


def _asides_of_page(asides: list[str], number: int, long_name: bool) -> list[str]:
    """The asides of one page: few, but more where a long name would be half of the page."""
    if long_name and asides:  # where there are few, a later page repeats an earlier one's
        return [asides[(3 * number + i) % len(asides)] for i in range(min(3, len(asides)))]
    return asides[number // 3 : number // 3 + (number % 3 == 0)]


def _fact(country: str, kind: str) -> world.Fact | None:
    """What is known of a kind about a country, if anything is."""
    return world.fact_table().get((country, kind))


def _deal(fact: world.Fact, page_count: int, rng: Rng) -> list[list[str]]:
    """The sentences of a fact for each page: all phrasings are used, the statement most often."""
    # The statement stands on a few pages only, the other phrasings go round.
    statement, *others = phrasings.sentences(fact.kind, fact.country, fact.values[0])
    rng.shuffle(others)
    with_statement = set(rng.sample(range(page_count), min(STATEMENTS, page_count)))
    pages, used = [], 0
    for number in range(page_count):
        sentences = [statement] if number in with_statement else []
        while len(sentences) < PER_PAGE:
            sentences.append(others[used % len(others)])
            used += 1
        pages.append(sentences)
    return pages


def _asides(country: str) -> list[str]:
    """Whole sentences of the Factbook's own prose that fit between plain statements."""
    # Sentences that stand alone: neither fragments nor whole paragraphs.
    return [
        sentence
        for _, paragraph in world.prose(country)[:14]
        for sentence in re.split(r"(?<=[a-z)][.;]) (?=[A-Z])", paragraph)
        if 50 <= len(sentence) <= 220 and sentence.endswith(".")
    ]


def _paragraphs(
    sentences: list[str], min_sentences: int, max_sentences: int, rng: Rng
) -> Iterator[str]:
    """The sentences in paragraphs of so many sentences each."""
    start = 0
    while start < len(sentences):
        end = start + rng.integer(min_sentences, max_sentences)
        if len(sentences) - end < min_sentences:  # no lonely sentence at the end
            end = len(sentences)
        yield " ".join(sentences[start:end])
        start = end


def _links(
    country: str,
    countries: tuple[str, ...],
    templates: tuple[Template, ...],
    own: Template,
    edition: int,
    rng: Rng,
) -> Iterator[str]:
    """The country's other pages, its neighbours and a few countries at random."""
    # First the country's other pages, then its neighbours, then a few from anywhere.
    for template in templates:
        if template is not own:
            yield page_url(country, template.name, edition)
    near = [name for name in world.neighbours(country) if name in countries]
    far = [name for name in rng.sample(countries, 4) if name != country and name not in near]
    for name in near + far:
        yield page_url(name, rng.choice(templates).name, edition)


def _infobox(facts: list[world.Fact]) -> tuple[tuple[str, str], ...]:
    """The first value of every fact, beside its kind in words."""
    return tuple((fact.kind.replace("_", " ").capitalize(), fact.values[0]) for fact in facts)


def _table(country: str) -> tuple[tuple[str, ...], ...]:
    """The neighbours with their capitals, or no table where there is no land border."""
    # Islands have no land border, and so no table.
    rows = []
    for name in world.neighbours(country):
        capital = _fact(name, "capital")
        rows.append((name, capital.values[0] if capital else "-"))
    return (("Neighbour", "Capital"), *rows) if rows else ()
