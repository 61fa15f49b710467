"""Popular claims about finetuning: the verdicts, and that figures decide them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from course_utils import facts
from course_utils.economics import claims_table
from course_utils.finetuning_rlhf.claims import finetuning_claims

VERDICTS = {
    "teaches a model facts": "wrong",
    "made-up answers": "wrong",
    "rules in its program": "wrong",
    "while you talk": "wrong",
    "larger model": "wrong",
    "millions of written examples": "wrong",
    "data centre": "wrong",
    "PPO": "holds for some only",
}


def verdict_on(words: str) -> str:
    (found,) = [claim for claim in finetuning_claims() if words in claim.text]
    return found.verdict


@pytest.mark.parametrize(("words", "verdict"), VERDICTS.items())
def test_each_popular_claim_has_its_verdict(words: str, verdict: str) -> None:
    assert verdict_on(words) == verdict


def test_every_claim_rests_on_figures_that_there_are_and_quotes_them() -> None:
    assert len(finetuning_claims()) == len(VERDICTS)
    for claim in finetuning_claims():
        assert claim.reason.endswith(".") and claim.text.endswith(".")
        assert len(set(claim.sources)) == len(claim.sources) >= 3
        # One right share is told as the wrong one, one size as a ratio; the others stand there.
        told = [facts.number(facts.get(key).value) in claim.reason for key in claim.sources]
        assert told.count(False) <= 1, claim.text


@pytest.mark.parametrize(
    ("words", "key", "value"),
    [
        ("teaches a model facts", "gpt4_exams_finetuned_percent", 90.0),
        ("made-up answers", "instructgpt_made_up_percent", 0.1),
        ("larger model", "instructgpt_small_parameters", 1e12),
        ("millions of written examples", "lima_demonstrations", 2e6),
        ("data centre", "qlora_gigabytes", 900),
    ],
)
def test_a_figure_that_changes_changes_the_verdict(
    monkeypatch: pytest.MonkeyPatch, words: str, key: str, value: float
) -> None:
    known = dict(facts.load())
    known[key] = replace(known[key], value=value)
    if key == "lima_demonstrations":
        known["instructgpt_demonstrations"] = replace(known[key], value=value)
    monkeypatch.setattr(facts, "load", lambda: known)
    assert verdict_on(words) == "holds"


def test_the_table_of_the_other_claims_prints_these_too() -> None:
    lines = claims_table(finetuning_claims()).splitlines()
    assert lines[0] == "WRONG: Human feedback teaches a model facts."
    assert all(len(line) <= 80 for line in lines)
