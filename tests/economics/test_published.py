"""The models over the years, and the calculator beside their published runs."""

from __future__ import annotations

import pytest

from course_utils import facts
from course_utils.economics import (
    SERIES,
    checks,
    checks_table,
    chip_of,
    doubling,
    models,
    published,
    series,
)
from course_utils.economics.published import year_of
from course_utils.economics.runs import UTILISATION, utilisation_of

PLAIN = ("GPT-3", "Chinchilla", "PaLM", "GPT-4", "Llama 3.1 405B")


def model(name: str) -> object:
    return next(one for one in models() if one.name == name)


@pytest.mark.parametrize("name", SERIES)
def test_a_series_goes_forward_in_time_and_each_point_says_how_sure_it_is(name: str) -> None:
    found = series(name)
    assert len(found) >= 15
    assert [one.year for one in found] == sorted(one.year for one in found)
    for one in found:
        assert one.value > 0 and one.certainty in facts.CERTAINTIES
        assert one.words.startswith(f"{one.name}: ") and one.certainty in one.words


def test_the_parameters_go_from_gpt1_to_models_of_2025() -> None:
    found = {one.name: one for one in series("parameters")}
    assert found["GPT-1"].value == 117e6 and int(found["GPT-1"].year) == 2018
    assert max(one.year for one in found.values()) >= 2025


def test_computation_that_nobody_published_is_worked_out_and_called_an_estimate() -> None:
    found = {one.name: one for one in series("compute")}
    assert found["BLOOM"].value == pytest.approx(6 * 176e9 * 366e9)
    assert found["BLOOM"].certainty == "estimated" and "6 x 176 billion" in found["BLOOM"].words
    assert found["GPT-3"].certainty == "reported"


def test_of_a_mixture_of_experts_only_the_active_parameters_compute() -> None:
    found = {one.name: one.value for one in series("compute")}
    assert found["DeepSeek-V3"] == pytest.approx(6 * 37e9 * 14.8e12)


def test_a_rumour_stays_a_rumour_in_every_series() -> None:
    for name in SERIES:
        assert next(one for one in series(name) if one.name == "GPT-4").certainty == "rumoured"


def test_this_tables_computation_doubles_about_every_six_months() -> None:
    found = doubling(series("compute"))
    assert found.months_low < 6 < found.months_high


def test_dates_become_years() -> None:
    assert year_of("2020") == 2020
    assert year_of("2023-07-02") == pytest.approx(2023.5, abs=0.002)
    assert year_of("2024-12-31") == pytest.approx(2025, abs=0.003)


def test_an_unknown_series_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="parameters, compute, tokens"):
        series("layers")


@pytest.mark.parametrize("name", PLAIN)
def test_six_operations_a_parameter_and_token_give_what_was_published(name: str) -> None:
    (found,) = [one for one in checks() if one.model == name and one.quantity == "FLOPs"]
    assert found.ratio == pytest.approx(1, abs=0.03)


def test_the_rule_counts_twice_where_a_token_passes_one_of_two_halves() -> None:
    (found,) = [one for one in checks() if one.model == "T5-11B"]
    assert found.ratio == pytest.approx(2, abs=0.01) and "encoder" in found.note


def test_one_utilisation_for_all_gives_every_published_time_within_a_factor_of_two() -> None:
    hours = [one for one in checks() if one.quantity == "chip-hours"]
    assert len(hours) >= 8
    for one in hours:
        assert 0.48 < one.ratio < 1.3, one


def test_energy_follows_from_hours_and_watts() -> None:
    for one in checks():
        if one.quantity == "MWh":
            assert one.ratio == pytest.approx(1, abs=0.11), one


def test_deepseeks_sum_is_its_hours_at_two_dollars() -> None:
    (found,) = [one for one in checks() if (one.model, one.quantity) == ("DeepSeek-V3", "dollars")]
    assert found.ratio == 1
    (dearer,) = [
        one
        for one in checks(dollars_a_chip_hour=4)
        if (one.model, one.quantity) == ("DeepSeek-V3", "dollars")
    ]
    assert dearer.ratio == 2


def test_the_utilisation_that_published_hours_mean_makes_the_hours_agree() -> None:
    used = utilisation_of(model("Llama 2 70B"), "A100", "llama2_70b_gpu_hours")
    assert 0.4 < used < 0.5 and used != UTILISATION
    (found,) = [
        one
        for one in checks(utilisation=used)
        if (one.model, one.quantity) == ("Llama 2 70B", "chip-hours")
    ]
    assert found.ratio == pytest.approx(1)


def test_an_absurd_utilisation_is_refused() -> None:
    with pytest.raises(ValueError, match="utilisation is"):
        checks(utilisation=1.5)


def test_the_table_has_a_line_for_each_check_and_the_ratio_in_it() -> None:
    lines = checks_table().splitlines()
    quantities = {one.quantity for one in checks()}
    assert len(lines) == len(checks()) + len(quantities)
    heads = [line for line in lines if line.endswith("ratio")]
    assert [line.split()[0] for line in heads] == ["FLOPs", "chip-hours", "MWh", "dollars"]
    hours = lines[lines.index(heads[1]) : lines.index(heads[2])]
    (line,) = [one for one in hours if one.startswith("Llama 3.1 405B")]
    assert line.split()[3:6] == ["30.84", "million", "26.62"]
    assert "0.86" in line and "H100 at 35%" in line
    (rumour,) = [one for one in lines if one.startswith("GPT-4")]
    assert rumour.endswith("rumoured")
    assert all(line == line.rstrip() and len(line) <= 90 for line in lines)


def test_what_is_published_of_a_run_is_found_by_the_calculators_own_names() -> None:
    found = published(model("LLaMA 65B"))
    assert {name: fact.value for name, fact in found.items()} == {
        "chip_hours": 1_022_362,
        "energy_megawatt_hours": 449,
    }
    assert chip_of(model("LLaMA 65B")) == "A100" and chip_of(model("GPT-2")) is None
