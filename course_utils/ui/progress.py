"""How far a reader is: sections run, predictions, challenges and artifacts of each stage.

It reads the workspace and changes nothing. The strip (position.py) shows it, and so does
`python course.py path`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course_utils import challenges, report, workspace
from course_utils.challenges import path, questions
from course_utils.challenges.path import Prediction, Record
from course_utils.challenges.questions import Question
from course_utils.ui.sections import Section, sections
from course_utils.ui.stages import STAGES, Stage

DONE, BROKEN, OPEN = "done", "no longer right", "open"


@dataclass(frozen=True)
class Progress:
    """How far one stage is.

    Attributes:
        stage: which.
        sections: each section with code, and how many of its cells have run.
        predictions: each question, and what became of it.
        challenges: each challenge, and DONE, BROKEN or OPEN.
        artifacts: each artifact's name, and whether the reader has made it.
    """

    stage: Stage
    sections: tuple[tuple[Section, int], ...]
    predictions: tuple[tuple[Question, Prediction], ...]
    challenges: tuple[tuple[challenges.Challenge, str], ...]
    artifacts: tuple[tuple[str, bool], ...]

    @property
    def sections_run(self) -> int:
        """How many sections have run to their last cell."""
        return sum(ran == len(section.cells) for section, ran in self.sections)

    @property
    def predictions_made(self) -> int:
        """How many questions were answered in time."""
        return sum(made.said is not None for _, made in self.predictions)

    @property
    def predictions_right(self) -> tuple[int, int]:
        """(right, counted): of the answers whose computed value is known."""
        counted = [(one, made) for one, made in self.predictions if made.counts]
        return sum(one.right(made.said, made.outcome) for one, made in counted), len(counted)

    @property
    def challenges_done(self) -> int:
        """How many challenges are done."""
        return sum(state == DONE for _, state in self.challenges)

    def lines(self) -> list[str]:
        """What is known, in a few words each; what a stage has not, is left out."""
        lines = [f"{'✓' if there else '○'} {name}" for name, there in self.artifacts]
        if self.sections:
            lines.append(f"{self.sections_run} of {len(self.sections)} sections run")
        if self.predictions:
            right, counted = self.predictions_right
            told = f", {right} of {counted} right" if counted else ""
            lines.append(f"{self.predictions_made} of {len(self.predictions)} predictions{told}")
        if self.challenges:
            broken = sum(state == BROKEN for _, state in self.challenges)
            told = f", {broken} no longer right" if broken else ""
            lines.append(f"{self.challenges_done} of {len(self.challenges)} challenges done{told}")
        return lines

    def next_step(self) -> str:
        """What this stage still asks for, in a sentence; "" when there is nothing left."""
        for section, ran in self.sections:
            if ran < len(section.cells):
                part = f", {ran} of {len(section.cells)} cells run" if ran else ""
                return f"section {section.title}{part}"
        for state, words in ((BROKEN, "is no longer right"), (OPEN, "is still open")):
            for challenge, found in self.challenges:
                if found == state:
                    return f"the challenge {challenge.id} {words}: {challenge.title}"
        missing = [name for name, there in self.artifacts if not there]
        return f"the hand-off at its end makes {' and '.join(missing)}" if missing else ""


def progress(folder: Path | None = None) -> tuple[Progress, ...]:
    """How far each of the five stages is.

    Args:
        folder: the workspace; the reader's when None.
    """
    # Read once for all five stages.
    root, record, noted = folder or workspace.root(), path.load(folder), challenges.noted(folder)
    return tuple(
        Progress(
            stage,
            tuple((one, _ran(record, stage, one)) for one in sections(stage.folder)),
            tuple(
                (one, record.predictions.get(one.id, Prediction()))
                for one in questions.listed(stage.folder)
            ),
            tuple((one, _state(one.id, noted)) for one in challenges.listed(stage.challenges)),
            tuple(_artifacts(stage, root)),
        )
        for stage in STAGES
    )


def next_step(known: tuple[Progress, ...], at: int) -> str:
    """Where to go on from a stage: what it still asks for, else the next one's, else the first's.

    Args:
        known: what `progress` gave.
        at: the stage, 0 to 4.
    """
    for number in (*range(at, len(known)), *range(at)):
        step = known[number].next_step()
        if step:
            return f"notebook {number + 1:02}: {step}"
    return "nothing is left: every section, challenge and artifact is yours"


def latest(known: tuple[Progress, ...]) -> int:
    """The last stage of which anything has run, 0 to 4."""
    begun = [any(ran for _, ran in one.sections) for one in known]
    return max((number for number, yes in enumerate(begun) if yes), default=0)


def _ran(record: Record, stage: Stage, section: Section) -> int:
    return len(set(record.cells.get(stage.folder, ())).intersection(section.cells))


def _state(challenge_id: str, noted: challenges.Noted) -> str:
    return DONE if challenge_id in noted.done else BROKEN if challenge_id in noted.broken else OPEN


def _artifacts(stage: Stage, root: Path) -> list[tuple[str, bool]]:
    """What the stage makes, and whether the reader has made each."""
    # An artifact is a folder; what has a space in its name is looked up in the report card.
    return [
        (name, _has_reported(stage, root)) if " " in name else (f"{name}/", (root / name).is_dir())
        for name in stage.writes
    ]


def _has_reported(stage: Stage, root: Path) -> bool:
    """Whether the report card has figures of this stage; a broken card counts as none."""
    try:
        return any(key.startswith(stage.challenges + ".") for key in report.load(root))
    except workspace.ArtifactError:
        return False


def as_json(known: tuple[Progress, ...]) -> dict:
    """All of it, as plain lists and dicts of JSON."""
    return {one.stage.folder: _stage_as_json(one) for one in known}


def _stage_as_json(one: Progress) -> Mapping[str, object]:
    return {
        "sections": [
            {"title": section.title, "cells_run": ran, "cells": len(section.cells)}
            for section, ran in one.sections
        ],
        "predictions": [
            {"id": each.id, "asks": each.asks, **vars(made), "right": _right(each, made)}
            for each, made in one.predictions
        ],
        "challenges": [{"id": each.id, "state": state} for each, state in one.challenges],
        "artifacts": {name.rstrip("/"): there for name, there in one.artifacts},
    }


def _right(question: Question, made: Prediction) -> bool | None:
    return question.right(made.said, made.outcome) if made.counts else None
