"""The dated study of the roads from a finetuned model to a better one, at equal computing.

Its runs take long (benchmarks/roads.py makes them) and lie beside this file, so that a notebook
can draw them beside the reader's own. Leaves out the roads themselves (ppo.py, dpo.py, grpo.py,
compare.py). Taught in notebook 04, section "Other roads".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course_utils import studies

PATH = Path(__file__).with_name("roads_study.json")
START = "finetuned"
ROADS = (START, "PPO", "DPO", "GRPO", "best of 4", "expert iteration", "careful writers")


@dataclass(frozen=True)
class RoadRun:
    """One road with one seed, scored on prompts that no step has seen, sampled at temperature 1.

    Attributes:
        road: one of ROADS; START is the model that all others begin with.
        seed: of the finetuning, the pairs, the reward model and the road.
        reward: true reward, 0 to 1, over all prompts.
        fact: that of questions about facts alone.
        story: that of stories.
        talk: that of small talk.
        unknown: that of questions about made-up countries.
        standard_error: of what was won over START, prompt by prompt.
        greedy: true reward without sampling.
        kl: nats that a reply has moved from START; for best of n what it can be at most.
        length: tokens a reply.
        operations: floating-point operations of its training, the reward model's among them.
        per_reply: operations to make one reply, in units of START's.
        labels: preferences that it learnt from, the reward model's among them.
        steps: that it took.
        seconds: of its training, on one thread.
        megabytes: of the weights, gradients and averages that its training holds.
    """

    road: str
    seed: int
    reward: float
    fact: float
    story: float
    talk: float
    unknown: float
    standard_error: float
    greedy: float
    kl: float
    length: float
    operations: float
    per_reply: float
    labels: int
    steps: int
    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Study:
    """All runs, in the order of ROADS, and the day on which they were made."""

    date: str
    runs: tuple[RoadRun, ...]

    def by_road(self) -> dict[str, studies.SeedMean]:
        """The means of each road over its seeds, in the order of ROADS."""
        present = dict.fromkeys(run.road for run in self.runs)
        return {road: mean([run for run in self.runs if run.road == road]) for road in present}


def mean(runs: Iterable[RoadRun]) -> studies.SeedMean:
    """The means of runs of one road, each with its standard error.

    Raises:
        ValueError: there are none, or they are of several roads.
    """
    return studies.mean(runs, by=("road", "seed"))


def load(path: Path = PATH) -> Study:
    """The study that comes with the course.

    Raises:
        ValueError: the file is not as `python -m benchmarks.roads --write` writes it.
    """

    def parse(date: str, kept: dict) -> Study:
        return Study(date, _in_order(studies.run_of(RoadRun, run) for run in kept["runs"]))

    return studies.read(path, "study of roads", "benchmarks.roads", parse)


def save(runs: Iterable[dict], date: str, path: Path = PATH) -> None:
    """Writes a study: of each run what RoadRun has, numbers cut to five digits."""
    made = _in_order(studies.run_of(RoadRun, run, extra=True) for run in runs)
    studies.write(path, date, made, digits=5)


def _in_order(runs: Iterable[RoadRun]) -> tuple[RoadRun, ...]:
    """By road and seed; a road that ROADS does not have is a ValueError."""
    return studies.in_order(runs, lambda run: (ROADS.index(run.road), run.seed))
