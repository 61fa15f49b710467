"""What the chat lab's thread does: replies, other replies, edits, the history, and the frames.

The conversation is `inference.chat`; lab.js draws what is said here. Left out: buttons and
sliders (lab.py), and the columns of the stages (columns.py). Taught in notebook 05, section
"A chat".
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from course_utils.inference.chat import Chat
from course_utils.inference.conversation import Conversation, Exchange
from course_utils.inference.history import ChatHistory
from course_utils.inference.labs.chat.columns import StageColumns
from course_utils.inference.stream import Stream, token_lengths
from course_utils.model.generate import LENGTH
from course_utils.model.sampling import probabilities
from course_utils.tokenization.fast import FastTokenizer
from course_utils.ui import pack

CANDIDATES = 8
BEFORE_CHARACTERS = 40  # of the text before a candidate
SHOWN_BYTES = 16_000  # of the conversation, so that a frame stays small; Python keeps all of it
WAITING_SHOWN, WAITING_CHARACTERS, SYSTEM_CHARACTERS = 5, 100, 300  # for the same reason
ALL = 1.0  # top-p at the right end of its slider: no token is left out
SETTINGS = ("temperature", "top_p", "seed", "system")
CUT = "The reply ends here: its length or the model's context is used up."
WAITING = "Your next message is answered when this reply is written, or when you press Stop."
UNANSWERED = "The kernel ended before this message was answered. Send it again, or write another."
NO_WORDS = "The model ended at once, without a word."
SAME = "The same words came again, so there is nothing to choose: try a higher temperature."
FORGOTTEN = (
    "Forgotten, on disk too. Undo brings the conversation back as long as this kernel runs."
)


@dataclass(frozen=True)
class Moment:
    """One token's choice: the text before it, the scores (V,), the token, how unsure it was."""

    before: str
    logits: Tensor
    token: int
    nats: float  # entropy at temperature 1
    number: int  # of the token in its reply, from 0; its end counts too


class ReplySession:
    """What the lab's thread does; see `trainable.Trainable`. A step is one piece of the reply.

    Settings: temperature, top_p, seed and system; they act on what comes next.

    Args:
        chat: the conversation; its config gives the first settings.
        history: where it is kept; None keeps nothing.
        columns: the stages that can be asked too.
    """

    def __init__(
        self, chat: Chat, history: ChatHistory | None = None, columns: StageColumns | None = None
    ) -> None:
        self.chat, self.config = chat, chat.config
        self.history, self.columns = history, columns or StageColumns()
        self.question = self.note = ""
        self.unanswered = ""  # what the kernel was answering when it ended
        self.refused = self.heard = 0  # messages that the chat would not take; all that came
        self.begin: Callable[[], None] = lambda: None  # called when there is something to write
        self.rest: Callable[[], None] = lambda: None  # called when there is nothing to write
        self._pieces: Iterator[str] | None = None
        self._stream: Stream | None = None  # of the last reply; the chat may go on elsewhere
        self._moments: list[Moment] = []
        self._looked: int | None = None  # the token of the last reply that the reader points at
        self._replies = 0  # what the last message has, where another one to it is on its way
        self._waiting: deque[str] = deque()  # messages that came while a reply was on its way

    @property
    def writing(self) -> bool:
        """Whether a reply is on its way."""
        return self._pieces is not None

    def open_history(self) -> None:
        """Go on with the conversation that was kept, unless the chat has one of its own."""
        if self.history is None:
            return
        if self.chat.exchanges:
            self.history.expect(Conversation(self.chat.exchanges, self.chat.system))
            return
        kept = self.history.load()
        self.chat.exchanges = kept.exchanges
        self.chat.system = kept.system or self.chat.system
        if kept.unanswered:
            self.unanswered, self.note = kept.unanswered, UNANSWERED
        self.chat.count_left_out()

    def step(self) -> None:
        """Write the next piece of the reply and of the columns, with the settings of now."""
        self.columns.step()
        if self._pieces is None:
            if not self.columns.writing:
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
            self._remember(before, stream)
        if piece is None:
            nothing = "" if stream.text.strip() else NO_WORDS
            self._end(CUT if stream.finish == LENGTH else nothing)

    def reset(self) -> None:
        """Forget the conversation, in its file too; the settings stay."""
        self._waiting.clear()
        self._end()
        said = bool(self.chat.exchanges)
        self.chat.clear()
        self.columns.clear()
        self._moments, self._stream, self._looked = [], None, None
        self.note = FORGOTTEN if said else ""
        self._keep()

    def change(self, name: str, value: object) -> None:
        """Take a new setting; see the class."""
        if name not in SETTINGS:
            raise KeyError(f"There is no setting {name!r}; there are {', '.join(SETTINGS)}.")
        if name == "system":
            self.chat.system = value.strip() or None
            self._keep()
            return
        value = None if name == "top_p" and value >= ALL else value
        self.config = replace(self.config, **{name: value})

    def say(self, text: str) -> None:
        """Send the reader's message to the model; its reply is written in the next steps.

        While another reply is on its way the message waits for its end. What the chat refuses
        becomes the note, and the conversation stays as it was.
        """
        self.heard += 1
        if self.writing:
            self._waiting.append(text)
            self.note = WAITING
            self.begin()  # a reply that rests because nobody looked goes on
        else:
            self._say(text)

    def another(self) -> None:
        """Write another reply to the last message; one that is on its way ends where it is."""
        self._end_quietly()
        last = self.chat.exchanges[-1] if self.chat.exchanges else None
        if self._begin(lambda: self.chat.another(lambda: self.config), last.user if last else ""):
            self._replies = len(last.replies)
        else:
            self._go_on()

    def edit(self, number: int, text: str) -> None:
        """Say something else in place of a message; what followed it is dropped (see `undo`)."""
        self.heard += 1
        self._end_quietly()
        gone = 2 * (len(self.chat.exchanges) - number) - 1
        if self._begin(lambda: self.chat.edit(number, text, lambda: self.config), text):
            turns = "1 turn" if gone == 1 else f"{gone} turns"
            self.note = f"{turns} after the edited message went. Undo brings them back."
            self._keep(text.strip())
        else:
            self._go_on()

    def choose(self, number: int) -> None:
        """Let another reply to the last message stand."""
        self._rearrange(lambda: self.chat.choose(number))

    def undo(self) -> None:
        """Bring back what was forgotten or edited away; a second time undoes that."""
        self._rearrange(self.chat.undo)

    def stop(self) -> None:
        """End the reply here; without one nothing happens. A message that waits is next."""
        note = "Stopped." if self.writing or self.columns.writing else self.note
        self.columns.stop()
        self._end(note)

    def ask_stages(self, text: str) -> None:
        """Ask the model of every stage; what they refuse becomes the note."""
        self.heard += 1
        try:
            self.columns.ask(text, lambda: self.config)
        except ValueError as error:
            self.note, self.refused = str(error), self.refused + 1
            return
        self.note = ""
        self.begin()

    def look(self, number: int) -> None:
        """Show the candidates of the last reply's token of that number."""
        self._looked = number

    def leave(self) -> None:
        """End what is being written and keep it: the lab goes."""
        self._waiting.clear()
        self.columns.stop()
        self._end()

    def moment(self) -> Moment | None:
        """The choice that the bars show: the newest one while the model writes.

        Afterwards the one that the reader points at, or else the one where the model hesitated
        most: at the very end it is mostly sure.
        """
        if self.writing or not self._moments:
            return self._moments[-1] if self._moments else None
        if self._looked is not None:
            # Half of a character is shown with the token that makes it whole.
            later = (one for one in self._moments if one.number >= self._looked)
            return next(later, self._moments[-1])
        return max(self._moments, key=lambda moment: moment.nats)

    def candidates(self, moment: Moment) -> tuple[list[str], Tensor]:
        """The likeliest tokens' names and ids (N,), in an order that no slider changes."""
        ids = moment.logits.topk(min(CANDIDATES, moment.logits.numel())).indices
        return [token_name(self.chat.engine.tokenizer, token) for token in ids.tolist()], ids

    def frame(self) -> bytes:
        """The conversation, the reply so far, and the candidates at the settings of now."""
        moment = self.moment()
        if moment is None:
            return pack({**self._facts(), "names": []}, {})
        # The candidates: their shares as they are, and as the sliders of now shape them.
        names, ids = self.candidates(moment)
        config, logits = self.config, moment.logits[None]
        shaped = probabilities(logits, config.temperature, config.top_k, config.top_p)[0, ids]
        plain = probabilities(logits)[0, ids]
        facts = {
            "names": names,
            "before": moment.before[-BEFORE_CHARACTERS:],
            "chosen": next((at for at, token in enumerate(ids) if token == moment.token), -1),
            "pointed": self._looked is not None and not self.writing,
        }
        return pack(self._facts() | facts, {"chances": shaped.numpy(), "plain": plain.numpy()})

    def _facts(self) -> dict[str, object]:
        """What the view shows beside the candidates."""
        stream, config, chat = self._stream, self.config, self.chat
        # The message that another reply is written to stands at the end, with that reply.
        shown = chat.exchanges[: len(chat.exchanges) - bool(self._replies)]
        writing = stream if self.writing else None
        return {
            "turns": 2 * len(shown),
            "exchanges": newest_exchanges(shown),
            "question": self.question if self.writing else "",
            "reply": writing.text if writing else "",
            **_written(chat.engine.tokenizer, writing),
            "waiting": [text[:WAITING_CHARACTERS] for text in self._waiting][:WAITING_SHOWN],
            "system": (chat.system or "")[:SYSTEM_CHARACTERS],
            "writing": self.writing or self.columns.writing,
            "note": " ".join(filter(None, (self.note, self.history and self.history.notice))),
            "refused": self.refused,
            "heard": self.heard,
            "unanswered": self.unanswered,
            "left_out": chat.left_out,
            "can_undo": chat.can_undo,
            "tokens": len(stream.ids) if stream else 0,
            "temperature": config.temperature,
            "top_p": config.top_p or ALL,
            "seed": config.seed,
            "asked": self.columns.question,
            "columns": self.columns.facts(),
            "columns_note": self.columns.note,
        }

    def _remember(self, before: str, stream: Stream) -> None:
        logits = stream.logits.cpu()
        nats = float(torch.special.entr(probabilities(logits[None])).sum())
        # The token that ended the reply is none of its ids, and comes behind them.
        number = len(stream.ids) - (stream.ids[-1:] == [stream.token])
        self._moments.append(Moment(before, logits, stream.token, nats, number))

    def _say(self, text: str) -> bool:
        begun = self._begin(lambda: self.chat.say(text, lambda: self.config), text)
        if begun:
            self._keep(text.strip())
        return begun

    def _begin(self, start: Callable[[], Iterator[str]], question: str) -> bool:
        """Begin a reply; False, and a note, where the chat refuses it."""
        try:
            self._pieces = start()
        except ValueError as error:
            self.note, self.refused = str(error), self.refused + 1
            return False
        self._stream, self._replies = self.chat.stream, 0
        self.question, self.note, self._moments, self._looked = question.strip(), "", [], None
        self.unanswered = ""
        self.begin()
        return True

    def _end(self, note: str = "") -> None:
        """End the reply, if there is one, and begin with the message that waits, if there is."""
        self._end_quietly(note)
        self._go_on()

    def _go_on(self) -> None:
        """Begin with the message that waits, if there is one, or rest."""
        while self._waiting:
            if self._say(self._waiting.popleft()):
                return
        if not self.columns.writing:
            self.rest()

    def _end_quietly(self, note: str = "") -> None:
        """End the reply, if there is one, and keep it."""
        self.note = note
        if self._pieces is None:
            return
        self._pieces.close()
        self._pieces = None
        # Another reply of the same words is not kept twice.
        if self._replies and self._replies == len(self.chat.exchanges[-1].replies):
            self.note = SAME if self._stream.text.strip() else note
        self._replies = 0
        self._keep()

    def _rearrange(self, change: Callable[[], None]) -> None:
        """Change the conversation and keep it, or say why not."""
        self._end_quietly()
        try:
            change()
        except ValueError as error:
            self.note = str(error)
        else:
            self._moments, self._looked = [], None
            self._keep()
        self._go_on()

    def _keep(self, unanswered: str | None = None) -> None:
        if self.history is not None:
            chat = self.chat
            self.history.save(Conversation(chat.exchanges, chat.system, unanswered))


def token_name(tokenizer: FastTokenizer, token: int) -> str:
    """A token as text: half of a character shows as a sign, a special token as its name."""
    return tokenizer.token_bytes(token).decode("utf-8", "replace")


def newest_exchanges(
    exchanges: Sequence[Exchange], most_bytes: int = SHOWN_BYTES
) -> list[dict[str, object]]:
    """The newest exchanges that fit into so many bytes of a frame, as the view draws them."""
    shown, used = [], 0
    for number in range(len(exchanges) - 1, -1, -1):
        one = exchanges[number]
        reply = one.reply
        entry = {
            "number": number,
            "user": one.user,
            "text": reply.text,
            "lengths": list(reply.lengths),
            "chances": [round(share, 4) for share in reply.probabilities],
            "finish": reply.finish if reply.lengths else "stop",
            "chosen": one.chosen,
            "of": len(one.replies),
        }
        used += len(json.dumps(entry))
        if used > most_bytes:
            break
        shown.insert(0, entry)
    return shown


def _written(tokenizer: FastTokenizer, stream: Stream | None) -> dict[str, list]:
    """The tokens of the reply on its way."""
    if stream is None:
        return {"reply_lengths": [], "reply_chances": []}
    lengths = token_lengths(tokenizer, stream.ids, stream.text)
    shares = [round(share, 4) for share in stream.probabilities]
    return {"reply_lengths": list(lengths), "reply_chances": shares}
