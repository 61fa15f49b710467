"""A recipe over seeds, from tokens to chat: every figure of the model's table, mean and spread.

    python -m benchmarks.recipe [--seeds 0 1 2] [--until base] [--set JSON] [--exact] [--name NAME]

It trains on the workspace's own corpus and tokens (run notebooks 01 and 02 first), some eight
minutes a seed on two quiet cores. What a stage made is kept in the folder of the recipe's name, so
that an interrupted run goes on with the next stage; another setting wants another name. A seed
decides the first weights, the order of the rows, which countries are asked about, the chat data,
the annotator and all sampling. What was tried, and what it is worth: results/recipe.md.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from course_utils.cli import deterministic

# Before torch is imported. As readers train, unless the figures of CI are wanted.
if "--exact" in sys.argv:
    os.environ.update(deterministic.pinned_environment())
os.environ.setdefault("COURSE_HEADLESS", "1")

import numpy as np

from course_utils import runtime, workspace
from course_utils.data_collection.corpus import Corpus
from course_utils.finetuning_rlhf import (
    annotator,
    chat_data,
    chat_writers,
    compare,
    contrast,
    judge,
    ppo,
    reward,
    rollouts,
    sft,
)
from course_utils.inference.engine import Engine
from course_utils.inference.exam import run as exam
from course_utils.littleweb.rng import Rng
from course_utils.model import save
from course_utils.model.transformer import Transformer
from course_utils.pretraining import evaluate
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.train import train
from course_utils.tokenization import shards
from course_utils.tokenization.fast import FastTokenizer

STAGES = ("base", "finetuned", "reward", "practised")
FOLDER = Path(__file__).parent / ".recipes"
FIXED = 500  # prompts on which true rewards are compared
PAIRS, PARTS = 3_072, ("prompt", "chosen", "rejected")
COOLER = 0.5  # the rival "just a lower temperature"
Figures = dict[str, float]


class Course:
    """What all seeds share: the workspace's corpus, tokens and tokenizer, and the settings."""

    def __init__(self, changed: dict) -> None:
        """`changed`: by stage ("base", "sft", "reward", "ppo", "mix", "pairs") what is other."""
        corpus = Corpus.load(workspace.load("corpus").path)
        self.texts = [each.text for each in corpus.train]
        self.mix = corpus.mix | changed.get("mix", {})
        self.tokens = workspace.load("tokens").path
        self.tokenizer = FastTokenizer.load(workspace.load("tokenizer").path)
        self.changed = changed
        self.scale = runtime.scale()
        self.replay_rows = sft.REPLAY_ROWS  # of pages in each batch of finetuning; 0 for none
        self.reply_tokens = 128  # where a sampled reply is cut

    def settings(self, stage: str, usual: object) -> object:
        """The usual settings of a stage with what was changed."""
        return dataclasses.replace(usual, **self.changed.get(stage, {}))


def pretrained(course: Course, seed: int) -> tuple[Transformer, float]:
    """A base model of this seed, and how many tokens it read per second."""
    usual = TrainConfig.preset(course.scale, course.tokenizer.vocab_size)
    changed = dict(course.changed.get("base", {}))
    sizes = dataclasses.replace(usual.model, **changed.pop("model", {}))
    config = dataclasses.replace(usual, model=sizes, seed=seed, **changed)
    runtime.seed_everything(seed)
    model = Transformer(config.model, seed=seed)
    rows = Batches(
        course.tokens, course.mix, config.batch, config.context_tokens, seed,
        first=config.first(course.mix),
    )  # fmt: skip
    return model, train(model, rows, config).tokens_per_second


def base(course: Course, seed: int) -> tuple[Transformer, Figures]:
    """A base model of this seed, and what it knows."""
    model, speed = pretrained(course, seed)
    index = shards.load_index(course.tokens)["shards"]
    apart = {
        source: (
            shards.read(course.tokens, source, "validation"),
            index[source]["validation"]["bytes"],
        )
        for source in shards.sources(course.tokens, "validation")
        if course.mix.get(source)
    }
    facts = evaluate.fact_accuracy(model, course.tokenizer)
    stories = evaluate.story_coherence(model, course.tokenizer, course.texts, n=100, seed=seed)
    return model, {
        "facts as statements": facts.accuracy,
        **{f"facts, {kind}": score.accuracy for kind, score in facts.by_kind.items()},
        "bits per byte": evaluate.bits_per_byte(model, apart)["all"],
        "base stories, coherent": stories.coherent,
        "tokens per second": speed,
        "parameters": model.count(),
    }


def finetuned(course: Course, seed: int, model: Transformer) -> tuple[Transformer, Figures]:
    """The base model, finetuned on the chat data of this seed."""
    examples = chat_data.training_examples(seed, course.scale)
    return tuned(course, seed, model, examples), {}


def tuned(
    course: Course, seed: int, model: Transformer, examples: list, **changed: object
) -> Transformer:
    """A copy of a model after finetuning on some examples."""
    model = copy.deepcopy(model)
    config = course.settings("sft", sft.config(course.scale, model.config, seed))
    config = dataclasses.replace(config, **changed)
    replayed, tokens, pages = course.replay_rows, config.context_tokens, None
    if replayed:
        pages = Batches(course.tokens, course.mix, replayed, tokens, seed=seed + 7)
    own = config.batch - replayed
    examples = compare.short_enough(examples, course.tokenizer, tokens)
    rows = sft.ChatBatches(examples, course.tokenizer, pages, own, tokens, seed)
    sft.finetune(model, rows, config)
    return model.eval()


def reward_model(
    course: Course, seed: int, model: Transformer
) -> tuple[reward.RewardModel, Figures]:
    """A reward model trained on what an annotator of this seed says, and how well it does."""
    person, count = annotator.Annotator(seed), course.changed.get("pairs", PAIRS)
    prompts = chat_data.training_prompts(count // 2, seed)
    room, longest = model.config.context_tokens, course.reply_tokens
    prompts = compare.short_enough(prompts, course.tokenizer, room)
    first, second = (
        rollouts.replies(model, course.tokenizer, prompts, 1.0, 1000 * seed + number, longest)
        for number in (1, 2)
    )
    # Two samples, some beside an answer to another question, and contrasts: as notebook 04 does.
    pairs = annotator.label(prompts, first, second, person)
    some = slice(0, count // 6)
    pairs += annotator.label_mismatched(prompts[some], first[some], person)
    shown = contrast.contrast_pairs(count - count // 2 - count // 6, seed)
    pairs += annotator.label(*map(list, zip(*shown, strict=True)), person)
    scorer = reward.RewardModel(model)
    config = course.settings("reward", reward.RewardConfig(seed=seed))
    found = reward.train_reward(scorer, course.tokenizer, pairs, config)
    exact = annotator.Annotator(seed, noise=0.0, tastes=annotator.Tastes(overlooked=0.0))
    texts = ([getattr(one, part) for one in found.holdout] for part in PARTS)
    clean = annotator.label(*texts, exact)
    return scorer, {
        "reward model": found.accuracy,
        "reward model, ceiling": annotator.noise_ceiling(found.holdout, person),
        "reward model, clean labels": reward.accuracy(scorer, course.tokenizer, clean),
        "reward model, strange names": told_apart(course, seed, scorer),
    }


def told_apart(course: Course, seed: int, scorer: reward.RewardModel, count: int = 200) -> float:
    """How often a right reply scores higher than a refusal in a strange name."""
    nothing = dict.fromkeys(vars(chat_data.Mixture()), 0.0)
    mixture = chat_data.Mixture(**(nothing | {"facts": 0.7, "talk": 0.3}))
    prompts = chat_data.holdout_prompts(count, seed, "told apart", mixture)
    rng = Rng(f"{seed}/told apart")
    right = [
        one.answers[0]
        if one.kind == "talk"
        else chat_writers.statement(one.kind, one.country, one.answers[0])
        for one in prompts
    ]
    strange = [
        f"{chat_writers.refusal(chat_data.unknown_name(rng))} I have not read about it."
        for _ in prompts
    ]
    ahead = reward.score(scorer, course.tokenizer, prompts, right)
    ahead = ahead - reward.score(scorer, course.tokenizer, prompts, strange)
    return float(np.mean(ahead > 0))


def by_ppo(
    course: Course, seed: int, model: Transformer, scorer: reward.RewardModel
) -> tuple[Transformer, float]:
    """The finetuned model after PPO, and how far its replies have moved, in nats."""
    policy = copy.deepcopy(model)
    practice = chat_data.training_prompts(2_000, seed, "ppo", chat_data.PPO_MIXTURE)
    practice = compare.short_enough(practice, course.tokenizer, model.config.context_tokens)
    config = course.settings("ppo", ppo.PPOConfig(seed=seed))
    run = ppo.train_ppo(ppo.PPOTrainer(policy, scorer, course.tokenizer, practice, config))
    return policy.eval(), float(np.mean(run.kl[-5:]))


def practised(
    course: Course, seed: int, model: Transformer, scorer: reward.RewardModel
) -> tuple[Transformer, Figures]:
    """The finetuned model after PPO, and what that gained beside its rivals."""
    policy, moved = by_ppo(course, seed, model, scorer)
    examples = chat_data.training_examples(seed, course.scale)
    careful = [one for one in examples if one.writer == "careful"]
    rival = tuned(course, seed, model, careful, steps=100)
    prompts = chat_data.holdout_prompts(FIXED, seed)

    def said(one: Transformer, temperature: float) -> list[str]:
        return rollouts.replies(one, course.tokenizer, prompts, temperature, seed + 5)

    before = {heat: said(model, heat) for heat in (1.0, 0.0)}
    after = {
        "PPO": said(policy, 1.0),
        "PPO, greedy": said(policy, 0.0),
        f"temperature {COOLER}": said(model, COOLER),
        "careful writers": said(rival, 1.0),
        "careful writers, greedy": said(rival, 0.0),
    }
    found = {f"true reward, {n}": compare.by_kind(prompts, s)["all"] for n, s in after.items()}
    found |= {
        "true reward, finetuned": compare.by_kind(prompts, before[1.0])["all"],
        "true reward, finetuned, greedy": compare.by_kind(prompts, before[0.0])["all"],
        "KL, nats": moved,
    }
    for name, replies in after.items():
        gained = compare.gain(prompts, before[0.0 if "greedy" in name else 1.0], replies)
        found[f"gain, {name}"] = gained.mean
        found[f"gain, {name}, 95 % from"] = gained.mean - 1.96 * gained.standard_error
    return policy, found


def chat_figures(course: Course, seed: int, model: Transformer, name: str) -> Figures:
    """What a chat model knows and how it answers, greedy."""
    questions = chat_data.evaluation_questions(seed)
    said = rollouts.replies(model, course.tokenizer, questions, max_new_tokens=40)
    found = {
        "unseen questions": judge.fact_accuracy(said, questions).accuracy,
        "asked form": judge.asked_form_share(said, questions),
    }
    for key, value in exam.run_exam(Engine(model, course.tokenizer), seed, seed).items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        found |= {f"{key} {part}".strip(): share for part, share in parts}
    return {f"{name}: {key}": value for key, value in found.items()}


def kept(folder: Path, stage: str, make: Callable[[], tuple], load: Callable) -> tuple:
    """What a stage made, from its folder where it was finished before."""
    place, figures = folder / stage, folder / f"{stage}.json"
    if figures.exists():
        return load(place), json.loads(figures.read_text(encoding="utf-8"))
    started = time.perf_counter()
    model, found = make()
    found[f"seconds, {stage}"] = time.perf_counter() - started
    write = reward.save_reward if stage == "reward" else save.save
    write(model, place)
    # last, because it says that the stage is whole
    figures.write_text(json.dumps(found), encoding="utf-8")
    return model, found


def one_seed(course: Course, seed: int, until: str, folder: Path) -> Figures:
    """Every figure of one seed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = STAGES[: STAGES.index(until) + 1]
    model, found = kept(folder, "base", lambda: base(course, seed), save.load)
    if "finetuned" not in wanted:
        return found

    def chat(made: tuple[Transformer, Figures], name: str) -> tuple[Transformer, Figures]:
        return made[0], made[1] | chat_figures(course, seed, made[0], name)

    chatting, more = kept(
        folder, "finetuned", lambda: chat(finetuned(course, seed, model), "finetuned"), save.load
    )
    found |= more
    if "reward" not in wanted:
        return found
    scorer, more = kept(
        folder, "reward", lambda: reward_model(course, seed, chatting), reward.load_reward
    )
    found |= more
    if "practised" in wanted:
        policy = lambda: chat(practised(course, seed, chatting, scorer), "practised")  # noqa: E731
        found |= kept(folder, "practised", policy, save.load)[1]
    return found


def main() -> None:
    """Print a table, one column a seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--until", choices=STAGES, default="practised", help="the last stage")
    parser.add_argument("--set", default="{}", help='such as {"base": {"steps": 100}} as JSON')
    parser.add_argument("--name", default="course", help="of the recipe, and of its folder")
    parser.add_argument("--exact", action="store_true", help="with the instructions of CI")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where models are kept")
    asked = parser.parse_args()
    course, columns = Course(json.loads(asked.set)), []
    for seed in asked.seeds:
        place = asked.folder / asked.name / str(seed)
        columns.append(one_seed(course, seed, asked.until, place))
        print(f"seed {seed}: {json.dumps(columns[-1])}", flush=True)
    print(f"matmul: {runtime.matmul_gflops():.0f} GFLOPS")
    header = "".join(f"{'seed ' + str(seed):>11}" for seed in asked.seeds)
    print(f"\n{'':<44}{header}{'mean':>11}{'spread':>11}")
    for name in columns[0]:
        values = [column[name] for column in columns]
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        cells = "".join(f"{value:>11.4g}" for value in (*values, statistics.mean(values), spread))
        print(f"{name:<44}{cells}")


if __name__ == "__main__":
    main()
