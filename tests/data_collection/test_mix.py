"""The shares of the sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils.data_collection import mix
from course_utils.data_collection.document import Document


def test_shares_of_absent_sources_go_to_the_others() -> None:
    assert mix.mix(["stories", "atlas"]) == pytest.approx(
        {"atlas": 0.47 / 0.89, "stories": 0.42 / 0.89}
    )


def test_unknown_sources_share_what_is_left_by_their_documents() -> None:
    weights = mix.mix(["atlas", *["x"] * 90, *["y"] * 30])
    assert weights["x"] == pytest.approx(0.015 / 0.49)
    assert weights["y"] == pytest.approx(0.005 / 0.49)
    assert sum(weights.values()) == pytest.approx(1)


def test_a_handful_of_pages_is_no_source_unless_there_is_nothing_else() -> None:
    assert mix.mix(["atlas", *["x"] * 19]) == {"atlas": 1.0}
    assert mix.mix(["x", "x", "y", "y"]) == {"x": 0.5, "y": 0.5}


def test_a_mix_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="share of 'atlas' is -1"):
        mix.MixConfig(weights=(("atlas", -1.0),))
    with pytest.raises(ValueError, match=r"\['x'\]"):
        mix.mix(["x"], mix.MixConfig(others=0.0))
    for text, words in (('{"atlas": 0.7}', r"0\.700000"), ('{"atlas": NaN}', "sum to nan")):
        (tmp_path / "mix.json").write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=words):
            mix.load(tmp_path / "mix.json")


def test_a_sample_has_the_proportions_of_the_mix_and_is_the_same_again() -> None:
    documents = [Document(f"a{n}", "", "small " * 10, "atlas") for n in range(3)]
    documents += [Document(f"s{n}", "", f"large {n:04} " * 10, "stories") for n in range(300)]
    texts = mix.sample(documents, {"atlas": 0.75, "stories": 0.25}, text_bytes=20_000)
    share = sum(len(text) for text in texts if "small" in text) / sum(map(len, texts))
    assert share == pytest.approx(0.75, abs=0.01)
    assert texts == mix.sample(documents, {"atlas": 0.75, "stories": 0.25}, text_bytes=20_000)
    with pytest.raises(ValueError, match="'forum'"):
        mix.sample(documents, {"forum": 1.0}, text_bytes=1)
