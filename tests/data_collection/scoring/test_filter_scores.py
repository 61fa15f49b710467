"""Filters scored by hand-made labels: the counts, the line to draw, rules beside a classifier."""

from __future__ import annotations

import numpy as np
import pytest

from course_utils.data_collection.clean.quality_learned import train
from course_utils.data_collection.scoring import filter_scores

from ..pages import prose


def test_precision_and_recall_are_counted_as_by_hand() -> None:
    scores = filter_scores.precision_recall([1, 1, 1, 0, 0], [1, 0, 1, 1, 0])
    assert scores == {"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3}
    nothing = filter_scores.precision_recall([0, 0], [0, 0])
    assert nothing == {"precision": None, "recall": None, "f1": None}


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    chances, junk = np.array([0.9, 0.8, 0.7, 0.6, 0.1]), [True, True, False, True, False]
    assert filter_scores.threshold_for(chances, junk, 1.0) == 0.8
    assert filter_scores.threshold_for(chances, junk, 0.75) == 0.6
    with pytest.raises(ValueError, match=r"0\.97"):
        filter_scores.threshold_for(chances, [False] * 5)


def test_rules_and_classifier_are_scored_on_the_same_pages() -> None:
    good, spam = [prose(seed) for seed in range(20)], ["cheap lamps are best, buy lamps now. " * 9]
    model = train(good[:10] + spam, [False] * 10 + [True])
    scores = filter_scores.against_rules(
        model, good[10:] + spam, [False] * 10 + [True], (0.0, 1.0)
    )
    assert list(scores) == ["rules", "learned, 0", "learned, 1"]
    assert scores["rules"]["recall"] == 1 and scores["learned, 0"]["precision"] == 1 / 11
    words = filter_scores.in_words(scores["learned, 1"])
    assert words == "precision none, recall 0.000"
