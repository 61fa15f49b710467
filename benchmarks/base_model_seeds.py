"""The base model over seeds: facts, bits a byte and coherent stories, mean and spread.

    python -m benchmarks.base_model_seeds [--seeds 0 1 2] [--set JSON]

It trains on the workspace's own corpus and tokens (run notebooks 01 and 02 first), a few minutes a
seed, and writes nothing. A seed decides the first weights and the order of the rows.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import time

from course_utils.cli import deterministic

os.environ.update(
    deterministic.pinned_environment()
)  # before torch is imported, so that the figures are those of `course.py run`

from course_utils import runtime, workspace
from course_utils.data_collection.corpus import Corpus
from course_utils.model.transformer import Transformer
from course_utils.pretraining import evaluate
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.train import train
from course_utils.tokenization import shards
from course_utils.tokenization.fast import FastTokenizer


def one_seed(config: TrainConfig, corpus: Corpus) -> dict[str, float]:
    """Train one model and measure it."""
    tokens = workspace.load("tokens").path
    tokenizer = FastTokenizer.load(workspace.load("tokenizer").path)
    runtime.seed_everything(config.seed)
    model = Transformer(config.model, seed=config.seed)
    batches = Batches(tokens, corpus.mix, config.batch, config.context_tokens, config.seed)
    history = train(model, batches, config)
    index = shards.load_index(tokens)["shards"]
    holdout = {
        source: (shards.read(tokens, source, "validation"), index[source]["validation"]["bytes"])
        for source in shards.sources(tokens, "validation")
    }
    facts = evaluate.fact_accuracy(model, tokenizer)
    stories = evaluate.story_coherence(
        model, tokenizer, [each.text for each in corpus.train], n=100, seed=config.seed
    )
    kinds = {f"facts: {kind}": score.accuracy for kind, score in facts.by_kind.items()}
    return {
        "facts": facts.accuracy,
        **kinds,
        "bits a byte": evaluate.bits_per_byte(model, holdout)["all"],
        "stories coherent": stories.coherent,
        "atlas sightings": batches.epochs_seen("atlas"),
        "tokens a second": history.tokens_per_second,
    }


def main() -> None:
    """Print a table, one column a seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--set", default="{}", help='settings as JSON, such as {"steps": 100}')
    asked = parser.parse_args()
    corpus = Corpus.load(workspace.load("corpus").path)
    vocab_size = shards.load_index(workspace.load("tokens").path)["vocab_size"]
    config = TrainConfig.preset(runtime.scale(), vocab_size)
    config = dataclasses.replace(config, **json.loads(asked.set))
    print(config, flush=True)
    columns, started = [], time.perf_counter()
    for seed in asked.seeds:
        columns.append(one_seed(dataclasses.replace(config, seed=seed), corpus))
        print(f"\nseed {seed}: {columns[-1]} ({time.perf_counter() - started:.0f} s)", flush=True)
    print(
        f"\n{'':<24}"
        + "".join(f"{'seed ' + str(seed):>11}" for seed in asked.seeds)
        + f"{'mean':>11}{'spread':>11}"
    )
    for name in columns[0]:
        values = [column[name] for column in columns]
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        cells = "".join(f"{value:>11.4g}" for value in (*values, statistics.mean(values), spread))
        print(f"{name:<24}{cells}")


if __name__ == "__main__":
    main()
