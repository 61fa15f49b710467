"""Tests of the copybook: names, lines of words, and messages typed in haste."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from course_utils.data_collection.clean import language, privacy, quality
from course_utils.data_collection.dedup import dedup
from course_utils.data_collection.document import from_page
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites.copybook import lines, messages, names
from course_utils.littleweb.sites.copybook.site import SITE
from course_utils.littleweb.truth import world
from course_utils.littleweb.web import LittleWeb

PAGES = SITE.pages(0, 600)  # the laptop's
TINY = LittleWeb(0, "tiny")


def of(kind):
    return [page for page in PAGES if page.kind == kind]


def test_the_same_seed_gives_the_same_lessons_and_another_seed_others():
    assert SITE.pages(3, 10) == SITE.pages(3, 10)
    assert SITE.pages(3, 10) != SITE.pages(4, 10)
    assert SITE.pages(3, 10) == SITE.pages(3, 5) + SITE.pages(3, 5, start=5)


def test_600_pages_hold_two_megabytes_and_three_hold_every_kind():
    assert 1_800_000 < sum(len(page.text) for page in PAGES) < 2_200_000
    assert Counter(page.kind for page in PAGES) == {"names": 240, "lines": 120, "messages": 240}
    assert {page.kind for page in SITE.pages(0, 3)} == set(SITE.kinds)
    assert {page.kind for page in PAGES if page.holdout} == set(SITE.kinds)


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


A_PAGE = names.PARAGRAPHS + names.DICTATIONS * names.DICTATED


def test_a_name_stands_two_to_four_times_in_one_paragraph_and_nowhere_else():
    places = {}
    for page in PAGES:
        for number, paragraph in enumerate(page.paragraphs):
            for word in set(re.findall(r"[A-Z][a-z]+", paragraph)):
                places.setdefault(word, []).append((page.url, number, paragraph))
    given = [(page, called) for page in of("names") for called in page.truth["names"]]
    assert len({called for _, called in given}) == len(given) == 240 * A_PAGE
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
    with pytest.raises(ValueError, match="157,500"):
        names.unseen(0, "dogs", 200_000)


# --- lines -------------------------------------------------------------------------------------


def test_every_line_stands_twice_in_its_paragraph_and_no_line_comes_again():
    given = [line for page in of("lines") for line in page.truth["lines"]]
    assert len(set(given)) == len(given) == 120 * lines.LINES
    for page in of("lines"):
        for line, paragraph in zip(page.truth["lines"], page.paragraphs[1:], strict=True):
            assert paragraph.count(line) == 2
            assert 4 <= len(line.split()) <= 9 and len(set(line.split())) == len(line.split())


def test_lines_use_many_words_about_equally():
    counts = Counter(
        word for page in of("lines") for word in " ".join(page.truth["lines"]).split()
    )
    assert len(counts) == len(lines.WORDS_KNOWN) > 900
    assert max(counts.values()) < 4 * min(counts.values()) + 20


# --- messages ----------------------------------------------------------------------------------


def test_every_message_stands_in_good_english_after_its_hasty_form():
    for page in of("messages"):
        assert len(page.truth["messages"]) == messages.MESSAGES
        for good, paragraph in zip(page.truth["messages"], page.paragraphs[1:], strict=True):
            assert paragraph.endswith(good) and len(paragraph) > 1.5 * len(good)


def test_every_country_is_written_in_small_letters_several_times():
    text = "\n".join(page.text for page in of("messages"))
    low = Counter(
        {name: text.count(world.name_in_text(name).lower()) for name in world.countries()}
    )
    few = {name: count for name, count in low.items() if count < 3}
    assert len(few) <= 3, few


def test_hasty_forms_are_those_of_the_rules():
    rng = Rng("haste")
    made = {messages.hasty("Thank you, I am sure that you do not know.", rng) for _ in range(300)}
    assert any(text.startswith(("thx", "ty")) for text in made)
    assert any("im sure" in text for text in made) and any("dont" in text for text in made)
    assert all("'" not in text and not text[0].isupper() for text in made)
    # slips: of some only, and never of a word of four letters or fewer
    assert messages.hasty("Go on.", rng) in ("go on", "go on.")


def test_no_message_states_a_fact_or_uses_a_word_of_the_sites_that_are_scored():
    pattern = re.compile(r"^\{country\}|\{country\}'")
    for text in messages.COUNTRIES:
        assert text.count("{country}") == 1 and not pattern.search(text)
    assert all(text.count("{name}") == 1 for text in messages.NAMES)
    assert not any("{" in text for text in messages.TALK)
    every = [*messages.COUNTRIES, *messages.TALK, *messages.NAMES]
    assert len({text.casefold() for text in every}) == len(every) > 600
    values = {value for fact in world.facts() for value in fact.values if len(value) > 4}
    plain = " ".join(text.replace("{country}", "") for text in every)
    assert not [value for value in values if re.search(rf"\b{re.escape(value)}\b", plain)]
