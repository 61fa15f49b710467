"""The dated study of reward hacking: proxies with a hole, practised off and on the leash.

Its runs took an hour or more (benchmarks/hacking.py made them) and lie beside this file, so that a
notebook can draw them beside the reader's own short run. Taught in notebook 04, section "A reward
is hacked".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course_utils import studies
from course_utils.finetuning_rlhf.frontier import Point
from course_utils.finetuning_rlhf.hacking import HackedReply
from course_utils.finetuning_rlhf.proxy import LUCK

PATH = Path(__file__).with_name("hacking_study.json")
DIGITS = 4


@dataclass(frozen=True)
class HackingRun:
    """One practice with the leash off, and what it did on the fixed prompts.

    Attributes:
        hole: the name of the proxy's hole, a key of proxy.HOLES.
        seed: of the model, the labels and the sampling.
        labels: that the proxy was trained on.
        accuracy: of the proxy on held-out labels of its own annotator.
        agreement: with the judge on the start's own replies, before anybody practised.
        agreement_error: its standard error.
        proxy_gain: in standard deviations of the start's scores.
        proxy_gain_in_standard_errors: the same in units of its standard error.
        true_before: the start's mean true reward, sampled.
        true_after: that of the model that practised.
        true_gain_in_standard_errors: of the difference, prompt by prompt.
        liked_before: mean points by the tastes of the proxy's own annotator, nothing overlooked.
        liked_after: the same of the model that practised.
        kl: nats that a reply moved.
        proxy: at each step, over the replies that it practised on.
        true: at each step.
        commonest: the replies that are said most often, with their share of the fixed prompts.
        replies: hacked ones.
        seconds: of the practice.
    """

    hole: str
    seed: int
    labels: int
    accuracy: float
    agreement: float
    agreement_error: float
    proxy_gain: float
    proxy_gain_in_standard_errors: float
    true_before: float
    true_after: float
    true_gain_in_standard_errors: float
    liked_before: float
    liked_after: float
    kl: float
    proxy: tuple[float, ...]
    true: tuple[float, ...]
    commonest: tuple[tuple[str, float], ...]
    replies: tuple[HackedReply, ...]
    seconds: float

    @property
    def honest(self) -> bool:
        """Whether the proxy liked truly better replies more often than not, beyond chance."""
        return self.agreement - 0.5 > LUCK * self.agreement_error

    @property
    def hacked(self) -> bool:
        """The proxy up and the true reward down, each by more than 3 standard errors."""
        up, down = self.proxy_gain_in_standard_errors, self.true_gain_in_standard_errors
        return up > LUCK and down < -LUCK


@dataclass(frozen=True)
class HackingStudy:
    """All runs with the leash off, and the points of all roads.

    Attributes:
        date: on which it was made.
        runs: by hole and seed.
        points: hole -> points of every seed.
    """

    date: str
    runs: tuple[HackingRun, ...]
    points: dict[str, tuple[Point, ...]]

    def of(self, hole: str) -> tuple[HackingRun, ...]:
        """The runs of one hole, by seed.

        Raises:
            ValueError: the study has none.
        """
        found = tuple(run for run in self.runs if run.hole == hole)
        if not found:
            holes = ", ".join(sorted({run.hole for run in self.runs}))
            raise ValueError(f"The study has no run of {hole!r}; it has {holes}.")
        return found


def load(path: Path = PATH) -> HackingStudy:
    """The study that comes with the course.

    Raises:
        ValueError: the file is missing, or not as `benchmarks.hacking --write` writes it.
    """

    def parse(date: str, kept: dict) -> HackingStudy:
        points = {
            hole: tuple(studies.run_of(Point, one) for one in some)
            for hole, some in kept["points"].items()
        }
        return HackingStudy(date, _in_order(_run(run) for run in kept["runs"]), points)

    return studies.read(path, "study of reward hacking", "benchmarks.hacking", parse)


def save(study: HackingStudy, path: Path = PATH) -> None:
    """Writes a study, a line per run and per point, numbers cut to four digits."""
    studies.write(path, study.date, _in_order(study.runs), DIGITS, points=study.points)


def _run(kept: dict) -> HackingRun:
    """A run as it was, with tuples for lists."""
    lists = {
        "proxy": tuple(kept["proxy"]),
        "true": tuple(kept["true"]),
        "commonest": tuple((reply, share) for reply, share in kept["commonest"]),
        "replies": tuple(HackedReply(**one) for one in kept["replies"]),
    }
    return studies.run_of(HackingRun, kept | lists)


def _in_order(runs: Iterable[HackingRun]) -> tuple[HackingRun, ...]:
    return studies.in_order(runs, lambda run: (run.hole, run.seed))
