"""A conversation: it keeps the turns, fits them into the context, and streams the replies.

Leaves out summaries of what no longer fits. Taught in notebook 05, section
"A chat".
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

from course_utils import checks
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.conversation import Exchange, Reply, exchanges_of, turns_of
from course_utils.inference.engine import Engine
from course_utils.inference.stream import Stream, token_lengths
from course_utils.model.sampling import SamplingConfig
from course_utils.tokenization.special_tokens import END, SYSTEM, USER

ANOTHER = 10_000  # a further reply's row seed: beyond those of any conversation's first replies
Settings = Callable[[], SamplingConfig]


class Chat:
    """One conversation with a model.

    Args:
        engine: its model should be one that was finetuned on conversations.
        config: how replies are written; may be exchanged between two replies.
        stop: texts that end a reply before them; may be exchanged between two replies.
        system: an instruction that stands above the whole conversation, such as "Be polite."; it
            stays when old turns are left out. None for none. May be exchanged too.
        read_tokens: at most so many tokens of the conversation are read for a reply, which is
            cheaper than all that the context holds; None for as many as fit beside the reply.
        open_stream: writes a reply; `engine.stream` when None. One that keeps what it has read of
            the conversation's beginning takes the same arguments.

    Attributes:
        exchanges: each message with its replies, also those that the model no longer reads.
        left_out: how many of the oldest turns the last reply was written without.
        stream: the reply that is, or was last, being written; None before the first.
    """

    def __init__(
        self,
        engine: Engine,
        config: SamplingConfig | None = None,
        stop: str | Sequence[str] = (),
        system: str | None = None,
        read_tokens: int | None = None,
        open_stream: Callable[..., Stream] | None = None,
    ) -> None:
        if system is not None and not system.strip():
            raise ValueError("The system turn is empty.\nWrite an instruction, or leave it out.")
        if read_tokens is not None:
            checks.whole("read_tokens", read_tokens, least=1, hint="None reads all that fits.")
        self.read_tokens = read_tokens
        self.engine, self.config, self.stop = engine, config or SamplingConfig(), stop
        self.system, self._open = system, open_stream or engine.stream
        self.exchanges: tuple[Exchange, ...] = ()
        self.left_out = 0
        self.stream: Stream | None = None
        self._before: tuple[Exchange, ...] | None = None  # what undo brings back
        # Weak: a reply that nobody reads any more ends at once, and its turns are kept.
        self._reply: Callable[[], Generator[str, None, None] | None] = lambda: None

    @property
    def turns(self) -> list[tuple[str, str]]:
        """(role, text) of all turns, also of those that the model no longer reads."""
        return turns_of(self.exchanges)

    @turns.setter
    def turns(self, turns: Sequence[tuple[str, str]]) -> None:
        self.exchanges = exchanges_of(turns)

    def say(self, text: str, settings: Settings | None = None) -> Iterator[str]:
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
        return self._begin(text, ask, row_seed=2 * len(self.exchanges), keep=self._keep_message)

    def another(self, settings: Settings | None = None) -> Iterator[str]:
        """Writes another reply to the last message; the earlier ones are kept (see `choose`).

        Args:
            settings: see `say`.

        Returns:
            The reply's pieces.

        Raises:
            ValueError: there is no reply yet, or see `say`.
        """
        ask = settings or (lambda: self.config)
        self._end_reply()
        if not self.exchanges:
            raise ValueError("There is no reply yet that another one could stand beside.")
        *earlier, last = self.exchanges
        # Drawn with other numbers than the replies that are there.
        seed = 2 * len(earlier) + ANOTHER * len(last.replies)
        return self._begin(last.user, ask, seed, self._keep_another, earlier)

    def edit(self, number: int, text: str, settings: Settings | None = None) -> Iterator[str]:
        """Says something else in place of an earlier message: what followed it is dropped.

        `undo` brings it back.

        Args:
            number: of the message, from 0.
            text: what is said instead.
            settings: see `say`.

        Returns:
            The reply's pieces.

        Raises:
            ValueError: there is no such message, or see `say`; then nothing is dropped.
        """
        if not 0 <= number < len(self.exchanges):
            raise ValueError(
                f"There is no message {number}: the conversation has {len(self.exchanges)}, "
                "counted from 0."
            )
        # Refused before anything is dropped.
        if text.strip():
            tokens = (settings() if settings else self.config).max_new_tokens
            self._fit(text.strip(), tokens, self.exchanges[:number])
            self._end_reply()
            self._before, self.exchanges = self.exchanges, self.exchanges[:number]
        return self.say(text, settings)

    def choose(self, number: int) -> None:
        """Lets another of the last message's replies stand, by its number from 0.

        Raises:
            ValueError: there is no such reply.
        """
        self._end_reply()
        count = len(self.exchanges[-1].replies) if self.exchanges else 0
        if not 0 <= number < count:
            raise ValueError(f"There is no reply {number}: {count} can be chosen, from 0.")
        self.exchanges = (*self.exchanges[:-1], replace(self.exchanges[-1], chosen=number))

    def reply(self, text: str) -> str:
        """Says something and waits for the whole reply; see `say`."""
        return "".join(self.say(text))

    def clear(self) -> None:
        """Begins a new conversation below the same system turn; `undo` brings the old one back."""
        if self.exchanges:
            self._before = self.exchanges
        self.exchanges, self.left_out, self.stream = (), 0, None

    def prompt_ids(self, text: str) -> list[int]:
        """What the model would read if this were said now: as many turns as fit, and the text.

        Raises:
            ValueError: the text is too long for the context.
        """
        return self._fit(text, self.config.max_new_tokens)[0]

    @property
    def can_undo(self) -> bool:
        """Whether there is something that `undo` would bring back."""
        return self._before is not None

    def undo(self) -> None:
        """Brings back what the last `edit` or `clear` dropped; a second time undoes that.

        Raises:
            ValueError: nothing was dropped.
        """
        if self._before is None:
            raise ValueError("Nothing was dropped that could be brought back.")
        self._end_reply()
        self._before, self.exchanges = self.exchanges, self._before
        self.count_left_out()

    def count_left_out(self) -> None:
        """Sets `left_out` anew, after other exchanges have taken the place of the old ones."""
        self.left_out = 0
        if self.exchanges:
            *earlier, last = self.exchanges
            with contextlib.suppress(ValueError):  # it was said with more room for reading
                _, self.left_out = self._fit(last.user, self.config.max_new_tokens, earlier)

    def _begin(
        self,
        text: str,
        ask: Settings,
        row_seed: int,
        keep: Callable[[str, Reply], None],
        earlier: Sequence[Exchange] | None = None,
    ) -> Iterator[str]:
        """Opens the stream of a reply to a message; `keep` takes what comes of it."""
        ids, self.left_out = self._fit(text, ask().max_new_tokens, earlier)
        self.stream = self._open(
            ids,
            settings=lambda: _ending_at_turns(ask()),
            # Equal messages later in the conversation are drawn differently.
            row_seed=row_seed,
            stop=self.stop,
        )
        pieces = self._write(text, self.stream, keep)
        self._reply = weakref.ref(pieces)
        return pieces

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

    def _write(
        self, text: str, stream: Stream, keep: Callable[[str, Reply], None]
    ) -> Generator[str, None, None]:
        # Kept in `finally`, so that a reply that was stopped early stays in the conversation too.
        try:
            yield from stream
        finally:
            stream.close()
            # One that was cleared meanwhile has another stream, and keeps nothing of this one.
            if self.stream is stream and stream.text.strip():
                lengths = token_lengths(self.engine.tokenizer, stream.ids, stream.text)
                shares = tuple(stream.probabilities)
                keep(text, Reply(stream.text, lengths, shares, stream.finish))

    def _keep_message(self, text: str, reply: Reply) -> None:
        self.exchanges = (*self.exchanges, Exchange(text, (reply,)))

    def _keep_another(self, text: str, reply: Reply) -> None:
        self.exchanges = (*self.exchanges[:-1], self.exchanges[-1].with_reply(reply))

    def _fit(
        self, text: str, reply_tokens: int, earlier: Sequence[Exchange] | None = None
    ) -> tuple[list[int], int]:
        """The ids of as many of the newest turns as fit, and how many turns are left out."""
        context = self.engine.model.config.context_tokens
        room = context - min(reply_tokens, context // 2)  # the rest is for the reply
        room = room if self.read_tokens is None else min(room, self.read_tokens)
        # The new message has to fit; nothing older can be left out in its place.
        above = [] if self.system is None else [("system", self.system)]
        turns = turns_of(self.exchanges if earlier is None else earlier)
        turns, encode = [*turns, ("user", text)], self.engine.tokenizer
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
