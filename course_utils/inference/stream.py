"""A reply as it is written: pieces of text, never half of a character.

Leaves out where the tokens come from (engine.py). Taught in notebook 05, section "The engine".

Shape letter: V vocabulary.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from torch import Tensor

from course_utils.model.generate import STOP, Step
from course_utils.tokenization.fast import FastTokenizer
from course_utils.tokenization.special_tokens import SPECIAL_TOKENS


class Stream(Iterator[str]):
    """Text that comes piece by piece; made by `Engine.stream`. Never half of a character.

    A character such as an umlaut has several bytes, which may lie in several tokens: it is held
    back until it is whole. Stopping early needs nothing; `close` frees the cache at once.

    Attributes:
        ids: the new tokens so far, without the one that ended it.
        text: all pieces so far.
        finish: None while it writes, then "stop" or "length"; None for ever where it was closed.
        token: the last token that was chosen, also the one that ended it; None before the first.
        logits: (V,) scores that it was chosen by; None before the first.
    """

    def __init__(self, steps: Iterator[Step], tokenizer: FastTokenizer) -> None:
        self.ids: list[int] = []
        self.text = ""
        self.finish: str | None = None
        self.token: int | None = None
        self.logits: Tensor | None = None
        self._steps, self._tokenizer = steps, tokenizer
        # Keeps half a character until it is whole.
        self._bytes = codecs.getincrementaldecoder("utf-8")("replace")

    def __next__(self) -> str:
        piece = ""
        # A token that ends inside a character gives no piece: go on until one does.
        while not piece:
            step = next(self._steps, None)
            if step is None:  # the end: bytes that never became a character show as one sign
                piece = self._bytes.decode(b"", final=True)
                self._bytes.reset()
                if not piece:
                    raise StopIteration
            else:
                piece = self._take(step)
        self.text += piece
        return piece

    def _take(self, step: Step) -> str:
        (token,), (self.finish,), (self.logits,) = step.ids, step.finishes, step.logits
        self.token = token
        # What ends the reply is not part of its text.
        if self.finish == STOP:
            return ""
        self.ids.append(token)
        # A special token counts as written, but has no text.
        if token < len(SPECIAL_TOKENS):
            return ""
        return self._bytes.decode(self._tokenizer.token_bytes(token))

    def close(self) -> None:
        """Writes no more; bytes that are held back are forgotten."""
        # Closing the steps frees the cache.
        self._steps.close()
        self._bytes.reset()
