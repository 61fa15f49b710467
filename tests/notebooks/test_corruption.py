"""Strict nbval can fail: one committed figure is changed in each notebook, and it notices."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import notebook_files as files
import pytest
from nbformat import NotebookNode

NAMES = (
    "01_data_collection",
    "02_tokenization",
    "03_pretraining",
    "04_finetuning_rlhf",
    "05_inference",
)


def first_figure(notebook: NotebookNode) -> int:
    """The index of the first cell after the set-up whose compared output holds a digit.

    The strip above the set-up holds one too, but it numbers the stage and measures nothing.
    """
    ids = [cell.get("id", "") for cell in notebook.cells]
    begin = ids.index("setup") if "setup" in ids else 0
    for index, cell in enumerate(notebook.cells):
        if (
            index >= begin
            and cell.cell_type == "code"
            and any(re.search(r"\d", text) for _, text in files.compared_outputs(cell))
        ):
            return index
    raise AssertionError("no compared output of this notebook holds a figure")


def truncated(notebook: NotebookNode, last: int) -> NotebookNode:
    """A copy that ends with the cell at this index."""
    short = nbformat.from_dict({**notebook, "cells": notebook.cells[: last + 1]})
    return nbformat.reads(nbformat.writes(short), as_version=4)


def corrupted(notebook: NotebookNode) -> NotebookNode:
    """A copy in which the first digit of the last cell's compared output is another one."""
    wrong = truncated(notebook, len(notebook.cells) - 1)

    def another(text: str) -> str:
        return re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), text, count=1)

    for output in wrong.cells[-1].outputs:
        if output.output_type == "stream" and re.search(r"\d", output.text):
            output.text = another(output.text)
            return wrong
        for kind in files.COMPARED:
            if re.search(r"\d", output.get("data", {}).get(kind, "")):
                output.data[kind] = another(output.data[kind])
                return wrong
    raise AssertionError("the last cell holds no figure")


def test_corrupting_changes_one_digit_and_nothing_else(tmp_path):
    cells = [
        nbformat.v4.new_code_cell("1", id="one", execution_count=1),
        nbformat.v4.new_code_cell(
            "2",
            id="two",
            execution_count=2,
            outputs=[nbformat.v4.new_output("stream", name="stdout", text="words 97 and 9\n")],
        ),
        nbformat.v4.new_code_cell("3", id="three", execution_count=3),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)

    short = truncated(notebook, first_figure(notebook))

    assert [cell.id for cell in short.cells] == ["one", "two"]
    assert corrupted(short).cells[-1].outputs[0].text == "words 07 and 9\n"
    assert short.cells[-1].outputs[0].text == "words 97 and 9\n"


@pytest.mark.notebooks
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", NAMES)
def test_a_corrupted_figure_fails_and_the_committed_one_passes(
    nbval, notebooks_folder: Path, tmp_path, remade, name
):
    notebook = files.read(notebooks_folder / f"{name}.ipynb")
    short = truncated(notebook, first_figure(notebook))
    right, wrong = tmp_path / "right.ipynb", tmp_path / "wrong.ipynb"
    nbformat.write(short, right)
    nbformat.write(corrupted(short), wrong)

    good = nbval([right], tmp_path / "one", COURSE_REMADE=str(remade))
    bad = nbval([wrong], tmp_path / "two", COURSE_REMADE=str(remade))

    assert good.returncode == 0, good.stdout[-4000:]
    assert bad.returncode == 1, f"nbval did not notice the changed figure\n{bad.stdout[-4000:]}"
    assert "Cell outputs differ" in bad.stdout
    assert "1 failed" in bad.stdout
