"""Pages taken back and pages that contradict, over seeds: the experiments of notebook 05.

    python -m benchmarks.unpublish [--seeds 0 1 2] [--passes 30]

It reads the workspace's corpus, cuts the slice of 30 countries, trains two small models a seed and
prints, over all seeds, how many facts are known by how much was taken back, how many of those
whose country has one page left by whether that page has the words that are asked for, and how
likely the model finds a falsehood by the share of the pages that say it.
Dated results stand in benchmarks/results/unpublish.md.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import torch

from course_utils import workspace
from course_utils.data_collection.corpus import Corpus
from course_utils.experiments import unpublish
from course_utils.experiments.unpublish import REMOVED, Contradiction, FactLeft, UnpublishConfig

SIXTHS = 6  # a country mostly has six pages, so shares are put together in sixths


def study(
    part: unpublish.Slice, config: UnpublishConfig, seeds: Sequence[int]
) -> tuple[list[FactLeft], list[Contradiction]]:
    """All facts of all seeds."""
    runs = [unpublish.both(part, replace(config, seed=seed)) for seed in seeds]
    return [one for left, _ in runs for one in left], [one for _, told in runs for one in told]


def table(left: Iterable[FactLeft], told: Iterable[Contradiction]) -> Iterator[str]:
    """The rows of the tables in the results."""
    left, told = list(left), list(told)
    for dose in REMOVED:
        right = [fact.right for fact in left if fact.removed == dose]
        yield f"{dose:<12} {_share(right)}"
    for asked in (True, False):
        right = [f.right for f in left if f.removed == "all but one" and f.asked_wording == asked]
        yield f"one page, {'with' if asked else 'without'} the asked words {_share(right)}"
    for sixth in range(SIXTHS + 1):
        some = [each.belief for each in told if round(each.false_share * SIXTHS) == sixth]
        won = [belief > 0.5 for belief in some]
        mean = sum(some) / max(1, len(some))
        yield f"false on {sixth}/{SIXTHS}: believed {mean:.2f}, preferred {_share(won)}"


def _share(hits: Sequence[bool]) -> str:
    return f"{sum(hits) / max(1, len(hits)):.2f} of {len(hits)}"


def main() -> None:
    """Run the study and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--passes", type=float, default=UnpublishConfig().passes)
    given = parser.parse_args()
    part = unpublish.cut(Corpus.load(workspace.load("corpus").path))
    cpu, wall = time.process_time(), time.perf_counter()
    left, told = study(part, UnpublishConfig(passes=given.passes), given.seeds)
    print(
        f"{datetime.date.today()}, {os.cpu_count()} cores, {platform.machine()}, torch "
        f"{torch.__version__}; seeds {given.seeds}, {given.passes} passes, "
        f"{len(part.documents)} pages, {len(part.facts)} facts"
    )
    print(*table(left, told), sep="\n")
    print(f"{time.process_time() - cpu:.0f} s of computing, {time.perf_counter() - wall:.0f} s")


if __name__ == "__main__":
    main()
