"""The chat lab: talk to the model, and reshape its next token's chances while it writes.

What is written, session.py knows, and lab.js draws it; here are the buttons and the sliders.
Taught in notebook 05, section "A chat".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets
from matplotlib.figure import Figure

from course_utils import runtime
from course_utils.inference.chat import Chat
from course_utils.inference.figures import temperature_bars
from course_utils.inference.history import FILE, ChatHistory
from course_utils.inference.labs.chat.columns import StageColumns
from course_utils.inference.labs.chat.session import ALL, SETTINGS, ReplySession, token_name
from course_utils.inference.stage_models import StageModel
from course_utils.model.sampling import probabilities
from course_utils.ui import Lab, LabView, bundle, lifetime, wrapping_row
from course_utils.ui.trainer import NOBODY_WATCHING

__all__ = ["ChatLab", "ChatView", "ReplySession", "token_name"]

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
            banner += " Press Forget to begin again."
        super().tell(status, banner)


class ChatLab(Lab):
    """The lab as a cell's last line.

    Args:
        chat: the conversation; the reader may go on with it in other cells. One without turns
            goes on with what was kept.
        tokens_per_second: the pace of writing, so that the sliders can be moved meanwhile.
        history: the file of the workspace that keeps the conversation; None keeps nothing.
            Headless nothing is kept or read.
        stages: models that can be asked the same question side by side (see stage_models).

    Raises:
        ValueError: the chat's temperature is beyond the slider, or history is no file name.
    """

    name = "chat"
    title = "Chat lab: the next token's candidates"
    view_class = ChatView

    def __init__(
        self,
        chat: Chat,
        tokens_per_second: float = 15,
        history: str | None = FILE,
        stages: Sequence[StageModel] = (),
    ) -> None:
        if chat.config.temperature > HOTTEST:
            raise ValueError(
                f"The chat's temperature is {chat.config.temperature}; the slider goes from 0 to "
                f"{HOTTEST}. Give the chat a SamplingConfig with a lower one."
            )
        kept = None if history is None else ChatHistory(history)
        session = ReplySession(chat, None if runtime.headless() else kept, StageColumns(stages))
        # An earlier lab writes down what it was just saying before this one reads the file.
        if not runtime.headless():
            lifetime.retire_earlier(self.name)
            session.open_history()
        super().__init__(session, headless_steps=0, steps_per_second=tokens_per_second)

    @property
    def turns(self) -> list[tuple[str, str]]:
        """(role, text) of the conversation so far."""
        return list(self.trainable.chat.turns)

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Temperature, top-p, seed and the system turn."""
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
        self.system = _system_field(self.trainable.chat.system)
        # Each has the name of its setting.
        for setting in SETTINGS:
            self.steer(getattr(self, setting), setting)
        return [wrapping_row([getattr(self, setting) for setting in SETTINGS])]

    def labels(self) -> dict:
        """Whether there are stages to be asked."""
        return {"stages": bool(self.trainable.columns.columns)}

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
        """Stop, another reply, undo and forget stand where other labs have play and reset."""
        # A message starts the trainer, and the end of the reply pauses it.
        self.trainable.begin = lambda: self.trainer.send("play")
        self.trainable.rest = lambda: self.trainer.send("pause")
        chat, call = self.trainable, self.trainer.call
        rows = (
            ("stop", "Stop", "End what is being written here", lambda: call(chat.stop)),
            (
                "refresh",
                "Another reply",
                "Let the model answer your last message once more; the first reply is kept",
                lambda: call(chat.another),
            ),
            (
                "undo",
                "Undo",
                "Bring back what Forget or an edit took away; a second time undoes that",
                lambda: call(chat.undo),
            ),
            (
                "trash",
                "Forget",
                "Forget the conversation, on disk too, and begin anew; Undo brings it back",
                lambda: self.trainer.send("reset"),
            ),
        )
        buttons = []
        for icon, words, tooltip, press in rows:
            button = ipywidgets.Button(
                description=words, icon=icon, tooltip=tooltip, layout={"width": "auto"}
            )
            button.on_click(lambda _, press=press: press())
            buttons.append(button)
        return buttons

    def retire(self) -> None:
        """Stop for the lab that takes this one's place; what was being written is kept."""
        super().retire()
        if not self.trainer.is_alive():  # else it is in the middle of a token still
            self.trainable.leave()

    def _hear(self, view: LabView, content: dict, buffers: list) -> None:
        act = self._acts().get(content.get("type"))
        if act is None:
            super()._hear(view, content, buffers)
        else:
            self.trainer.call(act, content)

    def _acts(self) -> dict[str, Callable[[dict], None]]:
        """What the page may ask for, by the type of its message."""
        chat = self.trainable
        return {
            "say": lambda sent: chat.say(str(sent.get("text", ""))),
            "edit": lambda sent: chat.edit(int(sent["number"]), str(sent.get("text", ""))),
            "choose": lambda sent: chat.choose(int(sent["number"])),
            "look": lambda sent: chat.look(int(sent["number"])),
            "stages": lambda sent: chat.ask_stages(str(sent.get("text", ""))),
            "starter": lambda sent: chat.columns.use_starter(str(sent["stage"])),
        }


def _system_field(system: str | None) -> ipywidgets.Text:
    """Where the system turn is typed; it counts when Enter is pressed or the field is left."""
    return ipywidgets.Text(
        value=system or "",
        placeholder="none; for example: Answer in one word.",
        description="System turn",
        tooltip="An instruction above the conversation; acts on the next reply",
        continuous_update=False,
        style={"description_width": "96px"},
        layout={"width": "min(480px, 98%)"},
    )
