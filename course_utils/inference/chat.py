"""A conversation: it keeps the turns, fits them into the context, and streams the replies.

Leaves out summaries of what no longer fits. Taught in notebook 05, section
"A chat".
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.engine import Engine
from course_utils.inference.stream import Stream
from course_utils.model.sampling import SamplingConfig
from course_utils.tokenization.special_tokens import END, SYSTEM, USER


class Chat:
    """One conversation with a model.

    Args:
        engine: its model should be one that was finetuned on conversations.
        config: how replies are written; may be exchanged between two replies.
        stop: texts that end a reply before them; may be exchanged between two replies.
        system: an instruction that stands above the whole conversation, such as "Be polite."; it
            stays when old turns are left out. None for none.

    Attributes:
        turns: (role, text) of all turns, also of those that the model no longer reads.
        left_out: how many of the oldest turns the last reply was written without.
        stream: the reply that is, or was last, being written; None before the first.
    """

    def __init__(
        self,
        engine: Engine,
        config: SamplingConfig | None = None,
        stop: str | Sequence[str] = (),
        system: str | None = None,
    ) -> None:
        if system is not None and not system.strip():
            raise ValueError("The system turn is empty.\nWrite an instruction, or leave it out.")
        self.engine, self.config, self.stop = engine, config or SamplingConfig(), stop
        self.system = system
        self.turns: list[tuple[str, str]] = []
        self.left_out = 0
        self.stream: Stream | None = None
        # Weak: a reply that nobody reads any more ends at once, and its turns are kept.
        self._reply: Callable[[], Generator[str, None, None] | None] = lambda: None

    def say(
        self, text: str, settings: Callable[[], SamplingConfig] | None = None
    ) -> Iterator[str]:
        """Says something and streams the reply.

        The two turns are kept when the reply ends, also when it was stopped early; a reply of no
        words is not kept, and neither is what it answered. Another message ends a reply that is
        still being written, and is answered as if that had been stopped there. Each reply of a
        conversation is drawn with numbers of its own, the same ones when the whole conversation
        is repeated.

        Args:
            text: what the user says; special tokens in it are plain text.
            settings: asked before every token instead of `config`, so that a slider acts on the
                next one.

        Returns:
            The reply's pieces.

        Raises:
            ValueError: the text is empty, or too long for the context, or another thread is just
                writing a reply; at once, not later.
        """
        text = text.strip()
        if not text:
            raise ValueError("The message is empty.\nWrite at least one word.")
        # A slider is asked anew at every token; a fixed config answers the same each time.
        ask = settings or (lambda: self.config)
        # Refused before anything changes; fitted anew with the reply that it ends.
        self._fit(text, ask().max_new_tokens)
        self._end_reply()
        ids, self.left_out = self._fit(text, ask().max_new_tokens)
        self.stream = self.engine.stream(
            ids,
            settings=lambda: _ending_at_turns(ask()),
            # Equal messages later in the conversation are drawn differently.
            row_seed=len(self.turns),
            stop=self.stop,
        )
        pieces = self._write(text, self.stream)
        self._reply = weakref.ref(pieces)
        return pieces

    def reply(self, text: str) -> str:
        """Says something and waits for the whole reply; see `say`."""
        return "".join(self.say(text))

    def clear(self) -> None:
        """Begins a new conversation below the same system turn."""
        self.turns, self.left_out, self.stream = [], 0, None

    def _end_reply(self) -> None:
        """Ends the reply that is still being written, so that its turns are kept."""
        if (pieces := self._reply()) is None:
            return
        try:
            pieces.close()
        except ValueError as error:  # only Python knows that it runs, in another thread
            raise ValueError(
                "Another thread is just writing a reply of this conversation.\nStop it there, or "
                "wait for its end, and say this again."
            ) from error

    def _write(self, text: str, stream: Stream) -> Generator[str, None, None]:
        # Kept in `finally`, so that a reply that was stopped early stays in the conversation too.
        try:
            yield from stream
        finally:
            stream.close()
            # One that was cleared meanwhile has another stream, and keeps nothing of this one.
            if self.stream is stream and stream.text.strip():
                self.turns += [("user", text), ("assistant", stream.text)]

    def _fit(self, text: str, reply_tokens: int) -> tuple[list[int], int]:
        """The ids of as many of the newest turns as fit, and how many turns are left out."""
        context = self.engine.model.config.context_tokens
        room = context - min(reply_tokens, context // 2)  # the rest is for the reply
        # The new message has to fit; nothing older can be left out in its place.
        above = [] if self.system is None else [("system", self.system)]
        turns, encode = [*self.turns, ("user", text)], self.engine.tokenizer
        first, ids = len(turns) - 1, conversation_ids(encode, above + turns[-1:])
        if len(ids) > room:
            signs = "with its two signs" if self.system is None else "with the system turn"
            raise ValueError(
                f"The message is {len(ids) - room} tokens too long: {signs} it has "
                f"{len(ids)}, and {room} of the model's {context} are for reading, the rest for "
                "the reply.\nShorten it, or ask for a shorter reply with max_new_tokens."
            )
        # Older turns join while there is room, the newest first.
        while first:  # a question comes and goes with its answer
            longer = conversation_ids(encode, above + turns[first - 2 :])
            if len(longer) > room:
                break
            first, ids = first - 2, longer
        return ids, first


def _ending_at_turns(config: SamplingConfig) -> SamplingConfig:
    """A reply also ends where the model would go on with another one's part."""
    return replace(config, stop_ids=tuple({*config.stop_ids, END, USER, SYSTEM}))
