"""The doubling-time fit: exact where the data is exact, and unsure where it is not."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from course_utils.economics import doubling, records
from course_utils.economics.growth import months_to_double, student


def points(years: object, values: object) -> list[SimpleNamespace]:
    return [SimpleNamespace(year=y, value=v) for y, v in zip(years, values, strict=True)]


def test_what_doubles_every_year_is_found_to_and_without_doubt() -> None:
    years = [2018, 2019, 2021, 2022.5]
    found = doubling(points(years, [3 * 2 ** (year - 2018) for year in years]))
    assert found.months == pytest.approx(12)
    assert found.months_low == pytest.approx(12) and found.months_high == pytest.approx(12)
    assert found.growth_a_year == pytest.approx(2)
    assert found.value_at(2020) == pytest.approx(12)
    assert found.factor_at(2020) == pytest.approx(1)


def test_the_interval_holds_the_truth_95_times_in_100() -> None:
    random, years = np.random.default_rng(0), np.linspace(2017, 2025, 7)
    held = 0
    for _ in range(1_000):
        noise = random.normal(0, 0.4, len(years))
        found = doubling(points(years, 10 ** (0.6 * (years - 2017) + 20 + noise)))
        held += found.months_low <= months_to_double(10**0.6) <= found.months_high
    assert held / 1_000 == pytest.approx(0.95, abs=0.02)


def test_a_cloud_without_a_trend_may_never_double() -> None:
    found = doubling(points([2018, 2019, 2020, 2021, 2022], [5, 50, 2, 40, 8]))
    assert found.months_high == math.inf
    assert "to never" in str(found) or "no growth" in str(found)


def test_what_shrinks_is_told_as_no_growth() -> None:
    found = doubling(points([2018, 2019, 2020, 2021], [8, 4, 2, 1]))
    assert found.months == math.inf
    assert str(found) == "no growth (4 models)"


def test_the_band_is_narrowest_in_the_middle() -> None:
    found = doubling(points([2018, 2019, 2020, 2021], [1, 3, 3, 9]))
    assert found.factor_at(2019.5) < found.factor_at(2018) == pytest.approx(found.factor_at(2021))


@pytest.mark.parametrize(("growth", "months"), [(4, 6.0), (5, 5.168), (2, 12), (1, math.inf)])
def test_growth_a_year_as_months_to_double(growth: float, months: float) -> None:
    assert months_to_double(growth) == pytest.approx(months, abs=0.001)


def test_records_are_those_larger_than_all_before_them() -> None:
    found = records(points([2020, 2018, 2019, 2021, 2022], [9, 1, 5, 7, 9.5]))
    assert [one.year for one in found] == [2018, 2019, 2020, 2022]


def test_the_students_table_meets_its_approximation_and_falls() -> None:
    found = [student(degrees) for degrees in range(1, 60)]
    assert found == sorted(found, reverse=True)
    assert student(1_000_000) == pytest.approx(1.96, abs=0.001)


@pytest.mark.parametrize(
    ("years", "values", "message"),
    [
        ([2018, 2019, 2020], [1, 2, 4], r"\b3\b.*\b4\b"),
        ([2018, 2019, 2020, 2021], [1, 2, 0, 4], "positive"),
        ([2018] * 4, [1, 2, 3, 4], "one moment"),
    ],
)
def test_what_cannot_be_fitted_is_refused(years: list, values: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        doubling(points(years, values))


def test_a_growth_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="growth_a_year is 0"):
        months_to_double(0)
