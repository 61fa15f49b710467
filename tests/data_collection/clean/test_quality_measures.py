"""The rules as arrays: the verdicts of quality.judge, and of any other thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.data_collection.clean import quality
from course_utils.data_collection.clean.quality_measures import (
    KEPT,
    RULES,
    USUAL,
    PageMeasures,
    measure,
)
from course_utils.littleweb.sites import forum, spam, tutorials

from ..pages import prose

ODD = (
    *("", " \n\n ", "\x00", "...", "#", "a b c d e f g h " * 10, "word " * 100_001),
    "read #more #now of #this #and #that " * 5,
    "\n".join(f"- item {n} of the list" for n in range(20)),
    "\n".join(["We knew it ...", "And then ...", "Nobody came."] * 5),
    "12 34 56 78 9.5 17 the of " * 10,
    "lamp table chair window door floor roof " * 10,
    "home about contact news archive the of and " * 5,
    prose(1) + " Lorem ipsum dolor sit amet.",
    "We use cookies. Accept all. Reject all. Read our privacy policy. " + "the of " * 10,
    "The same line again.\n" * 10 + prose(2),
    "cheap lamps are the best cheap lamps of all cheap lamps. " * 8,
    " ".join([prose(3)] * 2),
)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    pages = [*spam.pages(0, 60), *forum.pages(0, 60), *tutorials.pages(0, 20)]
    return [page.text for page in pages] + list(ODD)


@pytest.fixture(scope="module")
def measures(texts: list[str]) -> PageMeasures:
    return measure(texts)


def test_the_usual_thresholds_give_the_verdicts_and_reasons_of_the_rules(
    texts: list[str], measures: PageMeasures
) -> None:
    ours = [None if at == KEPT else RULES[at].reason for at in measures.first_broken({})]
    assert ours == [quality.judge(text).reason for text in texts]
    assert len(set(ours)) > 10  # the odd ones break nearly every rule


def test_a_limit_that_is_moved_gives_the_verdicts_of_the_moved_rule(
    texts: list[str], measures: PageMeasures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "MIN_STOP_WORDS", 9)
    monkeypatch.setattr(quality, "MAX_TOP_NGRAM", dict.fromkeys((2, 3, 4), 0.2))
    limits = {"min_stop_words": 9, **{f"max_phrase_{n}": 0.2 for n in (2, 3, 4)}}
    kept = measures.first_broken(limits) == KEPT
    assert kept.tolist() == [quality.judge(text).keep for text in texts]
    assert (kept != (measures.first_broken({}) == KEPT)).any()


def test_along_a_limit_each_place_is_what_that_limit_alone_gives(measures: PageMeasures) -> None:
    steps = [{"min_stop_words": at} for at in (0, 2, 8, 20)]
    along = measures.dropped_along({"min_words": 50}, steps)
    alone = [measures.first_broken({"min_words": 50, **step}) != KEPT for step in steps]
    assert np.array_equal(along, alone)


def test_no_page_gives_empty_arrays() -> None:
    empty = measure([])
    assert empty.first_broken({}).shape == (0,)
    assert empty.dropped_along({}, [{"min_words": 1}]).shape == (1, 0)


def test_a_limit_that_does_not_exist_is_refused(measures: PageMeasures) -> None:
    with pytest.raises(ValueError, match=r"no limit 'min_word'; there are min_words"):
        measures.broken({"min_word": 3})
    assert len(USUAL) == len(RULES) == len(measures.counts)
