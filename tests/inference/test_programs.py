"""Programs that a model writes: what is a program, what it prints, and what is not run."""

from __future__ import annotations

import pytest

from course_utils.inference import programs
from course_utils.inference.programs import Written, written
from course_utils.littleweb.sites import tutorials


def test_a_program_is_told_from_what_is_said_after_it_and_run() -> None:
    made = written("Adding.", "\nt = 0\nfor x in range(3):\n    t += x\nprint(t)\n\nSo:\n\n3\n")
    assert made.program.endswith("print(t)") and made.said == ("So:", "3")
    assert made.parses and made.output() == "3"


@pytest.mark.parametrize(
    "program",
    ["for x in range(3)\n    print(x)", "total", "", "print(nobody)", "print(().__class__)"],
)
def test_what_does_not_run_or_reaches_too_far_has_no_output(program: str) -> None:
    assert Written("", program, ()).output() is None


def test_a_program_without_an_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SECONDS", 1.0)
    assert Written("", "while True:\n    abs(1)", ()).output() is None


def test_every_family_of_the_tutorials_is_asked_for_with_its_values_filled_in() -> None:
    asked = programs.explanations()
    assert len(asked) >= len(tutorials.FAMILIES)
    assert not any("{" in text for text in asked)
    for family in tutorials.FAMILIES.values():
        assert any(family.title in text for text in asked)
