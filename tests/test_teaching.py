"""The teachers' folder and the notebooks' challenge cells say what the package says."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

import pytest

from course_utils import challenges
from course_utils.challenges.base import NOTEBOOKS
from course_utils.ui.progress import BROKEN

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [path for path in [str(ROOT / "tools")] if path not in sys.path]

import notebook_files as files  # noqa: E402 (the tools' folder has to be on the path)
import teaching_page  # noqa: E402

FRAME = re.compile(r"\*difficulty (\d) of 3 · about (\d+) minutes\*")
CHECKED = re.compile(r'check\("([^"]+)", (\w+)\)')


def checks(notebook: str) -> list[tuple[str, str, int, int]]:
    """(challenge, function, difficulty, minutes) as the notebook's cells say, in their order."""
    found, frame = [], None
    for cell in files.read(ROOT / "notebooks" / f"{notebook}.ipynb").cells:
        if cell.cell_type == "markdown":
            frame = FRAME.search(cell.source) or frame
        elif "check" in files.tags(cell):
            challenge_id, function = CHECKED.fullmatch(cell.source).groups()
            found.append((challenge_id, function, *map(int, frame.groups())))
    return found


@pytest.mark.parametrize("notebook", NOTEBOOKS.values())
def test_a_notebooks_challenges_have_the_packages_difficulty_and_minutes(notebook: str) -> None:
    for challenge_id, _, difficulty, minutes in checks(notebook):
        challenge = challenges.find(challenge_id)
        assert (challenge.notebook, challenge.difficulty, challenge.minutes) == (
            notebook,
            difficulty,
            minutes,
        )


@pytest.mark.parametrize("notebook", NOTEBOOKS.values())
def test_the_committed_output_is_what_a_check_says_of_the_empty_function(
    notebook: str, capsys
) -> None:
    scope = {"check": challenges.check}
    for cell in files.read(ROOT / "notebooks" / f"{notebook}.ipynb").cells:
        if {"challenge", "check"} & set(files.tags(cell)):
            exec(cell.source, scope)
            said = capsys.readouterr().out
            assert said == "".join(output.text for output in cell.outputs), cell.id


@pytest.mark.parametrize("stage", NOTEBOOKS)
def test_the_package_lists_challenges_in_the_order_of_the_notebook(stage: str) -> None:
    shown = [one[0] for one in checks(NOTEBOOKS[stage])]
    listed = [one.id for one in challenges.listed(stage)]
    assert shown == listed and len(shown) >= 3


def test_the_teachers_page_is_as_its_tool_writes_it() -> None:
    assert teaching_page.PAGE.read_text(encoding="utf-8") == teaching_page.page()


def test_the_page_says_what_becomes_of_a_challenge_that_is_wrong_later() -> None:
    text = " ".join(teaching_page.page().split())
    assert (
        f"loses its *done*: the notebooks' strip and `python course.py path` call it *{BROKEN}*"
        in (text)
    )


def test_the_page_names_every_challenge_with_its_frame() -> None:
    text = teaching_page.page()
    for challenge in challenges.listed():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{challenge.id}`"))
        assert f"| {challenge.difficulty} of 3 | {challenge.minutes} |" in row
        assert challenge.notebook in row


@pytest.mark.parametrize("stage", NOTEBOOKS)
def test_each_challenge_has_one_solution_which_says_what_is_tested(stage: str) -> None:
    module = teaching_page.load("solutions", NOTEBOOKS[stage])
    solutions = dict(inspect.getmembers(module, inspect.isfunction))
    assert set(solutions) == {one.id.split(".")[1] for one in challenges.listed(stage)}
    for function in solutions.values():
        said = inspect.getdoc(function) or ""
        assert said.startswith("Tests: ") and said.endswith(".") and "\n" not in said
