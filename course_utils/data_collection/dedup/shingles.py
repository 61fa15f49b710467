"""Turns a text into the set of its short word runs, as numbers that NumPy can compare.

Left out: shingles of letters, and weights for rare ones.
Taught in notebook 01, section "Saying it once".
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np

WORDS_A_SHINGLE = 5
BLOCK_BYTES = 1 << 17
FEW_SIGNS = 50
WORD = re.compile(r"\w+")
_SPACE = ord(" ")
_TABLE = bytes(
    code if code > 127 else ord(chr(code).lower()) if WORD.match(chr(code)) else _SPACE
    for code in range(256)
)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_BASE = 0xD6E8FEB86659FD93
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def _plain(text: str) -> bytes:
    """A text in lower case and UTF-8, with a space for each sign that WORD does not find."""
    if not text.isascii():
        # A letter and its accent may be one sign or two, which cannot be seen in the page.
        text = unicodedata.normalize("NFC", text).lower()
        others = [sign for sign in set(text) if sign > "\x7f" and not sign.isalnum()]
        if len(others) > FEW_SIGNS:
            text = text.translate({ord(sign): " " for sign in others})
        else:
            for sign in others:
                text = text.replace(sign, " ")
    return text.encode("utf-8").translate(_TABLE)


def words_of(text: str) -> list[str]:
    """A text's words in lower case, accents composed: what WORD finds, several times as fast."""
    return _plain(text).decode("utf-8").split()


def normalised(text: str) -> str:
    """A text's words in lower case with one space between them: what counts as the same text."""
    return " ".join(words_of(text))


def fingerprint(text: str) -> str:
    """The SHA-256 of a text's words; two texts with one fingerprint are copies."""
    return hashlib.sha256(normalised(text).encode("utf-8", "replace")).hexdigest()


def splitmix64(numbers: np.ndarray) -> np.ndarray:
    """Mixes the bits of 64-bit numbers, so that similar ones become unlike each other.

    Source: Steele, Lea and Flood 2014, SplitMix.
    """
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _MIX[0]
    numbers = (numbers ^ (numbers >> np.uint64(27))) * _MIX[1]
    return numbers ^ (numbers >> np.uint64(31))


def shingle_sets(texts: Sequence[str], words: int = WORDS_A_SHINGLE) -> list[np.ndarray]:
    """The shingles of each text.

    Args:
        texts: N texts.
        words: how many words make a shingle; a text with fewer is one shingle.

    Returns:
        N arrays (S,) uint64, each sorted and without repeats; empty for a text without words.
    """
    return list(each_shingle_set(texts, words))


def each_shingle_set(texts: Iterable[str], words: int = WORDS_A_SHINGLE) -> Iterator[np.ndarray]:
    """The shingles of each text, one after the other, so that only those of a block are kept."""
    if words < 1:
        raise ValueError(f"words is {words}; a shingle has at least one word.")
    texts_of_block: list[bytes] = []
    size = 0
    for text in texts:
        texts_of_block.append(_plain(text))
        size += len(texts_of_block[-1])
        if size >= BLOCK_BYTES:
            yield from _block(texts_of_block, words)
            texts_of_block, size = [], 0
    yield from _block(texts_of_block, words)


def _block(texts: Sequence[bytes], words: int) -> Iterator[np.ndarray]:
    """The shingle sets of some texts as _plain gives them.

    All runs are made at once, those that reach into the next text too, which are left out then:
    most texts are short, and a call of NumPy costs as much as a hundred of its words.
    """
    numbers, ends = _word_numbers(texts)
    runs = _runs(numbers, words)
    bounds = list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    # Sort each text's own runs, in place.
    for start, end in bounds:
        runs[start : max(start, end - words + 1)].sort()
    # Keep a run that differs from the one before it, and the first of each text.
    kept = np.empty(len(runs), bool)
    kept[:1] = True
    np.not_equal(runs[1:], runs[:-1], out=kept[1:])
    kept[ends[:-1][ends[:-1] < len(runs)]] = True
    # Hand them out text by text; a text of too few words is one run.
    for start, end in bounds:
        if end - start >= words:
            last = end - words + 1
            yield runs[start:last][kept[start:last]]
        else:
            yield _runs(numbers[start:end], end - start)


def _word_numbers(texts: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """A 64-bit number for each word of some texts, the same for the same word.

    Args:
        texts: N, as _plain gives them.

    Returns:
        (T,) uint64 of all T words, and (N + 1,) where each text begins and the last one ends.
    """
    joined = b" ".join([*texts, b""])
    # The words of all texts, and the byte at which each begins.
    numbers, starts, at = [], [], 0
    while at < len(joined):  # in pieces, for a text may be long
        end = joined.find(b" ", at + 2 * BLOCK_BYTES) + 1 or len(joined)
        piece_numbers, piece_starts = _numbers_of_piece(np.frombuffer(joined[at:end], np.uint8))
        numbers.append(piece_numbers)
        starts.append(piece_starts + at)
        at = end
    # From the bytes at which the texts begin to the words.
    text_starts = np.cumsum([0, *(len(text) + 1 for text in texts)])
    word_starts = np.concatenate([np.empty(0, np.int64), *starts])
    ends = np.searchsorted(word_starts, text_starts)
    return np.concatenate([np.empty(0, np.uint64), *numbers]), ends


def _numbers_of_piece(letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the words in a piece that ends with a space, and where each begins.

    A word's number is that of its letters read as digits, to a large base and wrapping around:
    the difference of two sums over the piece, moved back to the word's own first digit.

    Args:
        letters: (L,) uint8.

    Source: Karp and Rabin 1987.
    """
    # Where words begin and end: where a space meets a letter.
    inside = np.empty(len(letters) + 1, bool)
    inside[0] = False
    np.not_equal(letters, _SPACE, out=inside[1:])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, stops = edges[::2], edges[1::2]
    size = 1 << len(letters).bit_length()
    # What a very long word needs is not kept.
    power, back = _powers(size) if size <= 8 * BLOCK_BYTES else _powers.__wrapped__(size)
    sums = np.zeros(len(letters) + 1, np.uint64)
    np.cumsum(letters * power[: len(letters)], out=sums[1:])
    return splitmix64((sums[stops] - sums[starts]) * back[starts]), starts


@lru_cache(2)
def _powers(size: int) -> tuple[np.ndarray, np.ndarray]:
    """The powers 0 .. size - 1 of the base, and what undoes multiplying with them, (size,)."""
    powers = []
    for base in (_BASE, pow(_BASE, -1, 1 << 64)):
        factors = np.full(size, base, np.uint64)
        factors[0] = 1
        powers.append(np.multiply.accumulate(factors))
    return powers[0], powers[1]


def _runs(numbers: np.ndarray, size: int) -> np.ndarray:
    """The number of each run of so many words: (T,) to (T - size + 1,); none where T is less."""
    if not 0 < size <= len(numbers):
        return np.empty(0, np.uint64)
    runs = numbers[: len(numbers) - size + 1].copy()
    for offset in range(1, size):
        runs *= _FACTOR
        runs += numbers[offset : len(numbers) - size + 1 + offset]
    return splitmix64(runs)


def jaccard(first: np.ndarray, second: np.ndarray) -> float:
    """Shared shingles over all shingles of two texts, 0..1; two empty texts are not alike.

    Args:
        first, second: (S,) sorted uint64 without repeats.
    """
    shared = len(np.intersect1d(first, second, assume_unique=True))
    union = len(first) + len(second) - shared
    return shared / union if union else 0.0
