"""What a small model knows when pages are taken back, and when pages contradict one another.

A slice of the reader's crawl: every training page that states a fact about one of 30 countries.
Unpublished: some countries lose one of their pages, some two, some all; the model is trained anew
on what is left and completes the statement of every fact. Contradicted: in some of the pages that
state a fact, a false value stands in place of the true one; then the model is asked how likely it
finds either. Within one run every country or fact has a dose of its own, so one training shows the
whole curve. Left out: the reader's large model, for it would have to be trained anew for hours.
Several seeds are trained by `python -m benchmarks.unpublish`. Taught in notebook 05, section
"Where did it read that?".
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from course_utils import checks
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.document import Document
from course_utils.experiments import small_model
from course_utils.experiments.crawl_slice import ATLAS, COUNTRIES, folder_of, rank
from course_utils.inference.sources import TRAINING, Source, Sources
from course_utils.littleweb.rng import Rng
from course_utils.model.generate import one_thread
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import evaluate
from course_utils.pretraining.inside.hooks import log_odds
from course_utils.tokenization.fast import FastTokenizer

REMOVED = ("none", "one", "two", "all but two", "all but one", "all")
MODEL = TransformerConfig(
    vocab_size=1024, width=64, layers=1, heads=4, intermediate_size=168, context_tokens=64
)


@dataclass(frozen=True)
class UnpublishConfig:
    """The settings of one run.

    Args:
        countries: how many; a multiple of the levels of REMOVED shares them out evenly.
        model: its size; the vocabulary is trained on the slice.
        passes: how often the whole slice would be read; what is unpublished leaves more reading
            to the rest.
        batch: rows per step, of the model's whole context.
        muon_lr, adamw_lr: higher than the course's, for the run is short.
        seed: who loses what, the starting weights and the draws.
    """

    countries: int = COUNTRIES
    model: TransformerConfig = MODEL
    passes: float = 15
    batch: int = 16
    muon_lr: float = 0.03
    adamw_lr: float = 0.03
    seed: int = 0

    def __post_init__(self) -> None:
        checks.whole("countries", self.countries, least=1)
        checks.kind("model", self.model, TransformerConfig)
        checks.number("passes", self.passes, above=0)
        checks.whole("batch", self.batch, least=1)
        checks.whole("seed", self.seed)
        for name in ("muon_lr", "adamw_lr"):
            checks.number(name, getattr(self, name), above=0)


@dataclass(frozen=True)
class Slice:
    """The pages that state facts about some countries.

    Args:
        facts: that are asked for.
        sources: (country, kind) -> the pages that say something of it, in the crawl's order.
        documents: all these pages, each once, in an order of their own.
    """

    facts: tuple[evaluate.Fact, ...]
    sources: dict[tuple[str, str], list[Source]]
    documents: tuple[Document, ...]

    def pages_of(self, country: str) -> list[str]:
        """The addresses of all pages that state a fact of a country."""
        told = [page.document.url for (name, _), pages in self.sources.items()
                if name == country for page in pages]  # fmt: skip
        return list(dict.fromkeys(told))


def cut(corpus: Corpus, countries: int = COUNTRIES) -> Slice:
    """The slice of a crawl: the training pages that state a fact about so many countries.

    Args:
        corpus: as notebook 01 saved it.
        countries: how many; which ones is decided by a hash of their names.

    Raises:
        ValueError: the crawl has no page of the atlas.
    """
    checks.whole("countries", countries, least=1)
    folders = {folder_of(page.url) for page in corpus.train if page.source == ATLAS}
    if not folders:
        raise ValueError(
            "The crawl has no page of the atlas, so no country to ask about.\n"
            "Collect the Little Web with notebook 01."
        )
    facts = tuple(evaluate.facts_of(sorted(folders, key=rank)[:countries]))
    crawl = Sources(corpus)
    sources = {
        (fact.country, fact.kind): [
            page for page in crawl.about(fact.country, fact.kind) if page.used == TRAINING
        ]
        for fact in facts
    }
    pages = {page.document.url: page.document for told in sources.values() for page in told}
    return Slice(facts, sources, tuple(pages[url] for url in sorted(pages, key=rank)))


@dataclass(frozen=True)
class FactLeft:
    """One fact after pages were taken back.

    Args:
        country, kind: which fact.
        removed: how many of its country's pages are gone, one of REMOVED.
        pages_left: that still state it.
        asked_wording: whether one of them has the very words that the model has to complete.
        right: whether the model completes them with a true value.
    """

    country: str
    kind: str
    removed: str
    pages_left: int
    asked_wording: bool
    right: bool


def unpublished(part: Slice, config: UnpublishConfig | None = None) -> list[FactLeft]:
    """Takes pages of some countries back, trains a small model on the rest, and asks it.

    Args:
        part: as `cut` gives it.
        config: the settings.

    Raises:
        ValueError: nothing is left to read.
    """
    config = config or UnpublishConfig()
    # Each country gets a dose; the same number of countries for each.
    rng = Rng(f"{config.seed}/unpublish")
    names = list(dict.fromkeys(fact.country for fact in part.facts))
    rng.shuffle(names)
    doses = {name: REMOVED[number % len(REMOVED)] for number, name in enumerate(names)}
    # Which pages are gone: the first of them in an order of chance.
    gone: set[str] = set()
    for name, dose in doses.items():
        urls = part.pages_of(name)
        rng.child(name).shuffle(urls)
        many = (0, 1, 2, max(0, len(urls) - 2), max(0, len(urls) - 1), len(urls))
        gone.update(urls[: many[REMOVED.index(dose)]])
    # The model reads what is left, and is asked for everything.
    kept = [page.text for page in part.documents if page.url not in gone]
    model, tokenizer = _read(kept, part, config)
    mistakes = {
        (country, kind)
        for country, kind, *_ in evaluate.fact_accuracy(model, tokenizer, part.facts).mistakes
    }
    prompts = {(one.country, one.kind): one.prompt for one in evaluate.statements(part.facts)}
    left = []
    for key, prompt in prompts.items():
        pages = [page for page in part.sources[key] if page.document.url not in gone]
        asked = any(page.sentence.startswith(prompt) for page in pages)
        count = len({page.document.url for page in pages})
        left.append(FactLeft(*key, doses[key[0]], count, asked, key not in mistakes))
    return left


@dataclass(frozen=True)
class Contradiction:
    """One fact of which some pages say something false.

    Args:
        country, kind, true, false: what is true, and what some pages say instead.
        false_pages, true_pages: how many say either.
        belief: how likely the model finds the false value, of the two together, 0..1.
    """

    country: str
    kind: str
    true: str
    false: str
    false_pages: int
    true_pages: int
    belief: float

    @property
    def false_share(self) -> float:
        """The share of its pages that say the false value."""
        return self.false_pages / (self.false_pages + self.true_pages)


def contradicted(part: Slice, config: UnpublishConfig | None = None) -> list[Contradiction]:
    """Puts a false value into some of the pages of each fact, trains, and asks for either.

    Of a fact's pages none, one, two ... or all are false; how many goes round, so that every
    share occurs about equally often. The false value is another country's.

    Args:
        part: as `cut` gives it.
        config: the settings.
    """
    config = config or UnpublishConfig()
    rng = Rng(f"{config.seed}/contradict")
    texts = {page.url: page.text for page in part.documents}
    planted = []
    facts = [fact for fact in part.facts if part.sources[fact.country, fact.kind]]
    for number, fact in enumerate(facts):
        # A value that is true of another country of the slice, and in no way of this one.
        values = sorted({other.values[0] for other in facts if other.kind == fact.kind})
        others = [value for value in values if value not in fact.values]
        if not others:
            continue
        child = rng.child(f"{fact.country}/{fact.kind}")
        false = child.choice(others)
        pages: dict[str, list[Source]] = {}
        for page in part.sources[fact.country, fact.kind]:
            if page.claim.value == fact.values[0]:
                pages.setdefault(page.document.url, []).append(page)
        # Which of the pages lie: all their sentences about it.
        urls, many = list(pages), number % (len(pages) + 1)
        child.shuffle(urls)
        for page in (page for url in urls[:many] for page in pages[url]):
            lie = page.sentence.replace(fact.values[0], false)
            url = page.document.url
            texts[url] = texts[url].replace(page.sentence, lie)
        planted.append((fact, false, many, len(urls) - many))
    return _beliefs(planted, *_read(list(texts.values()), part, config))


def _beliefs(
    planted: Sequence[tuple[evaluate.Fact, str, int, int]],
    model: Transformer,
    tokenizer: FastTokenizer,
) -> list[Contradiction]:
    """How likely the model finds either value after the statement's beginning."""
    prompts = {(s.country, s.kind): s.prompt for s in evaluate.statements()}
    rows = []
    for fact, false, *_ in planted:
        asked = tokenizer.encode(prompts[fact.country, fact.kind])
        rows += [(asked, tokenizer.encode(f" {value}.")) for value in (fact.values[0], false)]
    nats, _ = log_odds(model.eval(), rows)
    odds = nats.double().view(-1, 2).softmax(1)[:, 1].tolist()
    return [
        Contradiction(fact.country, fact.kind, fact.values[0], false, *pages, belief)
        for (fact, false, *pages), belief in zip(planted, odds, strict=True)
        if sum(pages)
    ]


def both(
    part: Slice, config: UnpublishConfig | None = None
) -> tuple[list[FactLeft], list[Contradiction]]:
    """The two experiments side by side, each on one thread; see `unpublished`, `contradicted`."""
    with one_thread(), ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        runs = [pool.submit(each, part, config) for each in (unpublished, contradicted)]
        return runs[0].result(), runs[1].result()


def known_by_dose(left: Sequence[FactLeft]) -> dict[str, float]:
    """How many of a dose's pages are gone -> the share of the facts that are known, 0..1."""
    rights = {dose: [fact.right for fact in left if fact.removed == dose] for dose in REMOVED}
    return {dose: sum(right) / len(right) for dose, right in rights.items() if right}


def mean_belief(told: Sequence[Contradiction], least: float, most: float) -> float:
    """The mean belief in falsehoods that stand on such a share of their pages.

    Raises:
        ValueError: there is no fact of such a share.
    """
    beliefs = [fact.belief for fact in told if least <= fact.false_share <= most]
    if not beliefs:
        raise ValueError(f"No fact is false on {least} to {most} of its pages; widen the shares.")
    return sum(beliefs) / len(beliefs)


def _read(
    texts: Sequence[str], part: Slice, config: UnpublishConfig
) -> tuple[Transformer, FastTokenizer]:
    """A model that has read the texts, with its tokenizer, which knows the whole slice."""
    whole = [page.text for page in part.documents]
    tokenizer = FastTokenizer.train(whole, config.model.vocab_size)
    # Equally many steps whatever was taken back: so long as the whole slice takes.
    row = config.batch * config.model.context_tokens
    steps = round(config.passes * len(small_model.token_ids(tokenizer, whole)) / row)
    tokens = small_model.token_ids(tokenizer, texts)
    rates = config.muon_lr, config.adamw_lr
    model = small_model.trained(
        tokens, config.model, max(1, steps), config.batch, *rates, config.seed
    )
    return model, tokenizer
