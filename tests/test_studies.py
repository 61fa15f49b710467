"""What all dated studies share: read as written, put in order, averaged; and what is refused."""

from __future__ import annotations

import importlib
import math
from dataclasses import dataclass
from pathlib import Path

import pytest

from course_utils import studies

ROOT = Path(__file__).resolve().parents[1] / "course_utils"


@dataclass(frozen=True)
class Run:
    kind: str
    seed: int
    loss: float
    curve: tuple[float, ...] = ()


def parse(date: str, kept: dict) -> tuple[str, tuple[Run, ...]]:
    made = (studies.run_of(Run, row | {"curve": tuple(row["curve"])}) for row in kept["runs"])
    return date, studies.in_order(made, lambda run: (run.kind, run.seed))


def read(path: Path) -> tuple[str, tuple[Run, ...]]:
    return studies.read(path, "study of runs", "benchmarks.runs", parse)


def test_a_study_is_read_as_it_was_written_and_a_run_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    runs = (Run("Côte", 0, 1 / 3, (2 / 3, 1.0)), Run("b", 12_345, 1e-7))
    studies.write(path, "2026-11-29", runs, 3, tables={"z": runs[:1], "a": []})
    assert path.read_bytes().decode("utf-8") == (
        '{"date": "2026-11-29", "runs": [\n'
        '{"kind": "Côte", "seed": 0, "loss": 0.333, "curve": [0.667, 1.0]},\n'
        '{"kind": "b", "seed": 12345, "loss": 1e-07, "curve": []}\n'
        '], "tables": {\n"a": [\n\n],\n"z": [\n'
        '{"kind": "Côte", "seed": 0, "loss": 0.333, "curve": [0.667, 1.0]}\n]\n}}\n'
    )
    assert read(path) == ("2026-11-29", (Run("Côte", 0, 0.333, (0.667, 1.0)), runs[1]))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "No such file|cannot find"),
        ("", "Expecting value"),
        ("[]", "indices"),
        ('{"runs": []}', "date"),
        ('{"date": "some day", "runs": []}', "some day"),
        ('{"date": null, "runs": []}', "str"),
        ('{"date": "2026-11-29", "runs": [1]}', ""),
        ('{"date": "2026-11-29", "runs": [{"curve": []}]}', "no kind, loss, seed"),
    ],
)
def test_what_is_no_study_is_told_with_the_command_that_makes_one(
    text: str | None, fault: str, tmp_path: Path
) -> None:
    path = tmp_path / "study.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(
        ValueError,
        match=f"study.json is not a study of runs.*{fault}(?s:.*)benchmarks.runs --write",
    ):
        read(path)


def test_a_study_is_not_written_without_its_day(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="today"):
        studies.write(tmp_path / "study.json", "today", [], 3)
    assert not (tmp_path / "study.json").exists()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"kind": "a", "seed": 0}, "no curve, loss"),
        ({"kind": "a", "seed": 0, "loss": 1.0, "curve": (), "colour": 1}, "colour"),
        ({"kind": "a", "seed": 0, "loss": None, "curve": ()}, "loss of a run is None"),
        ({"kind": "a", "seed": True, "loss": 1.0, "curve": ()}, "seed of a run is True"),
        ({"kind": 3, "seed": 0, "loss": 1.0, "curve": ()}, "kind of a run is 3"),
    ],
)
def test_a_row_that_is_no_run_is_refused(row: dict, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        studies.run_of(Run, row)


def test_what_a_benchmark_measured_besides_is_left_out_where_that_is_allowed() -> None:
    row = {"kind": "a", "seed": 0, "loss": 1, "curve": (), "colour": 1}
    assert studies.run_of(Run, row, extra=True) == Run("a", 0, 1)


def test_two_runs_that_cannot_be_told_apart_are_refused() -> None:
    runs = [Run("a", 1, 1.0), Run("a", 0, 1.0), Run("a", 1, 2.0)]
    assert studies.in_order(runs[:2], lambda run: (run.kind, run.seed)) == (runs[1], runs[0])
    with pytest.raises(ValueError, match="told apart.*loss=2.0"):
        studies.in_order(runs, lambda run: (run.kind, run.seed))


@dataclass(frozen=True)
class Figures:
    kind: str
    seed: int
    loss: float
    steps: int


def test_means_and_their_errors_over_the_seeds() -> None:
    runs = [Figures("a", seed, loss, 30) for seed, loss in enumerate((0.5, 0.6, 0.7))]
    mean = studies.mean(runs, by=("kind", "seed"))
    # the deviation is 0.1, over the root of three
    assert mean.mean == pytest.approx({"loss": 0.6, "steps": 30})
    assert mean.standard_error == pytest.approx({"loss": 0.1 / math.sqrt(3), "steps": 0})
    assert mean.seeds == 3
    assert studies.mean(runs[:1], by=("kind", "seed")).standard_error == {"loss": 0, "steps": 0}
    unknown = studies.mean([*runs, Figures("a", 3, math.nan, 30)], by=("kind", "seed"))
    assert math.isnan(unknown.mean["loss"]) and math.isnan(unknown.standard_error["loss"])


@pytest.mark.parametrize("runs", [[], [Figures("a", 0, 1.0, 1), Figures("b", 0, 1.0, 1)]])
def test_a_mean_over_no_kind_or_two_is_refused(runs: list[Figures]) -> None:
    with pytest.raises(ValueError, match="give those of one"):
        studies.mean(runs, by=("kind", "seed"))


def test_every_study_that_comes_with_the_course_is_read() -> None:
    kept = sorted(ROOT.rglob("*_study.json"))
    assert kept
    for path in kept:
        name = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        assert importlib.import_module(name).load().runs, name
