"""Pages measured once: the verdicts of quality.judge, and those of any other bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from course_utils.data_collection.clean import quality
from course_utils.data_collection.clean.quality import BOUNDS, RULES
from course_utils.data_collection.labs.quality.trial import KEPT, PageMeasures, measure_pages
from course_utils.littleweb.sites import forum, spam, tutorials

from ..pages import ODD


@pytest.fixture(scope="module")
def texts() -> list[str]:
    pages = [*spam.pages(0, 60), *forum.pages(0, 60), *tutorials.pages(0, 20)]
    return [page.text for page in pages] + list(ODD)


@pytest.fixture(scope="module")
def measures(texts: list[str]) -> PageMeasures:
    return measure_pages(texts)


def test_the_bounds_of_the_table_give_the_verdicts_and_reasons_of_the_rules(
    texts: list[str], measures: PageMeasures
) -> None:
    ours = [None if at == KEPT else RULES[at].reason for at in measures.first_broken({})]
    assert ours == [quality.judge(text).reason for text in texts]
    assert len(set(ours)) > 10  # the odd ones break nearly every rule


def test_a_bound_that_is_moved_gives_the_verdicts_of_the_moved_rule(
    texts: list[str], measures: PageMeasures
) -> None:
    bounds = {"min_stop_words": 9, **{f"max_phrase_{n}": 0.2 for n in (2, 3, 4)}}
    rules = [replace(rule, bound=bounds.get(rule.name, rule.bound)) for rule in RULES]
    kept = measures.first_broken(bounds) == KEPT
    assert kept.tolist() == [quality.judge(text, rules).keep for text in texts]
    assert (kept != (measures.first_broken({}) == KEPT)).any()


def test_along_a_bound_each_place_is_what_that_bound_alone_gives(measures: PageMeasures) -> None:
    steps = [{"min_stop_words": at} for at in (0, 2, 8, 20)]
    along = measures.dropped_along({"min_words": 50}, steps)
    alone = [measures.first_broken({"min_words": 50, **step}) != KEPT for step in steps]
    assert np.array_equal(along, alone)


def test_no_page_gives_empty_arrays() -> None:
    empty = measure_pages([])
    assert empty.first_broken({}).shape == (0,)
    assert empty.dropped_along({}, [{"min_words": 1}]).shape == (1, 0)


def test_a_rule_that_does_not_exist_is_refused(measures: PageMeasures) -> None:
    with pytest.raises(ValueError, match=r"'min_word'; there are min_words"):
        measures.broken({"min_word": 3})
    assert len(BOUNDS) == len(RULES) == len(measures.counts)
