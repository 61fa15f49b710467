"""The dated study of what each stage gained: what a chat can do with one stage left out.

Its runs took hours (benchmarks/gains.py made them) and lie beside this file, so that a notebook
can draw them beside the reader's own model. Leaves out the training and the measuring
(inference/gains.py). Taught in notebook 05, section "What each stage gained".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_utils import studies
from course_utils.inference.gains import KINDS

PATH = Path(__file__).with_name("gains_study.json")
WHOLE = "practised"
# Way -> what is left out or stands at its baseline, by the order of the stages.
WAYS = {
    "unfiltered corpus": "01: every page that was crawled, each source as large as it is",
    "byte tokenizer": "02: a token is a byte",
    "no pretraining": "03: finetuned and practised, but it never read a page",
    "untrained": "03 and 04: random weights",
    "base model": "04: asked in the form of a chat",
    "base model, prompted": "04: a few exchanges as plain text before each question",
    "finetuned": "04: without the practice by human feedback",
    WHOLE: "nothing: all stages",
}


@dataclass(frozen=True)
class GainsRun:
    """A chat made in one way, and the shares of each kind that it answers rightly.

    Attributes:
        way: one of WAYS.
        seed: of the weights, the chat data, the questions and all sampling.
        temperature: of the replies, 0 or 1: practice may gain at one and lose at the other.
        asked: questions of each kind.
        facts, stories, unknown, talk: shares, 0 to 1; see inference/gains.py.
    """

    way: str
    seed: int
    temperature: float
    asked: int
    facts: float
    stories: float
    unknown: float
    talk: float


@dataclass(frozen=True)
class Bar:
    """What all seeds of a way say together.

    Attributes:
        seeds: how many.
        share: by kind and of "all", the mean of the kinds.
        standard_error: of each share. Two things make it uncertain, that only so many were asked
            and that another seed gives another model; it is the larger of what the number of
            questions says and what the spread of the seeds says.
    """

    seeds: int
    share: dict[str, float]
    standard_error: dict[str, float]


@dataclass(frozen=True)
class GainsStudy:
    """All runs, and the day on which they were made."""

    date: str
    runs: tuple[GainsRun, ...]

    def by_way(self, temperature: float = 0.0) -> dict[str, Bar]:
        """The ways that were measured at a temperature, in the order of WAYS."""
        runs = [run for run in self.runs if run.temperature == temperature]
        present = dict.fromkeys(run.way for run in runs)
        return {way: bar([run for run in runs if run.way == way]) for way in present}

    def missing(self) -> tuple[str, ...]:
        """The ways of WAYS that nobody has run yet."""
        present = {run.way for run in self.runs}
        return tuple(way for way in WAYS if way not in present)

    def clearly_less(
        self, way: str, kind: str = "all", temperature: float = 0.0, errors: float = 3.0
    ) -> bool:
        """Whether a way answers less of a kind than all stages do, by so many standard errors.

        Raises:
            KeyError: the way, or the whole, was not run.
        """
        bars = self.by_way(temperature)
        part, whole = bars[way], bars[WHOLE]
        both = math.hypot(part.standard_error[kind], whole.standard_error[kind])
        return whole.share[kind] - part.share[kind] > errors * both


def bar(runs: Iterable[GainsRun]) -> Bar:
    """The means of runs of one way, each with its standard error.

    Raises:
        ValueError: there are none, or they are of several ways.
    """
    runs = list(runs)
    spread = studies.mean(runs, by=("way", "seed", "temperature", "asked"))
    shares = np.array([[getattr(run, kind) for kind in KINDS] for run in runs])  # (runs, kinds)
    asked = np.array([[run.asked] for run in runs])
    # By the number of questions: of each run and kind, then of the mean of the runs.
    variance = (shares * (1 - shares) / asked).sum(0) / len(runs) ** 2  # (kinds,)
    counted = dict(zip(KINDS, np.sqrt(variance).tolist(), strict=True))
    counted["all"] = math.sqrt(float(variance.sum())) / len(KINDS)
    # By the seeds: of each kind, and of the mean of the kinds run by run.
    means = shares.mean(1)
    seeds = dict(spread.standard_error)
    seeds["all"] = float(means.std(ddof=1)) / len(runs) ** 0.5 if len(runs) > 1 else 0.0
    return Bar(
        len(runs),
        {kind: spread.mean[kind] for kind in KINDS} | {"all": float(means.mean())},
        {kind: max(counted[kind], seeds[kind]) for kind in (*KINDS, "all")},
    )


def load(path: Path = PATH) -> GainsStudy:
    """The study that comes with the course.

    Raises:
        ValueError: the file is not as `python -m benchmarks.gains --write` writes it.
    """

    def parse(date: str, kept: dict) -> GainsStudy:
        runs = (studies.run_of(GainsRun, run) for run in kept["runs"])
        return GainsStudy(date, in_order(runs))

    return studies.read(path, "study of gains", "benchmarks.gains", parse)


def save(runs: Iterable[dict], date: str, path: Path = PATH) -> None:
    """Writes a study: of each run what GainsRun has, numbers cut to five digits."""
    made = in_order(studies.run_of(GainsRun, run, extra=True) for run in runs)
    studies.write(path, date, made, digits=5)


def in_order(runs: Iterable[GainsRun]) -> tuple[GainsRun, ...]:
    """In the order of WAYS, then by seed.

    Raises:
        ValueError: there is no such way, a share is none, or two runs cannot be told apart.
    """
    runs, order = list(runs), list(WAYS)
    for run in runs:
        if run.way not in WAYS:
            raise ValueError(f"{run.way!r} is no way of leaving out a stage")
        if run.asked < 1 or not all(0 <= getattr(run, kind) <= 1 for kind in KINDS):
            raise ValueError(f"{run} has a share that is none, or nothing was asked")
    return studies.in_order(runs, lambda run: (order.index(run.way), run.temperature, run.seed))
