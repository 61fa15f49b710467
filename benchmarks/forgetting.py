"""What finetuning costs and forgets: all weights or low-rank tables, with pages or without.

    python -m benchmarks.forgetting [--steps 1200] [--seeds 0 1 2] [--ranks 8] [--rate 0.014]
                                    [--ways "all weights, without"] [--models FOLDER] [--most 1]
                                    [--write]

It finetunes a base model on the same conversations in each way, and measures text, facts and
stories of the base model's kind, and how well it answers. A seed decides which countries are
asked about, the chat data, its order and all sampling. All begin with the workspace's own base
model (run notebooks 01 to 03 first); with --models those of a seed begin with the seed's own out
of `python -m benchmarks.recipe --until finetuned`, and what that finetuned is taken over for "all
weights, with pages". Each run is written to its own file at once, and a call goes on with those
that are missing, so that it can be stopped at any time; --most ends after so many. With --write
all that was asked for becomes the file that notebook 04 draws. Dated results:
results/forgetting.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("COURSE_HEADLESS", "1")

from benchmarks.recipe import Course
from course_utils import runtime, studies, workspace
from course_utils.finetuning_rlhf import (
    chat_data,
    compare,
    forgetting,
    forgetting_study,
    judge,
    rollouts,
    sft,
)
from course_utils.finetuning_rlhf.forgetting_study import BASE, WITH_PAGES, WITHOUT, ForgettingRun
from course_utils.finetuning_rlhf.lora import LoRAConfig, numbers_trained
from course_utils.finetuning_rlhf.low_rank import Changes
from course_utils.model import save
from course_utils.model.transformer import Transformer
from course_utils.pretraining import evaluate
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig

FOLDER = Path(__file__).parent / ".forgetting"
PROMPTS = 200  # held-out ones on which true rewards are measured
STORIES = 100
TIMED_STEPS = 20  # of a training that was taken over, to see what a step takes here
RANKS_CUT = (1, 8, 32)  # to which a change of all weights is cut: what LoRA bets on
TAKEN_OVER = f"all weights, {WITH_PAGES}"


@dataclass
class Start:
    """What all ways of one seed begin with.

    Attributes:
        seed: of the chat data and all sampling.
        base: the base model.
        finetuned: where the same model lies after TAKEN_OVER, if somebody finetuned it before.
    """

    seed: int
    base: Transformer
    finetuned: Path | None = None


def start_of(seed: int, models: Path | None) -> Start:
    """The models of a seed in a folder of the recipe's, or else the workspace's base model."""
    if models is not None and not models.is_dir():
        raise SystemExit(
            f"{models} is not there. Make it first:\n"
            f"python -m benchmarks.recipe --until finetuned --seeds {seed}"
        )
    base, tuned = ((models or FOLDER) / str(seed) / stage for stage in ("base", "finetuned"))
    if models is None or not (base.is_dir() or tuned.is_dir()):
        return Start(seed, save.load(workspace.load("base_model").path))
    if not base.is_dir():
        raise SystemExit(f"{tuned} is there, but not {base}, the model that it began with.")
    return Start(seed, save.load(base), tuned if tuned.is_dir() else None)


def measured(course: Course, model: Transformer, seed: int, every: int) -> dict:
    """What a model still knows, and how it answers, greedy."""
    held_out = {
        source: text
        for source, text in evaluate.held_out(course.tokens).items()
        if course.mix.get(source)
    }
    known = forgetting.reading(
        model, course.tokenizer, held_out, course.texts, stories=STORIES, seed=seed
    )
    questions = chat_data.evaluation_questions(seed)[::every]
    said = rollouts.replies(model, course.tokenizer, questions, max_new_tokens=40)
    prompts = chat_data.holdout_prompts(PROMPTS, seed)
    answers = rollouts.replies(model, course.tokenizer, prompts)
    return {
        "bits_per_byte": known.bits_per_byte,
        "facts": known.facts,
        "stories": known.stories,
        "unseen_questions": judge.fact_accuracy(said, questions).accuracy,
        "true_reward": compare.by_kind(prompts, answers)["all"],
    }


def ways(ranks: Iterable[int]) -> dict[str, tuple[bool, LoRAConfig | None]]:
    """By name: whether pages are replayed, and what learns."""
    learners = {"all weights": None}
    learners |= {f"LoRA, rank {rank}": LoRAConfig(rank, alpha=2.0 * rank) for rank in ranks}
    return {
        f"{name}, {pages}": (pages == WITH_PAGES, lora)
        for name, lora in learners.items()
        for pages in (WITH_PAGES, WITHOUT)
    }


def tuned(
    course: Course, start: Start, config: TrainConfig, replayed: bool, lora: LoRAConfig | None
) -> tuple[Transformer, float]:
    """A base model finetuned in one way, and the seconds that a step took."""
    pages = None
    if replayed:
        tokens, rows = config.context_tokens, sft.REPLAY_ROWS
        pages = Batches(course.tokens, course.mix, rows, tokens, seed=start.seed + 7)
    examples = chat_data.training_examples(start.seed, course.scale)
    marks = [time.perf_counter()]
    model = forgetting.tune(
        start.base, examples, course.tokenizer, config, pages, lora,
        on_step=lambda _: marks.append(time.perf_counter()),
    )  # fmt: skip
    # before the first step all conversations are turned into tokens, once
    marks = marks[1:] if len(marks) > 2 else marks
    return model, (marks[-1] - marks[0]) / (len(marks) - 1)


def one_way(course: Course, start: Start, way: str, asked: argparse.Namespace) -> dict:
    """The base model, or what one way of finetuning makes of it, and what it comes to."""
    base, seed = start.base, start.seed
    fingerprint = save.fingerprint(base.state_dict())[:12]
    found = {"way": way, "seed": seed, "base": fingerprint, **settings(way, asked)}
    if way == BASE:
        nothing = {"numbers_trained": 0, "seconds_per_step": 0.0}
        return found | nothing | measured(course, base, seed, asked.every)
    replayed, lora = ways(asked.ranks)[way]
    config = sft.config(course.scale, base.config, seed)
    changed = {"steps": asked.steps or config.steps}
    if lora is not None:
        changed["adamw_lr"] = asked.rate or config.adamw_lr
    if taken := way == TAKEN_OVER and start.finetuned:
        changed["steps"] = TIMED_STEPS
    config = dataclasses.replace(config, **changed)
    model, seconds = tuned(course, start, config, replayed, lora)
    if taken:
        model = save.load(start.finetuned)
    trained = base.count() if lora is None else numbers_trained(base.config, lora)
    found |= {"numbers_trained": trained, "seconds_per_step": seconds}
    found |= measured(course, model, seed, asked.every)
    if lora is None:
        changes = Changes(base, model)
        found["change_kept"] = {str(rank): changes.kept(rank) for rank in RANKS_CUT}
    return found


def settings(way: str, asked: argparse.Namespace) -> dict:
    """What was asked for that changes a run, so that runs of two kinds are not taken for one."""
    kept = {"scale": runtime.scale(), "every": asked.every}
    if way != BASE:
        kept["steps"] = asked.steps
    if way.startswith("LoRA"):
        kept["rate"] = asked.rate
    return kept


def path_of(folder: Path, way: str, seed: int) -> Path:
    """Where a run is kept."""
    return folder / f"{re.sub('[ ,]+', '_', way)}_{seed}.json"


def kept(path: Path, wanted: dict) -> dict:
    """A run that was finished before; one with other settings ends the call."""
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        other = {name: run[name] for name in wanted if run[name] != wanted[name]}
    except (TypeError, KeyError, ValueError) as error:
        raise SystemExit(f"{path} is damaged ({error!r}). Delete it, and call again.") from None
    if other:
        raise SystemExit(
            f"{path} was made with {other}, and {wanted} is asked for.\n"
            "Ask for the same, name another --folder, or delete the file."
        )
    return run


def study(asked: argparse.Namespace) -> list[dict]:
    """All runs that are there, after as many new ones as are allowed."""
    asked.folder.mkdir(parents=True, exist_ok=True)
    found, course, most = [], None, asked.most
    for seed in asked.seeds:
        start = None
        for way in (BASE, *asked.ways):
            path = path_of(asked.folder, way, seed)
            if not path.exists():
                if most == 0:
                    continue
                most = most if most is None else most - 1
                course, start = course or Course({}), start or start_of(seed, asked.models)
                runtime.seed_everything(seed)
                result = one_way(course, start, way, asked)
                path.write_text(json.dumps(result) + "\n", encoding="utf-8", newline="\n")
                print(f"seed {seed}, {way}: {json.dumps(result)}", flush=True)
            found.append(kept(path, settings(way, asked)))
    return found


def table(runs: list[dict]) -> list[str]:
    """Rows of the table in the results: the mean of each way over its seeds, +- standard error."""
    made = forgetting_study.in_order(
        studies.run_of(ForgettingRun, run, extra=True) for run in runs
    )
    read = forgetting_study.ForgettingStudy("", made)
    rows = []
    for way, mean in read.by_way().items():
        if not rows:
            rows.append(f"| {' | '.join(['way', 'seeds', *mean.mean])} |")
        cells = [f"{mean.mean[n]:.4g} +- {mean.standard_error[n]:.2g}" for n in mean.mean]
        rows.append(f"| {' | '.join([way, str(mean.seeds), *cells])} |")
    for seed, bases in forgetting_study.bases_of(made).items():
        if len(bases) > 1:
            groups = "; ".join(f"{base}: {', '.join(some)}" for base, some in bases.items())
            rows.append(f"Seed {seed} has runs of {len(bases)} base models ({groups}).")
    return rows


def asked_for(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=0, help="instead of the scale's own")
    parser.add_argument("--ranks", type=int, nargs="+", default=[8], help="of the LoRA runs")
    parser.add_argument("--rate", type=float, default=0, help="of the LoRA runs")
    parser.add_argument("--every", type=int, default=1, help="ask every n-th unseen question")
    parser.add_argument("--ways", nargs="*", help="some of them by name, beside the base model")
    parser.add_argument("--models", type=Path, help="the recipe's, seed by seed")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where results are kept")
    parser.add_argument("--most", type=int, help="new runs before it ends")
    parser.add_argument("--write", action="store_true", help="make the notebook's file")
    asked = parser.parse_args(arguments)
    names = list(ways(asked.ranks))
    asked.ways = names if asked.ways is None else asked.ways
    if unknown := set(asked.ways) - set(names):
        parser.error(f"there is no way {sorted(unknown)}; there are {names}")
    if asked.models and asked.steps:
        parser.error("--models holds what was finetuned with the scale's own steps: leave out one")
    return asked


def main() -> None:
    """Goes on with the study, and prints the mean of each way."""
    asked = asked_for()
    runs = study(asked)
    print(*table(runs), sep="\n")
    if asked.write:
        forgetting_study.save(runs, datetime.date.today().isoformat())


if __name__ == "__main__":
    main()
