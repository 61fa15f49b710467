"""The study of roads: read as it was written, its means, and what is refused."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from course_utils.finetuning_rlhf import roads_study
from course_utils.finetuning_rlhf.roads_study import RoadRun


def run(road: str, seed: int, reward: float = 0.5) -> RoadRun:
    figures = {field.name: 1.0 for field in fields(RoadRun)}
    return RoadRun(**figures | {"road": road, "seed": seed, "reward": reward, "steps": 30})


def test_a_study_is_read_as_it_was_written_in_the_order_of_the_roads(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    runs = [run("GRPO", 1), run("GRPO", 0, reward=0.612345678), run("finetuned", 0)]
    roads_study.save([vars(one) | {"more": 1} for one in runs], "2026-11-29", path)
    study = roads_study.load(path)
    assert study.date == "2026-11-29"
    assert [(one.road, one.seed) for one in study.runs] == [
        ("finetuned", 0),
        ("GRPO", 0),
        ("GRPO", 1),
    ]
    assert study.runs[1].reward == 0.61235 and study.runs[1].steps == 30


def test_means_and_their_errors_over_the_seeds() -> None:
    runs = tuple(run("DPO", seed, reward) for seed, reward in enumerate((0.5, 0.6, 0.7)))
    road = roads_study.Study("2026-11-29", runs).by_road()["DPO"]
    assert road.seeds == 3 and road.mean["reward"] == pytest.approx(0.6)
    # the deviation is 0.1, over the root of three
    assert road.standard_error["reward"] == pytest.approx(0.057735, abs=1e-5)
    assert road.standard_error["kl"] == 0
    assert roads_study.mean(runs[:1]).standard_error["reward"] == 0


@pytest.mark.parametrize("runs", [[], [run("DPO", 0), run("PPO", 0)]])
def test_a_mean_over_no_road_or_two_is_refused(runs: list) -> None:
    with pytest.raises(ValueError, match="give those of one"):
        roads_study.mean(runs)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"date": "2026-11-29"}', '{"date": "x", "runs": [{"road": "PPO"}]}', None],
)
def test_what_is_no_study_is_refused_with_the_command_that_makes_one(
    text: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "study.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="not a study of roads(?s:.*)benchmarks.roads --write"):
        roads_study.load(path)


def test_a_road_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    roads_study.save([vars(run("DPO", 0))], "2026-11-29", path)
    path.write_text(path.read_text(encoding="utf-8").replace("DPO", "XPO"), encoding="utf-8")
    with pytest.raises(ValueError, match="not a study of roads"):
        roads_study.load(path)
