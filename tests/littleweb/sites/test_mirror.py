"""Tests of the copies: each is as close to its source as its truth says."""

from __future__ import annotations

import pytest

from course_utils.littleweb.sites import atlas, factbook, forum, mirror

SOURCES = [*atlas.pages(0, "tiny"), *factbook.pages(0, "tiny"), *forum.pages(0, 200)]
BY_URL = {page.url: page for page in SOURCES}
PAGES = mirror.pages(0, 230, SOURCES)
# the least and the largest similarity that a grade may have
BOUNDS = {
    "exact": (1, 1), "markup": (1, 1), "words_1": (0.8, 0.97), "words_3": (0.6, 0.9),
    "words_5": (0.45, 0.8), "words_10": (0.2, 0.6), "half": (0.25, 0.75), "topic": (0, 0.3),
    "reordered": (0.6, 1), "framed": (0.5, 0.999),
}  # fmt: skip


def test_the_resemblance_of_two_texts_is_shared_runs_by_all_runs():
    assert mirror.jaccard("a b c d e f", "a b c d e f") == 1
    assert mirror.jaccard("a b c d e f", "a b c d e g") == pytest.approx(1 / 3)
    assert mirror.jaccard("A, b c d e!", "a b c d e") == 1
    assert mirror.jaccard("a b", "c d") == 0


@pytest.mark.parametrize("grade", mirror.GRADES)
def test_a_grade_is_as_close_as_its_name_says(grade):
    near = [page.truth["similarity"] for page in PAGES if page.truth["grade"] == grade]
    low, high = BOUNDS[grade]
    assert near
    assert low <= min(near) and max(near) <= high


def test_the_similarity_is_computed_from_the_two_texts():
    for page in PAGES:
        source = BY_URL[page.truth["copy_of"]]
        assert page.truth["similarity"] == mirror.jaccard(page.text, source.text)


def test_no_page_is_copied_twice():
    assert len({page.truth["copy_of"] for page in PAGES}) == len(PAGES)


def test_an_exact_copy_has_the_very_text():
    exact = [page for page in PAGES if page.truth["grade"] == "exact"]
    assert all(page.text == BY_URL[page.truth["copy_of"]].text for page in exact)


def test_changed_words_leave_names_and_numbers_alone():
    for page in PAGES:
        if page.truth["grade"] in mirror.CHANGED:
            source = BY_URL[page.truth["copy_of"]]
            kept = [word for word in source.text.split() if not word.islower()]
            assert [word for word in page.text.split() if not word.islower()] == kept


def test_copied_threads_carry_their_personal_data_along():
    with_pii = [page for page in PAGES if page.truth.get("pii")]
    assert with_pii
    for page in with_pii:
        left = page.text
        for _, value in page.truth["pii"]:
            assert value in left
            left = left.replace(value, " ", 1)
    exact = [page for page in with_pii if page.truth["grade"] == "exact"]
    assert all(p.truth["pii"] == BY_URL[p.truth["copy_of"]].truth["pii"] for p in exact)


def test_the_holdout_is_some_grades_and_copies_of_holdout_pages():
    for page in PAGES:
        odd = page.truth["grade"] in mirror.HOLDOUT_GRADES
        assert page.holdout == (odd or BY_URL[page.truth["copy_of"]].holdout)


def test_the_same_seed_gives_the_same_copies():
    assert mirror.pages(2, 30, SOURCES) == mirror.pages(2, 30, SOURCES)
    assert mirror.pages(2, 30, SOURCES) != mirror.pages(3, 30, SOURCES)
