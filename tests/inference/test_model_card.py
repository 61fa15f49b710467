"""The model card: only what was measured, with its key; what was not is said to be missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from course_utils import report, workspace
from course_utils.inference.model_card import FILE, ROWS, model_card, write_model_card

KINDS = {
    "capital": {"accuracy": 0.75, "count": 4},
    "highest_point": {"accuracy": 0.5, "count": 4},
}
WHOLE: dict[str, object] = {row.key: 0.25 for row in ROWS} | {
    "pretraining.fact_accuracy_by_kind": KINDS,
    "rlhf.true_reward_sft": 0.5,
    "rlhf.true_reward_ppo": 0.625,
    "rlhf.true_reward_gain_in_standard_errors": 4.0,
    "inference.tokens_per_second": 1234.4,
}
HEADINGS = (
    "What it is",
    "Data",
    "Training",
    "Figures measured",
    "Known weaknesses",
    "Intended use",
    "Licence",
)


def line_of(card: str, key: str) -> str:
    (found,) = [line for line in card.splitlines() if line.endswith(f"| `{key}` |")]
    return found


def section(card: str, title: str) -> str:
    return re.split(r"^## .*$", card.split(f"## {title}\n")[1], flags=re.MULTILINE)[0]


def test_the_card_has_its_sections_in_order() -> None:
    assert tuple(re.findall(r"^## (.+)$", model_card(WHOLE), re.MULTILINE)) == HEADINGS


def test_a_figure_stands_beside_its_key() -> None:
    card = model_card(WHOLE)
    assert "| 1,234 |" in line_of(card, "inference.tokens_per_second")
    assert "| 25.0% |" in line_of(card, "pretraining.fact_accuracy")


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0.9998, "over 99.9%"), (1, "100.0%"), (0.0004, "under 0.1%"), (0, "0.0%")],
)
def test_nearly_all_does_not_look_like_all(share: float, shown: str) -> None:
    assert f"| {shown} |" in line_of(model_card({ROWS[0].key: share}), ROWS[0].key)


def test_entries_of_the_report_card_are_read_and_starters_are_marked() -> None:
    entry = {"value": 0.5, "from": "starter"}
    card = model_card({"pretraining.fact_accuracy": entry})
    assert "| 50.0% (with a shipped starter) |" in line_of(card, "pretraining.fact_accuracy")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_missing_figure_is_said_to_be_missing(row) -> None:
    rest = {key: value for key, value in WHOLE.items() if key != row.key}
    assert "| not measured |" in line_of(model_card(rest), row.key)


def test_an_empty_report_gives_a_card_without_a_number_that_was_measured() -> None:
    card = model_card({})
    weak = section(card, "Known weaknesses")
    assert weak.count("Not measured: ") == weak.strip().count("\n") + 1 == 10
    assert not re.search(r"\d%|\d\.\d", card)


@pytest.mark.parametrize("value", [None, True, "0.5", float("nan"), {"value": "much"}, {}])
def test_what_is_no_number_counts_as_missing(value: object) -> None:
    card = model_card({"pretraining.fact_accuracy": value})
    assert "| not measured |" in line_of(card, "pretraining.fact_accuracy")


def test_the_weaknesses_are_computed_from_the_figures() -> None:
    weak = section(model_card(WHOLE), "Known weaknesses")
    assert "75.0% of questions about countries, in new words" in weak
    assert "25.0% of questions about countries that do not exist" in weak
    assert "knows worst is highest point: 50.0%" in weak
    assert "+0.125, 4.0 standard errors (`rlhf" in section(model_card(WHOLE), "Figures measured")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("refused_by_name", "of made-up countries with names of other makes are not refused"),
        ("as_typed", "of questions typed in haste"),
        ("partial_wishes", "of wishes for a story get none"),
        ("small_talk", "of the exam's small talk is answered with what does not fit"),
        ("recall_of_turns", "of questions that need an earlier turn"),
    ],
)
def test_what_the_exam_found_stands_in_the_table_and_turned_round_below(key, words) -> None:
    card = model_card({**WHOLE, f"inference.{key}": 0.375})
    assert "| 37.5% |" in line_of(card, f"inference.{key}")
    weak = section(card, "Known weaknesses")
    assert re.search(rf"62\.5% {words}[^.]*\(`inference\.{key}`\)\.", weak)


BY_KIND = {
    "facts": {"accuracy": 0.9375, "standard_error": 0.02},
    "stories": {"accuracy": 0.75, "standard_error": 0.04},
    "talk": {"accuracy": 0.375, "standard_error": 0.05},
    "all": {"accuracy": 0.2, "standard_error": 0.01},  # no kind, so never the worst
}


def test_the_worst_kind_of_the_model_that_is_handed_on_comes_first() -> None:
    weak = section(model_card({**WHOLE, "inference.right_by_kind": BY_KIND}), "Known weaknesses")
    first, *others = weak.strip().splitlines()
    assert "the worst is small talk: 62.5% of it is answered wrongly (`inference.right" in first
    shares = [float(found[1]) for line in others if (found := re.match(r"- ([\d.]+)%", line))]
    assert len(shares) > 2 and shares == sorted(shares, reverse=True)
    assert "`rlhf.fact_accuracy_unseen_phrasing`" in weak  # not the finetuned model's
    better = BY_KIND | {"talk": {"accuracy": 0.99, "standard_error": 0.01}}
    card = model_card({**WHOLE, "inference.right_by_kind": better})
    assert "the worst is whole wishes for a story: 25.0%" in card


def test_what_goes_wrong_has_as_much_room_as_what_goes_right_and_the_worst_is_on_top() -> None:
    entry = {"value": BY_KIND, "from": "starter"}
    card = section(model_card({"inference.right_by_kind": entry}), "Figures measured")
    rows = card.split("### Right and wrong\n\n")[1].splitlines()
    assert rows[2] == "| small talk | 37.5% | 62.5% | 5.0% |"
    assert rows[4].endswith("mentioned | 93.8% | 6.2% | 2.0% |") and rows[5] == ""
    assert "with a shipped starter" in card.split("### Right and wrong")[1]


@pytest.mark.parametrize("value", [None, 0.5, {"talk": 0.5}, {"talk": {"accuracy": 7.0}}, {}])
def test_kinds_that_were_not_measured_are_said_to_be_missing(value: object) -> None:
    card = model_card({**WHOLE, "inference.right_by_kind": value})
    assert "Not measured: what it answers rightly, by kind (`inference.right_by_kind`)." in card
    assert "does worst" not in card


def test_a_small_gain_is_said_to_be_maybe_chance() -> None:
    small = {**WHOLE, "rlhf.true_reward_gain_in_standard_errors": 1.2}
    assert "1.2 standard errors, which may be chance" in model_card(small)


def test_a_loss_by_human_feedback_is_not_hidden() -> None:
    worse = {**WHOLE, "rlhf.true_reward_ppo": 0.25}
    assert "changed the true reward by -0.250" in model_card(worse)


def test_the_card_lies_beside_the_report_card(own_workspace: Path) -> None:
    report.add("pretraining.fact_accuracy", 0.5)
    path = write_model_card(report.load())
    assert path == own_workspace / FILE
    assert path.read_text(encoding="utf-8") == model_card(report.load())
    assert b"\r" not in path.read_bytes()


def test_a_card_that_cannot_be_written_is_a_sentence_and_the_old_one_stays(
    own_workspace: Path,
) -> None:
    old = write_model_card({}).read_text(encoding="utf-8")
    (own_workspace / (FILE + ".new")).mkdir()  # in the way of what is written first
    with pytest.raises(workspace.ArtifactError, match=r"model_card\.md cannot.*is kept"):
        write_model_card(WHOLE)
    assert (own_workspace / FILE).read_text(encoding="utf-8") == old
