"""The study of forgetting: read as it was written, its means, and what is refused."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from course_utils.finetuning_rlhf import forgetting_study
from course_utils.finetuning_rlhf.forgetting_study import BASE, ForgettingRun, ForgettingStudy


def run(way: str, seed: int, **figures: float | str) -> ForgettingRun:
    rest = {field.name: 0.5 for field in fields(ForgettingRun)}
    rest |= {"way": way, "seed": seed, "base": "abc", "numbers_trained": 30}
    return ForgettingRun(**rest | figures)


def test_a_study_is_read_as_it_was_written_in_the_order_of_the_ways(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    ways = (
        "LoRA, rank 16, with pages", "LoRA, rank 8, without", "all weights, without",
        "LoRA, rank 8, with pages", BASE, "all weights, with pages",
    )  # fmt: skip
    runs = [run(way, seed, facts=0.612345678) for way in ways for seed in (1, 0)]
    forgetting_study.save([vars(each) | {"more": 1} for each in runs], "2026-11-29", path)
    study = forgetting_study.load(path)
    assert study.date == "2026-11-29"
    assert [each.seed for each in study.runs] == [0, 1] * 6
    assert list(study.by_way()) == [
        BASE, "all weights, with pages", "all weights, without", "LoRA, rank 8, with pages",
        "LoRA, rank 8, without", "LoRA, rank 16, with pages",
    ]  # fmt: skip
    assert study.runs[0] == run(BASE, 0, facts=0.61235)


def test_means_and_their_errors_over_the_seeds() -> None:
    runs = tuple(run(BASE, seed, facts=facts) for seed, facts in enumerate((0.5, 0.6, 0.7)))
    mean = ForgettingStudy("2026-11-29", runs).by_way()[BASE]
    assert mean.seeds == 3 and mean.mean["facts"] == pytest.approx(0.6)
    # the deviation is 0.1, over the root of three
    assert mean.standard_error["facts"] == pytest.approx(0.057735, abs=1e-5)
    assert mean.standard_error["stories"] == 0 and "base" not in mean.mean
    with pytest.raises(ValueError, match="2 ways; give those of one"):
        forgetting_study.mean([run(BASE, 0), run("all weights, without", 0)])


def test_runs_are_paired_where_all_of_a_seed_began_with_one_base_model() -> None:
    first, second = run(BASE, 0), run("all weights, without", 0)
    other_seed = run(BASE, 1, base="def")
    assert ForgettingStudy("2026-11-29", (first, second, other_seed)).paired
    assert not ForgettingStudy("2026-11-29", (first, replace(second, base="def"))).paired


@pytest.mark.parametrize("way", ["all weights", "LoRA, rank two, without", "base", ""])
def test_a_way_that_nobody_knows_is_refused(way: str, tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    with pytest.raises(ValueError, match="no way of finetuning"):
        forgetting_study.save([vars(run(way, 0))], "2026-11-29", path)
    forgetting_study.save([vars(run(BASE, 0))], "2026-11-29", path)
    text = path.read_text(encoding="utf-8").replace(f'"{BASE}"', f'"{way}"')
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="not a study of forgetting"):
        forgetting_study.load(path)


@pytest.mark.parametrize("text", ["", "[]", '{"date": "2026-11-29"}', None])
def test_what_is_no_study_is_refused_with_the_command_that_makes_one(
    text: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "study.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(
        ValueError, match="study of forgetting(?s:.*)benchmarks.forgetting --write"
    ):
        forgetting_study.load(path)
