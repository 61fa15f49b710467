"""Every rule drops what it is for, and keeps what only looks like it."""

from __future__ import annotations

import random

import pytest

from course_utils.data_collection.clean import quality
from course_utils.data_collection.clean.quality import Measures, judge

GOOD = (
    "The ferry to the island leaves at eight in the morning and comes back before dark. "
    "Most people who live there have a small garden, and some keep bees. "
    "When the wind is strong, the captain waits with the others in the harbour inn.\n\n"
    "In winter nobody visits. The school then has only nine children, one teacher and a stove."
)


def test_ordinary_prose_passes_every_rule() -> None:
    assert [rule(Measures(GOOD)) for rule in quality.RULES] == [None] * len(quality.RULES)
    assert judge(GOOD) == quality.Verdict(True, None)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (quality.length, "Too short to be of any use to anybody."),
        (quality.length, "word " * 100_001),
        (quality.word_length, "a b c d e f g h " * 10),
        (quality.word_length, "Donaudampfschifffahrtsgesellschaft " * 20),
        (quality.symbols, "read #more #now of #this #and #that " * 5),
        (quality.bullets, "\n".join(f"- item {n} of the list" for n in range(20))),
        (quality.ellipses, "\n".join(["We knew it ...", "And then ...", "Nobody came."] * 5)),
        (quality.alphabetic, "12 34 56 78 9.5 17 the of " * 10),
        (quality.stop_words, "lamp table chair window door floor roof " * 10),
        (quality.sentences, "home about contact news archive the of and " * 5),
        (quality.filler, GOOD + " Lorem ipsum dolor sit amet."),
        (quality.filler, "We use cookies. Accept all. Reject all. Read our privacy policy."),
        (quality.repeated_lines, "The same line again.\n" * 10 + GOOD),
        (quality.top_ngrams, "cheap lamps are the best cheap lamps of all cheap lamps. " * 8),
        (quality.duplicate_ngrams, " ".join([GOOD, GOOD])),
    ],
)
def test_a_rule_drops_what_it_is_for(rule, text: str) -> None:
    reason = rule(Measures(text))
    assert reason
    assert rule(Measures(GOOD)) is None
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
    assert [rule(Measures(text)) for rule in quality.RULES]


def test_phrases_that_cannot_be_too_large_a_part_are_left_uncounted_without_a_difference(
    monkeypatch,
) -> None:
    rng, words = random.Random(0), "to sell cheap watches of the grand harbour now".split()
    texts = [" ".join(rng.choices(words[:n], k=40)) for n in (1, 2, 3, 5, 9) for _ in range(8)]
    counted = [quality.top_ngrams(Measures(text)) for text in texts]
    assert {reason is None for reason in counted} == {True, False}
    for n, most in quality.MAX_TOP_NGRAM.items():
        monkeypatch.setattr(quality, "MAX_TOP_NGRAM", {n: most})
        for text in texts:
            reason = quality.top_ngrams(Measures(text))
            assert (reason is not None) == (_largest_part(text.split(), n) > most)


def _largest_part(words: list[str], n: int) -> float:
    phrases = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    count, phrase = max((phrases.count(phrase), phrase) for phrase in set(phrases))
    return count * sum(map(len, phrase)) / sum(map(len, words)) if count > 1 else 0.0
