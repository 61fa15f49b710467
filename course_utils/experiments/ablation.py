"""What each step of the collection does to a model: one small model trained on four forms.

Same weights to begin with, same tokenizer, same number of steps, same order of draws: only the
text differs (crawl_slice.py says how). The tokenizer is trained on the deduplicated form.
The number of steps is the same, so a shorter text is read more often: a cleaner corpus spends the
same computing on fewer pages. Left out: the mix, larger models. Several seeds are trained by
`python -m benchmarks.ablation`.
Taught in notebook 01, section "What it does to the model".
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from course_utils import checks, runtime
from course_utils.data_collection.clean import privacy
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.scoring.score import Label
from course_utils.experiments import small_model
from course_utils.experiments.crawl_slice import Slice, cut
from course_utils.experiments.outcome import Ablation, Outcome
from course_utils.model.generate import generate, one_thread
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import evaluate
from course_utils.pretraining.overlap import longest_runs
from course_utils.tokenization.fast import FastTokenizer
from course_utils.tokenization.special_tokens import END

MODEL = TransformerConfig(
    vocab_size=1536, width=64, layers=1, heads=4, intermediate_size=168, context_tokens=64
)
WORKERS = 2  # models trained at the same time; more would wait for one another
COPIED = 0.5  # a sample is copied where its longest run is more than this share of its words


@dataclass(frozen=True)
class AblationConfig:
    """The settings of one comparison.

    Args:
        model: the size; the default has 0.25 million weights.
        steps, batch: of training; rows have the model's whole context.
        passes: instead of steps, how many times over each form is read.
        muon_lr, adamw_lr: higher than the course's, for the run is short.
        samples: how many texts each model writes to be judged.
        temperature: of the sampling.
        seed: of the starting weights, the draws and the sampling.
    """

    model: TransformerConfig = MODEL
    steps: int = 380
    batch: int = 8
    passes: float | None = None
    muon_lr: float = 0.03
    adamw_lr: float = 0.05
    samples: int = 200
    temperature: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        checks.kind("model", self.model, TransformerConfig)
        for name in ("steps", "batch", "samples"):
            checks.whole(name, getattr(self, name), least=1)
        for name in ("muon_lr", "adamw_lr"):
            checks.number(name, getattr(self, name), above=0)
        if self.passes is not None:
            checks.number("passes", self.passes, above=0)
        checks.number("temperature", self.temperature, least=0)
        checks.whole("seed", self.seed)


@dataclass(frozen=True)
class _Exam:
    """What every model is asked, whatever it read."""

    tokenizer: FastTokenizer
    judge: JunkJudge
    facts: Sequence[evaluate.Fact]
    holdout: tuple[np.ndarray, int]  # token ids, and the bytes they stand for


def compare(
    corpus: Corpus, labels: Mapping[str, Label], config: AblationConfig | None = None
) -> Ablation:
    """Trains one small model on each form of a slice of the crawl, and examines it.

    Args:
        corpus: straight from collect().
        labels: url -> what is true of the page.
        config: settings.

    Raises:
        ValueError: the corpus has no extracted texts, or no page of the atlas.
    """
    return compare_slice(cut(corpus, labels), config)


def compare_slice(part: Slice, config: AblationConfig | None = None) -> Ablation:
    """As compare, on a slice that was cut before.

    Models are trained side by side, each by one thread, so that the figures do not depend on the
    number of cores.
    """
    # One exam for all, made before the first model, so that no form has an easier one.
    config = config or AblationConfig()
    exam = _exam(part, config)
    with (
        one_thread(),
        ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1)) as pool,
        runtime.Progress("training on four forms of the crawl", len(part.texts)) as progress,
    ):
        runs = {
            form: pool.submit(_run, form, texts, exam, config)
            for form, texts in part.texts.items()
        }
        # In the order of the forms, whichever is finished first.
        outcomes = []
        for form, run in runs.items():
            outcomes.append(run.result())
            progress.advance(1, form)
    return Ablation(tuple(outcomes), part.junk, part.web_junk, config.seed)


def _exam(part: Slice, config: AblationConfig) -> _Exam:
    tokenizer = FastTokenizer.train(part.texts["deduplicated"], config.model.vocab_size)
    holdout_bytes = sum(len(text.encode("utf-8")) for text in part.holdout)
    return _Exam(
        tokenizer,
        JunkJudge(part.others),
        evaluate.facts_of(part.countries),
        (small_model.token_ids(tokenizer, part.holdout), holdout_bytes),
    )


def _trained(tokens: np.ndarray, config: AblationConfig) -> Transformer:
    """A model that has read the tokens."""
    steps, rates = _steps(len(tokens), config), (config.muon_lr, config.adamw_lr)
    return small_model.trained(tokens, config.model, steps, config.batch, *rates, config.seed)


def _steps(tokens: int, config: AblationConfig) -> int:
    if config.passes is None:
        return config.steps
    return max(1, round(config.passes * tokens / (config.batch * config.model.context_tokens)))


def _run(form: str, texts: list[str], exam: _Exam, config: AblationConfig) -> Outcome:
    """One model from its text to its marks."""
    tokens = small_model.token_ids(exam.tokenizer, texts)
    model = _trained(tokens, config)
    # Three things are asked of it: clean text, facts, and what it writes by itself.
    bits = evaluate.bits_per_byte(model, {"held out": exam.holdout})["all"]
    facts = evaluate.fact_accuracy(model, exam.tokenizer, exam.facts)
    samples = _samples(model, exam.tokenizer, config)
    runs = longest_runs(samples, texts)
    shares = [run / max(1, len(text.split())) for run, text in zip(runs, samples, strict=True)]
    return Outcome(
        form=form,
        documents=len(texts),
        text_bytes=sum(len(text.encode("utf-8")) for text in texts),
        passes=_steps(len(tokens), config)
        * config.batch
        * config.model.context_tokens
        / len(tokens),
        bits_per_byte=bits,
        junk_samples=exam.judge.share(samples),
        private_samples=_share(bool(privacy.find(text)) for text in samples),
        copied_samples=_share(share > COPIED for share in shares),
        overlap=sum(shares) / len(shares),
        facts=facts,
        samples=tuple(samples),
    )


def _samples(model: Transformer, tokenizer: FastTokenizer, config: AblationConfig) -> list[str]:
    """What the model writes when it is asked for a page and told nothing else."""
    room = config.model.context_tokens - 1
    drawn = SamplingConfig(temperature=config.temperature, seed=config.seed, max_new_tokens=room)
    written = generate(model, [[END]] * config.samples, drawn)
    return [tokenizer.decode(row.ids) for row in written]


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return sum(counted) / len(counted)


LETTERS = 600  # of a text are looked at


class JunkJudge:
    """Tells junk from good English text.

    Args:
        pages: (text, whether it is junk), some of each.

    Raises:
        ValueError: one of the two sides has no text.

    Source: Graham 2002, A Plan for Spam, for naive Bayes against spam.
    """

    def __init__(self, pages: Iterable[tuple[str, bool]]) -> None:
        counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        for text, junk in pages:
            counts[junk].update(_runs(text))
        if not (counts[True] and counts[False]):
            missing = "good pages" if counts[True] else "junk"
            raise ValueError(f"the judge got no {missing} to learn from; give it some of both.")
        # Add-one smoothing: a run that one side never has must not decide alone.
        totals = {side: count.total() + len(count) for side, count in counts.items()}
        self.odds = {
            run: math.log((counts[True][run] + 1) / totals[True])
            - math.log((counts[False][run] + 1) / totals[False])
            for run in counts[True] | counts[False]
        }

    def __call__(self, text: str) -> bool:
        """Whether a text looks more like junk than like a good page."""
        return math.fsum(self.odds.get(run, 0.0) for run in _runs(text)) > 0

    def share(self, texts: Iterable[str]) -> float:
        """The share of texts that look like junk; 0 where there are none."""
        verdicts = list(map(self, texts))
        return sum(verdicts) / max(1, len(verdicts))


def _runs(text: str) -> list[str]:
    """Every run of three letters of a text's beginning, spaces and signs included."""
    text = " ".join(text[:LETTERS].lower().split())
    return ["".join(run) for run in zip(text, text[1:], text[2:], strict=False)]
