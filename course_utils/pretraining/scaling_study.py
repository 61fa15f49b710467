"""The dated study of sizes and budgets: what larger models came to, and which size a budget wants.

Its runs took half an hour (benchmarks/scaling.py made them) and lie beside this file, so that a
notebook can draw them beside the reader's own short ladder (scaling.py). Taught in notebook 03,
section "Would a larger one be better?".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_utils import studies

PATH = Path(__file__).with_name("scaling_study.json")


@dataclass(frozen=True)
class StudyRun:
    """One model of the study.

    Attributes:
        width: numbers for a token between the layers.
        budget: floating-point operations that it might use, 6 N D.
        parameters: N, the table of tokens among them.
        inside_the_blocks: parameters without that table.
        tokens: D, that it read.
        loss: nats per token on rows kept apart.
        bits_per_byte: on the validation text of all sources.
        story_bits: the same on the stories alone.
        facts: share of the facts that it completes rightly.
        facts_baseline: share that the commonest answers get right.
        stories: share of its sampled stories that hold together.
        seconds: of its training, on one thread.
        seed: of its first weights and of the order of the rows.
    """

    width: int
    budget: float
    parameters: int
    inside_the_blocks: int
    tokens: int
    loss: float
    bits_per_byte: float
    story_bits: float
    facts: float
    facts_baseline: float
    stories: float
    seconds: float
    seed: int


@dataclass(frozen=True)
class Study:
    """All runs, cheap budgets and small models first, and the day on which they were made."""

    date: str
    runs: tuple[StudyRun, ...]

    def by_budget(self) -> dict[float, list[StudyRun]]:
        """The runs of each budget, from the smallest model to the largest."""
        budgets = sorted({run.budget for run in self.runs})
        return {budget: [run for run in self.runs if run.budget == budget] for budget in budgets}


def load(path: Path = PATH) -> Study:
    """The study that comes with the course.

    Raises:
        ValueError: the file is not as `python -m benchmarks.scaling --write` writes it.
    """

    def parse(date: str, kept: dict) -> Study:
        return Study(date, _in_order(studies.run_of(StudyRun, run) for run in kept["runs"]))

    return studies.read(path, "study of sizes", "benchmarks.scaling", parse)


def save(runs: Iterable[dict], date: str, path: Path = PATH) -> None:
    """Writes a study: of each run what StudyRun has, numbers cut to five digits."""
    made = _in_order(studies.run_of(StudyRun, run, extra=True) for run in runs)
    studies.write(path, date, made, digits=5)


def optimum(runs: Sequence[StudyRun]) -> float:
    """The size at which a budget buys the lowest loss: the lowest point of a parabola.

    The parabola goes through the losses over the logarithm of N. Source: Hoffmann and others 2022,
    arXiv:2203.15556, approach 2.

    Args:
        runs: of one budget, at least four.

    Returns:
        N of the lowest point.

    Raises:
        ValueError: too few runs, several budgets, or no lowest point among the sizes: then the
            budget wants a smaller or larger model than any of these.
    """
    if len(runs) < 4 or len({run.budget for run in runs}) > 1:
        raise ValueError(
            f"There are {len(runs)} runs of {len({run.budget for run in runs})} budgets; "
            "give four or more runs of one budget."
        )
    x = np.log([run.parameters for run in runs])
    a, b, _ = np.polyfit(x - x.mean(), [run.loss for run in runs], 2)
    lowest = -b / (2 * a) + x.mean() if a else math.inf
    ordered = sorted(runs, key=lambda run: run.parameters)
    at_an_end = min(runs, key=lambda run: run.loss) in (ordered[0], ordered[-1])
    # A parabola may turn between two sizes though every loss beyond the first is higher.
    if a <= 0 or at_an_end or not x.min() <= lowest <= x.max():
        ends = f"{math.exp(x.min()):,.0f} to {math.exp(x.max()):,.0f}"
        raise ValueError(
            f"No size from {ends} parameters is the best for {runs[0].budget:.0e} operations: the "
            "loss has no lowest point among them.\nAdd smaller or larger models to the study."
        )
    return math.exp(lowest)


def _in_order(runs: Iterable[StudyRun]) -> tuple[StudyRun, ...]:
    return studies.in_order(runs, lambda run: (run.budget, run.parameters, run.seed))
