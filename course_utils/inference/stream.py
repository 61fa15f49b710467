"""A reply as it is written: pieces of text, never half of a character or of a stop string.

Leaves out where the tokens come from (engine.py). Taught in notebook 05, section "A chat".

Shape letter: V vocabulary.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from course_utils.model.generate import STOP, Step
from course_utils.tokenization.fast import FastTokenizer
from course_utils.tokenization.special_tokens import SPECIAL_TOKENS


class ReplyText:
    """The text of one reply, token by token, up to the first stop string.

    A character may have its bytes in several tokens: it is held back until it is whole. So is what
    might be the beginning of a stop string, until it is one or cannot become one.

    Args:
        tokenizer: the model's own.
        stop: texts that end the reply; see `stop_strings`.

    Attributes:
        text: all that was not held back, so far.
        stopped: whether a stop string came; `text` ends before it, and takes no more tokens.
    """

    def __init__(self, tokenizer: FastTokenizer, stop: Sequence[str] = ()) -> None:
        self.text, self.stopped = "", False
        self._tokenizer, self._stop = tokenizer, stop
        self._held = ""  # what may begin a stop string
        self._bytes = codecs.getincrementaldecoder("utf-8")("replace")  # keeps half a character

    def take(self, token: int) -> str:
        """Adds a token; returns the text that can be shown because of it, which may be none."""
        # A special token counts as written, but has no text.
        if self.stopped or token < len(SPECIAL_TOKENS):
            return ""
        self._held += self._bytes.decode(self._tokenizer.token_bytes(token))
        # The stop string that is whole first ends the reply, wherever the tokens were cut.
        starts = [(self._held.find(one), one) for one in self._stop if one in self._held]
        if starts:
            self.stopped = True
            shown = self._held[: min((start + len(one), start) for start, one in starts)[1]]
            self._held = ""
        else:
            shown = self._held[: len(self._held) - self._beginning()]
            self._held = self._held[len(shown) :]
        self.text += shown
        return shown

    def end(self) -> str:
        """No more tokens: what was held back; bytes that never became a character are one sign."""
        shown = "" if self.stopped else self._held + self._bytes.decode(b"", final=True)
        self.forget()
        self.text += shown
        return shown

    def forget(self) -> None:
        """Drops what is held back."""
        self._held = ""
        self._bytes.reset()

    def _beginning(self) -> int:
        """How many of the last characters held back may begin a stop string."""
        longest = max((len(one) - 1 for one in self._stop), default=0)
        for count in range(min(longest, len(self._held)), 0, -1):
            if any(one.startswith(self._held[-count:]) for one in self._stop):
                return count
        return 0


class Stream(Iterator[str]):
    """Text that comes piece by piece; made by `Engine.stream`. Never half of a character.

    Stopping early needs nothing; `close` frees the cache at once.

    Attributes:
        ids: the new tokens so far, without the one that ended it; those of a stop string too.
        probabilities: of each of these, 0..1, as the model itself has it, at temperature 1.
        text: all pieces so far.
        finish: None while it writes, then "stop" or "length"; None for ever where it was closed.
        token: the last token that was chosen, also the one that ended it; None before the first.
        logits: (V,) scores that it was chosen by; None before the first.
    """

    def __init__(
        self, steps: Iterator[Step], tokenizer: FastTokenizer, stop: Sequence[str] = ()
    ) -> None:
        self.ids: list[int] = []
        self.probabilities: list[float] = []
        self.finish: str | None = None
        self.token: int | None = None
        self.logits: Tensor | None = None
        self._steps, self._reply = steps, ReplyText(tokenizer, stop)

    @property
    def text(self) -> str:
        """All pieces so far."""
        return self._reply.text

    def __next__(self) -> str:
        piece = ""
        # A token may give no piece, because its text is held back: go on until one does.
        while not piece:
            step = next(self._steps, None)
            if step is None:
                piece = self._reply.end()
                if not piece:
                    raise StopIteration
            else:
                piece = self._take(step)
        return piece

    def _take(self, step: Step) -> str:
        (token,), (self.finish,), (self.logits,) = step.ids, step.finishes, step.logits
        self.token = token
        # What ends the reply is not part of its text.
        if self.finish == STOP:
            return ""
        self.ids.append(token)
        self.probabilities.append(float(torch.log_softmax(self.logits.float(), -1)[token].exp()))
        piece = self._reply.take(token)
        if self._reply.stopped:
            self.finish = STOP
            self._steps.close()
        return piece

    def close(self) -> None:
        """Writes no more; what is held back is forgotten."""
        # Closing the steps frees the cache.
        self._steps.close()
        self._reply.forget()


def token_lengths(tokenizer: FastTokenizer, ids: Sequence[int], text: str) -> tuple[int, ...]:
    """How many characters of a reply's text came with each of its tokens.

    A character whose bytes lie in several tokens comes with the last of them, and the others have
    none; so have special tokens, and what a stop string cut off.

    Args:
        tokenizer: the one of the model.
        ids: T tokens of the reply.
        text: what they became, or its beginning.

    Returns:
        T lengths, which sum to that of the text.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    lengths, left = [], len(text)
    for number, token in enumerate(ids, 1):
        special = token < len(SPECIAL_TOKENS)
        written = "" if special else decoder.decode(tokenizer.token_bytes(token))
        # Bytes that never became a character are one sign, at the end.
        if number == len(ids):
            written += decoder.decode(b"", final=True)
        lengths.append(min(left, len(written)))
        left -= lengths[-1]
    return tuple(lengths)


def stop_strings(stop: str | Sequence[str]) -> tuple[str, ...]:
    """The texts that end a reply, from one text or several.

    Raises:
        ValueError: one is empty or no text.
    """
    texts = (stop,) if isinstance(stop, str) else tuple(stop)
    for text in texts:
        if not isinstance(text, str) or not text:
            raise ValueError(
                f"stop holds {text!r}; give texts of at least one character, such as '\\n'. Token "
                "ids that end a reply are the stop_ids of SamplingConfig."
            )
    return texts
