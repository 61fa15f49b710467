"""The ablation of notebook 01 over seeds: what each step of the collection does to a model.

    python -m benchmarks.ablation [--seeds 0 1 2 3 4] [--steps 380 | --passes 4] [--web-seed 0]

It crawls the Little Web, cuts the slice, trains one model a form and seed (4 to 6 seconds each on
one core) and prints the mean of each mark, its standard deviation over the seeds, and for each
form the difference to the form before it, seed by seed, with the spread of that difference.
With --passes each form is read equally often, so the shorter ones train fewer steps.
Dated results stand in benchmarks/results/ablation.md.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from course_utils import runtime
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.data_collection.pipeline import collect
from course_utils.experiments import ablation
from course_utils.experiments.crawl_slice import Slice, cut
from course_utils.experiments.outcome import MEASURES, Ablation
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.truth import labels
from course_utils.littleweb.web import LittleWeb


def slice_of_the_web(seed: int, pages: Path | None) -> Slice:
    """Crawl (or read a crawl), collect, cut."""
    web = LittleWeb(seed, runtime.scale())
    if pages is not None:
        return cut(collect(pages), labels.labels_of(web))
    with tempfile.TemporaryDirectory() as folder:
        with LittleWebServer(web) as server:
            crawl(web.seeds, Path(folder), proxy=server.proxy_url)
        return cut(collect(Path(folder)), labels.labels_of(web))


def study(part: Slice, config: ablation.AblationConfig, seeds: Sequence[int]) -> list[Ablation]:
    """One comparison a seed."""
    return [ablation.compare_slice(part, replace(config, seed=seed)) for seed in seeds]


def table(found: Sequence[Ablation]) -> Iterator[str]:
    """Means, and differences from one form to the next, with deviations over the seeds."""
    names = [*MEASURES, "overlap"]
    heads = "".join(f"{name:>22}" for name in names)
    yield f"{'form':<14}{'passes':>7}{heads}"
    for place, outcome in enumerate(found[0].outcomes):
        columns = [[getattr(one.outcomes[place], name) for one in found] for name in names]
        cells = "".join(f"{_mean(column):>22}" for column in columns)
        yield f"{outcome.form:<14}{outcome.passes:>7.1f}{cells}"
    yield "difference to the form before, seed by seed (* more than three standard errors)"
    for place, outcome in enumerate(found[0].outcomes[1:], start=1):
        cells = ""
        for name in names:
            marks = [[getattr(each, name) for each in one.outcomes] for one in found]
            cells += f"{_mean([row[place] - row[place - 1] for row in marks], star=True):>22}"
        yield f"{outcome.form:<21}{cells}"
    first = found[0]
    facts = first.outcomes[0].facts.count
    yield f"one answer for all: {first.majority_baseline:.3f} of {facts} facts"
    yield f"junk: {first.junk_pages:.3f} of raw pages, {first.web_junk_pages:.3f} of the crawl"


def _mean(values: Sequence[float], star: bool = False) -> str:
    mean = statistics.mean(values)
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    clear = abs(mean) > 3 * spread / len(values) ** 0.5
    mark = "*" if star and clear else ""
    return f"{mark}{mean:.3f} (sd {spread:.3f})"


def main() -> None:
    """Run the study and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--web-seed", type=int, default=0)
    parser.add_argument("--pages", type=Path, help="a crawl's folder; default: crawl again")
    parser.add_argument("--steps", type=int, default=ablation.AblationConfig().steps)
    parser.add_argument("--passes", type=float, help="instead of steps: read each form so often")
    given = parser.parse_args()
    config = ablation.AblationConfig(steps=given.steps, passes=given.passes)
    part = slice_of_the_web(given.web_seed, given.pages)
    cpu, wall = time.process_time(), time.perf_counter()
    found = study(part, config, given.seeds)
    how = f"{given.passes} passes each" if given.passes else f"{given.steps} steps each"
    print(
        f"{datetime.date.today()}, {os.cpu_count()} cores, {platform.machine()}, torch "
        f"{torch.__version__}; web seed {given.web_seed}, seeds {given.seeds}, {how}"
    )
    print("\n".join(table(found)))
    print(f"{time.process_time() - cpu:.0f} s of computing, {time.perf_counter() - wall:.0f} s")


if __name__ == "__main__":
    main()
