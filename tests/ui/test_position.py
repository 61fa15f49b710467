"""The position strip: constant text when headless, the reader's progress when live."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from course_utils import challenges, facts, report
from course_utils.tokenization.exercises.challenges import merge
from course_utils.ui.position import STAGES, position


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


class Entries(HTMLParser):
    """What a page shows: the text of each <details>, and whether what is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: object) -> None:
        if tag != "br":
            self.open.append(tag)
        if tag == "details":
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "details" in self.open:
            self.texts[-1] += data


@pytest.mark.parametrize("number", range(5))
def test_each_entry_of_the_map_tells_its_stages_work_data_people_and_challenge(
    monkeypatch, number: int
) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    page = Entries(position("inference").html())
    assert page.open == [] and len(page.texts) == len(STAGES)
    stage, text = STAGES[number], page.texts[number]
    for told in (stage.engineers, stage.data, stage.humans, stage.hard):
        assert told in text
    for _, key in stage.figures:
        assert facts.text(key) in text


def test_the_map_says_how_much_text_came_before_gpt3s_filters_and_who_says_so() -> None:
    told = Entries(position("data_collection").html()).texts[0]
    assert "45 TB of compressed text (reported, Brown et al. 2020, arXiv:2005.14165)" in told


def test_the_map_names_the_challenges_that_are_done_and_those_that_are_not() -> None:
    challenges.check("tokenization.merge", merge)
    told = Entries(position("tokenization").html()).texts[1]
    for one in challenges.listed("tokenization"):
        mark = "✓" if one.id == "tokenization.merge" else "○"
        assert f"{mark} challenge: {one.title}" in told


def test_the_report_card_is_there_when_the_last_stage_has_added_to_it(own_workspace) -> None:
    report.add("collection.extract_f1", 0.99)
    assert "○ report card" in Entries(position("inference").html()).texts[4]
    report.add("inference.tokens_per_second", 500.0)
    assert "✓ report card" in Entries(position("inference").html()).texts[4]
    (own_workspace / report.FILE).write_text("not a card", encoding="utf-8", newline="\n")
    assert "○ report card" in Entries(position("inference").html()).texts[4]


def test_the_map_needs_no_script() -> None:
    page = position("data_collection").html()
    assert "<script" not in page and " on" + "click" not in page


def test_an_unknown_stage_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="there are data_collection, tokenization"):
        position("crawling")
