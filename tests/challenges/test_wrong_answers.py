"""Wrong answers that readers give, kept so that each stays refused with a fitting message.

The answers themselves are in teaching/mistakes, a file a notebook, for teachers to read.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import pytest

from course_utils import challenges
from course_utils.challenges import trial
from course_utils.challenges.base import NOTEBOOKS

TOOLS = str(Path(__file__).resolve().parents[2] / "tools")
sys.path[:0] = [path for path in [TOOLS] if path not in sys.path]

from teaching_page import load  # noqa: E402 (the tools' folder has to be on the path)

WRONG = [one for notebook in NOTEBOOKS.values() for one in load("mistakes", notebook).MISTAKES]
AT_LEAST = 5


@pytest.mark.parametrize(
    ("challenge_id", "function", "words"),
    WRONG,
    ids=[f"{one[0]}-{one[1].__name__}" for one in WRONG],
)
def test_a_wrong_answer_is_refused_with_a_fitting_message(
    challenge_id: str, function, words: str, capsys, monkeypatch
) -> None:
    if function.__name__.endswith("without_an_end"):
        monkeypatch.setattr(trial, "SECONDS", 0.2)
    challenges.check(challenge_id, function)
    said = capsys.readouterr().out
    assert said.startswith(f"{challenge_id}: not right yet. {function.__name__}(")
    assert words in said.split("\nHint: ")[0]
    assert challenges.done() == ()


@pytest.mark.parametrize("challenge", challenges.listed(), ids=lambda one: one.id)
def test_at_least_five_wrong_answers_are_kept_and_met_with_different_words(challenge) -> None:
    words = [said for challenge_id, _, said in WRONG if challenge_id == challenge.id]
    assert len(words) >= AT_LEAST
    assert len(set(words)) >= AT_LEAST


def test_each_wrong_answer_is_of_a_challenge_of_its_notebook_and_names_the_mistake() -> None:
    for stage, notebook in NOTEBOOKS.items():
        known = {challenge.id for challenge in challenges.listed(stage)}
        for challenge_id, function, _ in load("mistakes", notebook).MISTAKES:
            assert challenge_id in known
            said = inspect.getdoc(function) or ""
            assert said.endswith(".") and "\n" not in said, function.__name__
