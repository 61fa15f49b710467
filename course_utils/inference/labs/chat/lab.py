"""The chat lab: talk to the model, and reshape its next token's chances while it writes.

The conversation is `inference.chat`; the session says what is drawn, and lab.js draws it.
Taught in notebook 05, section "A chat".
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import ipywidgets
import torch
from matplotlib.figure import Figure
from torch import Tensor

from course_utils.inference.chat import Chat
from course_utils.inference.figures import temperature_bars
from course_utils.inference.stream import Stream
from course_utils.model.generate import LENGTH
from course_utils.model.sampling import probabilities
from course_utils.tokenization.fast import FastTokenizer
from course_utils.ui import Lab, LabView, bundle, pack, wrapping_row
from course_utils.ui.trainer import NOBODY_WATCHING

CANDIDATES = 8
BEFORE_CHARACTERS = 40  # of the text before a candidate
SHOWN_BYTES = 16_000  # of the conversation, so that a frame stays small; Python keeps all of it
ALL = 1.0  # top-p at the right end of its slider: no token is left out
SETTINGS = ("temperature", "top_p", "seed")
CUT = "The reply ends here: its length or the model's context is used up."
WAITING = "Your next message is answered when this reply is written, or when you press Stop."


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
        self._waiting: deque[str] = deque()  # messages that came while a reply was on its way

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
        self._waiting.clear()
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

        While another reply is on its way the message waits for its end. What the chat refuses
        becomes the note, and the conversation stays as it was.
        """
        if self.writing:
            self._waiting.append(text)
            self.note = WAITING
            self.begin()  # a reply that rests because nobody looked goes on
        else:
            self._begin(text)

    def stop(self) -> None:
        """End the reply here; without one nothing happens. A message that waits is next."""
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

    def _begin(self, text: str) -> bool:
        """Begin a reply; False, and a note, where the chat refuses the message."""
        try:
            self._pieces = self.chat.say(text, lambda: self.config)
        except ValueError as error:
            self.note, self.refused = str(error), self.refused + 1
            return False
        self._stream = self.chat.stream
        self.question, self.note, self._moments = text.strip(), "", []
        self.begin()
        return True

    def _end(self, note: str = "") -> None:
        """End the reply, if there is one, and begin with the message that waits, if there is."""
        if self._pieces is not None:
            self._pieces.close()
            self._pieces = None
        self.note = note
        while self._waiting:
            if self._begin(self._waiting.popleft()):
                return
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


QUESTIONS = ("What is the capital of France?", "Tell me a story about a fox.")
TEMPERATURES = (0.3, 0.8, 1.3)
HOTTEST = 1.5  # the right end of the temperature's slider


class ChatView(LabView):
    """The drawing: the conversation with its text field, and the candidates' bars."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)

    def tell(self, status: str, banner: str) -> None:
        """Show a status and a banner, in the words of a chat."""
        # A chat has no play button and no weights to reset.
        if banner == NOBODY_WATCHING:
            banner = "Paused: no open page shows this chat. Send a message to go on."
        elif status == "error":
            banner = f"The chat stopped. {banner.split('. ', 1)[-1].rsplit(' Press', 1)[0]}"
            banner += " Press New chat to begin again."
        super().tell(status, banner)


class ChatLab(Lab):
    """The lab as a cell's last line.

    Args:
        chat: the conversation; the reader may go on with it in other cells.
        tokens_per_second: the pace of writing, so that the sliders can be moved meanwhile.

    Raises:
        ValueError: the chat's temperature is beyond the slider.
    """

    name = "chat"
    title = "Chat lab: the next token's candidates"
    view_class = ChatView

    def __init__(self, chat: Chat, tokens_per_second: float = 15) -> None:
        if chat.config.temperature > HOTTEST:
            raise ValueError(
                f"The chat's temperature is {chat.config.temperature}; the slider goes from 0 to "
                f"{HOTTEST}. Give the chat a SamplingConfig with a lower one."
            )
        super().__init__(ReplySession(chat), headless_steps=0, steps_per_second=tokens_per_second)

    @property
    def turns(self) -> list[tuple[str, str]]:
        """(role, text) of the conversation so far."""
        return list(self.trainable.chat.turns)

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Temperature, top-p and seed."""
        config = self.trainable.config
        look = {"style": {"description_width": "96px"}, "layout": {"width": "320px"}}
        self.temperature = ipywidgets.FloatSlider(
            value=config.temperature,
            min=0,
            max=HOTTEST,
            step=0.05,
            description="Temperature",
            tooltip="0 takes the likeliest token, more lets others win; acts on the next one",
            readout_format=".2f",
            **look,
        )
        self.top_p = ipywidgets.FloatSlider(
            value=config.top_p or ALL,
            min=0.05,
            max=ALL,
            step=0.05,
            description="Top-p",
            tooltip="Keeps the likeliest tokens that reach this share; acts on the next one",
            readout_format=".2f",
            **look,
        )
        self.seed = ipywidgets.BoundedIntText(
            value=config.seed,
            min=0,
            max=max(9999, config.seed),
            description="Seed",
            tooltip="Which random numbers are drawn; acts on the next reply",
            style={"description_width": "40px"},
            layout={"width": "140px"},
        )
        # Each has the name of its setting.
        for setting in SETTINGS:
            self.steer(getattr(self, setting), setting)
        return [wrapping_row([getattr(self, setting) for setting in SETTINGS])]

    def picture(self) -> Figure:
        """Two fixed questions with their replies, and the candidates at three temperatures."""
        # A conversation of its own, so that the reader's stays as it is.
        chat = self.trainable.chat
        writing = ReplySession(Chat(chat.engine, chat.config))
        for question in QUESTIONS:
            writing.say(question)
            while writing.writing:
                writing.step()
        if (moment := writing.moment()) is None:
            raise ValueError(f"The model wrote nothing that could be drawn. {writing.note}")
        # The moment in which the model hesitated most, at three temperatures.
        names, ids = writing.candidates(moment)
        bars = {
            temperature: probabilities(moment.logits[None], temperature)[0, ids].tolist()
            for temperature in TEMPERATURES
        }
        return temperature_bars(names, bars, writing.chat.turns)

    def _transport(self, run_steps: int) -> list[ipywidgets.Button]:
        """Stop and New chat stand where other labs have play and reset."""
        # A message starts the trainer, and the end of the reply pauses it.
        self.trainable.begin = lambda: self.trainer.send("play")
        self.trainable.rest = lambda: self.trainer.send("pause")
        rows = (
            ("stop", "Stop", "End the reply here", lambda: self.trainer.call(self.trainable.stop)),
            ("undo", "New chat", "Forget the conversation", lambda: self.trainer.send("reset")),
        )
        buttons = []
        for icon, words, tooltip, press in rows:
            button = ipywidgets.Button(
                description=words, icon=icon, tooltip=tooltip, layout={"width": "auto"}
            )
            button.on_click(lambda _, press=press: press())
            buttons.append(button)
        return buttons

    def _hear(self, view: LabView, content: dict, buffers: list) -> None:
        if content.get("type") == "say":
            self.trainer.call(self.trainable.say, str(content.get("text", "")))
        else:
            super()._hear(view, content, buffers)
