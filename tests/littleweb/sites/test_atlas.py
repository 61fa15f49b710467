"""The sites atlas and factbook: coverage of the facts, sizes, addresses, the same bytes."""

import hashlib
from collections import defaultdict
from functools import cache

import pytest

from course_utils.littleweb.phrasings import sentences
from course_utils.littleweb.sites import atlas, factbook
from course_utils.littleweb.truth import world


@cache
def atlas_pages():
    return tuple(atlas.pages(0, "laptop"))


@cache
def factbook_pages():
    return tuple(factbook.pages(0, "laptop"))


def by_country():
    found = defaultdict(list)
    for page in atlas_pages():
        found[page.truth["facts"][0][0]].append(page)
    return found


def digest(pages):
    text = "\n".join(f"{page.url}\n{page.title}\n{page.text}\n{page.links}" for page in pages)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def test_the_same_seed_gives_the_same_bytes_on_every_system_and_version():
    assert digest(atlas_pages()) == "2560d58f3e96ef71"
    assert digest(factbook_pages()) == "5fdfa2eb1ee8880f"
    assert digest(atlas.pages(1, "tiny")) != digest(atlas.pages(0, "tiny"))


def test_every_fact_stands_in_five_phrasings_and_on_two_pages_at_least():
    pages = by_country()
    for fact in world.facts():
        texts = [page.text for page in pages[fact.country]]
        forms = sentences(fact.kind, fact.country, fact.values[0])
        assert sum(any(form in text for text in texts) for form in forms) >= 5, fact
        assert sum(any(form in text for form in forms) for text in texts) >= 2, fact
        assert sum(forms[0] in text for text in texts) >= 2, fact


def test_the_page_of_france_states_its_capital_plainly():
    assert any("The capital of France is Paris." in page.text for page in by_country()["France"])


def test_the_truth_of_a_page_is_every_fact_of_its_country():
    table = world.fact_table()
    for page in atlas_pages():
        country = page.truth["facts"][0][0]
        assert page.truth["facts"] == tuple(key for key in table if key[0] == country)


def test_every_page_is_long_enough_for_a_quality_filter():
    assert min(len(page.text.split()) for page in atlas_pages()) >= 30
    assert min(len(page.text.split()) for page in factbook_pages()) >= 60


def test_addresses_are_unique_and_links_lead_to_pages():
    for pages in (atlas_pages(), factbook_pages()):
        urls = {page.url for page in pages}
        assert len(urls) == len(pages)
        assert all(set(page.links) <= urls - {page.url} for page in pages)
    assert "http://atlas.littleweb.test/france/in-brief.html" in {p.url for p in atlas_pages()}


def test_about_one_template_in_six_is_held_out():
    share = sum(page.holdout for page in atlas_pages()) / len(atlas_pages())
    assert 0.1 <= share <= 0.2


def test_the_tiny_scale_has_twelve_countries_with_three_pages():
    pages = list(atlas.pages(0, "tiny"))
    assert len(pages) == 36
    assert len({page.url.split("/")[3] for page in pages}) == 12
    assert any(page.holdout for page in pages)


def test_the_larger_scale_adds_pages_with_other_texts():
    larger = atlas.pages(0, "gpu")
    first = [next(larger) for _ in range(18)]
    assert len({page.text for page in first}) == len({page.url for page in first}) == 18


def test_an_unknown_scale_is_named_in_the_error():
    for site in (atlas, factbook):
        with pytest.raises(ValueError, match="huge"):
            next(site.pages(0, "huge"))
