"""The scale lab without a browser: its controls, its frame, and its headless picture."""

from __future__ import annotations

import base64

import pytest

from course_utils import economics
from course_utils.economics.labs.scale.lab import EconomicsLab, readable
from course_utils.ui import unpack
from course_utils.ui.picture import LARGEST_BYTES


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> EconomicsLab:
    """A live lab."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    return EconomicsLab()


def told(lab: EconomicsLab) -> dict:
    """The facts of the frame that the view was last given."""
    return unpack(lab.view.frame)[0]


def test_headless_it_is_one_small_picture_that_is_always_the_same() -> None:
    first, second = (EconomicsLab()._repr_mimebundle_()[0] for _ in range(2))
    assert first == second and set(first) == {"image/png", "text/plain"}
    assert len(base64.b64decode(first["image/png"])) < LARGEST_BYTES
    assert first["text/plain"].startswith("Picture: Scale lab")


def test_live_it_is_controls_and_a_view(lab: EconomicsLab) -> None:
    bundle = lab._repr_mimebundle_()[0]
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"].endswith("(live)")


def test_a_slider_changes_what_the_view_is_told_at_once(lab: EconomicsLab) -> None:
    before = told(lab)["rows"]
    lab.controls.utilisation.value = 20
    after = told(lab)["rows"]
    assert before[0] == after[0] and before[1][1] == "1.75 million"
    assert after[1] == ["chip-hours", "3.5 million", "3.552 million (estimated)", "0.99"]


def test_a_preset_sets_all_sliders_and_answers_once(lab: EconomicsLab) -> None:
    answers = []
    lab.view.observe(answers.append, names="frame")
    lab.controls.model.value = "Llama 3.1 405B"
    assert (lab.run.parameters, lab.run.tokens) == (405e9, 15.6e12)
    assert (lab.run.hardware, lab.run.chips) == ("H100", 16_384)
    assert len(answers) == 1
    assert told(lab)["rows"][0][1:] == ["3.79 × 10^25", "3.8 × 10^25 (reported)", "1.00"]


def test_a_slider_that_stands_on_the_step_beside_a_preset_keeps_the_exact_number(
    lab: EconomicsLab,
) -> None:
    lab.controls.model.value = "Llama 3.1 405B"
    lab.controls.parameters.value = 10**11.6  # what the browser makes of 405 billion
    assert lab.run.parameters == 405e9
    lab.controls.parameters.value = 10**11.62
    assert lab.run.parameters == pytest.approx(10**11.62)


def test_the_readers_years_choose_what_is_fitted(lab: EconomicsLab) -> None:
    lab.controls.years.value = (2020, 2023)
    facts, arrays = unpack(lab.view.frame)
    years = [one.year for one in economics.series("compute")]
    assert [bool(one) for one in arrays["fitted"]] == [2020 <= year < 2024 for year in years]
    assert facts["fit"] == str(lab.doubling)
    assert 2020 < arrays["line_years"][0] < arrays["line_years"][-1] < 2024


def test_record_holders_alone_grow_faster(lab: EconomicsLab) -> None:
    everything = lab.doubling
    lab.controls.records.value = True
    assert lab.doubling.points < everything.points
    assert lab.doubling.months < everything.months


def test_a_span_with_too_few_models_is_told_and_draws_no_line(lab: EconomicsLab) -> None:
    lab.controls.years.value = (2017, 2018)
    facts, arrays = unpack(lab.view.frame)
    assert lab.doubling is None and arrays["line"].size == 0
    assert facts["fit"] == "3 models in this span: too few for a fit; widen it"


@pytest.mark.parametrize("series", economics.SERIES)
def test_the_readers_run_stands_in_every_series_at_its_own_height(
    lab: EconomicsLab, series: str
) -> None:
    lab.controls.series.value = series
    height = {"parameters": 175e9, "tokens": 300e9, "compute": 3.15e23}[series]
    assert 10 ** told(lab)["mine"] == pytest.approx(height)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"series": "layers"}, "parameters, compute, tokens"),
        ({"model": "GPT-9"}, "GPT-9"),
        ({"model": "GPT-2"}, "GPT-2"),  # nobody has said how much it read
        ({"years": (2010, 2020)}, "2017 to 2026"),
        ({"years": (2022, 2020)}, "2017 to 2026"),
    ],
)
def test_a_start_that_there_is_not_is_refused(given: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EconomicsLab(**given)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (30_840_000, "30.8 million"),
        (1.234, "1.23"),
        (0.0559, "0.056"),
        (3e-5, "3e-05"),
        (1e-9, "under 0.000001"),
    ],
)
def test_calculated_numbers_are_short(value: float, words: str) -> None:
    assert readable(value) == words
