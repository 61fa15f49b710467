"""Every rule drops what it is for, and keeps what only looks like it."""

from __future__ import annotations

import random
from functools import partial

import pytest

from course_utils.data_collection.clean import quality
from course_utils.data_collection.clean.quality import RULES, Measures, judge
from course_utils.littleweb.sites import forum, spam, tutorials

from ..pages import ODD

GOOD = (
    "The ferry to the island leaves at eight in the morning and comes back before dark. "
    "Most people who live there have a small garden, and some keep bees. "
    "When the wind is strong, the captain waits with the others in the harbour inn.\n\n"
    "In winter nobody visits. The school then has only nine children, one teacher and a stove."
)
# What was said of pages of the Little Web before the rules became one table, a sign a page.
REASONS = {
    ".": None,
    "w": "too few words",
    "W": "too many words",
    "l": "words too short or too long",
    "y": "too many symbols",
    "b": "too many bullet lines",
    "s": "too few stop words",
    "n": "too few sentences",
    "i": "lorem ipsum",
    "f": "a site's furniture",
    "r": "lines repeated",
    "2": "a phrase of 2 words repeated",
    "3": "a phrase of 3 words repeated",
    "p": "phrases of 10 words repeated",
}
RECORDED = {
    spam: (
        "fs2pf3bfssss2sfs3sls2fpsfpssss2ssss3pp2sf.fssf3p2f3bsfs3ss33ffflp3fslff3ssf22s2lspfsfsfs"
        "sbpp3pww2sfls2sss2slfs2ff2pfssfbffsspfsfpspsbfw33pfff3bfffp3s2"
    ),
    forum: "." * 120,
    tutorials: "." * 50,
}
RECORDED_ODD = "wwwwwlWybylsnifr2p"


def rule(name: str) -> quality.Rule:
    return next(rule for rule in RULES if rule.name == name)


@pytest.mark.parametrize("site", RECORDED)
def test_pages_of_the_little_web_get_the_recorded_reasons(site) -> None:
    texts = [page.text for page in site.pages(0, len(RECORDED[site]))]
    assert [judge(text).reason for text in texts] == [REASONS[sign] for sign in RECORDED[site]]


def test_odd_texts_get_the_recorded_reasons() -> None:
    assert [judge(text).reason for text in ODD] == [REASONS[sign] for sign in RECORDED_ODD]


def test_ordinary_prose_passes_every_rule() -> None:
    assert [rule.name for rule in RULES if rule.breaks(Measures(GOOD))] == []
    assert judge(GOOD) == quality.Verdict(True, None)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("min_words", "Too short to be of any use to anybody."),
        ("max_words", "word " * 100_001),
        ("min_mean_word", "a b c d e f g h " * 10),
        ("max_mean_word", "Donaudampfschifffahrtsgesellschaft " * 20),
        ("max_symbols", "read #more #now of #this #and #that " * 5),
        ("max_bullet_lines", "\n".join(f"- item {n} of the list" for n in range(20))),
        ("max_ellipsis_lines", "\n".join(["We knew it ...", "And then ...", "Nobody came."] * 5)),
        ("min_alphabetic", "12 34 56 78 9.5 17 the of " * 10),
        ("min_stop_words", "lamp table chair window door floor roof " * 10),
        ("min_sentences", "home about contact news archive the of and " * 5),
        ("max_lorem_ipsum", GOOD + " Lorem ipsum dolor sit amet."),
        ("max_boilerplate", "We use cookies. Accept all. Reject all. Read our privacy policy."),
        ("max_duplicate_lines", "The same line again.\n" * 10 + GOOD),
        ("max_phrase_2", "cheap lamps are the best cheap lamps of all cheap lamps. " * 8),
        ("max_long_phrase_10", " ".join([GOOD, GOOD])),
    ],
)
def test_a_rule_drops_what_it_is_for(name: str, text: str) -> None:
    assert rule(name).breaks(Measures(text))
    assert not judge(text).keep


def test_a_short_page_may_say_a_long_name_in_every_sentence() -> None:
    name = "Saint Vincent and the Grenadines"
    text = (
        f"The capital of {name} is Kingstown. People in {name} pay with dollars. "
        f"{name} lies in the Caribbean. The highest place in {name} is La Soufriere. "
        f"Most people of {name} speak English, and many of them sail. The islands were settled "
        "late, and a volcano in the north still wakes from time to time."
    )
    assert judge(text).keep


@pytest.mark.parametrize("text", ["", " \n\n ", "\x00", "...", "#"])
def test_texts_without_words_are_dropped_without_an_error(text: str) -> None:
    assert judge(text).reason == "too few words"
    assert "min_words" in [rule.name for rule in RULES if rule.breaks(Measures(text))]


@pytest.mark.parametrize("size", [2, 3, 4])
def test_phrases_that_cannot_be_too_large_a_part_are_left_uncounted_without_a_difference(
    size: int,
) -> None:
    rng, words = random.Random(0), "to sell cheap watches of the grand harbour now".split()
    texts = [" ".join(rng.choices(words[:n], k=40)) for n in (1, 2, 3, 5, 9) for _ in range(8)]
    phrase = rule(f"max_phrase_{size}")
    broken = [phrase.breaks(Measures(text)) for text in texts]
    assert broken == [_largest_part(text.split(), size) > phrase.bound for text in texts]
    assert {True, False} == set(broken)


def test_a_rule_whose_cheap_measure_keeps_a_page_does_not_count_phrases() -> None:
    text = Measures(GOOD)
    assert not rule("max_phrase_2").breaks(text)
    assert not any(
        measure.func is quality.top_phrase
        for measure in text.known
        if isinstance(measure, partial)
    )


def _largest_part(words: list[str], n: int) -> float:
    phrases = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    count, phrase = max((phrases.count(phrase), phrase) for phrase in set(phrases))
    return count * sum(map(len, phrase)) / sum(map(len, words)) if count > 1 else 0.0
