"""Tests of the pages in other languages."""

from __future__ import annotations

import re
from urllib.parse import unquote

import py3langid

from course_utils.littleweb.sites import foreign

PAGES = foreign.pages(0, 180)


def test_a_language_identifier_agrees_with_the_truth():
    agree = [py3langid.classify(page.text)[0] == page.language for page in PAGES]
    assert sum(agree) / len(agree) >= 0.98


def test_five_languages_take_turns_and_italian_is_the_holdout():
    assert {page.language for page in PAGES} == set(foreign.BANKS)
    assert len(foreign.BANKS) == 5
    assert {page.language for page in PAGES if page.holdout} == {foreign.HOLDOUT_LANGUAGE}


def test_pages_are_some_sixty_to_a_hundred_and_fifty_words_long():
    sizes = [len(page.text.split()) for page in PAGES]
    assert min(sizes) >= 35 and max(sizes) <= 160
    assert 60 <= sum(sizes) / len(sizes) <= 120


def test_no_two_pages_are_the_same_and_no_slot_is_left():
    assert len({page.text for page in PAGES}) == len(PAGES)
    assert not [page.url for page in PAGES if re.search(r"\[\w+\]", page.text)]


def test_addresses_are_encoded_and_some_need_it():
    assert all(page.url.isascii() and " " not in page.url for page in PAGES)
    assert any(not unquote(page.url).isascii() for page in PAGES)


def test_the_same_seed_gives_the_same_pages():
    assert foreign.pages(1, 15) == foreign.pages(1, 15)
