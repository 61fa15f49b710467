"""Notebooks 03 and 04 over seeds: facts, questions, reward model and PPO, mean and spread.

    python -m benchmarks.chat_model_seeds [--seeds 1 2]

It trains on the workspace's own corpus and tokens (run notebooks 01 and 02 first), seven minutes a
seed on two quiet cores, and writes nothing. A seed decides the first weights, the order of the
rows, which countries are asked about, the chat data, the annotator and all sampling.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import os
import statistics
import time

from course_utils.cli import deterministic

# Before torch is imported, as in `course.py run`.
os.environ.update(deterministic.pinned_environment())
os.environ.setdefault("COURSE_HEADLESS", "1")

from course_utils import runtime, workspace
from course_utils.data_collection.corpus import Corpus
from course_utils.finetuning_rlhf import (
    annotator,
    chat_data,
    compare,
    judge,
    ppo,
    reward,
    rollouts,
    sft,
)
from course_utils.model.transformer import Transformer
from course_utils.pretraining import evaluate
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.train import train
from course_utils.tokenization.fast import FastTokenizer

PAIRS, HOLDOUT, GREEDY = 3_072, 300, 60
CATEGORIES = ("facts", "stories", "talk", "unknown", "turns")


def base_model(seed: int, tokens: object, mix: dict, vocab_size: int) -> Transformer:
    """A base model of this seed."""
    config = dataclasses.replace(TrainConfig.preset(runtime.scale(), vocab_size), seed=seed)
    runtime.seed_everything(seed)
    model = Transformer(config.model, seed=seed)
    train(model, Batches(tokens, mix, config.batch, config.context_tokens, seed), config)
    return model.eval()


def finetuned_model(
    base: Transformer, seed: int, tokens: object, mix: dict, tokenizer: FastTokenizer
) -> Transformer:
    """A copy of the base model, finetuned on the chat data of this seed."""
    model, config = copy.deepcopy(base), sft.config(runtime.scale(), base.config, seed)
    pages = Batches(tokens, mix, 4, config.context_tokens, seed=seed + 7)
    examples = chat_data.training_examples(seed, runtime.scale())
    batches = sft.ChatBatches(examples, tokenizer, pages, 4, config.context_tokens, seed)
    sft.finetune(model, batches, config)
    return model.eval()


def reward_model(
    model: Transformer, seed: int, tokenizer: FastTokenizer
) -> tuple[reward.RewardModel, dict[str, float]]:
    """A reward model trained on what an annotator of this seed says, and how well it does."""
    prompts = chat_data.training_prompts(PAIRS, seed)
    first, second = (
        rollouts.replies(model, tokenizer, prompts, 1.0, 1000 * seed + n) for n in (1, 2)
    )
    person, fourth = annotator.Annotator(seed), PAIRS // 4
    pairs = annotator.label(prompts, first, second, person)
    pairs += annotator.label_mismatched(prompts[:fourth], first[:fourth], person)
    scorer = reward.RewardModel(model)
    found = reward.train_reward(scorer, tokenizer, pairs, reward.RewardConfig(seed=seed))
    ceiling = annotator.noise_ceiling(found.holdout, person)
    return scorer, {"reward model accuracy": found.accuracy, "noise ceiling": ceiling}


def greedy_shares(
    model: Transformer, name: str, seed: int, tokenizer: FastTokenizer
) -> dict[str, float]:
    """Of greedy replies: whole stories, and made-up countries that it does not know."""
    shares = {}
    for category, what in (("stories", "whole stories"), ("unknown", "made-up refused")):
        only = chat_data.Mixture(**{other: float(category == other) for other in CATEGORIES})
        prompts = chat_data.holdout_prompts(GREEDY, seed, "greedy", only)
        said = rollouts.replies(model, tokenizer, prompts)
        right = [judge.judge(*pair).right for pair in zip(prompts, said, strict=True)]
        shares[f"{what}, {name}"] = sum(right) / GREEDY
    return shares


def one_seed(seed: int, tokens: object, mix: dict, tokenizer: FastTokenizer) -> dict[str, float]:
    """Every figure of one seed."""
    base = base_model(seed, tokens, mix, tokenizer.vocab_size)
    found = {"facts, as statements": evaluate.fact_accuracy(base, tokenizer).accuracy}
    model = finetuned_model(base, seed, tokens, mix, tokenizer)
    scorer, figures = reward_model(model, seed, tokenizer)
    policy = copy.deepcopy(model)
    practice = chat_data.training_prompts(2_000, seed, "ppo", chat_data.PPO_MIXTURE)
    trainer = ppo.PPOTrainer(policy, scorer, tokenizer, practice, ppo.PPOConfig(seed=seed))
    run = ppo.train_ppo(trainer)
    questions = chat_data.evaluation_questions(seed)
    for name, one in (("finetuned", model), ("PPO", policy)):
        said = rollouts.replies(one, tokenizer, questions, max_new_tokens=40)
        scores = judge.fact_accuracy(said, questions)
        found[f"unseen questions, {name}"] = scores.accuracy
        found[f"asked form, {name}"] = judge.asked_form_share(said, questions)
        found |= greedy_shares(one, name, seed, tokenizer)
    prompts = chat_data.holdout_prompts(HOLDOUT, seed)
    before, after = (
        rollouts.replies(one, tokenizer, prompts, 1.0, seed + 5) for one in (model, policy)
    )
    for name, said in (("finetuned", before), ("PPO", after)):
        for category, value in compare.by_kind(prompts, said).items():
            found[f"true reward, {name}, {category}"] = value
    gained = compare.gain(prompts, before, after)
    found |= figures | {"win rate": gained.win_rate, "KL, nats": run.kl[-1]}
    return found | {"gain, standard errors": gained.in_standard_errors}


def main() -> None:
    """Print a table, one column a seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    seeds = parser.parse_args().seeds
    mix = Corpus.load(workspace.load("corpus").path).mix
    tokens = workspace.load("tokens").path
    tokenizer = FastTokenizer.load(workspace.load("tokenizer").path)
    columns, started = [], time.perf_counter()
    for seed in seeds:
        columns.append(one_seed(seed, tokens, mix, tokenizer))
        print(f"seed {seed}: {columns[-1]} ({time.perf_counter() - started:.0f} s)", flush=True)
    header = "".join(f"{'seed ' + str(seed):>11}" for seed in seeds)
    print(f"\n{'':<34}{header}{'mean':>11}{'spread':>11}")
    for name in columns[0]:
        values = [column[name] for column in columns]
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        cells = "".join(f"{value:>11.4g}" for value in (*values, statistics.mean(values), spread))
        print(f"{name:<34}{cells}")


if __name__ == "__main__":
    main()
