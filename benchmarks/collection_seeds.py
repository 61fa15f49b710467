"""Notebook 01's figures on several webs: one column a seed, tuned-on templates and holdout.

    python -m benchmarks.collection_seeds [--seeds 0 1 2]

The rules and thresholds were made on seed 0; templates marked holdout are scored apart, and the
other seeds are webs of their own. It crawls into a temporary folder and writes nothing.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from course_utils import runtime
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.data_collection.pipeline import collect
from course_utils.data_collection.scoring import score
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.truth import labels
from course_utils.littleweb.web import LittleWeb


def one_seed(seed: int) -> dict[str, float | None]:
    """Crawl, collect and score the web of one seed."""
    web, started = LittleWeb(seed, runtime.scale()), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        with LittleWebServer(web) as server:
            crawled = crawl(web.seeds, Path(folder), proxy=server.proxy_url)
        fetched = time.perf_counter()
        corpus = collect(Path(folder))
    seconds = {
        "pages fetched": float(crawled.fetched),
        "crawl seconds": fetched - started,
        "pipeline seconds": time.perf_counter() - fetched,
        "clean megabytes": sum(len(document.text.encode()) for document in corpus.train) / 1e6,
    }
    return {**seconds, **score.scores(corpus, labels.labels_of(web))}


def main() -> None:
    """Print a table, one column a seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    seeds = parser.parse_args().seeds
    columns = [one_seed(seed) for seed in seeds]
    print(f"{'':<44}" + "".join(f"{'seed ' + str(seed):>10}" for seed in seeds))
    for name in columns[0]:
        cells = "".join(
            f"{'-' if column[name] is None else format(column[name], '.4g'):>10}"
            for column in columns
        )
        print(f"{name:<44}{cells}")


if __name__ == "__main__":
    main()
