"""The ablation of notebook 01 over seeds: what each step of the collection does to a model.

    python -m benchmarks.ablation [--seeds 0 1 2] [--steps 400] [--same-passes] [--corpus-seed 0]

It crawls the Little Web, cuts the slice, trains one model a form and seed (5 to 7 seconds each on
one core) and prints the mean of each mark, its standard deviation over the seeds, and for each
form the difference to the form before it, seed by seed, with the spread of that difference.
With --same-passes each form is read equally often, so the shorter ones train fewer steps.
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
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from course_utils import runtime
from course_utils.data_collection.crawl import crawl
from course_utils.data_collection.pipeline import collect
from course_utils.experiments import ablation
from course_utils.experiments.crawl_slice import Slice, cut
from course_utils.experiments.outcome import MEASURES, Ablation
from course_utils.littleweb import labels
from course_utils.littleweb.server import LittleWebServer
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


def study(part: Slice, seeds: Sequence[int], steps: int, same_passes: bool) -> list[Ablation]:
    """One comparison a seed."""
    found = []
    for seed in seeds:
        config = ablation.AblationConfig(steps=steps, seed=seed)
        if same_passes:
            whole = sum(map(len, part.texts["raw"]))
            runs = [
                ablation.compare_slice(
                    replace(part, texts={**part.texts, **{}}),
                    replace(config, steps=max(1, round(steps * sum(map(len, texts)) / whole))),
                )
                for texts in part.texts.values()
            ]
            found += runs
        else:
            found.append(ablation.compare_slice(part, config))
    return found
