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
    often = {number for number, count in hashes.items() if count >= config.line_documents}
    counts = Counter(line for line in lines() if hash(line) in often)
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
    for one, other in pairs:
        if source(one) != source(other):
            copied |= {one, other}
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
    pairs = ((group[0], other) for group in groups for other in group[1:])
    share = copied_share(pairs, source, pages)
    found: dict[int, int] = {}
    for group in groups:
        first = min(group, key=lambda number: (share[source(number)], number))
        found |= {number: first for number in group if number != first}
    return found


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
    like: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (one, other), how in similarity.items():
        like[one].append((how, other))
        like[other].append((how, one))
    kept: set[int] = set()
    found: dict[int, tuple[int, float]] = {}
    for number in sorted(like, key=lambda number: (share[source(number)], number)):
        rivals = [(how, -other) for how, other in like[number] if other in kept]
        if rivals:
            how, minus_other = max(rivals)  # of equal ones the first page
            found[number] = (-minus_other, how)
        else:
            kept.add(number)
    return found


def drop_exact(documents: Iterable[Document]) -> tuple[list[Document], list[Dropped]]:
    """Keeps one of the documents that have the same words in the same order.

    Returns:
        What is kept and what is not, each sorted by address.
    """
    documents = _by_address(documents)
    groups: dict[str, list[int]] = defaultdict(list)
    for number, document in enumerate(documents):
        groups[fingerprint(document.text)].append(number)
    several = [group for group in groups.values() if len(group) > 1]
    found = exact_copies(several, lambda number: documents[number].source, _pages(documents))
    return _split(
        documents, EXACT, {n: exact_reason(documents[of].url) for n, of in found.items()}
    )


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
    config, documents = config or DedupConfig(), _by_address(documents)
    signed = np.empty((len(documents), PERMUTATIONS), np.uint32)
    at = 0
    for block in signature_blocks((document.text for document in documents), config.fast):
        signed[at : at + len(block)] = block
        at += len(block)
    met = list(candidates(signed, config.bands))
    numbers = sorted({number for pair in met for number in pair})
    sets = each_shingle_set(documents[number].text for number in numbers)
    of = dict(zip(numbers, sets, strict=True))
    measured = {(one, other): jaccard(of[one], of[other]) for one, other in met}
    similar = {pair: how for pair, how in measured.items() if how >= config.threshold}
    found = near_copies(similar, lambda number: documents[number].source, _pages(documents))
    reasons = {n: near_reason(documents[of].url, how) for n, (of, how) in found.items()}
    return _split(documents, NEAR, reasons)


def exact_reason(url: str) -> str:
    """Why a copy of the page at this address was dropped."""
    return f"copy of {url}"


def near_reason(url: str, similarity: float) -> str:
    """Why a near-copy of the page at this address was dropped."""
    return f"near copy of {url} ({similarity:.2f})"


def _by_address(documents: Iterable[Document]) -> list[Document]:
    return sorted(documents, key=lambda document: document.url)


def _pages(documents: Iterable[Document]) -> Counter[str]:
    return Counter(document.source for document in documents)


def _split(
    documents: Sequence[Document], step: str, reasons: Mapping[int, str]
) -> tuple[list[Document], list[Dropped]]:
    kept = [document for number, document in enumerate(documents) if number not in reasons]
    return kept, [Dropped(documents[n], step, reasons[n]) for n in sorted(reasons)]
