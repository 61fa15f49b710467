"""The ablation: the same training for every form, repeatable, and a table that owns up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from course_utils.experiments import ablation, figures, outcome
from course_utils.experiments.ablation import AblationConfig
from course_utils.experiments.crawl_slice import FORMS, cut
from course_utils.model.transformer import TransformerConfig
from course_utils.pretraining.scores import FactScores, KindScore
from course_utils.ui.picture import Picture

SMALL = AblationConfig(
    TransformerConfig(300, 16, 1, 2, 24, context_tokens=32), steps=12, batch=4, samples=6
)


@pytest.fixture(scope="module")
def part(corpus, truth):
    return cut(corpus, truth, countries=6)


@pytest.fixture(scope="module")
def found(part) -> outcome.Ablation:
    return ablation.compare_slice(part, SMALL)


def made_up(form: str, bits: float, facts: int = 5, **marks: float) -> outcome.Outcome:
    scores = FactScores({"capital": KindScore(facts, 10, 0.1)}, ())
    rest = {"junk_samples": 0.0, "private_samples": 0.0, "copied_samples": 0.0, "overlap": 0.2}
    return outcome.Outcome(form, 9, 900, 2.0, bits, facts=scores, samples=(), **rest | marks)


def test_every_form_is_trained_and_examined(found) -> None:
    assert [each.form for each in found.outcomes] == list(FORMS)
    for each in found.outcomes:
        assert 0 < each.bits_per_byte < 9
        assert len(each.samples) == SMALL.samples
        assert each.facts.count > 20


def test_the_shorter_a_text_the_more_often_it_is_read(found) -> None:
    passes = [each.passes for each in found.outcomes]
    assert passes == sorted(passes)


def test_the_same_seed_gives_the_same_marks_whatever_the_number_of_workers(
    part, found, monkeypatch
) -> None:
    monkeypatch.setattr(ablation, "WORKERS", 1)
    assert ablation.compare_slice(part, SMALL) == found


def test_another_seed_gives_other_samples(part, found) -> None:
    other = ablation.compare_slice(part, replace(SMALL, seed=1))
    assert other.outcomes[0].samples != found.outcomes[0].samples


def test_with_passes_every_form_is_read_equally_often(part) -> None:
    same = ablation.compare_slice(part, replace(SMALL, passes=0.1))
    assert all(each.passes == pytest.approx(0.1, rel=0.3) for each in same.outcomes)


def test_all_models_are_asked_by_the_same_exam(found) -> None:
    assert len({each.facts.majority_baseline for each in found.outcomes}) == 1


def test_a_difference_that_seeds_alone_make_is_not_called_one() -> None:
    clear = 3 * outcome.CLEAR * outcome.SPREAD["bits_per_byte"]
    pair = made_up("raw", 2.0, junk_samples=0.9), made_up("filtered", 2.0 - clear)
    hazy = outcome.Ablation((*pair, made_up("clean", 1.99 - clear)), 0.1, 0.1, 0).unclear()
    assert ("bits_per_byte", "raw", "filtered") not in hazy
    assert ("junk_samples", "raw", "filtered") not in hazy
    assert ("bits_per_byte", "filtered", "clean") in hazy
    assert ("fact_accuracy", "raw", "filtered") in hazy


def test_the_table_marks_what_seeds_alone_could_make() -> None:
    rows = str(outcome.Ablation((made_up("raw", 1.5), made_up("filtered", 1.49)), 0.1, 0.1, 0))
    lines = rows.splitlines()
    assert "1.50" in lines[1] and "~" not in lines[1]
    assert "~1.49" in lines[2] and "~50%" in lines[2]
    assert lines[3].startswith("seeds alone")
    assert "10% of the raw pages are junk or not English" in lines[4]


def test_the_picture_is_small_and_needs_outcomes(found) -> None:
    figure = figures.marks_by_form(found)
    assert len(Picture.of(figure).png) < 40_000
    bars = [bar.get_width() for bar in figure.axes[0].patches]
    assert bars == [each.bits_per_byte for each in found.outcomes]
    with pytest.raises(ValueError, match="no outcomes"):
        figures.marks_by_form(replace(found, outcomes=()))
