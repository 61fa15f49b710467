"""Which pairs of documents meet in the buckets of LSH, for any number of bands and rows.

Signatures are compared once, place by place, for every pair that could ever meet; bands and rows
are then a few and/or operations over those comparisons.
Left out: one row a band, where half of all strangers meet.
Taught in notebook 01, section "Saying it once".

Shapes: N documents, P pairs, K signature places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.dedup.dedup import EXACT, NEAR
from course_utils.data_collection.dedup.minhash import PERMUTATIONS, candidates, minhash_fast
from course_utils.data_collection.dedup.shingles import jaccard, shingle_sets
from course_utils.data_collection.document import Document

MIN_ROWS = 2
MEASURED_FROM = 0.15  # estimated similarity from which the true one is computed


def before_deduplication(corpus: Corpus) -> list[Document]:
    """The documents that the two steps against copies were given, sorted by address."""
    copies = [dropped.document for dropped in corpus.dropped if dropped.step in (EXACT, NEAR)]
    return sorted([*corpus.documents, *copies], key=lambda document: document.url)


class Pairs:
    """The pairs of N documents that some choice of bands and rows would compare.

    Args:
        documents: any number; none, or one, have no pairs.

    Attributes:
        members: (P, 2) numbers of the documents.
        similarity: (P,) Jaccard similarity; below 0.15 an estimate from the signatures.
        agree: (K, P) bool, whether the two signatures have the same value in a place.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = list(documents)
        sets = shingle_sets([document.text for document in documents])
        signatures = minhash_fast(sets, PERMUTATIONS)
        # Whatever meets in a band of two rows or more agrees in two neighbouring places.
        met = candidates(signatures, PERMUTATIONS // MIN_ROWS) if sets else ()
        self.members = np.array(sorted(met), np.int64).reshape(-1, 2)
        first, second = self.members.T
        self.agree = np.ascontiguousarray((signatures[first] == signatures[second]).T)  # (K, P)
        # An estimate for all, and the truth where it is worth the time.
        self.similarity = self.agree.mean(axis=0) if len(first) else np.empty(0)
        for pair in np.flatnonzero(self.similarity >= MEASURED_FROM):
            self.similarity[pair] = jaccard(sets[first[pair]], sets[second[pair]])

    @property
    def possible(self) -> int:
        """How many pairs there are in all, N (N - 1) / 2."""
        return len(self.documents) * (len(self.documents) - 1) // 2

    def met(self, bands: int, rows: int) -> np.ndarray:
        """(P,) bool: the pairs that agree in all rows of at least one band.

        Raises:
            ValueError: there are not so many places, or too few rows.
        """
        if bands < 1 or rows < MIN_ROWS or bands * rows > PERMUTATIONS:
            raise ValueError(
                f"{bands} bands of {rows} rows need {bands * rows} places; signatures have "
                f"{PERMUTATIONS}, and a band here has at least {MIN_ROWS} rows."
            )
        met = np.zeros(len(self.members), bool)
        for band in range(bands):
            met |= np.logical_and.reduce(self.agree[band * rows : (band + 1) * rows], axis=0)
        return met

    def clusters(self, chosen: np.ndarray) -> list[dict[str, object]]:
        """Documents that hang together by chosen pairs, the largest cluster first.

        Args:
            chosen: (P,) bool.

        Returns:
            "urls" in order, "lowest" and "highest" similarity of the chosen pairs, a cluster each.
        """
        # Union and find: documents of one cluster have the same top.
        leader: dict[int, int] = {}

        def top(number: int) -> int:
            while leader.setdefault(number, number) != number:
                leader[number] = leader[leader[number]]
                number = leader[number]
            return number

        pairs = np.flatnonzero(chosen)
        for pair in self.members[pairs].tolist():
            first, second = sorted(map(top, pair))
            leader[second] = first
        # Who belongs to a cluster, and how alike its pairs are.
        groups: dict[int, list[int]] = defaultdict(list)
        for number in sorted(leader):
            groups[top(number)].append(number)
        similarities: dict[int, list[float]] = defaultdict(list)
        for pair in pairs:
            cluster = top(int(self.members[pair, 0]))
            similarities[cluster].append(float(self.similarity[pair]))
        clusters = [
            {
                "urls": [self.documents[number].url for number in group],
                "lowest": min(similarities[first]),
                "highest": max(similarities[first]),
            }
            for first, group in groups.items()
        ]
        return sorted(clusters, key=lambda cluster: (-len(cluster["urls"]), cluster["urls"]))
