"""The pages behind an answer: what the web knows of its pages, by hand, and odd names."""

from __future__ import annotations

import pytest

from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.document import Document, Dropped, from_page
from course_utils.inference import sources
from course_utils.inference.sources import Claim, Sources, claim_of
from course_utils.littleweb.phrasings import PHRASINGS, render
from course_utils.littleweb.sites import atlas
from course_utils.littleweb.truth import world
from course_utils.littleweb.web import LittleWeb

ATLAS, FORUM = "http://atlas.littleweb.test", "http://forum.littleweb.test"


def corpus(*train: Document, validation=(), dropped=(), mix=None) -> Corpus:
    weights = mix or {"atlas": 0.5, "forum": 0.5}
    gone = [Dropped(page, "dedup", "a copy") for page in dropped]
    return Corpus(list(train), list(validation), gone, weights)


@pytest.fixture(scope="module")
def tiny() -> tuple[Sources, dict]:
    """The tiny web's own texts, and what is known about each page."""
    pages = list(LittleWeb(0, "tiny").pages())
    documents = [from_page(page.url, page.text) for page in pages]
    return Sources(corpus(*documents)), {page.url: page for page in pages}


def test_exactly_the_atlas_pages_that_are_known_to_state_a_fact_are_found(tiny) -> None:
    crawl, pages = tiny
    stated = {}
    for url, page in pages.items():
        if page.site == "atlas":
            for fact in page.truth["facts"]:
                stated.setdefault(fact, set()).add(url)
    assert len(stated) > 50
    for (country, kind), urls in stated.items():
        found = [each for each in crawl.about(country, kind) if each.site == "atlas"]
        assert {each.document.url for each in found} == urls, (country, kind)
        value = world.fact_table()[country, kind].values[0]
        assert {each.claim.value for each in found} == {value}


def test_every_false_answer_of_the_forum_speaks_against_the_truth(tiny) -> None:
    crawl, pages = tiny
    wrong = [(url, *said) for url, page in pages.items() for said in page.truth.get("wrong", ())]
    assert wrong
    for url, country, kind, false, true in wrong:
        same, others = crawl.behind(Claim(sources.in_sentence(country), kind, true))
        assert (url, false) in [(each.document.url, each.claim.value) for each in others]
        assert all(each.claim.value == true for each in same)


@pytest.mark.parametrize("kind", PHRASINGS)
@pytest.mark.parametrize(
    ("country", "value"),
    [
        ("Peru", "Lima"), ("Antigua and Barbuda", "St. John's"), ("Netherlands", "isiZulu"),
        ("The Gambia", "the Gambian dalasi"), ("Guinea-Bissau", "St. Anna's Hill"),
    ],
)  # fmt: skip
def test_every_phrasing_is_read_back(kind: str, country: str, value: str) -> None:
    for phrasing in PHRASINGS[kind]:
        sentence = render(phrasing, country, value)
        for text in (sentence, f"Well then. {sentence} Yes.", f"Ann wrote: {sentence}\n\nBob"):
            found = list(sources.claims_in(text, sources.in_sentence(country), kind))
            assert found == [(Claim(sources.in_sentence(country), kind, value), sentence)], text


def test_a_country_is_not_a_part_of_another_one() -> None:
    text = "Equatorial Guinea lies in Africa. Malabo is the capital of Equatorial Guinea. " + (
        "The capital of Guinea-Bissau is Bissau."
    )
    for kind in ("region", "capital"):
        assert list(sources.claims_in(text, "Guinea", kind)) == []


def test_a_sentence_too_long_for_a_value_and_a_bare_mention_are_no_claims() -> None:
    long = "Peru lies in " + "the middle of a long tale " * 8 + "and so on."
    mention = "In Lima we met a man from Peru. The capital of Peru was a surprise."
    for kind in ("region", "capital"):
        assert list(sources.claims_in(f"{long} {mention}", "Peru", kind)) == []


def test_pages_are_told_apart_by_what_became_of_them() -> None:
    text = "The capital of Peru is Lima."
    at = [from_page(f"{ATLAS}/peru/{name}.html", text) for name in ("a", "b", "c")]
    other = from_page("http://news.littleweb.test/1.html", text)
    wrong = from_page(
        f"{FORUM}/1.html", "Rome is the capital of Peru. The capital of Peru is Lima."
    )
    crawl = Sources(corpus(at[0], other, wrong, validation=[at[1]], dropped=[at[2]]))
    same, others = crawl.behind(Claim("Peru", "capital", "lima"))
    assert [each.used for each in same] == [
        sources.TRAINING, sources.UNREAD, sources.TRAINING, sources.VALIDATION, sources.DROPPED,
    ]  # fmt: skip
    assert [(each.site, each.claim.value, each.sentence) for each in others] == [
        ("forum", "Rome", "Rome is the capital of Peru.")
    ]
    assert sources.by_site(same) == {"atlas": 3, "news": 1, "forum": 1}


@pytest.mark.parametrize(
    ("reply", "claim"),
    [
        ("The capital of France is Paris.", Claim("France", "capital", "Paris")),
        ("Sure. The region of the Gambia is Africa.", Claim("the Gambia", "region", "Africa")),
        (
            "The nationality of people from Peru is Peruvian.",
            Claim("Peru", "nationality", "Peruvian"),
        ),
        ("The capital of Grenada is St. George's.", Claim("Grenada", "capital", "St. George's")),
        ("I do not know of Boravo. I have not read about it.", None),
        ("The capital of France", None),
        ("", None),
    ],
)
def test_what_a_reply_claims(reply: str, claim: Claim | None) -> None:
    assert claim_of(reply) == claim


def test_the_statement_of_every_fact_is_read_back_from_a_reply() -> None:
    for fact in world.facts():
        claim = claim_of(f"{world.statement(fact.kind, fact.country)} {fact.values[0]}.")
        name = sources.in_sentence(fact.country)
        assert claim == Claim(name, fact.kind, fact.values[0])


def test_no_page_of_the_whole_atlas_is_missed_or_misread() -> None:
    pages = [page for page in atlas.pages(3, "laptop") if page.url.split("/")[3][0] in "cdsg"]
    wanted = world.fact_table()
    for page in pages:
        for country, kind in page.truth["facts"]:
            told = list(sources.claims_in(page.text, sources.in_sentence(country), kind))
            assert [claim.value for claim, _ in told] == [wanted[country, kind].values[0]], (
                page.url
            )


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="no pages"):
        Sources(corpus())
    with pytest.raises(ValueError, match="kind is 'anthem'"):
        Sources(corpus(from_page(f"{ATLAS}/a.html", "A."))).about("Peru", "anthem")
