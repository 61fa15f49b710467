"""Finds texts that are nearly the same without comparing each with each: MinHash and LSH.

A text's signature is P small numbers; two texts share as many of them as their shingle sets
overlap. Bands of the signature put likely pairs into the same bucket; only those are compared.
Left out: buckets that do not fit into memory (merge.py), signatures on several machines.
Taught in notebook 01, section "Saying it once".

Shapes: N texts, P permutations, S shingles of all texts together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import rensa

from course_utils.data_collection.dedup.shingles import splitmix64

PERMUTATIONS = 128
BLOCK_SHINGLES = 4_096
MAX_BUCKET = 50  # texts of which each is compared with each
_ODD = np.uint64(0x9E3779B97F4A7C15)


def minhash(sets: Sequence[np.ndarray], permutations: int = PERMUTATIONS) -> np.ndarray:
    """Signatures, as taught: the smallest of a set's numbers under P random orders.

    A random order is a multiplication and an addition that wrap around at 64 bits, of which the
    upper half is kept: (a * x + b) >> 32.

    Args:
        sets: N arrays (S,) uint64 of shingles.
        permutations: P.

    Returns:
        (N, P) uint64; the largest value everywhere for an empty set.

    Source: Broder 1997; Dietzfelbinger et al. 1997 for multiply-shift.
    """
    # P random orders; the multipliers are odd, so that none maps two numbers to one.
    rng = np.random.Generator(np.random.PCG64(0))
    a = rng.integers(0, 1 << 63, permutations, np.uint64) * np.uint64(2) + np.uint64(1)
    b = rng.integers(0, 1 << 63, permutations, np.uint64)
    # The smallest rank in each, over a block of shingles at a time.
    signatures = np.full((len(sets), permutations), np.iinfo(np.uint64).max, np.uint64)
    for row, numbers in enumerate(sets):
        for start in range(0, len(numbers), BLOCK_SHINGLES):
            block = numbers[start : start + BLOCK_SHINGLES]
            ranks = (a[:, None] * block[None, :] + b[:, None]) >> np.uint64(32)  # (P, S)
            signatures[row] = np.minimum(signatures[row], ranks.min(axis=1))
    return signatures


def minhash_fast(sets: Sequence[np.ndarray], permutations: int = PERMUTATIONS) -> np.ndarray:
    """Signatures by rensa, which is written in Rust; the same use, other random orders.

    Args:
        sets: N arrays (S,) uint64 of shingles.
        permutations: P.

    Returns:
        (N, P) uint64.
    """
    if not sets:
        return np.empty((0, permutations), np.uint64)
    # One call for all texts: their shingles in one row, and where each text begins.
    ends = np.cumsum([0, *map(len, sets)]).astype(np.uint64)
    flat = np.concatenate(sets).astype(np.uint64)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(flat, ends, permutations, 42)
    return np.array(matrix.to_rows(), np.uint64).reshape(len(sets), permutations)


def candidates(signatures: np.ndarray, bands: int) -> Iterator[tuple[int, int]]:
    """Pairs that agree in all rows of at least one band, each once and in no order.

    In a bucket of many each is paired with the first only when the bucket holds more than 50;
    that keeps a page with a thousand copies from making half a million pairs.
    """
    rows, seen = _rows(signatures, bands), set()
    # Texts without a shingle are not alike for that.
    empty = (signatures == signatures.max(initial=0)).all(axis=1) if len(signatures) else []
    for band in range(bands):
        part = np.ascontiguousarray(signatures[:, band * rows : (band + 1) * rows])
        for members in _buckets(part, empty):
            for pair in bucket_pairs(members):
                if pair not in seen:
                    seen.add(pair)
                    yield pair


def band_keys(signatures: np.ndarray, bands: int) -> np.ndarray:
    """The bucket that each text falls into, band by band: the same for the same values.

    Args:
        signatures: (N, P).
        bands: B; has to divide P.

    Returns:
        (N, B) uint64; other values, and those of another band, have the same number by chance
        only, once in 2**64 pairs.
    """
    values = signatures.reshape(len(signatures), bands, _rows(signatures, bands))
    keys = np.tile(np.arange(bands, dtype=np.uint64), (len(signatures), 1))
    for row in range(values.shape[2]):
        keys = splitmix64(keys * _ODD + values[:, :, row].astype(np.uint64))
    return keys


def _rows(signatures: np.ndarray, bands: int) -> int:
    """How many values make a band."""
    permutations = signatures.shape[1]
    if bands < 1 or permutations % bands:
        raise ValueError(
            f"bands is {bands}, but signatures have {permutations} values; "
            "choose a number of bands that divides it, such as 32 for 128."
        )
    return permutations // bands


def _sums(part: np.ndarray) -> np.ndarray:
    """A number for each text's values in a band, (N, R) to (N,).

    The sum wraps around, each value times its own odd number: it differs for nearly all that
    are not alike.
    """
    factors = np.arange(1, 2 * part.shape[1], 2, dtype=np.uint64) * _ODD
    return (part.astype(np.uint64) * factors).sum(axis=1, dtype=np.uint64)


def _buckets(part: np.ndarray, empty: np.ndarray) -> Iterator[list[int]]:
    """The texts that agree in a whole band (N, R), in order, where there are at least two.

    Only texts whose values have the same sum as another's are looked at.
    """
    # Texts with the same sum stand beside each other once sorted; all others are left out.
    sums = _sums(part)
    order = np.argsort(sums, kind="stable")
    same = sums[order[1:]] == sums[order[:-1]]
    twice = np.concatenate((same, [False])) | np.concatenate(([False], same))
    # Those few are put into buckets by the band's values themselves.
    buckets: dict[bytes, list[int]] = defaultdict(list)
    for text in order[twice[: len(order)]].tolist():
        if not empty[text]:
            buckets[part[text].tobytes()].append(text)
    return (members for members in buckets.values() if len(members) > 1)


def bucket_pairs(members: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The pairs of a bucket's texts, given in order; with more than 50 those of the first only."""
    firsts = members if len(members) <= MAX_BUCKET else members[:1]
    for place, first in enumerate(firsts):
        for second in members[place + 1 :]:
            yield first, second


def near_duplicates(
    signatures: np.ndarray,
    bands: int,
    threshold: float,
    similarity: Callable[[int, int], float] | None = None,
) -> list[tuple[int, int]]:
    """Pairs of documents whose Jaccard similarity reaches the threshold.

    Args:
        signatures: (N, P) uint64 MinHash values, one row a document.
        bands: how many bands of P // bands rows; more of them find less similar pairs, and cost
            more.
        threshold: Jaccard similarity in 0..1.
        similarity: the true similarity of documents i and j; without it the share of equal
            signature values is taken, an estimate with an error of about 1 / sqrt(P).

    Returns:
        (i, j) with i < j, sorted; each pair once.

    Raises:
        ValueError: P is not a multiple of bands.

    Source: Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, section 3.4.
    """

    def estimate(first: int, second: int) -> float:
        return float(np.mean(signatures[first] == signatures[second]))

    measure = similarity or estimate
    return sorted(pair for pair in candidates(signatures, bands) if measure(*pair) >= threshold)


def collision_probability(similarity: float, bands: int, rows: int) -> float:
    """The probability that LSH makes a candidate of a pair: the S-curve 1 - (1 - s^r)^b."""
    return 1.0 - (1.0 - similarity**rows) ** bands
