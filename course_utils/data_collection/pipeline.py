"""From pages to a corpus: extract, language, quality, privacy, dedup, split, mix.

Each step takes documents and gives documents; what it drops is kept with the step and the reason.
Pages are taken in the order of their addresses, so the order in which threads fetched them leaves
no trace: the same web gives the same bytes.
Left out: the crawl before it, tokens after it, more pages than fit into memory, several
machines (many_machines/collect.py).
Taught in notebook 01, section "The whole pipeline".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from course_utils.data_collection.archives.sources import Pages, archives
from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.dedup import dedup
from course_utils.data_collection.dedup.dedup import DedupConfig
from course_utils.data_collection.document import Document, Dropped
from course_utils.data_collection.mix import mix
from course_utils.data_collection.split import split
from course_utils.data_collection.steps import PipelineConfig, Run, take_pages


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
    run = Run(source.problems if isinstance(source, Pages) else ())
    extracted = take_pages(run, source, config, on_page)
    return _finish(run, config, extracted)


def _finish(run: Run, config: PipelineConfig, extracted: dict[str, str]) -> Corpus:
    """Does the steps that compare pages with each other, and closes the books."""
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
        problems=list(run.problems),
        extracted=extracted,
    )


def _deduplicate(run: Run, config: DedupConfig) -> None:
    """Repeated lines, copies, near-copies: the cheap ones first."""
    kept, lines = dedup.remove_repeated_lines(run.documents, config)
    run.done(dedup.REPEATED, *_without_empty(kept), note=f"{lines} lines taken out")
    run.done(dedup.EXACT, *dedup.drop_exact(run.documents))
    run.done(dedup.NEAR, *dedup.drop_near(run.documents, config))


def _without_empty(documents: list[Document]) -> tuple[list[Document], list[Dropped]]:
    kept = [document for document in documents if document.text.strip()]
    gone = [document for document in documents if not document.text.strip()]
    return kept, [Dropped(document, dedup.REPEATED, dedup.NOTHING_ELSE) for document in gone]
