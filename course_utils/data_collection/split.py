"""Sets documents aside for validation, and checks that training text does not give them away.

Which documents is decided by a hash of their ids: the same on every machine, and a document stays
on its side when the collection grows (unless its source is so small that a count decides).
An encyclopedia's facts must all be learnt, so from its folders (one a country) at most one page is
set aside, and only where others stay.
Left out: a test set apart from validation; the course scores on the web's ground truth instead.
Taught in notebook 01, section "The whole pipeline".
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from course_utils import checks
from course_utils.data_collection.dedup.shingles import each_shingle_set
from course_utils.data_collection.document import Document

HASHES = 1 << 64


@dataclass(frozen=True)
class SplitConfig:
    """How much is set aside.

    Args:
        fraction: share of each source's documents.
        min_documents: at least this many of a source,
        max_fraction: but never more than this share of it.
        one_a_folder: sources whose folders give at most one page each.
        folder_pages: and only folders with this many pages.
        whole: sources of which nothing is set aside, because the mix lets no model read them.
        overlap: a document with a larger share of word runs that stand in training is put there.
        overlap_words: the length of those runs.
    """

    fraction: float = 0.02
    min_documents: int = 20
    max_fraction: float = 0.1
    one_a_folder: tuple[str, ...] = ("atlas",)
    folder_pages: int = 3
    whole: tuple[str, ...] = ("news",)
    overlap: float = 0.5
    overlap_words: int = 13

    def __post_init__(self) -> None:
        for name in ("fraction", "max_fraction", "overlap"):
            checks.share(name, getattr(self, name))
        for name in ("min_documents", "folder_pages"):
            checks.whole(name, getattr(self, name))
        checks.whole("overlap_words", self.overlap_words, least=1)
        if not 0 < self.fraction <= self.max_fraction < 1:
            raise ValueError(
                f"fraction is {self.fraction} and max_fraction {self.max_fraction}; "
                "they have to be 0 < fraction <= max_fraction < 1."
            )


def rank(identifier: str) -> int:
    """The number 0 .. 2**64 - 1 by which the document of an id is chosen or not."""
    # The prefix keeps this draw apart from any other that is made from an id.
    digest = hashlib.sha256(f"split/{identifier}".encode()).digest()
    # Eight bytes are read as one number, evenly spread over 0 .. 2**64 - 1.
    return int.from_bytes(digest[:8], "big")


def split(
    documents: Sequence[Document], config: SplitConfig | None = None
) -> tuple[list[Document], list[Document], int]:
    """Parts documents into training and validation.

    Args:
        documents: any number, without copies.
        config: how much is set aside.

    Returns:
        Training documents and validation documents, in the order given, and how many were chosen
        for validation but put back because training text gives them away.
    """
    config = config or SplitConfig()
    # Each source gives its own share; a small one would be lost in one draw over all.
    by_source: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        by_source[document.source].append(document)
    # Each source gives its share, in an order that only the ids decide.
    chosen: set[str] = set()
    for source, members in by_source.items():
        if source in config.whole:
            continue
        in_order = sorted(members, key=lambda document: (rank(document.id), document.id))
        pages = None
        if source in config.one_a_folder:
            pages = folders(document.url for document in members)
        chosen |= choose(in_order, len(members), pages, config)
    # What training text gives away measures nothing.
    back = contaminated(documents, chosen, config)
    chosen -= back
    # In the order given, so that a sorted collection stays sorted.
    train = [document for document in documents if document.id not in chosen]
    validation = [document for document in documents if document.id in chosen]
    return train, validation, len(back)


def folders(urls: Iterable[str]) -> Counter[str]:
    """The folders of a source's pages, each with how many it has."""
    return Counter(url.rsplit("/", 1)[0] for url in urls)


def choose(
    in_order: Iterable[Document], count: int, pages: Mapping[str, int] | None, config: SplitConfig
) -> set[str]:
    """The ids of a source's documents for validation.

    Args:
        in_order: the source's documents, lowest rank first; their text is not looked at.
        count: how many they are.
        pages: folder -> how many pages, for a source of which a folder gives at most one.
        config: how much is set aside.
    """
    # At least so many, whatever their hashes say, but never much of a small source.
    min_chosen = min(config.min_documents, int(config.max_fraction * count))
    taken: set[str] = set()
    chosen: set[str] = set()
    for document in in_order:
        # Ranks only rise from here, so no later document would be chosen.
        if rank(document.id) >= config.fraction * HASHES and len(chosen) >= min_chosen:
            break
        # A country's facts are told by several pages; at most one of them may be set aside.
        folder = document.url.rsplit("/", 1)[0]
        if pages is not None and (folder in taken or pages[folder] < config.folder_pages):
            continue
        taken.add(folder)
        chosen.add(document.id)
    return chosen


def contaminated(
    documents: Iterable[Document], chosen: set[str], config: SplitConfig | None = None
) -> set[str]:
    """The ids of validation documents that training text gives away.

    Args:
        documents: all documents; gone through some times.
        chosen: the ids of those for validation.
        config: overlap and overlap_words are used.

    Returns:
        Ids of documents of which more than `overlap` of the word runs stand in training too.

    Source: Brown et al. 2020, Language Models are Few-Shot Learners, appendix C (13 words).
    """
    config = config or SplitConfig()

    def validation_runs() -> Iterator[np.ndarray]:
        # Made anew for each pass: the texts need not fit into memory.
        texts = (document.text for document in documents if document.id in chosen)
        return each_shingle_set(texts, config.overlap_words)

    # Which word runs of validation stand in training too.
    wanted = np.unique(np.concatenate([np.empty(0, np.uint64), *validation_runs()]))
    seen = np.zeros(len(wanted), bool)
    training = (document.text for document in documents if document.id not in chosen)
    for runs in each_shingle_set(training, config.overlap_words):
        # Where each run would stand among the sorted ones; only an equal one counts as seen.
        nearest = np.searchsorted(wanted, runs).clip(max=max(0, len(wanted) - 1))
        if len(wanted) and len(runs):
            seen[nearest[wanted[nearest] == runs]] = True
    # Which documents have too many of those.
    ids = (document.id for document in documents if document.id in chosen)
    return {
        identifier
        for identifier, runs in zip(ids, validation_runs(), strict=True)
        # A text that is too short has no runs.
        if len(runs) and seen[np.searchsorted(wanted, runs)].mean() > config.overlap
    }
