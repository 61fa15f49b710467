"""The report card: figures in, figures out, and where each came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils import report, workspace


def test_a_figure_is_kept_with_its_origin(own_workspace: Path) -> None:
    report.add("pretraining.fact_accuracy", 0.5, origin="starter")
    assert report.load() == {"pretraining.fact_accuracy": {"value": 0.5, "from": "starter"}}


def test_a_second_figure_keeps_the_first(own_workspace: Path) -> None:
    report.add("seconds.01", 3.0)
    report.add("seconds.02", 4.0)
    assert {key: entry["value"] for key, entry in report.load().items()} == {
        "seconds.01": 3.0,
        "seconds.02": 4.0,
    }


def test_a_key_without_a_stage_is_refused() -> None:
    with pytest.raises(ValueError, match="'loss'"):
        report.add("loss", 1.0)


def test_an_origin_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="own, starter"):
        report.add("a.b", 1.0, origin="guess")


def test_a_figure_that_is_no_number_is_refused_and_the_card_stays() -> None:
    report.add("a.b", 1.0)
    with pytest.raises(ValueError, match="JSON"):
        report.add("a.c", float("nan"))
    assert list(report.load()) == ["a.b"]


def test_a_damaged_card_says_what_to_do(own_workspace: Path) -> None:
    report.add("a.b", 1.0)
    (own_workspace / report.FILE).write_text("[1", encoding="utf-8")
    with pytest.raises(workspace.ArtifactError, match=r"report\.json"):
        report.load()


def test_the_card_as_text_marks_starters_and_opens_kinds() -> None:
    report.add("a.kinds", {"capital": 0.25})
    report.add("b.loss", 1.23456, origin="starter")
    text = report.as_text()
    assert "a.kinds capital" in text and "0.25" in text
    assert text.splitlines()[-1].endswith("1.235   (starter)")
    assert "starter" not in report.as_text(origins=False)
    assert report.as_text(stage="a").count("\n") == 0
