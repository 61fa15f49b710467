"""From pages to a corpus: extract, language, quality, privacy, dedup, split, mix.

Each step takes documents and gives documents; what it drops is kept with the step and the reason.
Pages are taken in the order of their addresses, so the order in which threads fetched them leaves
no trace: the same web gives the same bytes.
Left out: the crawl before it, tokens after it, several machines.
Taught in notebook 01, section "The whole pipeline".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from course_utils.data_collection import dedup, language, privacy, quality
from course_utils.data_collection.corpus import Corpus, EmptyCorpus, StepCount
from course_utils.data_collection.dedup import DedupConfig
from course_utils.data_collection.document import Document, Dropped, from_page
from course_utils.data_collection.extract import MAX_PAGE_BYTES, extract, too_long
from course_utils.data_collection.mix import MixConfig, mix
from course_utils.data_collection.sources import Pages, archives
from course_utils.data_collection.split import SplitConfig, split
from course_utils.data_collection.warc import Response

NO_TEXT, TOO_LONG = "no text", f"page of more than {MAX_PAGE_BYTES:,} bytes"
PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain", "")


@dataclass(frozen=True)
class PipelineConfig:
    """The settings of all steps.

    Args:
        language: code of the language to keep.
        quality: False leaves out the quality rules (for an ablation).
        privacy: False leaves out the masks.
        deduplicate: False leaves out all three kinds of deduplication.
        dedup, split, mix: settings of these steps.
    """

    language: str = language.LANGUAGE
    quality: bool = True
    privacy: bool = True
    deduplicate: bool = True
    dedup: DedupConfig = field(default_factory=DedupConfig)
    split: SplitConfig = field(default_factory=SplitConfig)
    mix: MixConfig = field(default_factory=MixConfig)


class _Run:
    """The documents of one run between two steps, with what was dropped and the clock."""

    def __init__(self, problems: Sequence[str] = ()) -> None:
        self.problems = problems
        self.documents: list[Document] = []
        self.dropped: list[Dropped] = []
        self.steps: list[StepCount] = []
        self.given = 0
        self.started = time.perf_counter()

    def done(
        self, step: str, kept: list[Document], dropped: list[Dropped], note: str = ""
    ) -> None:
        """Ends a step; an empty collection ends the run."""
        now = time.perf_counter()
        self.steps.append(StepCount(step, self.given, len(kept), now - self.started, note))
        self.documents, self.started, self.given = kept, now, len(kept)
        self.dropped += dropped
        if not kept:
            raise EmptyCorpus(self.steps, self.dropped, self.problems)

    def filter(self, step: str, judge: Callable[[str], str | None]) -> None:
        """A step that keeps a document or drops it with a reason."""
        kept, dropped = [], []
        for document in self.documents:
            reason = judge(document.text)
            if reason is None:
                kept.append(document)
            else:
                dropped.append(Dropped(document, step, reason))
        self.done(step, kept, dropped)


def collect(
    source: Path | Iterable[Response],
    config: PipelineConfig | None = None,
    *,
    on_page: Callable[[str], None] = lambda url: None,
) -> Corpus:
    """Makes a corpus of what a crawl has kept, or of other pages.

    Args:
        source: a folder that holds *.warc.gz, or one such file; or what sources.read gives.
        config: settings of the steps.
        on_page: called with each page's address after its text was extracted.

    Returns:
        The corpus, with what each step dropped and why.

    Raises:
        FileNotFoundError: there is no WARC file.
        EmptyCorpus: a step left nothing; the message says which step dropped what.
    """
    config = config or PipelineConfig()
    if isinstance(source, (str, Path)):
        source = Pages(str(source), partial(archives, Path(source)))
    problems = source.problems if isinstance(source, Pages) else []
    run = _Run(problems)
    extracted = _extract(run, source, on_page)
    run.filter("language", lambda text: language.judge(text, config.language))
    if config.quality:
        run.filter("quality", lambda text: quality.judge(text).reason)
    if config.privacy:
        _mask(run)
    if config.deduplicate:
        _deduplicate(run, config.dedup)
    train, validation, back = split(run.documents, config.split)
    run.done("split", run.documents, [], f"{len(validation)} for validation, {back} put back")
    return Corpus(
        train=train,
        validation=validation,
        dropped=run.dropped,
        mix=mix((document.source for document in train), config.mix),
        steps=run.steps,
        problems=list(problems),
        extracted=extracted,
    )


def _extract(
    run: _Run, pages: Iterable[Response], on_page: Callable[[str], None]
) -> dict[str, str]:
    """The first step: text out of every good page. Returns the text by address."""
    texts: dict[str, str] = {}
    long: set[str] = set()
    for page in pages:
        kind = page.headers.get("content-type", "").split(";")[0].strip().lower()
        if page.status == 200 and kind in PAGE_TYPES and page.url not in texts:
            run.given += 1
            texts[page.url] = extract(page)
            if too_long(page):
                long.add(page.url)
            on_page(page.url)
    documents = [from_page(url, texts[url]) for url in sorted(texts)]
    empty = [
        Dropped(each, "extract", TOO_LONG if each.url in long else NO_TEXT)
        for each in documents
        if not each.text
    ]
    run.done("extract", [each for each in documents if each.text], empty)
    return texts


def _mask(run: _Run) -> None:
    """Masks the documents; those dropped before are masked too, for they are kept to look at."""
    masked, found = [], 0
    for document in run.documents:
        text, spans = privacy.mask(document.text)
        found += len(spans)
        masked.append(replace(document, text=text))
    run.dropped = [
        replace(each, document=replace(each.document, text=privacy.mask(each.document.text)[0]))
        for each in run.dropped
    ]
    run.done("privacy", masked, [], f"{found} masks")


def _deduplicate(run: _Run, config: DedupConfig) -> None:
    """Repeated lines, copies, near-copies: the cheap ones first."""
    kept, lines = dedup.remove_repeated_lines(run.documents, config)
    run.done("repeated lines", *_without_empty(kept), note=f"{lines} lines taken out")
    run.done(dedup.EXACT, *dedup.drop_exact(run.documents))
    run.done(dedup.NEAR, *dedup.drop_near(run.documents, config))


def _without_empty(documents: list[Document]) -> tuple[list[Document], list[Dropped]]:
    kept = [document for document in documents if document.text.strip()]
    gone = [document for document in documents if not document.text.strip()]
    return kept, [Dropped(document, "repeated lines", "nothing else") for document in gone]
