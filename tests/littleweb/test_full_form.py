"""The Little Web in numbers: how much of each thing a laptop's web of seed 0 holds."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from course_utils.littleweb.sites import forum, mirror, people, spam, tutorials
from course_utils.littleweb.truth.labels import labels_of
from course_utils.littleweb.web import LittleWeb


@cache
def web():
    return LittleWeb(0, "laptop")


@cache
def found():
    return labels_of(web())


def site(name):
    return [page for page in web().pages() if page.site == name]


def shape(kind, value):
    """The outer form of a piece of personal data: letters as a or A, digits as 9."""
    value = re.sub(r"[A-Z]+", "A", re.sub(r"[a-f0-9]+", "9", value) if kind == "ip" else value)
    return re.sub(r"\d", "9", re.sub(r"[a-z]+", "a", value))


def test_350_forum_threads_come_in_six_shapes_half_of_them_about_countries():
    threads = site("forum")
    shapes = Counter(page.truth["shape"] for page in threads)
    assert len(threads) == 350 and set(shapes) == {*forum.SHAPES, *forum.HOLDOUT_SHAPES}
    assert min(shapes.values()) >= 25
    assert sum(page.truth["country"] is not None for page in threads) == 175


def test_80_tutorials_have_two_programs_each_and_the_output_they_print():
    pages = site("code")
    assert len(pages) == 80
    for page in pages:
        printed = [tutorials.run(program) for program in page.truth["programs"]]
        assert len(printed) == 2 and "\n".join(printed) == page.truth["output"]


def test_personal_data_comes_in_five_kinds_and_many_shapes():
    told = [piece for page in site("forum") for piece in page.truth["pii"]]
    kinds = Counter(kind for kind, _ in told)
    assert set(kinds) == set(people.KINDS) and min(kinds.values()) >= 20
    shapes = {kind: {shape(kind, value) for k, value in told if k == kind} for kind in kinds}
    counts = {kind: len(some) for kind, some in shapes.items()}
    assert counts == {"email": 10, "phone": 8, "card": 5, "ip": 2, "name": 1}


def test_junk_is_of_nine_kinds_and_each_is_met():
    kinds = Counter(label.junk for label in found().values() if label.junk)
    assert set(kinds) == set(spam.KINDS) and len(kinds) >= 4
    assert min(kinds.values()) >= 8


def test_labels_know_each_copys_grade_and_all_ten_grades_are_met():
    copies = [label for label in found().values() if label.site == "mirror"]
    grades = Counter(label.grade for label in copies)
    assert len(copies) == 250 and set(grades) == set(mirror.GRADES)
    mean = {g: sum(c.similarity for c in copies if c.grade == g) / grades[g] for g in grades}
    assert (
        mean["exact"] == 1 > mean["words_1"] > mean["words_5"] > mean["words_10"] > mean["topic"]
    )


def test_one_thread_in_fourteen_is_wrong_and_labels_know_the_claim():
    threads = [label for label in found().values() if label.site == "forum" and not label.copy_of]
    wrong = [label for label in threads if label.claims]
    assert len(wrong) == 25 and len(threads) == 350 == 25 * forum.WRONG_EVERY
    for label in found().values():
        assert label.wrong == bool(label.claims)
        for _, _, said, true in label.claims:
            assert said in label.text and said != true


def test_six_languages_english_and_36_pages_of_each_other():
    languages = Counter(label.language for label in found().values() if label.site == "world")
    assert languages == dict.fromkeys(("es", "fr", "de", "pt", "it"), 36)
    assert {label.language for label in found().values()} - set(languages) == {"en"}
