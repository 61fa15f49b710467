"""The chat lab: talk to the model, and reshape its next token's chances while it writes.

The conversation is `inference.chat`, what is drawn is made in session.py and drawn in lab.js.
Taught in notebook 05, section "A chat".
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
from matplotlib.figure import Figure

from course_utils.inference.chat import Chat
from course_utils.inference.figures import temperature_bars
from course_utils.inference.labs.chat.session import ALL, SETTINGS, ReplySession
from course_utils.model.sampling import probabilities
from course_utils.ui import Lab, LabView, assets, wrapping_row
from course_utils.ui.trainer import NOBODY_WATCHING

QUESTIONS = ("What is the capital of France?", "Tell me a story about a fox.")
TEMPERATURES = (0.3, 0.8, 1.3)
HOTTEST = 1.5  # the right end of the temperature's slider


class ChatView(LabView):
    """The drawing: the conversation with its text field, and the candidates' bars."""

    _esm = assets(__file__, ".js")
    _css = assets(__file__, ".css")

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
