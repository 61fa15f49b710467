"""Each question is asked once in its stage's notebook, and a later cell reveals its answer."""

from __future__ import annotations

import ast

import notebook_files as files
import pytest

from course_utils.challenges import questions
from course_utils.challenges.base import NOTEBOOKS

CALLS = ("predict", "reveal")


def calls(source: str, name: str) -> list[tuple[str, ast.Call]]:
    """(id of a question, the call) for each id that a cell names in calls of a function."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
            ids = node.args if name == "predict" else node.args[:1]
            found += [(ast.literal_eval(one), node) for one in ids]
    return found


@pytest.fixture(params=NOTEBOOKS.values())
def book(request, notebooks_folder) -> files.Committed:
    path = notebooks_folder / f"{request.param}.ipynb"
    return files.Committed(request.param, path.read_text(encoding="utf-8"))


def places(book: files.Committed, name: str) -> dict[str, list[int]]:
    """id of a question -> the cells that call a function with it."""
    found: dict[str, list[int]] = {}
    for number, cell in enumerate(book.cells):
        for one, _ in calls(cell.source, name) if cell.cell_type == "code" else ():
            found.setdefault(one, []).append(number)
    return found


def test_every_question_of_the_stage_is_asked_once_and_revealed_after_it(book) -> None:
    asked, revealed = places(book, "predict"), places(book, "reveal")
    known = {one.id for one in questions.listed(book.name[3:])}
    assert set(asked) == known and set(revealed) == known
    for one in known:
        (at,) = asked[one]
        assert len(revealed[one]) == 1 and at < revealed[one][0], one


def test_the_question_stands_in_words_above_its_controls(book) -> None:
    for one, (at,) in places(book, "predict").items():
        above = [cell.source for cell in book.cells[max(0, at - 3) : at]]
        assert any("**Predict:**" in source for source in above), one


def test_what_is_computed_decides_and_no_answer_stands_in_a_cell(book) -> None:
    for cell in book.code:
        for one, call in calls(cell.source, "reveal"):
            assert len(call.args) == 2, one
            names = [node for node in ast.walk(call.args[1]) if isinstance(node, ast.Name)]
            assert names, f"{one} is revealed from a constant"


def test_a_cell_of_controls_has_no_output_in_the_committed_notebook(book) -> None:
    for cell in book.code:
        if cell.source.startswith("predict("):
            assert cell.outputs == [] and cell.id.startswith("predict-")
