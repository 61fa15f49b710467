"""From pages to a corpus: extract, language, quality, privacy, dedup, split, mix.

Each step takes documents and gives documents; what it drops is kept with the step and the reason.
Pages are taken in the order of their URLs, so the order in which threads fetched them leaves
no trace: the same web gives the same bytes.
Left out: the crawl before it, tokens after it, more pages than fit into memory, several
machines (many_machines/collect.py).
Taught in notebook 01, section "The whole pipeline".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.dedup import dedup
from course_utils.data_collection.dedup.dedup import DedupConfig
from course_utils.data_collection.document import Document, Dropped
from course_utils.data_collection.mix import mix
from course_utils.data_collection.sources import Pages, archives
from course_utils.data_collection.split import split
from course_utils.data_collection.steps import PipelineConfig, PipelineState, take_pages


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
        on_page: called with each page's URL after its text was extracted.

    Returns:
        The corpus, with what each step dropped and why.

    Raises:
        FileNotFoundError: there is no WARC file.
        EmptyCorpus: a step left nothing; the message says which step dropped what.
    """
    config = config or PipelineConfig()
    problems: list[str] = []
    # A folder or file becomes its responses; what sources.read gives notes its own problems.
    if isinstance(source, (str, Path)):
        source = archives(Path(source), problems.append)
    elif isinstance(source, Pages):
        problems = source.problems
    state = PipelineState(problems)
    # What looks at one page at a time: text, language, quality, masks.
    extracted = take_pages(state, source, config, on_page)
    # What compares pages with each other.
    if config.deduplicate:
        _deduplicate(state, config.dedup)
    # After deduplication: a copy in training would give a validation page away.
    train, validation, back = split(state.documents, config.split)
    note = f"{len(validation)} for validation, {back} put back"
    state.end_step("split", state.documents, [], note)
    return Corpus(
        train=train,
        validation=validation,
        dropped=state.dropped,
        mix=mix((document.source for document in train), config.mix),
        steps=state.steps,
        problems=list(state.problems),
        extracted=extracted,
    )


def _deduplicate(state: PipelineState, config: DedupConfig) -> None:
    """Repeated lines, copies, near-copies: the cheap ones first."""
    # A page that held nothing but repeated lines is empty now, and goes with them.
    kept, lines = dedup.remove_repeated_lines(state.documents, config)
    state.end_step(dedup.REPEATED, *_without_empty(kept), note=f"{lines} lines taken out")
    # Hashes find equal pages at once, so fewer are left for the slower comparison.
    state.end_step(dedup.EXACT, *dedup.drop_exact(state.documents))
    state.end_step(dedup.NEAR, *dedup.drop_near(state.documents, config))


def _without_empty(documents: list[Document]) -> tuple[list[Document], list[Dropped]]:
    kept, dropped = [], []
    for document in documents:
        if document.text.strip():
            kept.append(document)
        else:
            dropped.append(Dropped(document, dedup.REPEATED, dedup.NOTHING_ELSE))
    return kept, dropped
