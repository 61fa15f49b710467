"""The shares of the sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from course_utils.data_collection import mix
from course_utils.data_collection.document import Document


def test_shares_of_absent_sources_go_to_the_others() -> None:
    assert mix.mix(["stories", "atlas"]) == pytest.approx(
        {"atlas": 0.46 / 0.83, "stories": 0.37 / 0.83}
    )


def test_unknown_sources_share_what_is_left_by_their_documents() -> None:
    weights = mix.mix(["atlas", *["x"] * 90, *["y"] * 30])
    assert weights["x"] == pytest.approx(0.0075 / 0.47)
    assert weights["y"] == pytest.approx(0.0025 / 0.47)
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


def test_the_news_are_in_the_corpus_and_have_no_share_whatever_else_there_is() -> None:
    sources = [*["atlas"] * 40, *["news"] * 40, *["school"] * 40, *["mirror"] * 40]
    weights = mix.mix(sources)
    assert "news" not in weights
    assert weights["school"] == pytest.approx(0.04 / 0.51)
    assert weights["mirror"] == pytest.approx(0.01 / 0.51)
    assert sum(
        share for _, share in mix.DEFAULT_WEIGHTS
    ) + mix.MixConfig().others == pytest.approx(1)
    with pytest.raises(ValueError, match=r"\['news'\] have no share"):
        mix.mix(["news"] * 40)


def test_what_no_share_reads_is_told_apart_and_each_text_comes_once() -> None:
    documents = [Document(f"{n}", "", f"text {n}", "news" if n % 2 else "atlas") for n in range(6)]
    assert mix.unread(documents, {"atlas": 1.0}) == ["text 1", "text 3", "text 5"]
    assert mix.unread(documents, {"atlas": 1.0, "news": 0.0}) == ["text 1", "text 3", "text 5"]
    assert mix.unread(documents, {"atlas": 0.5, "news": 0.5}) == []
