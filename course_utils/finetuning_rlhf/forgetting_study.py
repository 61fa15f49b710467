"""The dated study of what finetuning forgets: all weights or LoRA, with pages or without.

Its runs took an hour or more (benchmarks/forgetting.py made them) and lie beside this file, so
that a notebook can draw them beside the reader's own short run. Leaves out the finetuning and the
measuring (forgetting.py, lora.py). Taught in notebook 04, section "Show it how to answer".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course_utils import studies

PATH = Path(__file__).with_name("forgetting_study.json")
BASE = "base model"
WITH_PAGES, WITHOUT = "with pages", "without"
_WAY = re.compile(rf"(?:all weights|LoRA, rank (\d+)), ({WITH_PAGES}|{WITHOUT})", re.ASCII)


@dataclass(frozen=True)
class ForgettingRun:
    """A base model finetuned in one way, or as it was: what it still knows, and how it answers.

    Attributes:
        way: BASE, or what learns and whether pages are replayed: "LoRA, rank 8, with pages".
        seed: of the chat data, its order, the questions and the stories.
        base: the fingerprint of the base model that the run began with.
        numbers_trained: how many; 0 of the base model.
        seconds_per_step: of the training, on one thread; 0 of the base model.
        bits_per_byte: of text that no training saw; lower is better.
        facts: the share of statements that it completes rightly.
        stories: the share of sampled stories that are coherent and no copy.
        unseen_questions: the share that it answers rightly, about countries that no conversation
            of its finetuning asked about.
        true_reward: the judge's, over held-out prompts of all kinds, 0 to 1.
    """

    way: str
    seed: int
    base: str
    numbers_trained: int
    seconds_per_step: float
    bits_per_byte: float
    facts: float
    stories: float
    unseen_questions: float
    true_reward: float


@dataclass(frozen=True)
class ForgettingStudy:
    """All runs, the base model's first, and the day on which they were made."""

    date: str
    runs: tuple[ForgettingRun, ...]

    def by_way(self) -> dict[str, studies.SeedMean]:
        """The means of each way over its seeds, in the order of `in_order`."""
        present = dict.fromkeys(run.way for run in self.runs)
        return {way: mean([run for run in self.runs if run.way == way]) for way in present}

    @property
    def paired(self) -> bool:
        """Whether all runs of each seed began with one base model.

        If not, two ways differ by their base models too, and only their means over many seeds can
        be compared.
        """
        return all(len(bases) == 1 for bases in bases_of(self.runs).values())


def bases_of(runs: Iterable[ForgettingRun]) -> dict[int, dict[str, list[str]]]:
    """Seed -> fingerprint of a base model -> the ways that began with it."""
    found: dict[int, dict[str, list[str]]] = {}
    for run in runs:
        found.setdefault(run.seed, {}).setdefault(run.base, []).append(run.way)
    return found


def mean(runs: Iterable[ForgettingRun]) -> studies.SeedMean:
    """The means of runs of one way, each with its standard error.

    Raises:
        ValueError: there are none, or they are of several ways.
    """
    return studies.mean(runs, by=("way", "seed", "base"))


def load(path: Path = PATH) -> ForgettingStudy:
    """The study that comes with the course.

    Raises:
        ValueError: the file is not as `python -m benchmarks.forgetting --write` writes it.
    """

    def parse(date: str, kept: dict) -> ForgettingStudy:
        runs = (studies.run_of(ForgettingRun, run) for run in kept["runs"])
        return ForgettingStudy(date, in_order(runs))

    return studies.read(path, "study of forgetting", "benchmarks.forgetting", parse)


def save(runs: Iterable[dict], date: str, path: Path = PATH) -> None:
    """Writes a study: of each run what ForgettingRun has, numbers cut to five digits."""
    made = in_order(studies.run_of(ForgettingRun, run, extra=True) for run in runs)
    studies.write(path, date, made, digits=5)


def in_order(runs: Iterable[ForgettingRun]) -> tuple[ForgettingRun, ...]:
    """The base model, all weights, LoRA by rank, each with pages first; then by seed.

    Raises:
        ValueError: there is no such way, or two runs are of one way and seed.
    """
    return studies.in_order(runs, lambda run: (*_place(run.way), run.seed))


def _place(way: str) -> tuple[int, int]:
    """Where a way stands: its rank, 0 for all weights, and whether it is without pages."""
    if way == BASE:
        return -1, 0
    if not (named := _WAY.fullmatch(way)):
        raise ValueError(f"{way!r} is no way of finetuning")
    return int(named[1] or 0), int(named[2] == WITHOUT)
