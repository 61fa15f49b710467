"""The position strip: constant text when headless, the reader's progress when live."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils import challenges
from course_utils.challenges.tokenization import merge
from course_utils.widgets.position import STAGES, position


def test_headless_it_is_one_line_that_says_where_one_is(monkeypatch) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    assert position("data_collection")._repr_mimebundle_() == {
        "text/plain": "Stage 1 of 5: data collection: raw pages -> corpus/"
    }


def test_each_of_the_five_stages_has_a_strip() -> None:
    lines = [str(position(stage.folder)) for stage in STAGES]
    assert [line[:12] for line in lines] == [f"Stage {number} of 5" for number in range(1, 6)]


def test_live_it_shows_the_readers_artifacts_and_challenges(
    monkeypatch, own_workspace: Path
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    count = len(challenges.listed("tokenization"))
    before = position("tokenization")._repr_mimebundle_()["text/html"]
    assert "○ corpus/" in before and f"0 of {count} challenges done" in before
    (own_workspace / "corpus").mkdir(parents=True)
    challenges.check("tokenization.merge", merge)
    after = position("tokenization")._repr_mimebundle_()["text/html"]
    assert "✓ corpus/" in after and f"1 of {count} challenges done" in after
    assert after.count('aria-current="step"') == 1


def test_an_unknown_stage_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="there are data_collection, tokenization"):
        position("crawling")
