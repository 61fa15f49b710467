"""What finetuning costs and forgets: all weights or low-rank tables, with pages or without.

    python -m benchmarks.forgetting [--steps 1200] [--seeds 0 1 2] [--ranks 8] [--rate 0.014]

It finetunes the workspace's own base model (run notebooks 01 to 03 first) on the same
conversations in each way, and measures text, facts and stories of the base model's kind, and how
well it answers. A seed decides which countries are asked about, the chat data, its order and all
sampling; all begin with the same base model. Dated results: results/forgetting.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import time

os.environ.setdefault("COURSE_HEADLESS", "1")

from benchmarks.recipe import Course
from course_utils import workspace
from course_utils.finetuning_rlhf import chat_data, compare, forgetting, judge, rollouts, sft
from course_utils.finetuning_rlhf.lora import LoRAConfig, numbers_trained
from course_utils.finetuning_rlhf.low_rank import Changes
from course_utils.model import save
from course_utils.model.transformer import Transformer
from course_utils.pretraining import evaluate
from course_utils.pretraining.batches import Batches

PROMPTS = 200  # held-out ones on which true rewards are measured
Figures = dict[str, float]


def measured(course: Course, model: Transformer, seed: int, every: int) -> Figures:
    """What a model still knows, and how it answers, greedy."""
    held_out = {
        source: text
        for source, text in evaluate.held_out(course.tokens).items()
        if course.mix.get(source)
    }
    known = forgetting.reading(
        model, course.tokenizer, held_out, course.texts, stories=100, seed=seed
    )
    questions = chat_data.evaluation_questions(seed)[::every]
    said = rollouts.replies(model, course.tokenizer, questions, max_new_tokens=40)
    prompts = chat_data.holdout_prompts(PROMPTS, seed)
    answers = rollouts.replies(model, course.tokenizer, prompts)
    return {
        "bits per byte": known.bits_per_byte,
        "facts as statements": known.facts,
        "stories": known.stories,
        "unseen questions": judge.fact_accuracy(said, questions).accuracy,
        "true reward": compare.by_kind(prompts, answers)["all"],
    }


def ways(ranks: list[int]) -> dict[str, tuple[bool, LoRAConfig | None]]:
    """By name: whether pages are replayed, and what learns."""
    learners = {"all weights": None}
    learners |= {f"LoRA, rank {rank}": LoRAConfig(rank, alpha=2.0 * rank) for rank in ranks}
    return {
        f"{name}, {pages}": (pages == "with pages", lora)
        for name, lora in learners.items()
        for pages in ("with pages", "without")
    }


def one_way(
    course: Course, base: Transformer, seed: int, way: tuple, asked: argparse.Namespace
) -> Figures:
    """A base model finetuned in one way, and measured."""
    replayed, lora = way
    config = sft.config(course.scale, base.config, seed)
    changed = {"steps": asked.steps or config.steps}
    if lora is not None:
        changed["adamw_lr"] = asked.rate or config.adamw_lr
    config = dataclasses.replace(config, **changed)
    pages = None
    if replayed:
        tokens, rows = config.context_tokens, sft.REPLAY_ROWS
        pages = Batches(course.tokens, course.mix, rows, tokens, seed=seed + 7)
    examples = chat_data.training_examples(seed, course.scale)
    started = time.perf_counter()
    model = forgetting.tune(base, examples, course.tokenizer, config, pages, lora)
    seconds = time.perf_counter() - started
    trained = base.count() if lora is None else numbers_trained(base.config, lora)
    found = {"numbers trained": trained, "seconds per step": seconds / config.steps}
    found |= measured(course, model, seed, asked.every)
    # What LoRA bets on, of the model in which all weights learnt.
    if lora is None:
        changes = Changes(base, model)
        found |= {f"change kept, rank {rank}": changes.kept(rank) for rank in (1, 8, 32)}
    return found


def main() -> None:
    """Print a row for each way, the mean over the seeds with their spread."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=0, help="instead of the scale's own")
    parser.add_argument("--ranks", type=int, nargs="+", default=[8], help="of the LoRA runs")
    parser.add_argument("--rate", type=float, default=0, help="of the LoRA runs")
    parser.add_argument("--every", type=int, default=1, help="ask every n-th unseen question")
    parser.add_argument("--ways", nargs="+", help="some of them by name")
    asked = parser.parse_args()
    course, base = Course({}), save.load(workspace.load("base_model").path)
    chosen = {n: way for n, way in ways(asked.ranks).items() if not asked.ways or n in asked.ways}
    rows = {name: [] for name in ("base model", *chosen)}
    for seed in asked.seeds:
        rows["base model"].append(measured(course, base, seed, asked.every))
        for name, way in chosen.items():
            rows[name].append(one_way(course, base, seed, way, asked))
            print(f"seed {seed}, {name}: {json.dumps(rows[name][-1])}", flush=True)
    for name, columns in rows.items():
        print(f"\n{name}")
        for figure in columns[0]:
            values = [column[figure] for column in columns]
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            print(f"  {figure:<24}{statistics.mean(values):>12.4g}{spread:>12.2g}")


if __name__ == "__main__":
    main()
