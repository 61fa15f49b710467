"""Tests of the junk pages."""

from __future__ import annotations

from collections import Counter

from course_utils.littleweb.sites import spam

PAGES = spam.pages(0, 300)


def test_every_kind_of_junk_appears_and_is_named_in_the_truth():
    kinds = Counter(page.truth["junk"] for page in PAGES)
    assert set(kinds) == set(spam.KINDS)
    assert min(kinds.values()) >= 5


def test_the_holdout_is_some_kinds_and_only_those():
    assert {page.truth["junk"] for page in PAGES if page.holdout} == set(spam.HOLDOUT_KINDS)
    share = sum(page.holdout for page in PAGES) / len(PAGES)
    assert 0.1 < share < 0.4


def test_the_same_seed_gives_the_same_junk():
    assert spam.pages(5, 20) == spam.pages(5, 20)
    assert spam.pages(5, 20) != spam.pages(6, 20)


def test_the_address_does_not_give_the_kind_away():
    assert all(page.url == f"{spam.HOST}/{n}.html" for n, page in enumerate(PAGES))


def test_the_links_lead_to_other_junk_pages():
    wanted = {f"{spam.HOST}/go/{number}" for number in range(300)}
    assert all(set(page.links) <= wanted for page in PAGES)
    assert max(len(page.links) for page in PAGES) >= 10


def test_no_two_pages_are_the_same_and_none_is_empty():
    texts = [page.text for page in PAGES if page.truth["junk"] != "boilerplate"]
    assert len(set(texts)) == len(texts)
    assert all(len(page.text) > 40 for page in PAGES)
