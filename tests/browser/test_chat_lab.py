"""The chat lab in a real JupyterLab: a message, a slider while it writes, stop, a reload.

Other replies, edits, tokens, stages and the kernel's restart are in test_chat_lab_further.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator

from .lab_page import LabPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK = "chat.ipynb"
# A small random model over bytes that cannot end by itself: there is time to act while it writes.
# Its first channel is always large, and the special tokens' scores fall with it.
CELL = """\
import torch

from course_utils.inference import Chat, Engine, SamplingConfig
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer
from course_utils.inference.labs import ChatLab
from course_utils.inference.stage_models import StageModel

model, generator = Transformer(TransformerConfig(261, 16, 2, 2, 24, 512)), torch.Generator()
generator.manual_seed(2)
with torch.no_grad():
    for weight in model.parameters():
        weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
    model.model.embed_tokens.weight[:, 0] = 8
    model.model.norm.weight[:] = 1
    model.lm_head.weight[90:] *= 0.01  # text rather than noise
    model.lm_head.weight[:, 0] = 0
    model.lm_head.weight[:4] = torch.eye(16)[0] * -10
config = SamplingConfig(temperature=0.9, max_new_tokens=200)
engine = Engine(model, FastTokenizer())
gone = StageModel("practised", None, "", "It is gone.")
stages = [StageModel("base model", engine, "own"), gone]
lab = ChatLab(Chat(engine, config), tokens_per_second=40, stages=stages)
lab
"""


class ChatPage(LabPage):
    """The chat's page; slider 0 is the temperature, 1 is top-p."""

    view = ".anatomy-chat"

    @property
    def field(self) -> Locator:
        """Where a message is typed."""
        return self.page.locator(".anatomy-field input")

    def said(self) -> list[str]:
        """The texts of the conversation, as the page shows them."""
        return self.page.locator(".anatomy-said").all_text_contents()

    def turns(self) -> list[list[str]]:
        """The conversation, asked in Python."""
        return self.jupyter.ask("lab.turns")

    def say(self, text: str) -> None:
        """Type a message and press Enter; come back when the reply has begun."""
        self.field.click()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")
        self.until(lambda: int(self.shown("tokens")) > 3, "a reply that grows")

    def settled(self, turns: int, seconds: float = 30) -> None:
        """Wait until page and kernel both have so many turns, and nothing is being written."""
        self.until(
            lambda: (
                (self.shown("turns"), self.shown("writing"), self.shown("status"))
                == (str(turns), "false", "paused")
                and self.jupyter.ask("[len(lab.turns), lab.trainer.status]") == [turns, "paused"]
            ),
            f"{turns} turns on the page and in the kernel",
            seconds,
        )

    def stop(self, turns: int) -> None:
        """Press Stop and wait until so many turns are kept."""
        self.press("Stop")
        self.settled(turns)

    def begin_anew(self) -> None:
        """Go back to the state that each test begins with."""
        self.press("Stop")
        self.until(lambda: self.jupyter.ask("not lab.trainable.writing"), "the end of a reply")
        self.press("Forget")
        self.until(lambda: self.shown("tokens") == "0", "an empty chat")
        self.settled(0)


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[ChatPage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1500})
    lab = ChatPage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.run_all(lab.page)
    lab.page.wait_for_selector(".anatomy-chat[data-drawn]", timeout=60_000)
    yield lab
    context.close()


@pytest.fixture
def chat(opened: ChatPage) -> Iterator[ChatPage]:
    """The lab without a conversation; afterwards the browser's console must be free of errors."""
    opened.begin_anew()
    yield opened
    assert opened.problems() == []


def test_a_message_and_enter_bring_a_reply_that_python_knows_too(chat: ChatPage) -> None:
    chat.say("Hello dd")  # twice d would delete the cell if Jupyter heard it
    assert chat.shown("writing") == "true" and chat.field.input_value() == ""
    chat.settled(2)
    turns = chat.turns()
    assert turns[0] == ["user", "Hello dd"] and turns[1][0] == "assistant" and turns[1][1]
    assert chat.said() == [text for _, text in turns]


def test_the_temperature_dragged_while_it_writes_reaches_the_next_token(chat: ChatPage) -> None:
    before = chat.jupyter.ask("lab.temperature.value")
    chat.say("Go on")
    chat.drag(0, 60)
    chat.until(lambda: chat.jupyter.ask("lab.temperature.value") > before, "Python's value")
    chat.until(
        lambda: (
            chat.jupyter.ask("lab.temperature.value")
            == chat.jupyter.ask("lab.trainable.config.temperature")
            == float(chat.shown("temperature"))
        ),
        "a token with the new temperature",
    )
    assert chat.shown("writing") == "true" and chat.shown("status") == "playing"
    written = int(chat.shown("tokens"))
    chat.until(lambda: int(chat.shown("tokens")) > written, "more tokens")


def test_stop_ends_the_reply_and_keeps_what_was_written(chat: ChatPage) -> None:
    chat.say("Stop soon")
    chat.stop(2)
    kept = chat.turns()
    assert kept[0] == ["user", "Stop soon"] and kept[1][1]
    assert int(chat.shown("tokens")) < 200  # it would have written on up to its limit
    chat.page.wait_for_timeout(300)
    assert chat.turns() == kept
    chat.until(lambda: "Stopped" in chat.page.locator(".anatomy-banner").text_content(), "a note")


def test_forget_forgets_the_conversation_also_while_it_writes(chat: ChatPage) -> None:
    chat.say("Forget this")
    chat.begin_anew()
    assert chat.turns() == [] and chat.said() == []
    assert chat.shown("writing") == "false"
    chat.say("And now this")
    chat.stop(2)
    assert chat.turns()[0] == ["user", "And now this"]


def test_the_temperature_moves_by_keyboard(chat: ChatPage) -> None:
    before = chat.jupyter.ask("lab.temperature.value")
    chat.page.locator(".noUi-handle").first.focus()
    chat.page.keyboard.press("ArrowLeft")
    used = "lab.trainable.config.temperature"
    chat.until(lambda: chat.jupyter.ask(used) < before, "the next token's temperature")
    assert chat.jupyter.ask("lab.temperature.value") == chat.jupyter.ask(used)


def test_typed_special_tokens_and_markup_stay_text(chat: ChatPage) -> None:
    typed = "<|end|> <b>bold</b>"
    chat.say(typed)
    chat.stop(2)
    assert chat.said()[0] == typed and chat.page.locator(".anatomy-said b").count() == 0
    assert chat.turns()[0] == ["user", typed]


def test_a_message_that_is_too_long_is_refused_and_stays_in_the_field(chat: ChatPage) -> None:
    banner, long = chat.page.locator(".anatomy-banner"), "too long " * 60
    chat.field.fill(long)
    chat.field.press("Enter")
    chat.until(lambda: "too long" in banner.text_content(), "a sentence")
    chat.until(lambda: chat.field.input_value() == long, "the message, to be shortened")
    assert chat.turns() == []
    chat.field.fill("")


def test_running_the_cell_again_leaves_one_thread(chat: ChatPage) -> None:
    chat.say("Again")
    chat.jupyter.run_all(chat.page)
    chat.until(
        lambda: chat.jupyter.ask("not lab.trainable.writing and len(lab.turns)") == 2,
        "a new lab that goes on with the conversation",
        30,
    )
    chat.settled(2)
    assert chat.turns()[0] == ["user", "Again"]
    count = (
        "sum(thread.name.startswith('course-lab-') "
        "for thread in __import__('threading').enumerate())"
    )
    assert chat.jupyter.ask(count) == 1


def test_a_reloaded_page_draws_the_conversation_again_and_goes_on(chat: ChatPage) -> None:
    chat.say("Remember me")
    chat.stop(2)
    before = chat.turns()
    chat.jupyter.command(chat.page, "docmanager:save")
    chat.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty", timeout=30_000
    )
    chat.page.goto(f"{chat.jupyter.url}/lab/tree/{NOTEBOOK}")
    chat.page.wait_for_selector('.anatomy-chat[data-turns="2"]', timeout=60_000)
    assert chat.said() == [text for _, text in before]
    chat.say("Still there")
    chat.stop(4)
    assert chat.turns()[:2] == before
