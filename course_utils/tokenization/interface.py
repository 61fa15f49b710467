"""What other parts may expect of a tokenizer, whichever of the two it is.

Leaves out training and files (bpe.py, fast.py). No section teaches it.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class TextTokenizer(Protocol):
    """Text to ids and back: bpe.Tokenizer and fast.FastTokenizer both have it."""

    @property
    def vocab_size(self) -> int:
        """V: ids are 0 to V - 1."""

    def encode(self, text: str) -> list[int]:
        """The text's ids, none of them a special token's."""

    def decode(self, ids: list[int]) -> str:
        """The text of these ids; special tokens are left out."""
