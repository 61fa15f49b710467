"""The steps that compare pages with each other, for more pages than fit into memory.

The pages are on disk (page_table.py). In memory are the pairs that are alike, a number for each
page whose URL came before, and some ten bytes a word of what is set aside for validation. What
stays and what goes is decided by the functions that collect(...) uses too, so the corpus is the
same, byte for byte.
Left out: the steps that look at one page (shards.py), and who asks for all this (collect.py).
Taught in no notebook; docs/many_machines.md shows how to use it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, groupby
from pathlib import Path

import numpy as np

from course_utils.data_collection import corpus, split
from course_utils.data_collection.corpus import EmptyCorpus, StepCount
from course_utils.data_collection.dedup import dedup
from course_utils.data_collection.dedup.dedup import Line
from course_utils.data_collection.dedup.minhash import band_keys, bucket_pairs
from course_utils.data_collection.dedup.shingles import jaccard, shingle_sets
from course_utils.data_collection.document import Document, Dropped, identifier
from course_utils.data_collection.many_machines.page_table import PageTable
from course_utils.data_collection.many_machines.shards import Shard, read_pages, read_signatures
from course_utils.data_collection.mix import mix
from course_utils.data_collection.steps import PRIVACY, PipelineConfig, masks_note

KNOWN_SETS = 256  # pages whose shingles are kept for the next pairs


class Merge:
    """The pages of all archives between two steps, with what each step took and gave.

    Use it in a with statement, and its methods in the order in which they stand here.

    Attributes:
        steps: what each step took and gave.
        problems: sentences about damaged records.

    Args:
        path: of a file that is deleted at the end.
        config: settings of the steps.
    """

    def __init__(self, path: Path, config: PipelineConfig) -> None:
        self.pages, self.config = PageTable(path), config
        self.steps: list[StepCount] = []
        self.problems: list[str] = []
        self.left, self.started = 0, time.perf_counter()

    def __enter__(self) -> Merge:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.pages.close()
        # SQLite names a full disk in its own words; here it becomes a sentence about room.
        said = str(error)
        if isinstance(error, sqlite3.OperationalError) and ("full" in said or "I/O" in said):
            raise OSError(
                f"the disk is full, or broken ({said}): the merge needs room for the text of all "
                f"pages, two and a half times in {self.pages.path.parent} and once more in the "
                "system's temporary folder, where it sorts. Make room and start again: what the "
                "workers finished is kept."
            ) from error

    def add(self, number: int, shard: Shard) -> np.ndarray:
        """Takes in an archive's pages; archives are added in their order.

        Returns:
            (D,) int64, which of the file's pages were left out, for their URL had come before.
        """
        # The row counts within the file, so that the worker can find the page again.
        rows = enumerate(read_pages(shard, self.problems))
        known = (row for row, page in rows if not self.pages.add(page, number, row))
        return np.fromiter(known, np.int64)

    def close_page_steps(self) -> None:
        """Sorts the pages, and writes down what the steps did that looked at one page.

        Raises:
            EmptyCorpus: a step left nothing, as in all steps that follow.
        """
        # In the order of URLs, as the pipeline on one machine has them.
        self.pages.sort()
        self.left = len(self.pages)
        for step in self.config.page_steps:
            self._done(step, masks_note(self.pages.masks()) if step == PRIVACY else "")

    def remove_repeated_lines(self) -> set[Line]:
        """Takes out the lines that stand in many documents of a source; returns them."""
        # Which lines, counted on disk; then a block of pages at a time without them.
        config, removed = self.config.dedup, 0
        line_sets = (dedup.countable_lines(document, config) for document in self.pages)
        lines = chain.from_iterable(line_sets)
        common = self.pages.frequent(lines, config.line_documents)
        for block in self.pages.blocks():
            for number, document in block:
                text, gone = dedup.without_lines(document, common)
                removed += gone
                if gone:
                    self.pages.change(number, text)
                if not text.strip():
                    self.pages.drop(number, dedup.REPEATED, dedup.NOTHING_ELSE)
        self._done(dedup.REPEATED, f"{removed} lines taken out")
        return common

    def drop_exact(self, shards: Sequence[Shard]) -> None:
        """Keeps one of the documents that have the same words in the same order."""
        # Documents of one fingerprint have the same words in the same order.
        groups = list(self.pages.groups(self._fingerprints(shards)))
        # Which copy stays is decided by the same function as on one machine.
        copies = dedup.exact_copies(groups, self.pages.source, self.pages.sources())
        for number, original in copies.items():
            self.pages.drop(number, dedup.EXACT, dedup.exact_reason(self.pages.url(original)))
        self._done(dedup.EXACT)

    def drop_near(self, shards: Sequence[Shard]) -> None:
        """Keeps one of the documents that are nearly the same."""
        # Pairs that meet in a bucket, each once.
        buckets = self.pages.groups(self._bands(shards))
        pairs = self.pages.distinct(chain.from_iterable(map(bucket_pairs, buckets)))

        @lru_cache(KNOWN_SETS)
        def shingles(number: int) -> np.ndarray:
            return shingle_sets([self.pages.text(number)])[0]

        # How alike they really are; a page's neighbours come one after the other.
        measured = ((pair, jaccard(*map(shingles, pair))) for pair in pairs)
        similar = {pair: value for pair, value in measured if value >= self.config.dedup.threshold}
        # The same choice as on one machine, among pairs that are alike enough.
        copies = dedup.near_copies(similar, self.pages.source, self.pages.sources())
        for number, (original, similarity) in copies.items():
            reason = dedup.near_reason(self.pages.url(original), similarity)
            self.pages.drop(number, dedup.NEAR, reason)
        self._done(dedup.NEAR)

    def write(self, folder: Path) -> None:
        """Splits what is left, and writes the corpus."""
        chosen = self._for_validation()
        back = split.contaminated(self.pages, chosen, self.config.split)
        chosen -= back
        self._done("split", f"{len(chosen)} for validation, {len(back)} put back")
        # The pages are gone through once for each file, since they need not fit into memory.
        sources = (page.source for page in self.pages if page.id not in chosen)
        weights = mix(sources, self.config.mix)
        training = (page for page in self.pages if page.id not in chosen)
        validation = (page for page in self.pages if page.id in chosen)
        corpus.save(folder, training, validation, self._dropped(), weights)

    def _done(self, step: str, note: str = "") -> None:
        """Ends a step; an empty collection ends everything."""
        now, left = time.perf_counter(), self.left - self.pages.how_many_dropped(step)
        self.steps.append(StepCount(step, self.left, left, now - self.started, note))
        # The next step begins with what this one left.
        self.left, self.started = left, now
        if not left:
            raise EmptyCorpus(self.steps, self._dropped(), self.problems)

    def _dropped(self) -> Iterator[Dropped]:
        """What is not left, in the order of the steps."""
        return chain.from_iterable(self.pages.dropped(count.step) for count in self.steps)

    def _fingerprints(self, shards: Sequence[Shard]) -> Iterator[tuple[bytes, int]]:
        """The fingerprint of each document that is left, with its number."""
        for numbers, fingerprints in self._signed(shards, "fingerprints"):
            yield from zip(map(np.ndarray.tobytes, fingerprints), numbers, strict=True)

    def _bands(self, shards: Sequence[Shard]) -> Iterator[tuple[int, int]]:
        """The key of each band of each document that is left, with its number."""
        for numbers, signatures in self._signed(shards, "signatures"):
            # A row a band, so that the documents of one band meet in one loop.
            for keys in band_keys(signatures, self.config.dedup.bands).T.view(np.int64):
                yield from zip(keys.tolist(), numbers, strict=True)

    def _signed(
        self, shards: Sequence[Shard], name: str
    ) -> Iterator[tuple[list[int], np.ndarray]]:
        """Of each archive the numbers of its pages that are left, and what was made of them."""
        for which, shard in enumerate(shards):
            # Rows count within the archive, numbers over all pages.
            tensors, number_of = read_signatures(shard), self.pages.numbers(which)
            numbers = [number_of.get(row) for row in tensors["rows"].tolist()]
            # Pages that a step dropped since have no number any more.
            kept = [at for at, number in enumerate(numbers) if number is not None]
            yield [numbers[at] for at in kept], tensors[name][kept]

    def _for_validation(self) -> set[str]:
        """The ids that are set aside."""
        config, sources = self.config.split, self.pages.sources()
        chosen: set[str] = set()
        # A source at a time, in the order in which a page's hash lets it be chosen.
        ranked = self.pages.ranked(lambda url: split.rank(identifier(url)).to_bytes(8, "big"))
        for source, group in groupby(ranked, key=lambda row: row[0]):
            if source in config.whole:
                continue
            # The rank is all that counts: the text stays on disk.
            members = (Document(identifier(url), url, "", source) for _, url in group)
            folders = None
            if source in config.one_a_folder:
                folders = split.folders(self.pages.urls(source))
            chosen |= split.choose(members, sources[source], folders, config)
        return chosen
