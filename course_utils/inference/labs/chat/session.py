"""What the chat lab does in its thread: one piece of a reply a step, and all that its view draws.

The lab with its controls is in lab.py, the drawing in lab.js. No notebook section; the lab uses
it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from course_utils.inference.chat import Chat
from course_utils.inference.stream import Stream
from course_utils.model.generate import LENGTH
from course_utils.model.sampling import probabilities
from course_utils.tokenization.fast import FastTokenizer
from course_utils.ui import pack

CANDIDATES = 8
BEFORE_CHARACTERS = 40  # of the text before a candidate
SHOWN_BYTES = 16_000  # of the conversation, so that a frame stays small; Python keeps all of it
ALL = 1.0  # top-p at the right end of its slider: no token is left out
SETTINGS = ("temperature", "top_p", "seed")
CUT = "The reply ends here: its length or the model's context is used up."


@dataclass(frozen=True)
class Moment:
    """One token's choice: the text before it, the scores (V,), the token, how unsure it was."""

    before: str
    logits: Tensor
    token: int
    nats: float  # entropy at temperature 1


class ReplySession:
    """What the lab's thread does; see `trainable.Trainable`. A step is one piece of the reply.

    Settings: temperature, top_p and seed; they act on what comes next.

    Args:
        chat: the conversation; its config gives the first settings.
    """

    def __init__(self, chat: Chat) -> None:
        self.chat, self.config = chat, chat.config
        self.question = self.note = ""
        self.refused = 0  # how many messages the chat would not take
        self.begin: Callable[[], None] = lambda: None  # called when there is something to write
        self.rest: Callable[[], None] = lambda: None  # called when there is nothing to write
        self._pieces: Iterator[str] | None = None
        self._stream: Stream | None = None  # of the last reply; the chat may go on elsewhere
        self._moments: list[Moment] = []

    @property
    def writing(self) -> bool:
        """Whether a reply is on its way."""
        return self._pieces is not None

    def step(self) -> None:
        """Write the reply's next piece, with the settings of now."""
        if self._pieces is None:
            self.rest()
            return
        # A piece is text; where a token is half a character it takes more than one.
        stream = self._stream
        before, scores = stream.text, stream.logits
        try:
            piece = next(self._pieces, None)
        except Exception as error:  # a chat must say what went wrong, whatever it was
            self._end(str(error))
            return
        # What was chosen from, for the bars; and how the reply ended, if it did.
        if stream.logits is not scores:
            self._remember(before, stream.logits.cpu(), stream.token)
        if piece is None:
            nothing = "" if stream.text.strip() else "The model ended at once, without a word."
            self._end(CUT if stream.finish == LENGTH else nothing)

    def reset(self) -> None:
        """A new conversation; the settings stay."""
        self._end()
        self.chat.clear()
        self._moments, self._stream, self.note = [], None, ""

    def change(self, name: str, value: object) -> None:
        """Take a new setting; see the class."""
        if name not in SETTINGS:
            raise KeyError(f"There is no setting {name!r}; there are {', '.join(SETTINGS)}.")
        value = None if name == "top_p" and value >= ALL else value
        self.config = replace(self.config, **{name: value})

    def say(self, text: str) -> None:
        """Send the reader's message to the model; its reply is written in the next steps.

        What the chat refuses becomes the note, and the conversation stays as it was.
        """
        self._close()
        try:
            self._pieces = self.chat.say(text, lambda: self.config)
        except ValueError as error:
            self.note, self.refused = str(error), self.refused + 1
            return
        self._stream = self.chat.stream
        self.question, self.note, self._moments = text.strip(), "", []
        self.begin()

    def stop(self) -> None:
        """End the reply here; without one nothing happens."""
        self._end("Stopped." if self.writing else self.note)

    def moment(self) -> Moment | None:
        """The choice that the bars show: the newest one while the model writes.

        Afterwards the one where the model hesitated most: at the very end it is mostly sure.
        """
        if self.writing or not self._moments:
            return self._moments[-1] if self._moments else None
        return max(self._moments, key=lambda moment: moment.nats)

    def candidates(self, moment: Moment) -> tuple[list[str], Tensor]:
        """The likeliest tokens' names and ids (N,), in an order that no slider changes."""
        ids = moment.logits.topk(min(CANDIDATES, moment.logits.numel())).indices
        return [token_name(self.chat.engine.tokenizer, token) for token in ids.tolist()], ids

    def frame(self) -> bytes:
        """The conversation, the reply so far, and the candidates at the settings of now."""
        stream, config = self._stream, self.config
        facts = {
            "turns": newest_turns(self.chat.turns),
            "question": self.question if self.writing else "",
            "reply": stream.text if self.writing else "",
            "writing": self.writing,
            "note": self.note,
            "refused": self.refused,
            "left_out": self.chat.left_out,
            "tokens": len(stream.ids) if stream else 0,
            "temperature": config.temperature,
            "top_p": config.top_p or ALL,
            "seed": config.seed,
            "names": [],
        }
        # The candidates: their shares as they are, and as the sliders of now shape them.
        if (moment := self.moment()) is None:
            return pack(facts, {})
        facts["names"], ids = self.candidates(moment)
        facts["before"] = moment.before[-BEFORE_CHARACTERS:]
        facts["chosen"] = next((at for at, token in enumerate(ids) if token == moment.token), -1)
        logits = moment.logits[None]
        shaped = probabilities(logits, config.temperature, config.top_k, config.top_p)[0, ids]
        plain = probabilities(logits)[0, ids]
        return pack(facts, {"chances": shaped.numpy(), "plain": plain.numpy()})

    def _remember(self, before: str, logits: Tensor, token: int) -> None:
        nats = float(torch.special.entr(probabilities(logits[None])).sum())
        self._moments.append(Moment(before, logits, token, nats))

    def _close(self) -> None:
        if self._pieces is not None:
            self._pieces.close()
            self._pieces = None

    def _end(self, note: str = "") -> None:
        self._close()
        self.note = note
        self.rest()


def token_name(tokenizer: FastTokenizer, token: int) -> str:
    """A token as text: half of a character shows as a sign, a special token as its name."""
    return tokenizer.token_bytes(token).decode("utf-8", "replace")


def newest_turns(turns: Sequence[tuple[str, str]], most_bytes: int = SHOWN_BYTES) -> list:
    """The newest (role, text) pairs that fit into so many bytes of a frame."""
    first, used = len(turns), 0
    while first and (used := used + len(json.dumps(turns[first - 1]))) <= most_bytes:
        first -= 1
    return [list(turn) for turn in turns[first:]]
