"""Tests of the copybook: names that stand on one page each."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from course_utils.data_collection.clean import language, privacy, quality
from course_utils.data_collection.dedup import dedup
from course_utils.data_collection.document import from_page
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites.copybook import capitals, names
from course_utils.littleweb.sites.copybook.site import SITE
from course_utils.littleweb.truth import world
from course_utils.littleweb.web import LittleWeb

PAGES = SITE.pages(0, 500)  # the laptop's
TINY = LittleWeb(0, "tiny")


def of(kind):
    return [page for page in PAGES if page.kind == kind]


def test_the_same_seed_gives_the_same_lessons_and_another_seed_others():
    assert SITE.pages(3, 10) == SITE.pages(3, 10)
    assert SITE.pages(3, 10) != SITE.pages(4, 10)
    assert SITE.pages(3, 10) == SITE.pages(3, 5) + SITE.pages(3, 5, start=5)


def test_pages_have_the_size_that_is_said_and_every_eighth_is_held_out():
    assert 1_500_000 < sum(len(page.text) for page in PAGES) < 1_900_000
    assert sum(page.holdout for page in PAGES) == 62


def test_the_cleaning_finds_nothing_to_say_against_a_lesson():
    for page in PAGES[::4]:  # of every kind and both shapes
        assert quality.judge(page.text).keep, (page.url, quality.judge(page.text).reason)
        assert not privacy.find(page.text), page.url
        assert language.judge(page.text) is None, page.url


def test_no_lesson_is_nearly_another_and_no_line_counts_as_a_menu():
    documents = [from_page(page.url, page.text) for page in PAGES]
    assert dedup.remove_repeated_lines(documents)[1] == 0
    assert dedup.drop_near(documents)[1] == []


# --- names -------------------------------------------------------------------------------------


def test_there_are_more_than_a_million_names_and_numbers_give_different_ones():
    assert sum(map(names.count, names.KINDS)) > 1_000_000
    for kind in names.KINDS:
        made = [names.name(7, kind, number) for number in range(3_000)]
        assert len(set(made)) == 3_000
    assert names.name(0, "dogs", 5) != names.name(1, "dogs", 5)


A_PAGE = names.PARAGRAPHS + sum(names.DICTATED)


def test_a_name_stands_two_to_four_times_in_one_paragraph_and_nowhere_else():
    places = {}
    for page in PAGES:
        for number, paragraph in enumerate(page.paragraphs):
            for word in set(re.findall(r"[A-Z][a-z]+", paragraph)):
                places.setdefault(word, []).append((page.url, number, paragraph))
    given = [(page, called) for page in of("names") for called in page.truth["names"]]
    assert len({called for _, called in given}) == len(given) == 400 * A_PAGE
    for page, called in given:
        ((url, _, paragraph),) = places[called]
        assert url == page.url
        assert 2 <= len(re.findall(rf"\b{called}\b", paragraph)) <= 4


def test_names_are_of_no_other_page_of_the_web_and_of_no_country():
    words = set()
    for page in TINY.pages():
        if page.site != "copybook":
            words |= set(re.findall(r"\w+", page.text))
    for country in world.countries():
        words |= set(re.findall(r"\w+", country))
    given = {called for page in of("names") for called in page.truth["names"]}
    assert not given & words


def test_at_least_forty_sentence_frames_of_five_kinds():
    assert names.KINDS == ("people", "villages", "countries", "dogs", "ships")
    frames = [text for kind in names.KINDS for part in ("openings", "more")
              for text in names._TABLES[kind][part]]  # fmt: skip
    assert len(set(frames)) == len(frames) >= 100
    assert all(text.count("{name}") == 1 for text in frames)
    rng = Rng("frames")
    for kind in names.KINDS:
        told = {names.paragraph(kind, "Zyx", rng) for _ in range(200)}
        assert len(told) > 180


def test_unseen_names_stand_on_no_page_and_a_second_call_gives_the_same():
    given = {called for page in of("names") for called in page.truth["names"]}
    for kind in names.KINDS:
        fresh = names.unseen(0, kind, 100)
        assert len(set(fresh)) == 100 and not set(fresh) & given
        assert fresh == names.unseen(0, kind, 100)
    with pytest.raises(ValueError, match="315,000"):
        names.unseen(0, "dogs", 400_000)


# --- capital letters -----------------------------------------------------------------------------


def test_every_country_is_corrected_often_and_both_spellings_stand_in_each_line():
    corrected = Counter(name for page in of("capitals") for name in page.truth["capitals"])
    wanted = {world.name_in_text(name) for name in world.countries()}
    assert set(corrected) == wanted and min(corrected.values()) >= 12
    for page in of("capitals"):
        text = page.text
        assert all(
            text.count(name) and text.count(name.lower()) for name in page.truth["capitals"]
        )
        assert len(page.paragraphs) == capitals.LINES + 1
