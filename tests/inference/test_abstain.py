"""Abstaining: thresholds by hand, areas against drawn samples."""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_utils.inference import abstain

SURE = [0.9, 0.8, 0.7, 0.6, 0.5]
RIGHT = [True, True, False, True, False]


def test_a_threshold_answers_what_reaches_it() -> None:
    point = abstain.at(SURE, RIGHT, 0.7)

    assert (point.coverage, point.accuracy, point.lost) == pytest.approx((3 / 5, 2 / 3, 1 / 3))
    assert point.risk == pytest.approx(1 / 3)
    assert point.standard_error == pytest.approx(math.sqrt(2 / 9 / 3))


def test_who_answers_nothing_is_never_wrong_and_loses_everything() -> None:
    point = abstain.at(SURE, RIGHT, 0.95)

    assert (point.coverage, point.accuracy, point.lost) == (0, 1, 1)
    assert point.standard_error == 0.5


def test_the_curve_goes_from_the_surest_answer_to_all() -> None:
    points = abstain.curve(SURE, RIGHT)

    assert [point.threshold for point in points] == SURE
    assert [point.coverage for point in points] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])
    assert [point.accuracy for point in points] == pytest.approx([1, 1, 2 / 3, 3 / 4, 3 / 5])


def test_equal_confidences_are_answered_together() -> None:
    assert len(abstain.curve([0.5, 0.5, 0.4], [True, False, True])) == 2


@pytest.mark.parametrize(
    ("share", "threshold", "lost"),
    [(0.0, 0.6, 0), (0.3, 0.6, 0), (0.34, 0.8, 1 / 3), (0.9, 0.9, 2 / 3)],
)
def test_a_threshold_keeps_back_at_most_the_share_that_may_be_lost(share, threshold, lost) -> None:
    assert abstain.threshold_losing(SURE, RIGHT, share) == threshold
    assert abstain.at(SURE, RIGHT, threshold).lost == pytest.approx(lost)


def test_right_answers_alike_are_kept_or_lost_together() -> None:
    threshold = abstain.threshold_losing([0.5, 0.5, 0.5, 0.9], [True] * 4, 0.5)
    assert abstain.at([0.5, 0.5, 0.5, 0.9], [True] * 4, threshold).lost == 0


def test_where_nothing_is_right_silence_loses_nothing() -> None:
    threshold = abstain.threshold_losing(SURE, [False] * 5, 0.1)

    assert threshold == math.inf == abstain.threshold_losing(SURE, RIGHT, 1.0)
    assert abstain.at(SURE, [False] * 5, threshold).lost == 0
    with pytest.raises(ValueError, match="share"):
        abstain.threshold_losing(SURE, RIGHT, -0.1)


def test_the_area_is_how_often_a_right_answer_is_surer_than_a_wrong_one() -> None:
    # six pairs; 0.9 and 0.8 beat both wrong ones, 0.6 beats one of two
    assert abstain.area(SURE, RIGHT).value == pytest.approx(5 / 6)
    assert abstain.area([1, 1, 1, 1], [True, True, False, False]).value == 0.5
    turned = abstain.area([-sure for sure in SURE], RIGHT).value
    assert turned == pytest.approx(1 - 5 / 6)


def sample(seed: int, count: int = 150) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two signs of the same answers, alike in part, and what is right."""
    rng = np.random.default_rng(seed)
    right = rng.random(count) < 0.8
    shared = rng.normal(size=count) + 1.2 * right
    return shared + rng.normal(size=count), shared + 2 * rng.normal(size=count), right


def test_the_standard_errors_are_what_other_samples_vary_by() -> None:
    samples = [sample(seed) for seed in range(200)]
    areas = [abstain.area(sure, right) for sure, _, right in samples]
    gains = [abstain.area_gain(*each) for each in samples]

    spread = np.std([area.value for area in areas])
    assert np.mean([area.standard_error for area in areas]) == pytest.approx(spread, rel=0.15)
    spread = np.std([difference for difference, _ in gains])
    assert np.mean([error for _, error in gains]) == pytest.approx(spread, rel=0.15)


def test_a_sign_gains_nothing_over_itself() -> None:
    sure, _, right = sample(0)

    assert abstain.area_gain(sure, 3 * sure + 1, right) == (0, 0)


@pytest.mark.parametrize(
    ("sure", "right", "words"),
    [
        ([0.5], [True, False], "1 confidences and 2 verdicts"),
        ([], [], "0 confidences"),
        ([math.nan, 0.5], [True, False], "1 of 2 confidences are no numbers"),
    ],
)
def test_what_does_not_fit_together_is_refused(sure, right, words) -> None:
    with pytest.raises(ValueError, match=words):
        abstain.at(sure, right, 0.5)


def test_an_area_needs_right_and_wrong_answers() -> None:
    with pytest.raises(ValueError, match="1 right answers and 3 wrong"):
        abstain.area([1, 2, 3, 4], [True, False, False, False])
