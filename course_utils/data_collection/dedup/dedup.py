"""Removes what the collection says twice: repeated lines, copies and near-copies of documents.

Which copy stays? The pipeline cannot know who wrote first. It looks at the company a page keeps:
a host that copies has many pages that stand elsewhere too, so of two copies the one stays whose
host has the smaller share of such pages; where that is equal, the one whose address sorts first.
Left out: copies of parts of documents; more pages than fit into memory (merge.py).
Taught in notebook 01, section "Saying it once".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from course_utils import checks
from course_utils.data_collection.dedup.minhash import (
    PERMUTATIONS,
    candidates,
    minhash,
    minhash_fast,
)
from course_utils.data_collection.dedup.shingles import each_shingle_set, fingerprint, jaccard
from course_utils.data_collection.document import Document, Dropped

REPEATED, EXACT, NEAR = "repeated lines", "exact duplicates", "near duplicates"
NOTHING_ELSE = "nothing else"  # why a document of repeated lines alone is dropped
BLOCK_TEXTS = 512
Line = tuple[str, str]  # a source and a line


@dataclass(frozen=True)
class DedupConfig:
    """What counts as a repetition.

    Args:
        threshold: Jaccard similarity of two documents' sets of five words, 0..1; somewhat below
            the 0.8 that is aimed at, because extraction loses a line here and there.
        bands: LSH bands; 128 values in 32 bands of 4 find 999 of 1,000 pairs at similarity 0.7.
        line_documents: a line that stands in this many documents of one source is boilerplate.
        line_letters: shorter lines ("The end.") are never boilerplate.
        fast: sign with rensa; False signs with the NumPy version of the notebook.
    """

    threshold: float = 0.75
    bands: int = 32
    line_documents: int = 20
    line_letters: int = 20
    fast: bool = True

    def __post_init__(self) -> None:
        checks.share("threshold", self.threshold)
        for name in ("bands", "line_documents"):
            checks.whole(name, getattr(self, name), least=1)
        checks.whole("line_letters", self.line_letters)
        checks.flag("fast", self.fast)


def signature_blocks(texts: Iterable[str], fast: bool = True) -> Iterator[np.ndarray]:
    """The MinHash signatures of texts, some hundred at a time, so that few shingles are held.

    Args:
        texts: any number, gone through once.
        fast: sign with rensa; False signs with the NumPy version of the notebook.

    Yields:
        (BLOCK_TEXTS or fewer, P) uint32; both ways of signing give numbers of 32 bits.
    """
    sign, sets = minhash_fast if fast else minhash, each_shingle_set(texts)
    while block := list(islice(sets, BLOCK_TEXTS)):
        yield sign(block, PERMUTATIONS).astype(np.uint32)


def remove_repeated_lines(
    documents: Sequence[Document], config: DedupConfig | None = None
) -> tuple[list[Document], int]:
    """Takes out lines that stand in many documents of a source: menus that extraction left in.

    Args:
        documents: any number.
        config: line_documents and line_letters are used.

    Returns:
        The documents without those lines, and how many lines were taken out.
    """
    common = repeated_lines(documents, config or DedupConfig())
    kept, removed = [], 0
    for document in documents:
        text, lines = without_lines(document, common)
        removed += lines
        kept.append(replace(document, text=text) if lines else document)
    return kept, removed


def without_lines(document: Document, common: Container[Line]) -> tuple[str, int]:
    """A document's text without the common lines of its source, and how many those were."""
    lines = document.text.split("\n\n")
    good = [line for line in lines if (document.source, line) not in common]
    return "\n\n".join(good), len(lines) - len(good)


def countable_lines(document: Document, config: DedupConfig) -> set[Line]:
    """The lines of a document that are long enough to be boilerplate, each with its source."""
    lines = set(document.text.splitlines())
    return {(document.source, line) for line in lines if len(line) >= config.line_letters}


def repeated_lines(documents: Sequence[Document], config: DedupConfig) -> set[Line]:
    """The lines that stand in many documents of a source, each with its source.

    Hashes are counted first, so that the lines themselves, nearly all of which occur once, need
    not be held; then the few lines whose hash is frequent.
    """

    def lines() -> Iterator[Line]:
        for document in documents:
            yield from countable_lines(document, config)

    hashes = Counter(map(hash, lines()))
    frequent = {number for number, count in hashes.items() if count >= config.line_documents}
    # Two lines may share a hash, so the lines themselves are counted again.
    counts = Counter(line for line in lines() if hash(line) in frequent)
    return {line for line, count in counts.items() if count >= config.line_documents}


def copied_share(
    pairs: Iterable[tuple[int, int]], source: Callable[[int], str], pages: Mapping[str, int]
) -> dict[str, float]:
    """Source -> the share of its pages that stand, or nearly stand, on another source too.

    Args:
        pairs: numbers of pages that are copies of each other.
        source: gives the source of a page's number.
        pages: source -> how many pages it has.
    """
    copied: set[int] = set()
    for first, second in pairs:
        if source(first) != source(second):
            copied |= {first, second}
    copies = Counter(map(source, copied))
    return {name: copies[name] / count for name, count in pages.items()}


def exact_copies(
    groups: Sequence[Sequence[int]], source: Callable[[int], str], pages: Mapping[str, int]
) -> dict[int, int]:
    """Of each group of pages with the same words, the most original stays.

    Args:
        groups: numbers of pages with the same words, at least two in a group; numbers follow the
            pages' addresses.
        source, pages: as for copied_share.

    Returns:
        Number of each other page -> number of the one that stays.
    """
    # Every group's first with each other: enough to know whose host copies.
    pairs = ((group[0], other) for group in groups for other in group[1:])
    share = copied_share(pairs, source, pages)
    stays_instead: dict[int, int] = {}
    for group in groups:
        original = min(group, key=lambda number: (share[source(number)], number))
        stays_instead |= {number: original for number in group if number != original}
    return stays_instead


def near_copies(
    similarity: Mapping[tuple[int, int], float],
    source: Callable[[int], str],
    pages: Mapping[str, int],
) -> dict[int, tuple[int, float]]:
    """Which of the pages that are nearly the same have to go.

    They are taken in the order of originality; each goes if it is like one that stayed before.

    Args:
        similarity: pairs of numbers of pages that are too similar -> how similar; numbers follow
            the pages' addresses.
        source, pages: as for copied_share.

    Returns:
        Number of each page that goes -> number of the one most like it that stays, and how like.
    """
    share = copied_share(similarity, source, pages)
    # Every page with those that it is like.
    neighbours: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (first, second), value in similarity.items():
        neighbours[first].append((value, second))
        neighbours[second].append((value, first))
    # The most original first: it stays, and what is like one that stayed goes.
    kept: set[int] = set()
    stays_instead: dict[int, tuple[int, float]] = {}
    for number in sorted(neighbours, key=lambda number: (share[source(number)], number)):
        rivals = [(value, -other) for value, other in neighbours[number] if other in kept]
        if rivals:
            value, minus_other = max(rivals)  # of equal ones the first page
            stays_instead[number] = (-minus_other, value)
        else:
            kept.add(number)
    return stays_instead


def drop_exact(documents: Iterable[Document]) -> tuple[list[Document], list[Dropped]]:
    """Keeps one of the documents that have the same words in the same order.

    Returns:
        What is kept and what is not, each sorted by address.
    """
    # Documents whose words have one fingerprint.
    documents = _by_url(documents)
    groups: dict[str, list[int]] = defaultdict(list)
    for number, document in enumerate(documents):
        groups[fingerprint(document.text)].append(number)
    several = [group for group in groups.values() if len(group) > 1]
    copies = exact_copies(several, lambda number: documents[number].source, _pages(documents))
    gone = {}
    for number, first in copies.items():
        url = documents[first].url
        gone[number] = Dropped(documents[number], EXACT, exact_reason(url), url)
    return _parted(documents, gone)


def drop_near(
    documents: Iterable[Document], config: DedupConfig | None = None
) -> tuple[list[Document], list[Dropped]]:
    """Keeps one of the documents that are nearly the same.

    Candidates come from LSH, and each is checked on its true shingles.

    Args:
        documents: any number.
        config: threshold, bands and fast are used.

    Returns:
        What is kept and what is not, each sorted by address.
    """
    config, documents = config or DedupConfig(), _by_url(documents)
    # Sign: one small row of numbers a document, into one array, so that nothing is held twice.
    signatures = np.empty((len(documents), PERMUTATIONS), np.uint32)
    filled = 0
    for block in signature_blocks((document.text for document in documents), config.fast):
        signatures[filled : filled + len(block)] = block
        filled += len(block)
    # Find the pairs that may be alike, and measure them on what they really share.
    pairs = list(candidates(signatures, config.bands))
    numbers = sorted({number for pair in pairs for number in pair})
    texts = (documents[number].text for number in numbers)
    shingles = dict(zip(numbers, each_shingle_set(texts), strict=True))
    measured = {(a, b): jaccard(shingles[a], shingles[b]) for a, b in pairs}
    similar = {pair: value for pair, value in measured.items() if value >= config.threshold}
    # Decide which of them go.
    copies = near_copies(similar, lambda number: documents[number].source, _pages(documents))
    gone = {}
    for number, (original, similarity) in copies.items():
        url = documents[original].url
        gone[number] = Dropped(documents[number], NEAR, near_reason(url, similarity), url)
    return _parted(documents, gone)


def exact_reason(url: str) -> str:
    """Why a copy of the page at this address was dropped."""
    return f"copy of {url}"


def near_reason(url: str, similarity: float) -> str:
    """Why a near-copy of the page at this address was dropped."""
    return f"near copy of {url} ({similarity:.2f})"


def _by_url(documents: Iterable[Document]) -> list[Document]:
    return sorted(documents, key=lambda document: document.url)


def _pages(documents: Iterable[Document]) -> Counter[str]:
    return Counter(document.source for document in documents)


def _parted(
    documents: Sequence[Document], gone: Mapping[int, Dropped]
) -> tuple[list[Document], list[Dropped]]:
    """What is kept and what is not, each in the order of the documents."""
    kept = [document for number, document in enumerate(documents) if number not in gone]
    return kept, [gone[number] for number in sorted(gone)]
