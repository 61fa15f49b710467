"""A plugin of pytest for nbval: pictures are compared too, and each comparison is seen to fail.

    pytest -p tools.nbval_strict --nbval --wrong-outputs FILE notebooks/*.ipynb

nbval compares texts. Here a picture counts as well (pictures.py says when two are one). A check
that cannot fail is none, so after each cell whose outputs agree, they are compared once more with
committed outputs in which one figure, or one picture, is wrong; FILE gets a line of JSON for each
such try. Nothing is executed for it.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell

sys.path[:0] = [path for path in [str(Path(__file__).parent)] if path not in sys.path]

import notebook_files  # noqa: E402 (the folder of this file has to be on the path)
import pictures  # noqa: E402

PNG = notebook_files.PNG


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that names the file of the tries."""
    parser.addoption("--wrong-outputs", type=Path, help="a line of JSON for each wrong output")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each cell of a notebook be compared as this file says."""
    for item in items:
        if isinstance(item, IPyNbCell):
            item.parent.skip_compare = tuple(
                kind for kind in item.parent.skip_compare if kind != PNG
            )
            item.compare_outputs = _comparison(item, item.compare_outputs)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Where a cell's outputs are not compared, its pictures still have the committed sizes."""
    result = yield
    if isinstance(item, IPyNbCell) and not item.options["check"]:
        committed, made = (
            _pictures(outputs) for outputs in (item.cell.outputs, item.test_outputs)
        )
        alike = len(committed) == len(made) and all(
            pictures.are_one(one, other, varies=True)
            for one, other in zip(committed, made, strict=True)
        )
        if not alike:
            item.raise_cell_error("Cell outputs differ", "another number or size of pictures")
    return result


def wrong_outputs(outputs: Sequence[NotebookNode]) -> Iterator[tuple[str, list[NotebookNode]]]:
    """Outputs in which one thing is wrong, each after its kind: the first figure, each picture."""
    for number, output in enumerate(outputs):
        figures = _with_another_figure(output)
        if figures is not None:
            yield "figure", _replaced(outputs, number, figures)
            break
    for number, output in enumerate(outputs):
        if PNG in output.get("data", {}):
            spoilt = copy.deepcopy(output)
            png = pictures.spoilt(pictures.decoded(output.data[PNG]))
            spoilt.data[PNG] = pictures.encoded(png)
            yield "picture", _replaced(outputs, number, spoilt)


def _comparison(item: IPyNbCell, by_nbval: Callable[..., bool]) -> Callable[..., bool]:
    """nbval's comparison of a cell, with pictures, and tried on wrong outputs."""

    def compare(
        test: Sequence[NotebookNode],
        ref: Sequence[NotebookNode],
        skip_compare: Sequence[str] | None = None,
    ) -> bool:
        varies = notebook_files.PICTURE_VARIES in notebook_files.tags(item.cell)
        if not by_nbval(*_with_pictures_as_text(test, ref, varies), skip_compare):
            return False
        said = item.comparison_traceback
        for kind, wrong in wrong_outputs(ref):
            if kind == "picture" and varies:
                continue
            noticed = not by_nbval(*_with_pictures_as_text(test, wrong, varies), skip_compare)
            _note(item, kind, noticed)
        item.comparison_traceback = said
        return True

    return compare


def _with_pictures_as_text(
    made: Sequence[NotebookNode], committed: Sequence[NotebookNode], varies: bool
) -> tuple[list[NotebookNode], list[NotebookNode]]:
    """Copies of both in which short texts stand for pictures, one text for the same picture."""
    made, committed = copy.deepcopy(list(made)), copy.deepcopy(list(committed))
    references = [output for output in committed if PNG in output.get("data", {})]
    for number, output in enumerate(one for one in made if PNG in one.get("data", {})):
        png = pictures.decoded(output.data[PNG])
        output.data[PNG] = pictures.described(png)
        if number < len(references):
            reference = pictures.decoded(references[number].data[PNG])
            if pictures.are_one(png, reference, varies):
                output.data[PNG] = pictures.described(reference)
    for output in references:
        output.data[PNG] = pictures.described(pictures.decoded(output.data[PNG]))
    return made, committed


def _with_another_figure(output: NotebookNode) -> NotebookNode | None:
    """A copy of an output whose first compared digit is another one; None without a digit."""
    wrong = copy.deepcopy(output)
    if output.output_type == "stream" and re.search(r"\d", output.text):
        wrong.text = _another_digit(output.text)
        return wrong
    for kind in notebook_files.COMPARED:
        if re.search(r"\d", output.get("data", {}).get(kind, "")):
            wrong.data[kind] = _another_digit(output.data[kind])
            return wrong
    return None


def _another_digit(text: str) -> str:
    return re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), text, count=1)


def _replaced(
    outputs: Sequence[NotebookNode], number: int, by: NotebookNode
) -> list[NotebookNode]:
    return [by if index == number else output for index, output in enumerate(outputs)]


def _pictures(outputs: Sequence[NotebookNode]) -> list[bytes]:
    return [
        pictures.decoded(output.data[PNG]) for output in outputs if PNG in output.get("data", {})
    ]


def _note(item: IPyNbCell, kind: str, noticed: bool) -> None:
    file = item.config.option.wrong_outputs
    if file is not None:
        entry = {
            "notebook": Path(item.fspath).stem,
            "cell": item.cell.get("id", ""),
            "kind": kind,
            "noticed": noticed,
        }
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(entry) + "\n")
