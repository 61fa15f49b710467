"""The cost calculator: worked examples, what each number does, and what it refuses."""

from __future__ import annotations

from dataclasses import astuple, replace

import pytest

from course_utils.economics import TrainingRun, cost, hardware
from course_utils.economics.cost import town_megawatt_hours_a_year

RUN = TrainingRun(1e9, 20e9, "H100", chips=8, utilisation=0.4, dollars_a_chip_hour=2)


def test_a_run_worked_out_by_hand() -> None:
    found = cost(RUN)
    assert found.flops == pytest.approx(1.2e20)  # 6 x a billion x 20 billion
    assert found.chip_hours == pytest.approx(84.26, abs=0.01)  # / (989e12 x 0.4) / 3600
    assert found.days == pytest.approx(0.4388, abs=1e-4)  # / 8 / 24
    assert found.dollars == pytest.approx(168.5, abs=0.1)
    assert found.energy_megawatt_hours == pytest.approx(0.06488, abs=1e-5)  # x 700 W x 1.1
    assert found.town_years == pytest.approx(0.06488 / 43_164, rel=1e-3)


def test_the_run_of_gpt1_as_its_makers_worked_it_out() -> None:
    petaflop_day = 1e15 * 24 * 3600
    by_hand = 8 * 30 * 24 * 3600 * 12e12 * 0.33
    assert by_hand / petaflop_day == pytest.approx(0.95, abs=0.01)


def test_gpt3_takes_a_fortnight_on_ten_thousand_v100_at_what_was_measured() -> None:
    utilisation = 24.6e12 / hardware()["V100"].peak_flops_per_second
    found = cost(TrainingRun(175e9, 300e9, "V100", chips=10_000, utilisation=utilisation))
    assert found.days == pytest.approx(14.8, abs=0.1)


def test_half_the_utilisation_doubles_all_but_the_computation() -> None:
    before, after = cost(RUN), cost(replace(RUN, utilisation=0.2))
    assert after.flops == before.flops
    assert astuple(after)[1:] == pytest.approx([2 * one for one in astuple(before)[1:]])


def test_twice_the_chips_halve_the_days_and_nothing_else() -> None:
    before, after = cost(RUN), cost(replace(RUN, chips=16))
    assert after.days == pytest.approx(before.days / 2)
    assert replace(after, days=before.days) == before


def test_a_run_may_be_free_of_rent() -> None:
    assert cost(replace(RUN, dollars_a_chip_hour=0)).dollars == 0


def test_a_town_year_is_the_electricity_of_four_thousand_homes() -> None:
    assert town_megawatt_hours_a_year() == pytest.approx(4_000 * 10.791)


@pytest.mark.parametrize("name", ["parameters", "tokens", "chips", "utilisation"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_what_must_be_positive_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        replace(RUN, **{name: value})


def test_a_utilisation_in_percent_is_refused_with_the_share_to_use() -> None:
    with pytest.raises(ValueError, match=r"utilisation is 40(?s:.*)0\.4"):
        replace(RUN, utilisation=40)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hardware": "H1000"}, "V100, A100, H100"),
        ({"chips": 0.5}, r"chips is 0\.5"),
        ({"dollars_a_chip_hour": -2}, "dollars_a_chip_hour is -2"),
        ({"building_factor": 0.9}, r"building_factor is 0\.9"),
        ({"building_factor": 4}, "building_factor is 4"),
        ({"tokens": "many"}, "tokens is 'many'"),
        ({"parameters": True}, "parameters is True"),
    ],
)
def test_other_numbers_that_cannot_be_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(RUN, **change)
