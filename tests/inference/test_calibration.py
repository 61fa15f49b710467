"""Calibration: bins by how sure somebody was, the error and its error, a temperature as a mend."""

from __future__ import annotations

import math

import numpy as np
import pytest

from course_utils.finetuning_rlhf.questions import fact_prompt
from course_utils.inference import calibration
from course_utils.inference.calibration import Bin
from course_utils.inference.confidence import Answer


def answer(kind: str, whole: float, right: bool) -> Answer:
    prompt = fact_prompt(kind, "Chad", ("N'Djamena",), 0)
    return Answer(prompt, "", right, (("a", 0.9), ("b", whole / 0.9)), 0.1, 0.0)


def drawn(temperature: float, count: int = 4000, seed: int = 0) -> list[tuple[float, bool]]:
    """Answers of somebody whose log odds are `temperature` times too large."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(1.0, 1.5, count)
    right = rng.random(count) < 1 / (1 + np.exp(-odds))
    sure = 1 / (1 + np.exp(-odds * temperature))
    return list(zip(sure.tolist(), right.tolist(), strict=True))


def test_answers_are_put_together_by_how_sure_somebody_was() -> None:
    answered = [(0.5, True), (0.5, False), (0.9, True), (1.0, True), (0.0, False)]
    assert calibration.bins(answered) == (
        Bin(0, 0, 0.5, 1),
        Bin(0.5, 0.5, pytest.approx(math.sqrt(0.25 / 2)), 2),
        Bin(0.95, 1, 0.25, 2),
    )


def test_an_edge_belongs_to_the_bin_above_it() -> None:
    (found,) = calibration.bins([(0.2, True), (0.39, True)])
    assert found.count == 2


def test_the_error_is_none_where_one_is_as_often_right_as_one_says() -> None:
    perfect = [(0.75, True)] * 3 + [(0.75, False)]
    assert calibration.error(calibration.bins(perfect)) == pytest.approx(0)
    assert calibration.error(calibration.bins([(0.9, False), (0.1, False)])) == pytest.approx(0.5)
    assert calibration.error(()) == 0


def test_the_gap_is_above_zero_where_one_is_too_sure() -> None:
    assert Bin.of([(0.9, False), (0.9, True)]).gap == pytest.approx(0.4)
    assert Bin.of([(0.6, True)]).gap == pytest.approx(-0.4)


@pytest.mark.parametrize("sure", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(sure: float) -> None:
    with pytest.raises(ValueError, match=str(sure)):
        calibration.bins([(sure, True)])


def test_the_errors_error_is_what_other_draws_of_the_answers_vary_by() -> None:
    samples = [drawn(2.0, 400, seed) for seed in range(60)]
    spread = np.std([calibration.error(calibration.bins(sample)) for sample in samples])

    assert calibration.error_of_error(samples[0]) == pytest.approx(spread, rel=0.4)
    assert calibration.error_of_error([(1.0, True)] * 9) == 0
    with pytest.raises(ValueError, match="at least one"):
        calibration.error_of_error([])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_the_temperature_that_spoilt_the_confidences_is_found_again(temperature: float) -> None:
    spoilt = drawn(temperature)
    found = calibration.best_temperature(spoilt)
    mended = [(calibration.scaled(sure, found), right) for sure, right in spoilt]

    assert found == pytest.approx(temperature, rel=0.08)
    assert calibration.error(calibration.bins(mended)) < 0.02


def test_a_temperature_keeps_the_order_and_one_half() -> None:
    sure = [0.0, 0.2, 0.5, 0.7, 1.0]
    for temperature in (0.5, 3.0):
        mended = [calibration.scaled(share, temperature) for share in sure]
        assert mended == sorted(mended) and mended[2] == pytest.approx(0.5)
    # log odds ln 9, halved: odds 3
    assert calibration.scaled(0.9, 2.0) == pytest.approx(0.75)


def test_a_mend_is_fitted_on_half_of_the_countries_and_measured_on_the_other() -> None:
    rng = np.random.default_rng(0)
    answers = [
        Answer(
            fact_prompt("capital", f"Country {number}", ("Oslo",), 0),
            "",
            bool(rng.random() < 0.9),
            (("a", float(rng.uniform(0.55, 0.65))),),
            0.1,
            0.0,
        )
        for number in range(400)
    ]
    temperature, before, after = calibration.mended(answers)

    # 60 % sure and 90 % right: log odds of 0.41 have to become 2.2
    assert temperature == pytest.approx(0.41 / 2.2, rel=0.2)
    assert before == pytest.approx(0.3, abs=0.05) and after < 0.06


def test_where_all_are_right_no_temperature_is_the_best() -> None:
    with pytest.raises(ValueError, match="Of 2 answers"):
        calibration.best_temperature([(0.9, True), (0.5, True)])
    with pytest.raises(ValueError, match="temperature"):
        calibration.scaled(0.5, 0.0)


def test_each_kind_of_fact_is_one_bin() -> None:
    answers = [
        answer("capital", 0.5, True),
        answer("region", 0.9, True),
        answer("capital", 0.7, False),
    ]
    assert calibration.by_kind(answers) == {
        "capital": Bin(pytest.approx(0.6), 0.5, pytest.approx(math.sqrt(1 / 8)), 2),
        "region": Bin(pytest.approx(0.9), 1, 0.5, 1),
    }
    assert calibration.pairs(answers, "first_token")[0] == (0.9, True)
    with pytest.raises(ValueError, match="'entropy' is no probability"):
        calibration.pairs(answers, "entropy")


def test_in_words_it_says_how_many_how_sure_and_how_often_right() -> None:
    # gaps of 0.2 and 0.6, each of one answer
    assert calibration.in_words([(0.8, True), (0.6, False)]).startswith(
        "2 answers, 70% sure on average, 50% right, calibration error 0.400 (standard error 0."
    )
    assert calibration.in_words([]) == "no predictions to draw yet"
