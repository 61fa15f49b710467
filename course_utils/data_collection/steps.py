"""The steps that look at one page at a time, and the state that goes from step to step.

Extraction, language, quality and privacy need nothing but the page itself, so they can be done
anywhere and in any order; shards.py does them on many machines.
Left out: the steps that compare pages with each other (pipeline.py, dedup.py).
Taught in notebook 01, section "The whole pipeline".
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from course_utils import checks
from course_utils.data_collection import failures
from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.clean import language, privacy, quality
from course_utils.data_collection.clean.extract import MAX_PAGE_BYTES, extract, too_long
from course_utils.data_collection.corpus import EmptyCorpus, StepCount
from course_utils.data_collection.dedup.dedup import DedupConfig
from course_utils.data_collection.document import Document, Dropped, from_page
from course_utils.data_collection.mix import MixConfig
from course_utils.data_collection.split import SplitConfig

EXTRACT, LANGUAGE, QUALITY, PRIVACY = "extract", "language", "quality", "privacy"
NO_TEXT, TOO_LONG = "no text", f"page of more than {MAX_PAGE_BYTES:,} bytes"
# Servers leave it out at times, hence "".
PAGE_TYPES = ("text/html", "application/xhtml+xml", "text/plain", "")
T = TypeVar("T")


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

    def __post_init__(self) -> None:
        for name in ("quality", "privacy", "deduplicate"):
            checks.flag(name, getattr(self, name))
        for name, wanted in (("dedup", DedupConfig), ("split", SplitConfig), ("mix", MixConfig)):
            checks.kind(name, getattr(self, name), wanted)

    @property
    def page_steps(self) -> tuple[str, ...]:
        """The names of the steps that look at one page at a time, in their order."""
        return (EXTRACT, LANGUAGE) + (QUALITY,) * self.quality + (PRIVACY,) * self.privacy


class PipelineState:
    """The documents between two steps of a collection, with what was dropped and the clock.

    Attributes:
        documents: what is left, sorted by URL.
        dropped: what is not, in the order of the steps.
        steps: what each step took and gave.
        masks: URL -> how many masks its text got; only where there are any.
        problems: sentences about what could not be read, and about pages on which a step failed.

    Args:
        problems: the list of those sentences, to which more are added.
        may_be_empty: True where others may hold more documents.
    """

    def __init__(self, problems: list[str] | None = None, may_be_empty: bool = False) -> None:
        self.problems = [] if problems is None else problems
        self.may_be_empty = may_be_empty
        self.documents: list[Document] = []
        self.dropped: list[Dropped] = []
        self.steps: list[StepCount] = []
        self.masks: dict[str, int] = {}
        self.given = 0
        self.failed: list[str] = []  # in this step
        self.started = time.perf_counter()

    def end_step(
        self, step: str, kept: list[Document], dropped: list[Dropped], note: str = ""
    ) -> None:
        """Ends a step; an empty collection ends everything.

        Raises:
            EmptyCorpus: nothing is left.
        """
        # The clock runs from the end of the step before, so that no time is lost between them.
        now = time.perf_counter()
        self.steps.append(StepCount(step, self.given, len(kept), now - self.started, note))
        self.documents, self.started, self.given = kept, now, len(kept)
        self.dropped += dropped
        # What failed is said aloud once a step, and stays among the problems.
        failed, self.failed = self.failed, []
        self.problems += failed
        failures.warn(step, failed)
        # Every later step would fail on nothing, less clearly than here.
        if not kept and not self.may_be_empty:
            raise EmptyCorpus(self.steps, self.dropped, self.problems)

    def attempt(self, step: str, url: str, work: Callable[[], T]) -> tuple[T | None, str | None]:
        """Does a step's work on one page, which may fail without harm to the others.

        Returns:
            What the work gave and None, or None and why the page is dropped.
        """
        try:
            return work(), None
        except Exception as error:
            self.failed.append(failures.sentence(url, step, error))
            return None, failures.reason(error)

    def filter(self, step: str, judge: Callable[[str], str | None]) -> None:
        """A step that keeps a document or drops it with a reason."""
        # Kept or dropped with its reason: nothing leaves the pipeline unseen.
        kept, dropped = [], []
        for document in self.documents:
            verdict, failed = self.attempt(step, document.url, partial(judge, document.text))
            reason = verdict or failed
            if reason is None:
                kept.append(document)
            else:
                dropped.append(Dropped(document, step, reason))
        self.end_step(step, kept, dropped)


def take_pages(
    state: PipelineState,
    pages: Iterable[Response],
    config: PipelineConfig,
    on_page: Callable[[str], None] = lambda url: None,
) -> dict[str, str]:
    """Does all steps that look at one page at a time.

    Args:
        state: an empty one; gets the documents and what was dropped.
        pages: responses in any order; of two with one URL the first counts.
        config: settings of the steps.
        on_page: called with each page's URL after its text was extracted.

    Returns:
        URL -> text before any filter and mask.

    Raises:
        EmptyCorpus: a step left nothing, unless it may be empty.
    """
    extracted = _extract(state, pages, on_page)
    # The filters read the text before it is masked, as the page said it.
    state.filter(LANGUAGE, lambda text: language.judge(text, config.language))
    if config.quality:
        state.filter(QUALITY, lambda text: quality.judge(text).reason)
    if config.privacy:
        _mask(state)
    return extracted


def _extract(
    state: PipelineState, pages: Iterable[Response], on_page: Callable[[str], None]
) -> dict[str, str]:
    """The first step: text out of every good page. Returns the text by URL."""
    texts: dict[str, str] = {}
    reasons: dict[str, str] = {}  # of pages without a text, where it is not NO_TEXT
    # Good pages only; of two with one URL the first counts.
    for page in pages:
        if page.status == 200 and page.media_type in PAGE_TYPES and page.url not in texts:
            state.given += 1
            text, failed = state.attempt(EXTRACT, page.url, partial(extract, page))
            texts[page.url] = text or ""
            if failed or too_long(page):
                reasons[page.url] = failed or TOO_LONG
            on_page(page.url)
    # From here on pages go by their URLs, in whatever order they came.
    kept, dropped = [], []
    for url in sorted(texts):
        document = from_page(url, texts[url])
        if document.text:
            kept.append(document)
        else:
            dropped.append(Dropped(document, EXTRACT, reasons.get(url, NO_TEXT)))
    state.end_step(EXTRACT, kept, dropped)
    return texts


def _mask(state: PipelineState) -> None:
    """Masks the documents; those dropped before are masked too, for they are kept to look at."""
    masked, unmasked = [], []
    for document in state.documents:
        hidden, failed = state.attempt(PRIVACY, document.url, partial(privacy.mask, document.text))
        # A text that cannot be masked is not kept anywhere: nobody knows what stands in it.
        if hidden is None:
            unmasked.append(Dropped(replace(document, text=""), PRIVACY, failed))
            continue
        # Counted by URL, so that each page's number of masks stays known.
        text, spans = hidden
        if spans:
            state.masks[document.url] = len(spans)
        masked.append(replace(document, text=text))
    for place, gone in enumerate(state.dropped):
        url, text = gone.document.url, gone.document.text
        hidden, _ = state.attempt(PRIVACY, url, partial(privacy.mask, text))
        state.dropped[place] = replace(
            gone, document=replace(gone.document, text=hidden[0] if hidden else "")
        )
    state.end_step(PRIVACY, masked, unmasked, masks_note(sum(state.masks.values())))


def masks_note(masks: int) -> str:
    """How many masks were set, in words."""
    return f"{masks} masks"
