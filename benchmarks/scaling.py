"""Loss, facts and stories over size, at equal computation: a grid of models and budgets.

    python -m benchmarks.scaling [--most 1] [--seed 0] [--write]

It trains on the workspace's own corpus and tokens (run notebooks 01 and 02 first), some fifteen
minutes of one thread per seed. Each run is written to its own file at once, and a call goes on
with those that are missing, so that it can be stopped at any time; --most ends after so many. With
--write the whole grid becomes the file that notebook 03 draws. All sizes have the course's recipe
(rows of 256 tokens, eight per step, Muon .02) with the table's rate of `scaling.settings`, and no
first steps from the copybook. Dated results stand in benchmarks/results/scaling.md.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("COURSE_HEADLESS", "1")

import numpy as np

from course_utils import runtime, workspace
from course_utils.data_collection.corpus import Corpus
from course_utils.pretraining import evaluate, scaling, scaling_study
from course_utils.pretraining.batches import Batches
from course_utils.tokenization import shards
from course_utils.tokenization.fast import FastTokenizer

FOLDER = Path(__file__).parent / ".scaling"
WIDTHS = {
    4e12: (32, 64, 96, 128, 192),
    1e12: (16, 32, 64, 96, 128, 192),
    5e11: (16, 32, 64, 96, 128),
}
BATCH, CONTEXT_TOKENS = 8, 256
STORIES = 100
SCORED_TOKENS = 16_384  # of each source's validation text


class Text:
    """What all runs share: tokens, mix, tokenizer, the rows and texts kept apart."""

    def __init__(self) -> None:
        corpus = Corpus.load(workspace.load("corpus").path)
        self.texts = [each.text for each in corpus.train]
        self.mix = corpus.mix
        self.tokens = workspace.load("tokens").path
        self.tokenizer = FastTokenizer.load(workspace.load("tokenizer").path)
        index = shards.load_index(self.tokens)["shards"]
        self.apart: dict[str, tuple[np.ndarray, int]] = {
            source: (
                shards.read(self.tokens, source, "validation"),
                index[source]["validation"]["bytes"],
            )
            for source in shards.sources(self.tokens, "validation")
            if self.mix.get(source)
        }
        held = {source: ids for source, (ids, _) in self.apart.items()}
        mix = {name: self.mix[name] for name, ids in held.items() if len(ids) > CONTEXT_TOKENS}
        rows = Batches(held, mix, 16, CONTEXT_TOKENS)
        self.validation = [rows.next() for _ in range(8)]


def one(text: Text, width: int, budget: float, seed: int) -> dict:
    """Trains a model of this width for this budget, and says what it can do."""
    model = scaling.size(text.tokenizer.vocab_size, width, CONTEXT_TOKENS)
    steps = scaling.steps_for([model], budget, BATCH * CONTEXT_TOKENS)
    config = scaling.settings(model, steps, BATCH, CONTEXT_TOKENS, seed)
    runtime.seed_everything(seed)
    run, trained = scaling.train_size(config, text.tokens, text.mix, text.validation)
    facts = evaluate.fact_accuracy(trained, text.tokenizer)
    stories = evaluate.story_coherence(trained, text.tokenizer, text.texts, n=STORIES, seed=seed)
    bits = evaluate.bits_per_byte(trained, text.apart, SCORED_TOKENS)
    return asdict(run) | {
        "budget": budget,
        "adamw_lr": config.adamw_lr,
        "inside_the_blocks": scaling.parameters(model)[0],
        "bits_per_byte": bits["all"],
        "bits_by_source": bits,
        "facts": facts.accuracy,
        "facts_by_kind": {kind: score.accuracy for kind, score in facts.by_kind.items()},
        "facts_baseline": facts.majority_baseline,
        "stories": stories.coherent,
    }


def study(seed: int, most: int | None) -> list[dict]:
    """All runs of the grid that are there, after as many new ones as are allowed."""
    FOLDER.mkdir(exist_ok=True)
    found, text = [], None
    for budget, width in grid():
        path = FOLDER / f"{budget:.0e}_{width}_{seed}.json"
        if not path.exists():
            if most == 0:
                continue
            most = most if most is None else most - 1
            text = text or Text()
            result = one(text, width, budget, seed)
            path.write_text(json.dumps(result) + "\n", encoding="utf-8", newline="\n")
            print(row(result), flush=True)
        found.append(json.loads(path.read_text(encoding="utf-8")))
    return found


def grid() -> Iterator[tuple[float, int]]:
    """Every budget with every width; two far budgets first, so that half of it says something."""
    for budget, widths in WIDTHS.items():
        for width in widths:
            yield budget, width


def row(run: dict) -> str:
    """A run as a row of the table in the results."""
    return (
        f"| {run['budget']:.0e} | {run['width']} | {run['parameters'] / 1e6:.2f} M "
        f"| {run['tokens'] / 1e6:.2f} M | {run['tokens'] / run['parameters']:.1f} "
        f"| {run['loss']:.3f} | {run['bits_per_byte']:.3f} | {run['facts']:.3f} "
        f"| {run['stories']:.2f} | {run['seconds']:.0f} |"
    )


def main() -> None:
    """Goes on with the grid, and prints it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, help="new runs before it ends")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="make the notebook's file")
    asked = parser.parse_args()
    runs = study(asked.seed, asked.most)
    print(*map(row, runs), sep="\n")
    if asked.write:
        for run in runs:
            run["story_bits"] = run["bits_by_source"]["stories"]
        scaling_study.save(runs, datetime.date.today().isoformat())


if __name__ == "__main__":
    main()
