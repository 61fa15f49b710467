"""What a reader has done, on disk: the cells that ran, and what was predicted of them.

One file of the workspace, path.json; it never leaves the machine. It holds no verdict: whether a
prediction is right is found anew from what was said and what was computed. Challenges have a file
of their own (base.py). What all of it comes to is put together in ui/progress.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from course_utils import workspace
from course_utils.challenges import questions
from course_utils.challenges.questions import Answer, Question

FILE = "path.json"
VERSION = 1


@dataclass(frozen=True)
class Prediction:
    """What became of one question.

    Attributes:
        said: the answer before it was computed; None where none was given in time.
        sure: how sure the reader was, in percent; None without an answer.
        outcome: what the cell computed; None as long as it has not run.
    """

    said: Answer | None = None
    sure: int | None = None
    outcome: Answer | None = None

    @property
    def counts(self) -> bool:
        """Whether there are both: an answer, and what was computed after it."""
        return self.said is not None and self.outcome is not None


@dataclass(frozen=True)
class Record:
    """The whole file.

    Attributes:
        cells: stage -> the ids of its notebook's cells that ran without an error.
        predictions: id of a question -> what became of it.
    """

    cells: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    predictions: Mapping[str, Prediction] = field(default_factory=dict)


def load(folder: Path | None = None) -> Record:
    """The reader's record; an empty one where there is none, or where it cannot be read."""
    return workspace.read((folder or workspace.root()) / FILE, _parsed) or Record()


def say(question: Question, said: Answer, sure: int) -> bool:
    """Write down an answer; an earlier one is replaced as long as nothing was computed.

    Returns:
        Whether it counts: False where the answer was out already, and nothing was written.

    Raises:
        ValueError: this is no answer to the question, or one cannot be so sure of it.
        workspace.ArtifactError: the workspace cannot be written.
    """
    if not question.holds(said) or sure not in question.shares:
        raise ValueError(f"{said!r}, {sure!r} % sure, is no answer to {question.id}.")

    def with_answer(record: Record) -> Record:
        if record.predictions.get(question.id, Prediction()).outcome is not None:
            return record
        return _with(record, question.id, Prediction(said, sure))

    return _change(with_answer).predictions[question.id] == Prediction(said, sure)


def compute(question: Question, outcome: Answer) -> Prediction:
    """Write down what a cell computed; the first time counts.

    Raises:
        workspace.ArtifactError: the workspace cannot be written.
    """

    def with_outcome(record: Record) -> Record:
        before = record.predictions.get(question.id, Prediction())
        if before.outcome is not None:
            return record
        return _with(record, question.id, replace(before, outcome=outcome))

    return _change(with_outcome).predictions[question.id]


def ran(stage: str, cell: str) -> None:
    """Write down that a cell of a stage's notebook ran without an error.

    Raises:
        workspace.ArtifactError: the workspace cannot be written.
    """

    def with_cell(record: Record) -> Record:
        cells = tuple(dict.fromkeys((*record.cells.get(stage, ()), cell)))
        return replace(record, cells={**record.cells, stage: cells})

    _change(with_cell)


def counted(folder: Path | None = None) -> tuple[tuple[float, bool], ...]:
    """How sure the reader was, 0..1, and whether it was right, for each prediction that counts."""
    made = load(folder).predictions
    return tuple(
        (made[one.id].sure / 100, one.right(made[one.id].said, made[one.id].outcome))
        for one in questions.listed()
        if one.id in made and made[one.id].counts
    )


def as_json(record: Record) -> dict:
    """The record as it stands in the file."""
    return {
        "version": VERSION,
        "cells": {stage: list(cells) for stage, cells in record.cells.items()},
        "predictions": {name: vars(one) for name, one in record.predictions.items()},
    }


def _with(record: Record, name: str, prediction: Prediction) -> Record:
    return replace(record, predictions={**record.predictions, name: prediction})


def _change(change: Callable[[Record], Record]) -> Record:
    """Read, change and write the file while no other program does."""
    path = workspace.open_root() / FILE
    with workspace.alone(path):
        before = load()
        after = change(before)
        if after != before:
            workspace.put(path, json.dumps(as_json(after), indent=1) + "\n")
    return after


def _parsed(content: object) -> Record:
    """The record of a file's JSON.

    Raises:
        ValueError: it is not what this version writes.
    """
    if not isinstance(content, dict) or "version" not in content:
        raise ValueError("it is not the path of a reader")
    if content["version"] != VERSION:
        version = content["version"]
        raise ValueError(f"it is of version {version!r}, and this course writes {VERSION}")
    cells, predictions = content.get("cells"), content.get("predictions")
    if not isinstance(cells, dict) or not isinstance(predictions, dict):
        raise ValueError("cells or predictions are missing")
    for stage, ids in cells.items():
        if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
            raise ValueError(f"the cells of {stage!r} are no list of names")
    return Record(
        {stage: tuple(ids) for stage, ids in cells.items()},
        {name: _prediction(name, entry) for name, entry in predictions.items()},
    )


def _prediction(name: str, entry: object) -> Prediction:
    """One prediction of the file, as far as its question is known here."""
    try:
        made = Prediction(**entry)
    except TypeError as error:
        raise ValueError(f"the prediction {name!r} has other fields than it should") from error
    question = questions.get(name)
    if (made.said is None) != (made.sure is None):
        raise ValueError(f"the prediction {name!r} has an answer or a share and not both")
    if question is None:
        return made  # of a course that had this question; kept as it is
    fits = all(one is None or question.holds(one) for one in (made.said, made.outcome))
    if not fits or (made.sure is not None and made.sure not in question.shares):
        raise ValueError(f"the prediction {name!r} holds what cannot be said to its question")
    return made
