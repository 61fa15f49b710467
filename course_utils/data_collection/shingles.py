"""Turns a text into the set of its short word runs, as numbers that NumPy can compare.

Left out: shingles of letters, and weights for rare ones.
Taught in notebook 01, section "Saying it once".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

WORDS_A_SHINGLE = 5
BLOCK_WORDS = 32_768
KNOWN_WORDS = 100_000
WORD = re.compile(r"\w+")
_BETWEEN_WORDS = {code: " " for code in range(128) if not WORD.match(chr(code))}
_LOWER = "".join(_BETWEEN_WORDS.get(code, chr(code).lower()) for code in range(128))
_TABLE = _LOWER.encode("ascii").ljust(256)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def words_of(text: str) -> list[str]:
    """A text's words in lower case: what WORD finds, three times as fast where all is ASCII."""
    lower = text.lower()
    return lower.translate(_BETWEEN_WORDS).split() if lower.isascii() else WORD.findall(lower)


def _spelt(text: str) -> Sequence[bytes | str]:
    """The same words, where all is ASCII as bytes: a small letter and a gap by one table."""
    if text.isascii():
        return text.encode("ascii").translate(_TABLE).split()
    return words_of(text)


def normalised(text: str) -> str:
    """A text's words in lower case with one space between them: what counts as the same text."""
    return " ".join(words_of(text))


def fingerprint(text: str) -> str:
    """The SHA-256 of a text's words; two texts with one fingerprint are copies."""
    return hashlib.sha256(normalised(text).encode("utf-8", "replace")).hexdigest()


def scramble(numbers: np.ndarray) -> np.ndarray:
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
    known = _WordNumbers()
    tokens: list[bytes | str] = []
    ends = [0]
    for text in texts:
        tokens += _spelt(text)
        ends.append(len(tokens))
        if len(tokens) >= BLOCK_WORDS:
            yield from _block(tokens, np.array(ends), words, known)
            tokens, ends = [], [0]
    yield from _block(tokens, np.array(ends), words, known)


class _WordNumbers(dict[bytes | str, int]):
    """Each word's 64-bit number, made when it is first asked for; bytes and text have the same.

    When there are too many it forgets them all: a collection's new words never end.
    """

    def __missing__(self, word: bytes | str) -> int:
        if len(self) >= KNOWN_WORDS:
            self.clear()
        spelt = word if isinstance(word, bytes) else word.encode("utf-8", "replace")
        digest = hashlib.blake2b(spelt, digest_size=8).digest()
        number = self[word] = int.from_bytes(digest, "little")
        return number


def _block(
    tokens: list[bytes | str], ends: np.ndarray, words: int, known: _WordNumbers
) -> Iterator[np.ndarray]:
    """The shingle sets of some texts whose words stand one after the other in tokens.

    All runs are made at once, those that reach into the next text too, which are left out then:
    most texts are short, and a call of NumPy costs as much as a hundred of its words.
    """
    numbers = np.fromiter(map(known.__getitem__, tokens), np.uint64, len(tokens))  # (T,)
    runs = _runs(numbers, words)
    kept = np.empty(len(runs), bool)  # the first of equal ones of a text
    bounds = list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    for start, end in bounds:
        runs[start : max(start, end - words + 1)].sort()
    kept[:1] = True
    np.not_equal(runs[1:], runs[:-1], out=kept[1:])
    kept[ends[:-1][ends[:-1] < len(runs)]] = True
    for start, end in bounds:
        if end - start >= words:
            last = end - words + 1
            yield runs[start:last][kept[start:last]]
        else:
            yield _runs(numbers[start:end], end - start)


def _runs(numbers: np.ndarray, size: int) -> np.ndarray:
    """The number of each run of so many words: (T,) to (T - size + 1,); none where T is less."""
    if not 0 < size <= len(numbers):
        return np.empty(0, np.uint64)
    runs = numbers[: len(numbers) - size + 1].copy()
    for offset in range(1, size):
        runs *= _FACTOR
        runs += numbers[offset : len(numbers) - size + 1 + offset]
    return scramble(runs)


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    """Shared shingles over all shingles of two texts, 0..1; two empty texts are not alike.

    Args:
        one, other: (S,) sorted uint64 without repeats.
    """
    shared = len(np.intersect1d(one, other, assume_unique=True))
    union = len(one) + len(other) - shared
    return shared / union if union else 0.0
