"""Roads from a finetuned model to a better one, at equal computing: PPO, DPO, GRPO and others.

    python -m benchmarks.roads [--seeds 0 1 2] [--roads PPO DPO] [--models FOLDER] [--most 1]
                               [--write]

It begins with the finetuned models of `python -m benchmarks.recipe --until finetuned`, and the
workspace's corpus and tokens. What all roads of a seed share, the labelled pairs and the reward
model, is made once and kept in benchmarks/.roads; each road is then written to its own file at
once, and a call goes on with those that are missing, so that it can be stopped at any time; --most
ends after so many. PPO as notebook 04 runs it, its reward model's training counted in, sets the
budget of floating-point operations that the other trainings use up, so it comes first; best of 4
trains nothing but the reward model and pays at every reply. With --write all of it becomes the
file that notebook 04 draws.
"""

from __future__ import annotations

import argparse
import copy
import datetime
import json
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

os.environ.setdefault("COURSE_HEADLESS", "1")

import numpy as np
import torch
import torch.nn as nn
from torch import Tensor

from benchmarks import recipe
from course_utils import runtime
from course_utils.finetuning_rlhf import (
    annotator,
    chat_data,
    compare,
    contrast,
    kl,
    reward,
    roads_study,
    rollouts,
)
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.chat_writers import ChatExample
from course_utils.finetuning_rlhf.dpo import DPOConfig, DPOTrainer, train_dpo
from course_utils.finetuning_rlhf.grpo import GRPOConfig, GRPOTrainer, train_grpo
from course_utils.finetuning_rlhf.ppo import PPOConfig, PPOTrainer, train_ppo
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.model import save
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer

FOLDER = Path(__file__).parent / ".roads"
MODELS = Path(__file__).parent / ".recipes" / "course"
PAIRS, SCORED, PRACTICE, CHOSEN = 1_536, 500, 2_000, 1_000  # prompts of each kind
BEST_OF = 4
PILOT_STEPS = 4  # and twice as many: the price of a step is the difference
TRAINED = 4  # numbers held per weight that is trained: itself, its gradient, two averages


Tune = Callable[[Transformer, Sequence[ChatExample], int], Transformer]


class Meter:
    """Counts the floating-point operations of all models that it watches, and of their copies.

    Two per weight and token that is read, four more where gradients are taken; what attention does
    between tokens is left out, as in 6 N D.
    """

    def __init__(self) -> None:
        self.operations = 0.0

    def watch(self, net: Transformer | RewardModel) -> None:
        """Counts what the net does from here on; its deep copies count too."""
        table = net.model.embed_tokens.weight.numel()
        body = sum(weight.numel() for weight in net.model.parameters()) - table
        net.model.register_forward_hook(partial(self._add, body))
        if isinstance(net, Transformer):
            net.lm_head.register_forward_hook(partial(self._add, table))

    def __deepcopy__(self, _: dict) -> Meter:
        return self  # a copied net goes on counting here

    def _add(self, weights: int, _: nn.Module, given: tuple[Tensor, ...], result: Tensor) -> None:
        tokens = result.numel() // result.size(-1)
        self.operations += weights * tokens * (6 if torch.is_grad_enabled() else 2)


@dataclass
class Start:
    """What all roads of a seed begin with.

    Attributes:
        seed: of everything.
        model: the finetuned model.
        reward: the reward model.
        tokenizer: theirs.
        pairs: that the reward model learnt from.
        careful: the careful writer's demonstrations.
        practice: prompts to practise on.
        held_out: prompts to be scored on.
        tune: a copy of a model after so many steps of finetuning on some demonstrations.
        ppo: PPO's settings.
        reward_operations: that the reward model's training took.
        reward_seconds: likewise.
        meter: watches the models.
    """

    seed: int
    model: Transformer
    reward: RewardModel
    tokenizer: TextTokenizer
    pairs: list
    careful: list[ChatExample]
    practice: list[Prompt]
    held_out: list[Prompt]
    tune: Tune
    ppo: PPOConfig
    reward_operations: float
    reward_seconds: float
    meter: Meter = field(default_factory=Meter)

    def __post_init__(self) -> None:
        self.meter.watch(self.model)
        self.meter.watch(self.reward)


@dataclass(frozen=True)
class Travelled:
    """A model at the end of its road.

    Attributes:
        model: the one that answers.
        labels: pairs that were learnt from.
        megabytes: that the training held.
        best_of: replies that are written for one that is given.
    """

    model: Transformer
    labels: int = 0
    megabytes: float = 0.0
    best_of: int = 1


def megabytes(trained: Sequence[nn.Module], frozen: Sequence[nn.Module] = ()) -> float:
    """What a training holds in float32: trained nets four times, frozen ones once."""
    counts = [TRAINED * _count(net) for net in trained] + [_count(net) for net in frozen]
    return 4 * sum(counts) / 1e6


def _count(net: nn.Module) -> int:
    return sum(weight.numel() for weight in net.parameters())


def by_ppo(start: Start, steps: int) -> Travelled:
    """Practice before the reward model, with a value net and a leash."""
    policy = copy.deepcopy(start.model)
    config = replace(start.ppo, steps=steps, seed=start.seed)
    trainer = PPOTrainer(policy, start.reward, start.tokenizer, start.practice, config)
    train_ppo(trainer)
    held = megabytes((policy, trainer.value), (trainer.reference, trainer.reward))
    return Travelled(policy, len(start.pairs), held)


def by_dpo(start: Start, steps: int) -> Travelled:
    """The pairs themselves."""
    policy, config = copy.deepcopy(start.model), DPOConfig(steps=steps, seed=start.seed)
    train_dpo(DPOTrainer(policy, start.tokenizer, start.pairs, config))
    return Travelled(policy, len(start.pairs), megabytes((policy,)))


def by_grpo(start: Start, steps: int) -> Travelled:
    """Practice before the judge, whose reward can be verified: groups instead of a value net."""
    policy = copy.deepcopy(start.model)
    # as many replies a step as PPO samples
    group, replies = GRPOConfig.group, start.ppo.prompts
    config = GRPOConfig(
        steps=steps,
        prompts=max(1, replies // group),
        max_new_tokens=start.ppo.max_new_tokens,
        seed=start.seed,
    )
    asked = start.practice
    trainer = GRPOTrainer(policy, start.tokenizer, asked, compare.true_rewards, config)
    train_grpo(trainer)
    return Travelled(policy, 0, megabytes((policy,), (trainer.reference,)))


def by_best_of(start: Start, steps: int) -> Travelled:
    """No training but the reward model's: of four replies the one that it likes best."""
    held = megabytes((start.reward,))
    return Travelled(start.model, len(start.pairs), held, best_of=BEST_OF)


def by_expert_iteration(start: Start, steps: int) -> Travelled:
    """The best of four once more, but learnt: finetuning on the replies that were chosen."""
    some = start.practice[:CHOSEN]
    chosen = compare.best_of(
        start.model, start.reward, start.tokenizer, some, (BEST_OF,), seed=100 + start.seed
    )[BEST_OF]
    # an empty reply shows nobody how to answer
    pairs = [pair for pair in zip(some, chosen, strict=True) if pair[1].strip()]
    examples = [ChatExample(prompt, reply, "chosen") for prompt, reply in pairs]
    examples = compare.short_enough(examples, start.tokenizer, start.model.config.context_tokens)
    model = start.tune(start.model, examples, steps)
    held = megabytes((model,), (start.reward,))
    return Travelled(model, len(start.pairs), held)


def by_careful_writers(start: Start, steps: int) -> Travelled:
    """More finetuning, on the demonstrations of whoever writes well."""
    model = start.tune(start.model, start.careful, steps)
    return Travelled(model, 0, megabytes((model,)))


ROADS: dict[str, Callable[[Start, int], Travelled]] = {
    roads_study.START: lambda start, steps: Travelled(start.model),
    "PPO": by_ppo,
    "DPO": by_dpo,
    "GRPO": by_grpo,
    "best of 4": by_best_of,
    "expert iteration": by_expert_iteration,
    "careful writers": by_careful_writers,
}
# They go on until PPO's budget is used up.
BUDGETED = ("DPO", "GRPO", "expert iteration", "careful writers")
WITH_REWARD_MODEL = ("PPO", "best of 4", "expert iteration")  # and its training is theirs


def steps_for(start: Start, road: str, budget: float) -> int:
    """How many steps of a road a budget pays for, by what its first steps take."""
    taken = []
    for steps in (PILOT_STEPS, 2 * PILOT_STEPS):
        before = start.meter.operations
        ROADS[road](start, steps)
        taken.append(start.meter.operations - before)
    # what is paid once, before the first step, is the same in both
    price = (taken[1] - taken[0]) / PILOT_STEPS
    once = taken[0] - PILOT_STEPS * price
    once += start.reward_operations * (road in WITH_REWARD_MODEL)
    return max(1, round((budget - once) / price))


def one(start: Start, road: str, budget: float) -> dict:
    """Goes one road, and says where it ended.

    Args:
        start: of a seed.
        road: one of ROADS.
        budget: floating-point operations of its training, where it is one of BUDGETED.
    """
    steps = start.ppo.steps if road == "PPO" else 0
    steps = steps_for(start, road, budget) if road in BUDGETED else steps
    before, started = start.meter.operations, time.perf_counter()
    end = ROADS[road](start, steps)
    operations, seconds = start.meter.operations - before, time.perf_counter() - started
    if road in WITH_REWARD_MODEL:
        operations += start.reward_operations
        seconds += start.reward_seconds
    replies, moved, length = answers(start, end)
    plain, *_ = answers(start, Travelled(start.model))
    kinds = compare.by_kind(start.held_out, replies)
    greedy = rollouts.replies(end.model, start.tokenizer, start.held_out)
    return {
        "road": road,
        "seed": start.seed,
        "reward": kinds["all"],
        **{kind: kinds.get(kind, math.nan) for kind in compare.CATEGORIES},
        "standard_error": compare.gain(start.held_out, plain, replies).standard_error,
        "greedy": compare.by_kind(start.held_out, greedy)["all"],
        "kl": moved,
        "length": length,
        "operations": operations,
        # each candidate is read once more by the reward model, about as dear as writing it
        "per_reply": float(end.best_of * 2 if end.best_of > 1 else 1),
        "labels": end.labels,
        "steps": steps,
        "seconds": seconds,
        "megabytes": end.megabytes,
    }


def answers(start: Start, end: Travelled) -> tuple[list[str], float, float]:
    """Replies to the held-out prompts at temperature 1, nats moved a reply, and tokens a reply."""
    seed = 5 + 1_000 * start.seed
    if end.best_of > 1:
        best = compare.best_of(
            end.model, start.reward, start.tokenizer, start.held_out, (end.best_of,), seed
        )[end.best_of]
        # the most that the choice among n can move: Stiennon and others 2020, appendix
        moved = math.log(end.best_of) - (end.best_of - 1) / end.best_of
        lengths = [len(start.tokenizer.encode(text)) + 1 for text in best]  # and the end token
        return best, moved, float(np.mean(lengths))
    replies: list[str] = []
    moved, length = [], []
    for first in range(0, len(start.held_out), 256):
        some = start.held_out[first : first + 256]
        made = rollouts.sample(end.model, start.tokenizer, some, seed=seed + first)
        replies += made.replies
        moved += kl.per_reply(end.model, start.model, made).tolist()
        length += made.response_mask.sum(1).tolist()
    return replies, float(np.mean(moved)), float(np.mean(length))


def prepared(seed: int, models: Path) -> Start:
    """What all roads of a seed share, made once and then read from its folder."""
    folder, finetuned = FOLDER / str(seed), models / str(seed) / "finetuned"
    if not finetuned.is_dir():
        raise SystemExit(
            f"{finetuned} is not there. Make it first:\n"
            f"python -m benchmarks.recipe --until finetuned --seeds {seed}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    course, model = recipe.Course({}), save.load(finetuned)
    tokenizer = course.tokenizer

    def tune(model: Transformer, examples: Sequence[ChatExample], steps: int) -> Transformer:
        return recipe.tuned(course, seed, model, list(examples), steps=steps)

    pairs = labelled(model, tokenizer, seed, folder)
    scorer, operations, seconds = scored(model, tokenizer, pairs, seed, folder)
    asked = chat_data.training_prompts(PRACTICE, seed, "ppo", chat_data.PPO_MIXTURE)
    return Start(
        seed,
        model,
        scorer,
        tokenizer,
        pairs,
        [each for each in chat_data.training_examples(seed) if each.writer == "careful"],
        asked,
        chat_data.holdout_prompts(SCORED, seed),
        tune,
        PPOConfig(),
        operations,
        seconds,
    )


def labelled(model: Transformer, tokenizer: TextTokenizer, seed: int, folder: Path) -> list:
    """Notebook 04's pairs: two replies a prompt, mismatched ones, and such with a single fault."""
    prompts = chat_data.training_prompts(PAIRS, seed)
    path = folder / "replies.json"
    if not path.exists():
        sampled = [
            rollouts.replies(model, tokenizer, prompts, 1.0, 1_000 * seed + draw)
            for draw in (1, 2)
        ]
        path.write_text(json.dumps(sampled) + "\n", encoding="utf-8", newline="\n")
    first, second = json.loads(path.read_text(encoding="utf-8"))
    person, third = annotator.Annotator(seed=seed), len(first) // 3
    pairs = annotator.label(prompts, first, second, person)
    pairs += annotator.label_mismatched(prompts[:third], first[:third], person)
    prompts, better, worse = zip(*contrast.contrast_pairs(2 * third, seed=seed), strict=True)
    pairs += annotator.label(prompts, better, worse, person)
    return [pair for pair in pairs if _fits(pair, tokenizer, model.config.context_tokens)]


def _fits(pair: annotator.Preference, tokenizer: TextTokenizer, context_tokens: int) -> bool:
    asked = len(conversation_ids(tokenizer, pair.prompt.turns))
    longest = max(len(tokenizer.encode(reply)) for reply in (pair.chosen, pair.rejected))
    return asked + longest <= context_tokens


def scored(
    model: Transformer, tokenizer: TextTokenizer, pairs: list, seed: int, folder: Path
) -> tuple[RewardModel, float, float]:
    """The reward model, and the operations and seconds that it took."""
    path = folder / "reward_took.json"
    if not path.exists():
        meter, scorer, started = Meter(), RewardModel(model), time.perf_counter()
        meter.watch(scorer)
        reward.train_reward(scorer, tokenizer, pairs, reward.RewardConfig(seed=seed))
        took = [meter.operations, time.perf_counter() - started]
        reward.save_reward(scorer, folder / "scorer")
        path.write_text(json.dumps(took) + "\n", encoding="utf-8", newline="\n")
    took = json.loads(path.read_text(encoding="utf-8"))
    return reward.load_reward(folder / "scorer"), *took


def study(
    seeds: Sequence[int], roads: Sequence[str], models: Path, most: int | None
) -> list[dict]:
    """All runs that are there, after as many new ones as are allowed."""
    found = []
    for seed in seeds:
        start = None
        for road in roads:
            path = path_of(seed, road)
            if not path.exists():
                if most == 0:
                    continue
                most = most if most is None else most - 1
                budget = budget_of(seed, road)
                start = start or prepared(seed, models)
                runtime.seed_everything(seed)
                result = one(start, road, budget)
                path.write_text(json.dumps(result) + "\n", encoding="utf-8", newline="\n")
                print(row(result), flush=True)
            found.append(json.loads(path.read_text(encoding="utf-8")))
    return found


def path_of(seed: int, road: str) -> Path:
    """Where a run is kept."""
    return FOLDER / str(seed) / f"road_{road.replace(' ', '_')}.json"


def budget_of(seed: int, road: str) -> float:
    """What PPO's run of the seed took, for the roads that use as much; 0 for the others."""
    if road not in BUDGETED:
        return 0.0
    path = path_of(seed, "PPO")
    if not path.exists():
        raise SystemExit(f"PPO sets the budget of {road}: go that road first (--roads PPO).")
    return json.loads(path.read_text(encoding="utf-8"))["operations"]


def row(run: dict) -> str:
    """A run as a row of the table in the results."""
    kinds = " | ".join(f"{run[kind]:.3f}" for kind in compare.CATEGORIES)
    return (
        f"| {run['road']} | {run['seed']} | {run['reward']:.3f} | {kinds} | {run['greedy']:.3f} "
        f"| {run['kl']:.2f} | {run['length']:.0f} | {run['operations']:.2e} "
        f"| {run['per_reply']:.0f} | {run['labels']} | {run['steps']} | {run['seconds']:.0f} "
        f"| {run['megabytes']:.0f} |"
    )


def main() -> None:
    """Goes on with the study, and prints it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--roads", nargs="+", default=list(ROADS), choices=list(ROADS))
    parser.add_argument("--models", type=Path, default=MODELS, help="a folder for each seed")
    parser.add_argument("--most", type=int, help="new runs before it ends")
    parser.add_argument("--write", action="store_true", help="make the notebook's file")
    asked = parser.parse_args()
    runs = study(asked.seeds, asked.roads, asked.models, asked.most)
    print(*map(row, runs), sep="\n")
    if asked.write:
        roads_study.save(runs, datetime.date.today().isoformat())


if __name__ == "__main__":
    main()
