"""The shares of the sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils.data_collection import mix


def test_shares_of_absent_sources_go_to_the_others() -> None:
    assert mix.mix(["stories", "atlas"]) == pytest.approx({"atlas": 0.625, "stories": 0.375})
    weights = mix.mix(["atlas", "x", "y"])
    assert weights["x"] == weights["y"] == pytest.approx(0.01 / 0.52)
    assert sum(weights.values()) == pytest.approx(1)


def test_a_mix_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="negative"):
        mix.MixConfig(weights=(("atlas", -1.0),))
    with pytest.raises(ValueError, match="no share in the mix"):
        mix.mix(["x"], mix.MixConfig(others=0.0))
    (tmp_path / "mix.json").write_text('{"atlas": 0.7}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"sum to 0\.700000"):
        mix.load(tmp_path / "mix.json")
