"""Removes what the collection says twice: repeated lines, copies and near-copies of documents.

Which copy stays? The pipeline cannot know who wrote first. It looks at the company a page keeps:
a host that copies has many pages that stand elsewhere too, so of two copies the one stays whose
host has the smaller share of such pages; where that is equal, the one whose address sorts first.
Left out: copies of parts of documents.
Taught in notebook 01, section "Saying it once".
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from course_utils.data_collection.document import Document, Dropped
from course_utils.data_collection.minhash import PERMUTATIONS, candidates, minhash, minhash_fast
from course_utils.data_collection.shingles import each_shingle_set, fingerprint, jaccard

EXACT, NEAR = "exact duplicates", "near duplicates"
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


class Signer:
    """Gives what documents are compared by; this one makes it on the spot.

    Args:
        fast: sign with rensa; False signs with the NumPy version of the notebook.
    """

    def __init__(self, fast: bool = True) -> None:
        self.fast = fast

    def fingerprints(self, documents: Sequence[Document]) -> list[str]:
        """The fingerprint of each document's words."""
        return [fingerprint(document.text) for document in documents]

    def shingles(self, documents: Iterable[Document]) -> Iterator[np.ndarray]:
        """The set of each document's shingles, (S,) uint64, one after the other."""
        return each_shingle_set(document.text for document in documents)

    def signatures(self, documents: Sequence[Document]) -> np.ndarray:
        """The MinHash signatures of N documents, (N, P) uint32.

        Some hundred documents at a time, so that few shingles are held; both ways of signing
        give numbers of 32 bits.
        """
        sign = minhash_fast if self.fast else minhash
        found, sets = np.empty((len(documents), PERMUTATIONS), np.uint32), self.shingles(documents)
        for start in range(0, len(documents), BLOCK_TEXTS):
            block = list(islice(sets, BLOCK_TEXTS))
            found[start : start + len(block)] = sign(block, PERMUTATIONS)
        return found


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


def repeated_lines(documents: Sequence[Document], config: DedupConfig) -> set[Line]:
    """The lines that stand in many documents of a source, each with its source.

    Hashes are counted first, so that the lines themselves, nearly all of which occur once, need
    not be held; then the few lines whose hash is frequent.
    """

    def lines() -> Iterator[Line]:
        for document in documents:
            for line in set(document.text.splitlines()):
                if len(line) >= config.line_letters:
                    yield document.source, line

    hashes = Counter(map(hash, lines()))
    often = {number for number, count in hashes.items() if count >= config.line_documents}
    counts = Counter(line for line in lines() if hash(line) in often)
    return {line for line, count in counts.items() if count >= config.line_documents}


def by_originality(documents: Sequence[Document], pairs: Iterable[tuple[int, int]]) -> list[int]:
    """The order in which copies are kept: sources with few copied pages first, then by address.

    Args:
        documents: N documents.
        pairs: (i, j) of documents that are copies of each other.

    Returns:
        The numbers 0..N-1, the most original document first.
    """
    copied: set[int] = set()
    for one, other in pairs:
        if documents[one].source != documents[other].source:
            copied |= {one, other}
    pages = Counter(document.source for document in documents)
    copies = Counter(documents[number].source for number in copied)
    share = {source: copies[source] / count for source, count in pages.items()}
    return sorted(
        range(len(documents)), key=lambda n: (share[documents[n].source], documents[n].url)
    )


def drop_exact(
    documents: Sequence[Document], signer: Signer | None = None
) -> tuple[list[Document], list[Dropped]]:
    """Keeps one of the documents that have the same words in the same order."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, mark in enumerate((signer or Signer()).fingerprints(documents)):
        groups[mark].append(number)
    pairs = [(group[0], other) for group in groups.values() for other in group[1:]]
    place = {number: at for at, number in enumerate(by_originality(documents, pairs))}
    dropped = {}
    for group in groups.values():
        first = min(group, key=place.__getitem__)
        reason = f"copy of {documents[first].url}"
        dropped |= {n: Dropped(documents[n], EXACT, reason) for n in group if n != first}
    return _split(documents, dropped)


def _similarities(
    signer: Signer, documents: Sequence[Document], pairs: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], float]:
    """The true similarity of each pair, from the shingles of the documents that are in one."""
    numbers = sorted({number for pair in pairs for number in pair})
    sets = signer.shingles(documents[number] for number in numbers)
    of = dict(zip(numbers, sets, strict=True))
    return {(one, other): jaccard(of[one], of[other]) for one, other in pairs}


def drop_near(
    documents: Sequence[Document],
    config: DedupConfig | None = None,
    signer: Signer | None = None,
) -> tuple[list[Document], list[Dropped]]:
    """Keeps one of the documents that are nearly the same.

    Documents are taken in the order of by_originality; each is dropped if it is too similar to
    one that was kept before. Candidates come from LSH, and each is checked on its true shingles.

    Args:
        documents: any number.
        config: threshold, bands and fast are used.
        signer: knows the documents' signatures; None makes them here.
    """
    config = config or DedupConfig()
    signer = signer or Signer(config.fast)
    met = list(candidates(signer.signatures(documents), config.bands))
    similarity = _similarities(signer, documents, met)
    pairs = sorted(pair for pair, how in similarity.items() if how >= config.threshold)
    like: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for one, other in pairs:
        like[one].append((similarity[one, other], other))
        like[other].append((similarity[one, other], one))
    kept: set[int] = set()
    dropped = {}
    for number in by_originality(documents, pairs):
        rivals = [(how, -other) for how, other in like[number] if other in kept]
        if rivals:
            how, minus_other = max(rivals)  # of equal ones the first document
            reason = f"near copy of {documents[-minus_other].url} ({how:.2f})"
            dropped[number] = Dropped(documents[number], NEAR, reason)
        else:
            kept.add(number)
    return _split(documents, dropped)


def _split(
    documents: Sequence[Document], dropped: dict[int, Dropped]
) -> tuple[list[Document], list[Dropped]]:
    kept = [document for number, document in enumerate(documents) if number not in dropped]
    return kept, [dropped[number] for number in sorted(dropped)]
