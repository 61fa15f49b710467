"""The study of what each stage gained: read as it was written, its bars, and what is refused."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from course_utils.experiments import gains_study
from course_utils.experiments.gains_study import WAYS, WHOLE, GainsRun, GainsStudy


def run(way: str = WHOLE, seed: int = 0, **changed: float) -> GainsRun:
    rest = {field.name: 0.5 for field in fields(GainsRun)}
    return GainsRun(
        **{**rest, "way": way, "seed": seed, "temperature": 0.0, "asked": 100, **changed}
    )


def test_a_study_is_read_as_it_was_written_in_the_order_of_the_stages(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    runs = [run(way, seed, facts=0.612345678) for way in reversed(WAYS) for seed in (1, 0)]
    gains_study.save([vars(each) | {"more": 1} for each in runs], "2026-11-29", path)
    study = gains_study.load(path)
    assert list(study.by_way()) == list(WAYS) and study.missing() == ()
    assert [each.seed for each in study.runs] == [0, 1] * len(WAYS)
    assert study.runs[0] == run(next(iter(WAYS)), 0, facts=0.61235)


def test_a_single_seed_has_the_error_of_its_number_of_questions() -> None:
    bar = gains_study.bar([run(facts=0.9)])
    assert bar.seeds == 1 and bar.share["all"] == pytest.approx(0.6)
    assert bar.standard_error["facts"] == pytest.approx(0.03)  # root of .9 x .1 / 100
    assert bar.standard_error["stories"] == pytest.approx(0.05)
    # a quarter of the root of .0009 and three times .0025
    assert bar.standard_error["all"] == pytest.approx((0.0009 + 3 * 0.0025) ** 0.5 / 4)


def test_seeds_that_differ_more_than_their_questions_explain_widen_the_error() -> None:
    far = gains_study.bar([run(seed=0, facts=0.2), run(seed=1, facts=0.8)])
    assert far.standard_error["facts"] == pytest.approx(0.3)  # deviation .424, over the root of 2
    near = gains_study.bar([run(seed=0, facts=0.5), run(seed=1, facts=0.5)])
    assert near.standard_error["facts"] == pytest.approx(0.05 / 2**0.5)
    # where one kind gains what another loses, the mean has no spread of the seeds
    both = gains_study.bar([run(seed=0, facts=0.2, talk=0.8), run(seed=1, facts=0.8, talk=0.2)])
    assert both.share["all"] == 0.5 and both.standard_error["all"] < 0.02


def test_only_runs_of_the_temperature_that_is_asked_for_are_read() -> None:
    study = GainsStudy("2026-11-29", (run(facts=0.9), run(facts=0.1, temperature=1.0)))
    assert study.by_way()[WHOLE].share["facts"] == 0.9
    assert study.by_way(1.0)[WHOLE].share["facts"] == 0.1
    assert len(study.missing()) == len(WAYS) - 1


def test_less_is_clear_only_beyond_three_standard_errors() -> None:
    # both have an error of .05, so together .0707
    for share, clear in ((0.2, True), (0.3, False), (0.9, False)):
        study = GainsStudy("2026-11-29", (run("finetuned", facts=share), run(facts=0.5)))
        assert study.clearly_less("finetuned", "facts") is clear, share
    with pytest.raises(KeyError):
        study.clearly_less("byte tokenizer")


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ([run("a stage")], "no way of leaving out a stage"),
        ([run(facts=1.5)], "a share that is none"),
        ([run(asked=0)], "nothing was asked"),
        ([run(), run(talk=0.1)], "cannot be told apart"),
    ],
)
def test_runs_that_cannot_be_are_refused(runs: list, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        gains_study.in_order(runs)


@pytest.mark.parametrize("text", ["", "[]", '{"date": "2026-11-29"}', None])
def test_what_is_no_study_is_refused_with_the_command_that_makes_one(text, tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="study of gains(?s:.*)benchmarks.gains --write"):
        gains_study.load(path)


def test_the_study_that_comes_with_the_course_has_the_whole_and_its_rivals() -> None:
    study = gains_study.load()
    for temperature in (0.0, 1.0):
        assert {"untrained", "base model", "finetuned", WHOLE} <= set(study.by_way(temperature))
