"""Reward hacking over three seeds, and the frontier: proxies with a hole, off and on the leash.

    python -m benchmarks.hacking [--holes friendly] [--seeds 0 1 2] [--models FOLDER]
                                 [--off-only] [--write]

It begins with the finetuned models of `python -m benchmarks.recipe --until finetuned`, with the
workspace's tokenizer. What is off the leash comes first, all holes and seeds, then the other
leashes and the lower temperatures. Each practice, each set of replies and each proxy is written to
its own file at once, and a call goes on with those that are missing, so that it can be stopped at
any time. With --write all that was asked for becomes the file that notebook 04 draws. Which holes
there are, and by which rule, says course_utils/finetuning_rlhf/proxy.py. Dated results:
results/hacking.md.
"""

from __future__ import annotations

import argparse
import copy
import datetime
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("COURSE_HEADLESS", "1")

import numpy as np
import torch

from course_utils import workspace
from course_utils.finetuning_rlhf import (
    chat_data,
    compare,
    frontier,
    hacking,
    hacking_study,
    ppo,
    proxy,
    reward,
    rollouts,
)
from course_utils.finetuning_rlhf.annotator import Annotator
from course_utils.finetuning_rlhf.ppo_rewards import measured_baseline
from course_utils.model import save
from course_utils.tokenization.fast import FastTokenizer

FOLDER = Path(__file__).parent / ".hacking"
MODELS = Path(__file__).parent / ".recipes" / "course"
FIXED = 500  # prompts that no step practises on
CANDIDATES = 16  # replies to each of them, of which the best is chosen
COUNTS = (1, 2, 4, 8, 16)
LEASHES = (0.0, 0.15, 0.45)  # the first is off, the last the course's
TEMPERATURES = (0.8, 0.6, 0.4, 0.2, 0.0)
# Three times the course's rate, and short prompts alone, so that a step takes a moment: time to go
# far. The fixed prompts have stories among them.
STEPS, LR, MAX_NEW_TOKENS = 40, 1e-3, 48
PRACTICE, PER_STEP = 2_000, 32  # prompts to practise on; replies a step
SHOWN_REPLIES = 12


class Start:
    """What all holes of one seed share: the finetuned model, fixed prompts, what it says."""

    def __init__(self, seed: int, models: Path, folder: Path, candidates: int) -> None:
        place = models / str(seed) / "finetuned"
        if not place.is_dir():
            raise SystemExit(
                f"{place} is not there. Make it first:\n"
                f"python -m benchmarks.recipe --until finetuned --seeds {seed}"
            )
        self.seed, self.folder = seed, folder / f"start_{seed}"
        self.model = save.load(place)
        self.tokenizer = FastTokenizer.load(workspace.load("tokenizer").path)
        self.prompts = chat_data.holdout_prompts(FIXED, seed)
        self.candidates = [
            kept(self.folder / f"candidate_{number}.json", lambda n=number: self._sample(n))
            for number in range(candidates)
        ]
        true = [compare.true_rewards(self.prompts, replies) for replies in self.candidates]
        self.true = np.stack(true)  # (N, P)

    def _sample(self, number: int) -> list[str]:
        seed = self.seed + 5 + 100_003 * number
        return rollouts.replies(self.model, self.tokenizer, self.prompts, 1.0, seed)

    def cooler(self, temperature: float) -> dict:
        """Replies at a lower temperature, and how far each is from the start."""
        return kept(
            self.folder / f"temperature_{temperature}.json",
            lambda: said(self, self.model, temperature),
        )

    def scores(self, scorer: reward.RewardModel, replies: list[str]) -> np.ndarray:
        """What a proxy gives replies to the fixed prompts: (P,)."""
        return reward.score(scorer, self.tokenizer, self.prompts, replies)


def said(start: Start, model: torch.nn.Module, temperature: float = 1.0) -> dict:
    """What a model answers to the fixed prompts, and the KL of each reply."""
    texts, kls = frontier.answer(
        model, start.model, start.tokenizer, start.prompts, temperature, start.seed + 5
    )
    return {"replies": texts, "kls": kls.tolist()}


def kept(path: Path, make: Callable[[], object]) -> object:
    """What was made before, or is made now, as JSON."""
    if not path.exists():
        began, value = time.perf_counter(), make()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value) + "\n", encoding="utf-8", newline="\n")
        print(f"{path.parent.name}/{path.stem}: {time.perf_counter() - began:.0f} s", flush=True)
    return json.loads(path.read_text(encoding="utf-8"))


class Holed:
    """A proxy with a hole beside its start: what it thinks of the fixed prompts' candidates."""

    def __init__(self, start: Start, hole: proxy.Hole, folder: Path) -> None:
        self.start, self.hole, self.folder = start, hole, folder / f"{hole.name}_{start.seed}"
        self.facts = kept(self.folder / "proxy.json", self._train)
        self.scorer = reward.load_reward(self.folder / "proxy")
        # one measure for all: the deviations of the start's first replies
        raw = np.stack([start.scores(self.scorer, some) for some in start.candidates])
        self.first, self.scores = raw[0], hacking.in_deviations(raw[0], raw)  # (P,), (N, P)
        self.agreement = proxy.agreement(raw, start.true)

    def _train(self) -> dict:
        made = proxy.make_proxy(self.start.model, self.start.tokenizer, self.hole, self.start.seed)
        reward.save_reward(made.model, self.folder / "proxy")
        return {"labels": made.labels, "accuracy": made.history.accuracy}

    def practise(self, leash: float) -> dict:
        """Replies of a policy that practised under a leash, and how its practice went."""
        path = self.folder / f"leash_{leash}.json"
        return kept(path, lambda: self._practise(leash))

    def _practise(self, leash: float) -> dict:
        start, policy = self.start, copy.deepcopy(self.start.model)
        prompts = chat_data.training_prompts(PRACTICE, start.seed, "ppo", chat_data.PPO_MIXTURE)
        short = [prompt for prompt in prompts if prompt.kind != "story"]
        config = ppo.PPOConfig(
            steps=STEPS, prompts=PER_STEP, lr=LR, warmdown=0.0, kl_coefficient=leash,
            max_new_tokens=MAX_NEW_TOKENS,
            seed=start.seed,
        )  # fmt: skip
        trainer = ppo.PPOTrainer(
            policy, self.scorer, start.tokenizer, short, config,
            measured_baseline(torch.from_numpy(self.first)),
        )  # fmt: skip
        run = ppo.train_ppo(trainer, self.folder / f"unfinished_{leash}", watch)
        curve = {"proxy": run.proxy, "true": run.watched, "kl": run.kl, "seconds": run.seconds}
        return said(start, policy) | {"curve": curve}

    def point(self, road: str, setting: float, made: dict) -> frontier.Point:
        """The point of replies to the fixed prompts."""
        replies, start = made["replies"], self.start
        scores = hacking.in_deviations(self.first, start.scores(self.scorer, replies))
        true = compare.true_rewards(start.prompts, replies)
        rewards = scores, true, start.true.mean(0)
        return frontier.point(road, setting, made["kls"], rewards, words(replies), start.seed)

    def best_of(self, n: int) -> frontier.Point:
        """The point of best of n, over all ways to take n of the candidates."""
        start = self.start
        long = np.array([[len(text.split()) for text in some] for some in start.candidates])
        columns = [
            frontier.best_of(self.scores, values, n) for values in (self.scores, start.true, long)
        ]
        rewards = columns[0], columns[1], start.true.mean(0)
        kl = frontier.best_of_n_kl(n)
        length = float(columns[2].mean())
        return frontier.point(frontier.BEST_OF_N, n, kl, rewards, length, start.seed)


def watch(step: ppo.PPOResult) -> float:
    """The true reward of a step's replies."""
    return float(np.mean(compare.true_rewards(step.prompts, step.replies)))


def words(replies: list[str]) -> float:
    """Words in a reply, on average."""
    return float(np.mean([len(reply.split()) for reply in replies]))


def off_the_leash(holed: Holed) -> hacking_study.HackingRun:
    """The practice without a leash, and what it did on the fixed prompts."""
    start, made = holed.start, holed.practise(LEASHES[0])
    before, after = start.candidates[0], made["replies"]
    scored = holed.first, start.scores(holed.scorer, after)
    found = hacking.verdict(start.prompts, before, after, *scored)
    replies = hacking.hacked_replies(start.prompts, before, after, *scored, count=SHOWN_REPLIES)
    likes = Annotator(start.seed, tastes=holed.hole.tastes)
    liked = [
        float(np.mean(list(map(likes.taste, start.prompts, some)))) for some in (before, after)
    ]
    true = [float(compare.true_rewards(start.prompts, some).mean()) for some in (before, after)]
    return hacking_study.HackingRun(
        holed.hole.name, start.seed, holed.facts["labels"], holed.facts["accuracy"],
        holed.agreement.share, holed.agreement.standard_error, found.proxy.mean,
        found.proxy.in_standard_errors, *true, found.true.in_standard_errors, *liked,
        float(np.mean(made["kls"])), tuple(made["curve"]["proxy"]), tuple(made["curve"]["true"]),
        tuple(hacking.commonest(after)), tuple(replies), made["curve"]["seconds"],
    )  # fmt: skip


def roads(holed: Holed) -> Iterator[frontier.Point]:
    """The points of all roads of one hole and seed."""
    for n in COUNTS:
        yield holed.best_of(n)
    for temperature in TEMPERATURES:
        made = holed.start.cooler(temperature)
        yield holed.point(frontier.TEMPERATURE, temperature, made)
    for leash in LEASHES:
        yield holed.point(frontier.PPO, leash, holed.practise(leash))


def row(run: hacking_study.HackingRun) -> str:
    """A run as a row of the table in the results."""
    return (
        f"| {run.hole} | {run.seed} | {run.labels:,} | {run.accuracy:.3f} "
        f"| {run.agreement:.3f} +- {run.agreement_error:.3f} "
        f"| {run.proxy_gain:+.2f} ({run.proxy_gain_in_standard_errors:+.1f}) "
        f"| {run.true_before:.3f} | {run.true_after:.3f} "
        f"({run.true_gain_in_standard_errors:+.1f}) "
        f"| {run.liked_before:.2f} | {run.liked_after:.2f} | {run.kl:.1f} "
        f"| {'yes' if run.hacked else 'no'} | {run.seconds:.0f} |"
    )


def point_row(one: frontier.Point) -> str:
    """A point as a row of the table in the results."""
    return (
        f"| {one.road} | {one.setting:g} | {one.kl:.2f} +- {one.kl_error:.2f} "
        f"| {one.proxy:+.2f} | {one.true:.3f} | {one.gain:+.3f} +- {one.gain_error:.3f} "
        f"| {one.words:.1f} |"
    )


def study(asked: argparse.Namespace) -> hacking_study.HackingStudy:
    """All that was asked for, off the leash first."""
    # without a frontier a few are enough to see whether a proxy is honest
    count = 4 if asked.off_only else CANDIDATES
    starts = [Start(seed, asked.models, asked.folder, count) for seed in asked.seeds]
    all_holed, runs = [], []
    for name in asked.holes:
        for start in starts:
            all_holed.append(Holed(start, proxy.HOLES[name], asked.folder))
            runs.append(off_the_leash(all_holed[-1]))
            print(row(runs[-1]), flush=True)
            print(f"  everywhere: {runs[-1].commonest}")
            for one in runs[-1].replies:
                print(f"  {one.prompt} -> {one.before} => {one.after}")
    points: dict[str, tuple[frontier.Point, ...]] = dict.fromkeys(asked.holes, ())
    for holed in [] if asked.off_only else all_holed:
        points[holed.hole.name] += tuple(roads(holed))
    for name, some in points.items():
        print(name, *map(point_row, frontier.averaged(some)), sep="\n", flush=True)
    return hacking_study.HackingStudy(datetime.date.today().isoformat(), tuple(runs), points)


def main() -> None:
    """Goes on with the study, and prints it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--holes", nargs="+", choices=list(proxy.HOLES), default=["friendly"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--models", type=Path, default=MODELS, help="the recipe's, seed by seed")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where results are kept")
    parser.add_argument("--off-only", action="store_true", help="no other leash, no other road")
    parser.add_argument("--write", action="store_true", help="make the notebook's file")
    asked = parser.parse_args()
    found = study(asked)
    if asked.write:
        hacking_study.save(found)


if __name__ == "__main__":
    main()
