"""Byte-level byte-pair encoding in full view: train, encode, decode, in plain Python.

Leaves out several cores at once (fast.py gives the same ids through the industry's library) and
vocabularies made by others. Taught in notebook 02, sections "Byte pair encoding" and "Train
yours".

Words are tuples of ids; counts say how often a word stands in the text. Merges never cross words.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path

from course_utils.tokenization import file_format
from course_utils.tokenization.byte_alphabet import (
    BYTE_ORDER,
    FIRST_MERGE_ID,
    PATTERN,
    byte_ids,
    check_ids,
    check_texts,
    check_training,
    utf8,
)
from course_utils.tokenization.special_tokens import END, SPECIAL_TOKENS

Pair = tuple[int, int]
Word = tuple[int, ...]
_PIECES = re.compile(PATTERN)
_CACHED_PIECES = 100_000


def split(text: str) -> list[str]:
    """The text's pieces (words with the space before them); joined they are the text again."""
    utf8(text)  # refuses what has no bytes, and says where it stands
    return _PIECES.findall(text)


def count_words(texts: Iterable[str]) -> dict[Word, int]:
    """Each distinct piece as the ids of its bytes, with the times it occurs."""
    pieces: Counter[str] = Counter()
    for text in texts:
        pieces.update(split(text))
    return {byte_ids(piece): times for piece, times in pieces.items()}


def count_pairs(words: dict[Word, int]) -> dict[Pair, int]:
    """How often two ids stand side by side, over all words."""
    counts: dict[Pair, int] = {}
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] = counts.get(pair, 0) + times
    return counts


def merge(word: Word, pair: Pair, new_id: int) -> Word:
    """The word with each pair, from the left, replaced by one new id."""
    merged, at = [], 0
    while at < len(word):
        matches = word[at : at + 2] == pair
        merged.append(new_id if matches else word[at])
        at += 2 if matches else 1
    return tuple(merged)


def learn_slowly(words: dict[Word, int], merges: int) -> list[Pair]:
    """The whole algorithm: count, merge the commonest pair everywhere, count anew.

    Args:
        words: byte ids of each distinct word, with its count (count_words).
        merges: how many merges to learn; fewer come back when no pair occurs twice.

    Returns:
        Pairs in the order learned. Among equally common pairs the smallest ids win.

    Source: Gage 1994; Sennrich, Haddow and Birch 2016 (arXiv:1508.07909).
    """
    learned: list[Pair] = []
    while len(learned) < merges and (counts := count_pairs(words)):
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        if counts[pair] < 2:
            break
        new_id = FIRST_MERGE_ID + len(learned)
        words = {merge(word, pair, new_id): times for word, times in words.items()}
        learned.append(pair)
    return learned


def learn(
    words: dict[Word, int],
    merges: int,
    watch: Callable[[int, Pair, int], None] | None = None,
) -> list[Pair]:
    """The same merges as learn_slowly, but a merge touches only the words that hold its pair.

    Args:
        words: byte ids of each distinct word, with its count (count_words).
        merges: how many merges to learn; fewer come back when no pair occurs twice.
        watch: called after each merge with the new id, the pair and the pair's count.

    Returns:
        Pairs in the order learned.
    """
    # Count once, and note which words hold a pair, so that a merge knows where to go.
    spellings, times = list(words), list(words.values())
    counts = count_pairs(words)
    homes: defaultdict[Pair, set[int]] = defaultdict(set)  # pair -> words that (may) hold it
    for index, word in enumerate(spellings):
        for pair in pairwise(word):
            homes[pair].add(index)
    # The commonest pair comes out first; among equals the one of the smallest ids.
    queue = [(-count, pair) for pair, count in counts.items()]
    heapq.heapify(queue)
    learned: list[Pair] = []
    while queue and len(learned) < merges:
        count, pair = heapq.heappop(queue)
        if counts[pair] != -count:
            continue  # an old entry: the count has changed since, and stands in a newer one
        if -count < 2:
            break
        # Rewrite those words, and note how the counts of their pairs change.
        new_id = FIRST_MERGE_ID + len(learned)
        changes: Counter[Pair] = Counter()
        for index in homes.pop(pair):
            old, new = spellings[index], merge(spellings[index], pair, new_id)
            spellings[index] = new
            for gone in pairwise(old):
                changes[gone] -= times[index]
            for come in pairwise(new):
                changes[come] += times[index]
                if new_id in come:
                    homes[come].add(index)
        # A changed count gets an entry of its own; the old one is skipped when it comes out.
        for changed, difference in changes.items():
            if difference:
                counts[changed] = counts.get(changed, 0) + difference
                heapq.heappush(queue, (-counts[changed], changed))
        learned.append(pair)
        if watch:
            watch(new_id, pair, -count)
    return learned


def apply_merges(word: Word, new_ids: Mapping[Pair, int]) -> Word:
    """All merges of one word, the earliest learned first.

    A queue says what comes next, so that a long word is not walked over once for each merge: text
    without spaces, such as a picture in base64, may be one word of many thousand bytes.

    Args:
        word: byte ids.
        new_ids: the id that each pair becomes; earlier merges have smaller ones.
    """
    ids: list[int | None] = list(word)
    # The neighbours of each place; a place whose id has gone into the one before it holds None.
    end, before, after = len(ids), list(range(-1, len(ids) - 1)), list(range(1, len(ids) + 1))
    queue = [(new_ids[pair], at) for at, pair in enumerate(pairwise(word)) if pair in new_ids]
    heapq.heapify(queue)  # the earliest learned first, and of these the first from the left
    while queue:
        new_id, at = heapq.heappop(queue)
        next_at = after[at]
        if next_at == end or new_ids.get((ids[at], ids[next_at])) != new_id:
            continue  # an old entry: one of its two has merged with another since
        ids[at], ids[next_at], after[at] = new_id, None, after[next_at]
        if after[at] < end:
            before[after[at]] = at
        # The new id may merge with the one before it and with the one behind.
        for left in (before[at], at):
            if left >= 0 and after[left] < end:
                pair = (ids[left], ids[after[left]])
                if pair in new_ids:
                    heapq.heappush(queue, (new_ids[pair], left))
    return tuple(token for token in ids if token is not None)


class Tokenizer:
    """Text to ids and back by a list of learned merges."""

    def __init__(self, merges: Iterable[Pair] = ()) -> None:
        self.merges: list[Pair] = [(left, right) for left, right in merges]
        # The bytes of every id: special tokens by their names, then bytes, then merges.
        self._new_id = {pair: FIRST_MERGE_ID + n for n, pair in enumerate(self.merges)}
        self._bytes = [name.encode("utf-8") for name in SPECIAL_TOKENS]
        self._bytes += [bytes([byte]) for byte in BYTE_ORDER]
        for left, right in self.merges:
            self._bytes.append(self._bytes[left] + self._bytes[right])
        self._cache: dict[str, Word] = {}

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        vocab_size: int = 4096,
        watch: Callable[[int, Pair, int], None] | None = None,
    ) -> Tokenizer:
        """Learns a vocabulary from texts.

        Args:
            texts: documents; a special token typed in one is text like any other.
            vocab_size: special tokens, 256 bytes and merges together; a short text gives fewer,
                because a pair that occurs once is never merged.
            watch: called after each merge with the new id, the pair and the pair's count.

        Raises:
            ValueError: no text, one bare string, or a size outside 261 to 65,536.
        """
        check_training(texts, vocab_size)
        words = count_words(texts)
        if not words:
            raise ValueError("train got no text to learn from. Is the corpus empty?")
        return cls(learn(words, vocab_size - FIRST_MERGE_ID, watch))

    @property
    def vocab_size(self) -> int:
        """Special tokens, bytes and merges together."""
        return len(self._bytes)

    def token_bytes(self, token: int) -> bytes:
        """The bytes that one id stands for (a special token: its name's)."""
        return self._bytes[check_ids([token], self.vocab_size)[0]]

    def encode(self, text: str, end: bool = False) -> list[int]:
        """The text's ids, and the id of <|end|> after them if end is true.

        A special token typed in the text stays text: only end=True makes one.

        Raises:
            TypeError: it is no text.
            ValueError: it holds half of a surrogate pair.
        """
        ids: list[int] = []
        for piece in split(text):
            if piece not in self._cache:
                # Most words come again; a text without end must not fill the memory.
                if len(self._cache) >= _CACHED_PIECES:
                    self._cache.clear()
                self._cache[piece] = self.encode_word(byte_ids(piece))
            ids += self._cache[piece]
        return ids + [END] if end else ids

    def encode_word(self, word: Word) -> Word:
        """Applies the merges to one word's byte ids, the earliest learned first."""
        return apply_merges(word, self._new_id)

    def encode_batch(self, texts: Iterable[str], end: bool = False) -> list[list[int]]:
        """The ids of each of several texts; see encode."""
        return [self.encode(text, end) for text in check_texts(texts, "encode_batch")]

    def decode(self, ids: Iterable[int], special: bool = False) -> str:
        """The text of the ids; bytes that are no UTF-8 become the replacement character.

        Args:
            ids: token ids.
            special: write special tokens by name instead of leaving them out.

        Raises:
            TypeError: they are no ids.
            ValueError: an id is not in the vocabulary.
        """
        ids = check_ids(ids, self.vocab_size)
        kept = (token for token in ids if special or token >= len(SPECIAL_TOKENS))
        return b"".join(self._bytes[token] for token in kept).decode("utf-8", errors="replace")

    def save(self, folder: Path) -> None:
        """Writes tokenizer.json and tokenizer_config.json, which transformers open too."""
        file_format.write(self.merges, folder)

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """Opens the tokenizer that save wrote; refuses a damaged file or another tokenizer's."""
        return cls(file_format.read(folder))
