"""Near-copies: ours as taught and fast, beside datasketch and rensa, with the recall of each.

The truth is every pair of texts whose sets of five words are at least 0.75 alike, found by
counting the shingles that each pair shares, without any estimate. All ways use 128 values in 32
bands of 4, and a candidate counts as found when the way's own estimate reaches the threshold, so
their recall can be compared. They are timed twice: from shingles that are ready (each in the form
that it takes), which is MinHash and LSH proper, and from the texts. Used by collection.py.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from course_utils.data_collection.dedup.dedup import DedupConfig
from course_utils.data_collection.dedup.minhash import (
    PERMUTATIONS,
    minhash,
    minhash_fast,
    near_duplicates,
)
from course_utils.data_collection.dedup.shingles import jaccard, shingle_sets, words_of

CHECKED = "fast path, true check"  # as the pipeline does it
CONFIG = DedupConfig()
ROWS = PERMUTATIONS // CONFIG.bands
Pairs = set[tuple[int, int]]


def true_pairs(sets: Sequence[np.ndarray], threshold: float) -> Pairs:
    """All pairs of texts that are so alike, by counting what they share."""
    texts = np.repeat(np.arange(len(sets)), list(map(len, sets)))
    flat = np.concatenate(sets)
    order = np.argsort(flat, kind="stable")
    starts = np.flatnonzero(np.concatenate(([True], np.diff(flat[order]) != 0)))
    shared: Counter[tuple[int, int]] = Counter()
    for group in np.split(texts[order], starts[1:]):
        if 2 <= len(group) <= 100:  # what stands in more texts is a phrase, not a copy
            members = group.tolist()
            shared.update((a, b) for i, a in enumerate(members) for b in members[i + 1 :])
    alike = set()
    for first, second in shared:
        both = len(np.intersect1d(sets[first], sets[second], assume_unique=True))
        if both >= threshold * (len(sets[first]) + len(sets[second]) - both):
            alike.add((first, second))
    return alike


def phrases(text: str) -> list[bytes]:
    """A text's shingles as bytes, as datasketch and rensa take them."""
    words = words_of(text)
    last = max(1, len(words) - 4)
    return list({" ".join(words[start : start + 5]).encode() for start in range(last)})


def ours(sign: Callable, checked: bool = False) -> Callable[[Sequence[np.ndarray]], Pairs]:
    """Signatures and LSH of this course; checked: pairs are accepted by their true shingles."""

    def find(sets: Sequence[np.ndarray]) -> Pairs:
        def similarity(first: int, second: int) -> float:
            return jaccard(sets[first], sets[second])

        measure = similarity if checked else None
        return set(near_duplicates(sign(sets), CONFIG.bands, CONFIG.threshold, measure))

    return find


def with_datasketch(sets: Sequence[list[bytes]]) -> Pairs:
    """datasketch as its documentation shows: update_batch, insert, query, jaccard."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(params=(CONFIG.bands, ROWS), num_perm=PERMUTATIONS)
    signatures, pairs = [], set()
    for number, shingles in enumerate(sets):
        signature = MinHash(PERMUTATIONS)
        signature.update_batch(shingles)
        for other in index.query(signature):
            if signature.jaccard(signatures[other]) >= CONFIG.threshold:
                pairs.add((other, number))
        index.insert(number, signature, check_duplication=False)
        signatures.append(signature)
    return pairs


def with_rensa(sets: Sequence[list[str]]) -> Pairs:
    """rensa as its documentation shows: RMinHash and RMinHashLSH."""
    import rensa

    index = rensa.RMinHashLSH(CONFIG.threshold, PERMUTATIONS, CONFIG.bands)
    signatures, pairs = [], set()
    for number, shingles in enumerate(sets):
        signature = rensa.RMinHash(PERMUTATIONS, 42)
        signature.update(shingles)
        for other in index.query(signature):
            if signature.jaccard(signatures[other]) >= CONFIG.threshold:
                pairs.add((other, number))
        index.insert(number, signature)
        signatures.append(signature)
    return pairs


def measure(texts: Sequence[str], rounds: int = 2) -> None:
    """Time every way that is installed, and print it with its recall and precision."""
    numbers = shingle_sets(texts)
    as_bytes = [phrases(text) for text in texts]
    as_strings = [[phrase.decode() for phrase in shingles] for shingles in as_bytes]
    true = true_pairs(numbers, CONFIG.threshold)
    size = sum(len(text.encode("utf-8")) for text in texts)
    print(
        f"near-copies among {len(texts):,} texts, {size / 1e6:.1f} MB, "
        f"{sum(map(len, numbers)):,} shingles, {len(true)} true pairs"
    )
    ways = {
        "as taught (NumPy)": (ours(minhash), numbers, shingle_sets),
        "fast path": (ours(minhash_fast), numbers, shingle_sets),
        CHECKED: (ours(minhash_fast, checked=True), numbers, shingle_sets),
        "rensa alone": (
            with_rensa,
            as_strings,
            lambda texts: [[phrase.decode() for phrase in phrases(text)] for text in texts],
        ),
        "datasketch": (with_datasketch, as_bytes, lambda texts: list(map(phrases, texts))),
    }
    spent: dict[str, tuple[float, float]] = defaultdict(tuple)
    for name, (find, ready, prepare) in ways.items():
        try:
            spent[name] = _row(name, find, ready, prepare, texts, true, rounds)
        except ImportError as missing:
            print(f"  {name}: not installed ({missing})")
    if "datasketch" in spent:
        for name in (name for name in spent if name != "datasketch"):
            ratios = [b / a for a, b in zip(spent[name], spent["datasketch"], strict=True)]
            print(f"  {name}: {ratios[0]:.1f} x datasketch, from the texts {ratios[1]:.1f} x")


def _row(
    name: str,
    find: Callable,
    ready: object,
    prepare: Callable,
    texts: Sequence[str],
    true: Pairs,
    rounds: int,
) -> tuple[float, float]:
    """Seconds from ready shingles and from texts, the least of some rounds; prints a row."""
    best = whole = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        found = find(ready)
        best = min(best, time.process_time() - started)
        started = time.process_time()
        prepare(texts)
        whole = min(whole, time.process_time() - started)
    hits = len(found & true)
    print(
        f"  {name:<24}{best:>7.3f} s, {len(texts) / best:>8,.0f} texts/s; with shingling "
        f"{best + whole:>6.3f} s; recall {hits / max(1, len(true)):.3f}, "
        f"precision {hits / max(1, len(found)):.3f}"
    )
    return best, best + whole
