"""The chat lab in a real JupyterLab: other replies, edits, tokens, stages, and a kernel's restart.

Before each input both the page and the kernel have come to rest.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .test_chat_lab import CELL, ChatPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NOTEBOOK, NAME = "chat_further.ipynb", "chat.json"
REPLIES = "[len(one.replies) for one in lab.trainable.chat.exchanges]"
FITS = "() => { const lab = document.querySelector('.anatomy-chat'); " + (
    "return lab.scrollWidth <= lab.clientWidth; }"
)
WIDE = "(reply) => [...reply.children].findIndex((one) => one.offsetWidth > 2)"
LEFTS = """(css) => [...document.querySelectorAll(css)]
  .map((one) => Math.round(one.getBoundingClientRect().left))"""


@pytest.fixture(scope="module")
def opened(jupyter: object, browser: object) -> Iterator[ChatPage]:
    """The notebook with the lab, run once for all tests of this module."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 1100})
    lab = ChatPage(context.new_page(), jupyter)
    jupyter.open(lab.page, NOTEBOOK)
    jupyter.command(lab.page, "application:toggle-left-area")
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


def talk(chat: ChatPage, *texts: str) -> None:
    """Say something, and stop each reply after some tokens."""
    for number, text in enumerate(texts, len(chat.turns()) // 2 + 1):
        chat.say(text)
        chat.stop(2 * number)


def test_a_second_message_waits_and_both_are_answered(chat: ChatPage) -> None:
    chat.say("First")
    chat.field.fill("Second")
    chat.field.press("Enter")
    chat.until(
        lambda: chat.jupyter.ask("len(lab.trainable._waiting)") == 1, "a message that waits"
    )
    chat.until(lambda: "waits until" in chat.text(".anatomy-log"), "a row that says so")
    chat.press("Stop")
    chat.until(lambda: chat.shown("turns") == "2" and len(chat.turns()) == 2, "the first reply")
    chat.until(lambda: int(chat.shown("tokens")) > 3, "the second reply")
    chat.stop(4)
    assert [text for who, text in chat.turns() if who == "user"] == ["First", "Second"]


def test_another_reply_is_kept_beside_the_first_and_can_be_chosen(chat: ChatPage) -> None:
    talk(chat, "Hi")
    first = chat.said()[1]
    chat.press("Another reply")
    chat.until(lambda: chat.shown("writing") == "true", "another reply")
    chat.until(lambda: chat.jupyter.ask("len(lab.trainable.chat.stream.ids)") > 3, "its tokens")
    chat.stop(2)
    chat.until(lambda: chat.jupyter.ask(REPLIES) == [2], "two replies in the kernel")
    chat.until(lambda: "reply 2 of 2" in chat.text(".anatomy-log"), "two replies on the page")
    assert chat.said()[1] == chat.turns()[1][1] != first
    chat.page.get_by_role("button", name="The reply before this one").locator(
        "visible=true"
    ).click()
    chat.until(lambda: chat.turns()[1][1] == first, "the first reply in the kernel")
    chat.until(lambda: chat.said()[1] == first, "the first reply on the page")


def test_an_edit_warns_can_be_left_and_undone(chat: ChatPage) -> None:
    talk(chat, "Hi", "Who?")
    before = chat.turns()
    edit = chat.page.locator(".anatomy-small", has_text="Edit").locator("visible=true")
    edit.first.click()
    chat.until(lambda: "drops the 3 turns" in chat.text(".anatomy-field label"), "a warning")
    assert chat.field.input_value() == "Hi"
    chat.field.press("Escape")
    chat.until(lambda: "drops" not in chat.text(".anatomy-field label"), "no warning")
    assert chat.turns() == before and chat.field.input_value() == ""
    edit.first.click()
    chat.field.fill("Hey")
    chat.field.press("Enter")
    chat.until(lambda: chat.jupyter.ask("lab.trainable.question") == "Hey", "the edited message")
    chat.until(lambda: int(chat.shown("tokens")) > 3, "its reply")
    chat.stop(2)
    assert chat.turns()[0] == ["user", "Hey"] and chat.shown("undo") == "true"
    chat.press("Undo")
    chat.settled(4)
    assert chat.turns() == before
    chat.until(lambda: chat.said() == [text for _, text in before], "the old turns on the page")


def test_forget_can_be_undone(chat: ChatPage) -> None:
    talk(chat, "Hi")
    before = chat.turns()
    chat.press("Forget")
    chat.settled(0)
    path = "lab.trainable.history.path.exists()"
    assert chat.jupyter.ask(path) is False
    chat.press("Undo")
    chat.settled(2)
    assert chat.turns() == before and chat.jupyter.ask(path) is True


def test_a_tokens_probability_shows_by_mouse_and_by_keyboard(chat: ChatPage) -> None:
    talk(chat, "Hi")
    readout = chat.page.locator(".anatomy-talk .anatomy-readout")
    reply = chat.page.locator(".anatomy-talk [role=group]").first
    shares = chat.jupyter.ask("lab.trainable.chat.exchanges[0].reply.probabilities")
    number = reply.evaluate(WIDE)  # of a token that is no half character
    reply.locator(".anatomy-token").nth(number).hover()
    chat.until(
        lambda: readout.text_content().startswith(f"Token {number + 1} of"), "the token's words"
    )
    chat.page.mouse.move(0, 0)
    chat.until(lambda: readout.text_content().startswith("Point at"), "the hint")
    reply.focus()
    chat.page.keyboard.press("End")
    count = len(shares)
    chat.until(lambda: readout.text_content().startswith(f"Token {count} of {count}"), "the last")
    chat.page.keyboard.press("Home")
    for _ in range(number):
        chat.page.keyboard.press("ArrowRight")
    chat.until(
        lambda: readout.text_content().startswith(f"Token {number + 1} of"), "the token again"
    )
    share = 100 * shares[number]
    told = readout.text_content().rsplit(": ", 1)[1]
    assert told == f"{share:.{int(share < 10 or share > 99)}f} %"
    chat.page.keyboard.press("Enter")
    looked = "lab.trainable._looked"
    chat.until(lambda: chat.jupyter.ask(looked) == number, "the token in the kernel")
    chat.until(lambda: "that you chose" in chat.text(".anatomy-caption"), "its candidates")
    assert chat.jupyter.ask("lab.trainable.moment().number") == number


def test_every_stage_answers_side_by_side_or_says_what_is_missing(chat: ChatPage) -> None:
    chat.field.fill("Hi")
    chat.page.get_by_role("button", name="Ask every stage").click()
    chat.until(lambda: chat.shown("answered") == "1", "an answer", 30)
    chat.settled(0)
    written = chat.jupyter.ask(
        "[one.stream and one.stream.text for one in lab.trainable.columns.columns]"
    )
    answers = chat.page.locator(".anatomy-answer").all_text_contents()
    assert answers == [written[0], ""] and written[1] is None
    assert "It is gone." in chat.text(".anatomy-columns")
    assert (
        chat.page.get_by_role("button", name="Use the starter").locator("visible=true").count()
        == 1
    )
    lefts = chat.page.evaluate(LEFTS, ".anatomy-column")
    assert lefts[0] < lefts[1]
    chat.page.set_viewport_size({"width": 500, "height": 1100})
    chat.until(
        lambda: len(set(chat.page.evaluate(LEFTS, ".anatomy-column"))) == 1, "one below the other"
    )
    assert chat.page.evaluate(FITS)
    chat.page.set_viewport_size({"width": 1280, "height": 1100})
    chat.until(
        lambda: len(set(chat.page.evaluate(LEFTS, ".anatomy-column"))) == 2, "side by side again"
    )


def test_a_system_turn_is_typed_and_stands_above_the_conversation(chat: ChatPage) -> None:
    field = chat.page.locator(".widget-text input[placeholder^='none']")
    field.fill("Be brief.")
    field.press("Enter")
    chat.until(
        lambda: chat.jupyter.ask("lab.trainable.chat.system") == "Be brief.", "the kernel's"
    )
    chat.until(lambda: "Be brief." in chat.text(".anatomy-log"), "the page's")
    field.fill("")
    field.press("Enter")
    chat.until(lambda: chat.jupyter.ask("lab.trainable.chat.system") is None, "none in the kernel")


def test_a_conversation_outlives_a_restart_of_the_kernel(chat: ChatPage) -> None:
    talk(chat, "Hi", "Who?")
    before = chat.turns()
    chat.jupyter.restart_kernel(NOTEBOOK)
    chat.jupyter.open(chat.page, NOTEBOOK)
    chat.jupyter.run_all(chat.page)
    chat.page.wait_for_selector('.anatomy-chat[data-turns="4"]', timeout=60_000)
    chat.settled(4)
    assert chat.turns() == before and chat.said() == [text for _, text in before]
    talk(chat, "And?")
    assert chat.turns()[:4] == before
