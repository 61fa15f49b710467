"""What each stage gained: the same questions to a chat with one stage left out, in one unit.

    python -m benchmarks.gains [--seeds 0 1 2] [--ways "byte tokenizer"] [--models FOLDER]
                               [--shipped] [--most 1] [--write]

A way of `gains_study.WAYS` is a chain from pages to a chat in which one stage is left out or
stands at its baseline; all other stages are as the course runs them (benchmarks/recipe.py), at the
same computing. The unit is of inference/gains.py: the share of questions and wishes that are
answered rightly, four kinds counting alike, greedy and sampled. It needs the workspace's corpus,
tokenizer and tokens. The chain of all stages is taken from --models, the folder that `python -m
benchmarks.recipe` fills, as far as it is there; with --shipped the workspace's base and chat
model, or the starters, stand for those of seed 0. Each model and each run is kept at once in
benchmarks/.gains, and a call goes on with what is missing, so that it can be stopped at any time;
--most ends after so many runs. With --write all that was asked for becomes the file that notebook
05 draws. Dated results: results/gains.md.

Computing that is the same: a byte costs nearly what a token costs, since the larger window's
attention makes up for the smaller table. So a model of bytes reads about as many of them in
pretraining, finetuning and practice, which is a quarter of the text. Its window holds as many
bytes as the other's, for in 256 bytes no story has room, and then the window would be measured.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("COURSE_HEADLESS", "1")

from benchmarks import recipe
from course_utils import runtime, workspace
from course_utils.data_collection import corpus as corpora
from course_utils.data_collection import mix, sources
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.data_collection.document import from_page
from course_utils.data_collection.split import split
from course_utils.data_collection.steps import PipelineConfig, PipelineState, take_pages
from course_utils.experiments import gains_study, remake
from course_utils.finetuning_rlhf import chat_data, ppo, reward, sft
from course_utils.inference import gains
from course_utils.inference.engine import Engine
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.web import LittleWeb
from course_utils.model import save
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import scaling
from course_utils.pretraining.config import TrainConfig
from course_utils.tokenization import shards
from course_utils.tokenization.fast import FastTokenizer

FOLDER = Path(__file__).parent / ".gains"
MODELS = Path(__file__).parent / ".recipes" / "course"
TEMPERATURES = (0.0, 1.0)  # greedy, and as the practice samples
COUNT = 150  # questions of each kind
BYTES = 4  # of text per token, and so how many times as many tokens a text has without merges
VOCABULARY, READ_BYTES = 4096, 6_000_000  # of the tokenizer, as in notebook 02
SMALL = {  # of the tiny scale, where notebook 04 has smaller numbers too
    "pairs": 48,
    "ppo": {"steps": 2, "prompts": 8, "minibatches": 1, "max_new_tokens": 24},
}
# What of the whole chain answers; the other ways have a chain of their own.
STAGE_OF = {
    "untrained": "",
    "base model": "base",
    "base model, prompted": "base",
    "finetuned": "finetuned",
    gains_study.WHOLE: "practised",
}


class Chain:
    """A course with one stage left out, and where its models are kept.

    Attributes:
        course: what the recipe's stages take.
        folder: of the models, a folder for each seed.
        pretrains: False leaves the first weights as they are.
    """

    def __init__(self, course: recipe.Course, folder: Path, pretrains: bool = True) -> None:
        self.course, self.folder, self.pretrains = course, folder, pretrains
        if course.scale == "tiny":
            course.changed = {**SMALL, **course.changed}
            course.reply_tokens = 24

    def sizes(self) -> TransformerConfig:
        """The size of its models."""
        vocabulary = self.course.tokenizer.vocab_size
        usual = TrainConfig.preset(self.course.scale, vocabulary).model
        changed = self.course.changed.get("base", {}).get("model", {})
        return TransformerConfig(**{**vars(usual), **changed})

    def model(self, seed: int, stage: str) -> Transformer:
        """A model of a seed after "base", "finetuned" or "practised", or before all with ""."""
        course, place = self.course, self.folder / str(seed)
        place.mkdir(parents=True, exist_ok=True)
        # A later stage needs none of the earlier ones once it is there.
        if stage and (place / f"{stage}.json").exists():
            return save.load(place / stage)
        if stage == "":
            return Transformer(self.sizes(), seed=seed)
        if stage == "base":
            made = lambda: (recipe.pretrained(course, seed)[0], {})  # noqa: E731
            return recipe.kept(place, stage, made, save.load)[0]
        if stage == "finetuned":
            base = self.model(seed, "base" if self.pretrains else "")
            tuned = lambda: recipe.finetuned(course, seed, base)  # noqa: E731
            return recipe.kept(place, stage, tuned, save.load)[0]
        chat = self.model(seed, "finetuned")
        judged = lambda: recipe.reward_model(course, seed, chat)  # noqa: E731
        scorer, _ = recipe.kept(place, "reward", judged, reward.load_reward)
        policy = lambda: (recipe.by_ppo(course, seed, chat, scorer)[0], {})  # noqa: E731
        return recipe.kept(place, stage, policy, save.load)[0]


def chain(way: str, folder: Path, models: Path) -> Chain:
    """The chain that a way needs; its corpus and tokens are made where they are not there yet."""
    place = folder / re.sub("[ ,]+", "_", way)
    if way == "unfiltered corpus":
        return Chain(without_collection(place), place)
    if way == "byte tokenizer":
        return Chain(of_bytes(place), place)
    if way == "no pretraining":
        course = recipe.Course({})
        course.replay_rows = 0
        return Chain(course, place, pretrains=False)
    return Chain(recipe.Course({}), models)


def without_collection(folder: Path) -> recipe.Course:
    """Every page as it was extracted: no language, quality or privacy rule, no dedup, no mix."""
    course, corpus_folder = recipe.Course({}), folder / "corpus"
    if not corpus_folder.is_dir():
        write_unfiltered(corpus_folder, course.scale)
    corpus = Corpus.load(corpus_folder)
    # Its own tokenizer, trained as notebook 02 does, for that too depends on the pages.
    if not (folder / "tokens" / shards.INDEX_NAME).is_file():
        reading = mix.sample(corpus.train, corpus.mix, READ_BYTES, seed=0)
        FastTokenizer.train(reading, VOCABULARY).save(folder / "tokenizer")
        shards.write(FastTokenizer.load(folder / "tokenizer"), corpus_folder, folder / "tokens")
    course.texts, course.mix = [each.text for each in corpus.train], corpus.mix
    course.tokenizer = FastTokenizer.load(folder / "tokenizer")
    course.tokens = folder / "tokens"
    return course


def write_unfiltered(folder: Path, scale: str) -> None:
    """Crawls as the course does, and keeps all that extraction gives."""
    state = PipelineState()
    with tempfile.TemporaryDirectory() as pages:
        web = LittleWeb(remake.SEED, scale)
        with LittleWebServer(web) as server:
            crawl(web.seeds, Path(pages), proxy=server.proxy_url)
        crawled = sources.archives(Path(pages), state.problems.append)
        extracted = take_pages(state, crawled, PipelineConfig(quality=False, privacy=False))
    kept = [from_page(url, text) for url, text in sorted(extracted.items()) if text.strip()]
    # Validation pages are set aside as ever, so that as much is left to be trained on.
    train, validation, _ = split(kept)
    sizes = Counter()
    for document in train:
        sizes[document.source] += len(document.text.encode("utf-8"))
    # A handful of pages fills no row of training.
    counts = Counter(document.source for document in train)
    sizes = {
        source: n for source, n in sizes.items() if counts[source] >= mix.MixConfig.min_documents
    }
    weights = {source: n / sum(sizes.values()) for source, n in sizes.items()}
    corpora.save(folder, train, validation, [], weights)


def of_bytes(folder: Path) -> recipe.Course:
    """The course's corpus with a vocabulary of bytes, at the computing that tokens take."""
    scale = runtime.scale()
    usual = TrainConfig.preset(scale, VOCABULARY)
    window = BYTES * usual.model.context_tokens
    tokenizer = FastTokenizer()
    sizes = {**vars(usual.model), "vocab_size": tokenizer.vocab_size, "context_tokens": window}
    # Steps of as many tokens, and as many of them as cost the same; the first ones likewise.
    times = cost_per_token(usual.model) / cost_per_token(TransformerConfig(**sizes))
    tuning = sft.config(scale, usual.model)
    practice, scoring = ppo.PPOConfig(), reward.RewardConfig()
    rows, replayed = tuning.batch // 2, sft.REPLAY_ROWS // 2
    course = recipe.Course(
        {
            "base": {
                "model": {"context_tokens": window},
                "context_tokens": window,
                "batch": usual.batch // BYTES,
                "steps": round(usual.steps * times),
                "first_steps": round(usual.first_steps * times),
            },
            "sft": {
                "context_tokens": window,
                "batch": rows,
                "steps": round(tuning.steps * times * tuning.batch / (rows * BYTES)),
            },
            "reward": {"epochs": max(1, round(scoring.epochs * times / BYTES))},
            "ppo": {
                "steps": max(1, round(practice.steps * times / BYTES)),
                "max_new_tokens": practice.max_new_tokens * BYTES,
            },
        }
    )
    course.tokenizer, course.tokens = tokenizer, folder / "tokens"
    course.replay_rows, course.reply_tokens = replayed, course.reply_tokens * BYTES
    if not (course.tokens / shards.INDEX_NAME).is_file():
        shards.write(tokenizer, workspace.load("corpus").path, course.tokens)
    return course


def cost_per_token(config: TransformerConfig) -> float:
    """Operations of training per token: 6 N, and the products of attention over the window."""
    attention = 6 * config.layers * config.width * config.context_tokens
    return scaling.flops(config, 1) + attention


def run(way: str, seed: int, asked: argparse.Namespace) -> list[dict]:
    """Makes a way's chat of a seed, or loads it, and asks it everything at each temperature."""
    folder = asked.folder / runtime.scale()
    made = chain(way, folder, folder / "shipped" if asked.shipped else asked.models)
    if asked.shipped and way in STAGE_OF:
        take_shipped(made.folder / str(seed))
    model = made.model(seed, STAGE_OF.get(way, "practised"))
    shown = []
    if way == "base model, prompted":
        shown = gains.exchanges(chat_data.training_examples(seed, "laptop"))
    questions = gains.questions(asked.count, seed)
    engine, found = Engine(model, made.course.tokenizer), []
    for temperature in TEMPERATURES:
        score = gains.score(engine, questions, shown, temperature, seed)
        shares = {kind: score.share(kind) for kind in gains.KINDS}
        named = {"way": way, "seed": seed, "temperature": temperature, "asked": score.asked}
        found.append(named | shares)
    return found


def take_shipped(place: Path) -> None:
    """Lets the workspace's base and chat model, or the starters, stand for a seed's own."""
    place.mkdir(parents=True, exist_ok=True)
    for name, stage in (("base_model", "base"), ("chat_model", "practised")):
        figures = place / f"{stage}.json"
        if not figures.exists():
            artifact = workspace.load(name)
            save.save(save.load(artifact.path), place / stage)
            figures.write_text(json.dumps({"from": artifact.origin}), encoding="utf-8")


def study(asked: argparse.Namespace) -> list[dict]:
    """All runs that are there, after as many new ones as are allowed."""
    runs_folder = asked.folder / runtime.scale() / "runs"
    runs_folder.mkdir(parents=True, exist_ok=True)
    found, most = [], asked.most
    for seed in asked.seeds:
        for way in asked.ways:
            path = runs_folder / f"{re.sub('[ ,]+', '_', way)}_{seed}.json"
            if not path.exists():
                if most == 0:
                    continue
                most = most if most is None else most - 1
                runtime.seed_everything(seed)
                result = run(way, seed, asked)
                path.write_text(json.dumps(result) + "\n", encoding="utf-8", newline="\n")
                print(json.dumps(result), flush=True)
            found += kept(path, asked.count)
    return found


def kept(path: Path, count: int) -> list[dict]:
    """A way's runs that were finished before; other numbers of questions end the call."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        gains_study.in_order([gains_study.GainsRun(**each) for each in result])
    except (TypeError, ValueError) as error:
        raise SystemExit(f"{path} is damaged ({error!r}). Delete it, and call again.") from None
    if other := {each["asked"] for each in result} - {count}:
        raise SystemExit(
            f"{path} was made with {other.pop()} questions of each kind, and {count} are "
            "asked for.\nAsk for the same, name another --folder, or delete the file."
        )
    return result


def table(runs: Sequence[dict]) -> list[str]:
    """Rows of the table in the results: each way's mean over its seeds, in percent."""
    made = gains_study.in_order(gains_study.GainsRun(**each) for each in runs)
    heads = ("way", "temperature", "seeds", "all", *gains.KINDS)
    rows = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for temperature in TEMPERATURES:
        for way, bar in gains_study.GainsStudy("", made).by_way(temperature).items():
            cells = [
                f"{100 * bar.share[kind]:.1f} +- {100 * bar.standard_error[kind]:.1f}"
                for kind in ("all", *gains.KINDS)
            ]
            named = [way, f"{temperature:g}", str(bar.seeds)]
            rows.append(f"| {' | '.join([*named, *cells])} |")
    return rows


def asked_for(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--ways", nargs="+", default=list(gains_study.WAYS))
    parser.add_argument("--models", type=Path, default=MODELS, help="the recipe's, by seed")
    parser.add_argument("--shipped", action="store_true", help="take the workspace's for a seed")
    parser.add_argument("--count", type=int, default=COUNT, help="questions of each kind")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where all of it is kept")
    parser.add_argument("--most", type=int, help="new runs before it ends")
    parser.add_argument("--write", action="store_true", help="make the notebook's file")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.ways) - set(gains_study.WAYS):
        parser.error(f"there is no way {sorted(unknown)}; there are {list(gains_study.WAYS)}")
    if asked.shipped and asked.seeds != [0]:
        parser.error("--shipped has models of seed 0 alone: say --seeds 0")
    return asked


def main() -> None:
    """Goes on with the study, and prints each way's mean."""
    asked = asked_for()
    runs = study(asked)
    print(*table(runs), sep="\n")
    if asked.write:
        gains_study.save(runs, datetime.date.today().isoformat())


if __name__ == "__main__":
    main()
