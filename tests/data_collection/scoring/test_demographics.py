"""Tests of counting who is shown how often, and as what."""

from __future__ import annotations

import math
import random

import pytest

from course_utils.data_collection.scoring.demographics import Mentions, girls_by_role, share


def test_girls_are_counted_by_role():
    texts = [
        "Mila was the leader of the band. Ben was the chief of the club.",
        "Ben was elected as the captain twice.",
        "Nora was scared of the dark.",
        "Ben ran.",
    ]
    found = girls_by_role(texts)
    assert found["leader"].value == pytest.approx(1 / 3) and found["leader"].count == 3
    assert (found["afraid"].value, found["afraid"].texts) == (1.0, 1)
    assert math.isnan(found["afraid"].standard_error)


def test_nothing_counted_is_no_number():
    assert math.isnan(share([]).value) and math.isnan(share([(0, 0)]).value)


def test_impossible_counts_are_refused_with_the_numbers():
    with pytest.raises(ValueError, match="3 hits of 2"):
        share([(3, 2)])


def test_the_standard_error_knows_that_sentences_of_a_page_are_alike():
    alone = share([(1, 1)] * 30 + [(0, 1)] * 30).standard_error
    alike = share([(4, 4)] * 15 + [(0, 4)] * 15).standard_error
    assert alone == pytest.approx(math.sqrt(0.25 / 59))
    assert alike == pytest.approx(math.sqrt(0.25 / 29))


def test_the_true_share_lies_within_two_standard_errors_most_of_the_time():
    draw = random.Random(1)
    inside = 0
    for _ in range(200):
        pages = [(4 * (draw.random() < 0.2), 4) for _ in range(150)]
        found = share(pages)
        inside += abs(found.value - 0.2) < 2 * found.standard_error
    assert 180 <= inside <= 200


def test_of_two_names_that_overlap_the_longer_counts():
    names = ["Guinea", "Guinea-Bissau", "Niger", "Nigeria"]
    counted = Mentions(["Guinea-Bissau and Guinea.", "Nigeria, Nigeria."], names)
    assert counted.total() == {"Guinea-Bissau": 1, "Guinea": 1, "Nigeria": 2}
    assert counted.texts_with()["Nigeria"] == 1


def test_the_share_of_a_group_of_names():
    found = Mentions(["Chad Peru", "Peru", "none"], ["Chad", "Peru"]).share_of(["Peru"])
    assert found.value == pytest.approx(2 / 3) and found.texts == 2
