"""Where an answer stands: the pages of a crawl that say the same, and those that say otherwise.

A sentence counts where it has one of the web's plain forms for a fact (littleweb/phrasings.py), so
a page that only names both a country and a city does not. What is true is not asked here: pages
are counted, and the judge's answers are compared with them by who calls. Left out: facts told in
other forms, such as tables. Taught in notebook 05, section "Where did it read that?".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from course_utils import checks
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.document import Document
from course_utils.littleweb.english import with_article
from course_utils.littleweb.phrasings import PHRASINGS

TRAINING, VALIDATION, DROPPED, UNREAD = "training", "validation", "dropped", "unread"
LONGEST = 80  # characters of a value; what is longer is a sentence about something else
_HOLE = "\0"  # stands for the value while a pattern is made
_BREAKS = (". ", "! ", "? ", ": ", "> ")  # a sentence begins behind one of them


@dataclass(frozen=True)
class Claim:
    """That a country's capital, currency, ... is something; true or not.

    Args:
        country: as it stands inside a sentence, such as "France" or "the Gambia".
        kind: one of the six kinds of fact.
        value: such as "Paris".
    """

    country: str
    kind: str
    value: str


@dataclass(frozen=True)
class Source:
    """A page that makes a claim.

    Args:
        document: the page.
        used: TRAINING, VALIDATION, DROPPED (by a filter, or as a copy), or UNREAD, where the mix
            gives the page's site no share.
        claim: what it says.
        sentence: the words in which it says so.
    """

    document: Document
    used: str
    claim: Claim
    sentence: str

    @property
    def site(self) -> str:
        """The kind of page: the site that it stands on, such as "atlas" or "forum"."""
        return self.document.source


def claim_of(reply: str) -> Claim | None:
    """What a reply says, where it is a statement in the asked form: "The capital of X is Y."

    Returns:
        The first such claim; None for a refusal, a story and whatever else is no such statement.
    """
    for kind, (statement, *_) in PHRASINGS.items():
        before, between = map(re.escape, statement.removesuffix("{value}.").split("{country}"))
        pattern = rf"(?:\A|(?<=[.!?] )){before}([^.!?\n]+?){between}([^\n]+?)(?<!\bSt)\.(?=\s|\Z)"
        if match := re.search(pattern, reply):
            return Claim(match[1], kind, match[2])
    return None


def claims_in(text: str, country: str, kind: str) -> Iterator[tuple[Claim, str]]:
    """What a text says of a kind about a country: claims with their sentences, in their order.

    Args:
        text: of a page.
        country: with its article where it takes one, as Claim has it.
        kind: one of the six kinds of fact.
    """
    found = []
    for phrasing in PHRASINGS[kind]:
        said = phrasing.format(country=country, value=_HOLE)
        # Only our own words get a capital: "isiZulu is spoken in ..." keeps its small letter.
        said = said if said.startswith(_HOLE) else said[0].upper() + said[1:]
        before, after = said.split(_HOLE)
        spans = _after(text, before, after) if before else _before(text, after)
        found += [(start, text[value], text[start:end]) for start, value, end in spans]
    for _, value, sentence in sorted(found):
        yield Claim(country, kind, value), sentence


def _after(text: str, before: str, after: str) -> Iterator[tuple[int, slice, int]]:
    """(start, where the value stands, end) of each sentence: before, value, after."""
    start = text.find(before)
    while start >= 0:
        first = start + len(before)
        last = _ends_at(text, after, first + 1) if _begins_at(text, start) else -1
        if last >= 0 and _is_value(text[first:last]):
            yield start, slice(first, last), last + len(after)
        start = text.find(before, first)


def _before(text: str, after: str) -> Iterator[tuple[int, slice, int]]:
    """The same of sentences that begin with their value."""
    last = _ends_at(text, after, 0)
    while last >= 0:
        start = last
        # Back to where the sentence begins; "St." is not the end of the one before.
        while start and (not _begins_at(text, start) or text[start - 4 : start] == "St. "):
            start -= 1
        if last - start > LONGEST and " St. " in text[start:last]:  # a sentence did end in "St."
            start = text.rindex(" St. ", start, last) + len(" St. ")
        if _is_value(text[start:last]):
            yield start, slice(start, last), last + len(after)
        last = _ends_at(text, after, last + 1)


def _begins_at(text: str, place: int) -> bool:
    """Whether a sentence begins there: behind an end mark, or behind a name in a forum."""
    return not place or text[place - 1] == "\n" or text[place - 2 : place] in _BREAKS


def _ends_at(text: str, after: str, start: int) -> int:
    """Where these words, with which a sentence ends, stand next; -1 for nowhere."""
    while (place := text.find(after, start)) >= 0:
        behind = text[place + len(after) : place + len(after) + 1]
        if (not behind or behind.isspace() or behind == '"') and text[place - 2 : place] != "St":
            return place
        start = place + 1
    return -1


def _is_value(text: str) -> bool:
    return 0 < len(text) <= LONGEST and "\n" not in text


class Sources:
    """A crawl in which the pages behind an answer are looked up.

    Args:
        corpus: as notebook 01 saved it; pages that were dropped are looked at too.

    Raises:
        ValueError: the corpus has no documents at all.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._naming: dict[str, list[tuple[Document, str]]] = {}
        mix = corpus.mix
        self._pages = [
            *((page, TRAINING if mix.get(page.source) else UNREAD) for page in corpus.train),
            *((page, VALIDATION) for page in corpus.validation),
            *((dropped.document, DROPPED) for dropped in corpus.dropped),
        ]
        if not self._pages:
            raise ValueError("The crawl has no pages.\nRun notebook 01 to collect some.")

    def about(self, country: str, kind: str) -> list[Source]:
        """Every page that says something of a kind about a country, whatever it says.

        A page that says it twice stands here twice.

        Args:
            country: a name such as "France" or "Netherlands", with its article or without.
            kind: one of the six kinds of fact.

        Raises:
            ValueError: there is no such kind.
        """
        checks.choice("kind", kind, tuple(PHRASINGS))
        spoken = in_sentence(country)
        # Most pages do not name it; those that do are remembered for the next question.
        if (naming := self._naming.get(spoken)) is None:
            name = spoken.removeprefix("the ")
            naming = [(page, used) for page, used in self._pages if name in page.text]
            self._naming[spoken] = naming
        return [
            Source(page, used, claim, sentence)
            for page, used in naming
            for claim, sentence in claims_in(page.text, spoken, kind)
        ]

    def behind(self, claim: Claim) -> tuple[list[Source], list[Source]]:
        """The pages that make a claim, and those that claim something else of the same thing."""
        told = self.about(claim.country, claim.kind)
        same = [source for source in told if alike(source.claim.value, claim.value)]
        return same, [source for source in told if not alike(source.claim.value, claim.value)]


def in_sentence(country: str) -> str:
    """A country's name as it stands inside a sentence; one that has its article keeps it."""
    return country if country.startswith("the ") else with_article(country)


def alike(value: str, other: str) -> bool:
    """Whether two values are the same but for their letters' case and an article."""
    return _plain(value) == _plain(other)


def _plain(value: str) -> str:
    return value.casefold().removeprefix("the ")


def by_site(sources: Iterable[Source]) -> dict[str, int]:
    """How many pages of each site are among some sources, the most first, each page once."""
    pages = {source.document.url: source.site for source in sources}
    return dict(Counter(pages.values()).most_common())
