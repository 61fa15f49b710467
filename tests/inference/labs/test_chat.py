"""The chat lab without a browser: messages, sliders, frames, and its headless picture."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from course_utils.inference import Chat, Engine, SamplingConfig
from course_utils.inference.conversation import Exchange, Reply
from course_utils.inference.labs import ChatLab
from course_utils.inference.labs.chat.lab import ChatView, ReplySession, token_name
from course_utils.model.sampling import probabilities
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer
from course_utils.ui import running, unpack
from course_utils.ui.trainer import NOBODY_WATCHING

CONFIG = SamplingConfig(temperature=0.9, max_new_tokens=20)
SIZE = TransformerConfig(
    vocab_size=261, width=16, layers=2, heads=2, intermediate_size=24, context_tokens=96
)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "not within 10 s"
        time.sleep(0.002)


def press(lab: ChatLab, words: str) -> None:
    next(button for button in lab.buttons if button.description == words).click()


def say(lab: ChatLab, text: str) -> None:
    lab._hear(lab.view, {"type": "say", "text": text}, [])


def reload(lab: ChatLab) -> None:
    """What the browser says when a page is opened again."""
    lab._hear(lab.view, {"type": "ready"}, [])


def facts_of(one: ChatLab | ReplySession) -> dict:
    return unpack(one.view.frame if isinstance(one, ChatLab) else one.frame())[0]


def shown(facts: dict) -> list[tuple[str, str]]:
    """(role, text) of the turns in a frame."""
    pairs = [(("user", one["user"]), ("assistant", one["text"])) for one in facts["exchanges"]]
    return [turn for pair in pairs for turn in pair]


def write_all(writing: ReplySession) -> None:
    while writing.writing:
        writing.step()


@pytest.fixture
def chat() -> Chat:
    """A small random model over bytes that seldom ends."""
    model, generator = Transformer(SIZE), torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
        model.lm_head.weight[:5] = 0
        model.lm_head.weight[90:] *= 0.01  # text rather than noise
    return Chat(Engine(model, FastTokenizer()), CONFIG)


@pytest.fixture
def writing(chat: Chat) -> ReplySession:
    return ReplySession(chat)


@pytest.fixture
def live(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatLab]:
    """A live lab, as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    lab = ChatLab(chat, tokens_per_second=200)
    yield lab
    for trainer in running(lab.name):
        trainer.stop()


def test_headless_shows_a_png_and_a_constant_text_and_no_widget(chat: Chat, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    bundles = []
    for seed in (0, 1):
        chat.config = replace(CONFIG, seed=seed)
        bundles.append(ChatLab(chat)._repr_mimebundle_()[0])
    assert set(bundles[0]) == {"image/png", "text/plain"}
    assert bundles[0]["text/plain"] == bundles[1]["text/plain"]
    assert bundles[0]["image/png"] != bundles[1]["image/png"]
    assert chat.turns == [] and running(ChatLab.name) == []


def test_a_message_is_answered_as_the_chat_alone_would(chat: Chat, writing: ReplySession) -> None:
    expected = Chat(chat.engine, CONFIG).reply("Hi")
    writing.say("Hi")
    write_all(writing)
    assert chat.turns == [("user", "Hi"), ("assistant", expected)]
    facts = facts_of(writing)
    assert shown(facts) == chat.turns and facts["turns"] == 2 and not facts["writing"]


def test_a_frame_while_writing_holds_the_question_and_the_reply_so_far(
    writing: ReplySession,
) -> None:
    writing.say(" Hi ")
    writing.step()
    facts = facts_of(writing)
    assert facts["writing"] and facts["question"] == "Hi"
    assert facts["reply"] == writing.chat.stream.text != ""
    assert facts["turns"] == 0 and facts["exchanges"] == []


def test_the_bars_are_the_probabilities_of_the_token_that_was_chosen(
    writing: ReplySession,
) -> None:
    writing.say("Hi")
    writing.step()
    facts, arrays = unpack(writing.frame())
    logits = writing.chat.stream.logits
    expected, top = probabilities(logits[None], 0.9)[0], logits.topk(8).indices
    assert arrays["chances"] == pytest.approx(expected[top].numpy(), abs=1e-6)
    chosen = writing.chat.stream.token
    assert facts["chosen"] == (top.tolist().index(chosen) if chosen in top else -1)


def test_sliders_reshape_the_bars_of_a_finished_reply_in_place(writing: ReplySession) -> None:
    writing.say("Hi")
    write_all(writing)
    before, warm = unpack(writing.frame())
    writing.change("temperature", 0.0)
    after, cold = unpack(writing.frame())
    assert after["names"] == before["names"] and after["before"] == before["before"]
    assert cold["chances"].tolist() == [1, 0, 0, 0, 0, 0, 0, 0] and warm["chances"][0] < 1
    assert np.array_equal(cold["plain"], warm["plain"])


def test_a_finished_reply_is_shown_where_the_model_hesitated_most(writing: ReplySession) -> None:
    writing.say("Hi")
    write_all(writing)
    assert writing.moment().nats == max(one.nats for one in writing._moments)
    assert writing.moment().nats > writing._moments[-1].nats


def test_the_temperature_acts_on_the_next_token(chat: Chat, writing: ReplySession) -> None:
    writing.say("Hi")
    for _ in range(3):
        writing.step()
    writing.change("temperature", 0.0)
    warm = len(chat.stream.ids)
    write_all(writing)
    moments = writing._moments[warm:]
    assert moments and all(one.token == int(one.logits.argmax()) for one in moments)


def test_the_seed_acts_on_the_next_reply(chat: Chat, writing: ReplySession) -> None:
    replies = []
    for seed in (5, 6, 5):
        writing.reset()
        writing.change("seed", seed)
        writing.say("Hi")
        write_all(writing)
        replies.append(chat.turns[-1][1])
    assert replies[0] == replies[2] != replies[1]


def test_messages_during_a_reply_wait_for_its_end(chat: Chat, writing: ReplySession) -> None:
    apart = Chat(chat.engine, CONFIG)
    expected = [(apart.reply(text), apart.turns)[1] for text in ("Hi", "Who?", "Bye")][-1]
    writing.say("Hi")
    writing.step()
    writing.say("Who?")
    writing.say("Bye")
    facts = facts_of(writing)
    assert facts["question"] == "Hi" and "next message" in facts["note"] and facts["refused"] == 0
    write_all(writing)
    assert chat.turns == expected and len(expected) == 6
    assert facts_of(writing)["note"] != facts["note"]


def test_a_message_sent_before_the_first_token_of_a_reply_drops_nothing(
    chat: Chat, writing: ReplySession
) -> None:
    writing.say("Hi")
    writing.say("Who?")
    write_all(writing)
    assert [text for role, text in chat.turns if role == "user"] == ["Hi", "Who?"]


def test_stop_ends_a_reply_and_the_message_that_waits_is_next(chat, writing) -> None:
    writing.say("Hi")
    writing.step()
    so_far = chat.stream.text
    writing.say("Who?")
    writing.stop()
    assert chat.turns == [("user", "Hi"), ("assistant", so_far)]
    assert writing.writing and facts_of(writing)["question"] == "Who?"
    writing.stop()
    assert not writing.writing


def test_a_waiting_message_that_is_refused_says_so_and_the_next_one_is_answered(
    chat: Chat, writing: ReplySession
) -> None:
    writing.say("Hi")
    for text in ("x" * 90, "Who?"):
        writing.say(text)
    writing.stop()
    assert facts_of(writing)["refused"] == 1
    write_all(writing)
    assert [text for role, text in chat.turns if role == "user"] == ["Who?"]
    writing.say("Again")
    writing.say("x" * 90)
    writing.stop()
    assert "tokens too long" in facts_of(writing)["note"] and not writing.writing


def test_a_new_chat_forgets_messages_that_wait(chat: Chat, writing: ReplySession) -> None:
    writing.say("Hi")
    writing.say("Who?")
    writing.reset()
    assert not writing.writing and chat.turns == [] and facts_of(writing)["note"] == ""


def test_stopping_keeps_what_was_written(chat: Chat, writing: ReplySession) -> None:
    writing.say("Hi")
    for _ in range(4):
        writing.step()
    so_far = chat.stream.text
    writing.stop()
    assert not writing.writing and chat.turns[-1] == ("assistant", so_far)
    assert facts_of(writing)["note"] == "Stopped."


@pytest.mark.parametrize(("text", "words"), [("  ", "is empty"), ("x" * 90, "tokens too long")])
def test_a_message_that_cannot_be_sent_is_refused_with_a_reason(writing, text, words) -> None:
    writing.say(text)
    facts = facts_of(writing)
    assert words in facts["note"] and facts["refused"] == 1 and not facts["writing"]


def test_a_broken_model_ends_the_reply_with_a_reason(chat: Chat, writing: ReplySession) -> None:
    with torch.no_grad():
        chat.engine.model.lm_head.weight[5] = torch.nan
    writing.say("Hi")
    writing.step()
    assert not writing.writing and "not finite numbers" in facts_of(writing)["note"]


def test_a_cut_reply_says_so(writing: ReplySession) -> None:
    writing.config = replace(writing.config, max_new_tokens=1, stop_ids=())
    writing.say("Hi")
    write_all(writing)
    assert "The reply ends here" in facts_of(writing)["note"]


def test_frames_stay_small_in_the_longest_conversation(writing: ReplySession) -> None:
    tokens = {"lengths": (1,) * 90, "probabilities": (0.123456,) * 90}
    writing.chat.exchanges = (Exchange("ü" * 90, (Reply("日" * 90, **tokens),)),) * 200
    writing.change("system", "日" * 900)
    writing.chat.system = None
    writing.say("Hi")
    writing.step()
    for _ in range(40):
        writing.say("日" * 900)
    assert len(writing.frame()) < 30_000
    facts = facts_of(writing)
    assert shown(facts)[-1] == ("assistant", "日" * 90) and facts["turns"] == 400
    assert facts["exchanges"][-1]["number"] == 199 and len(facts["exchanges"]) < 30


def test_tokens_have_names_also_special_ones_and_half_characters() -> None:
    tokenizer = FastTokenizer()
    ids = [0, *tokenizer.encode("a🦊")[:2]]
    assert [token_name(tokenizer, one) for one in ids] == ["<|end|>", "a", "\ufffd"]


def test_a_live_lab_writes_a_reply_and_comes_to_rest(live: ChatLab) -> None:
    assert facts_of(live)["turns"] == 0 and live.view.status == "paused"
    say(live, "Hi")
    until(lambda: len(live.turns) == 2 and live.view.status == "paused")
    reload(live)
    until(lambda: facts_of(live)["turns"] == 2)


def test_messages_one_after_the_other_are_all_answered(live: ChatLab) -> None:
    for count in range(1, 4):
        say(live, f"Hi {count}")
        until(lambda count=count: len(live.turns) == 2 * count)
        until(lambda: live.view.status == "paused")
    assert [text for who, text in live.turns if who == "user"] == ["Hi 1", "Hi 2", "Hi 3"]


def test_a_message_to_a_reply_that_rests_lets_it_go_on_and_is_answered(live: ChatLab) -> None:
    say(live, "Hi")
    until(lambda: live.trainable.writing and live.trainable.chat.stream.ids)
    live.trainer.send("pause")  # as when no open page shows the chat
    until(lambda: live.view.status == "paused")
    say(live, "Who?")
    until(lambda: len(live.turns) == 4 and live.view.status == "paused")
    assert [text for who, text in live.turns if who == "user"] == ["Hi", "Who?"]


def test_stop_and_another_message_at_once_do_not_get_stuck(live: ChatLab) -> None:
    live.trainer.publisher.hear()
    say(live, "Hi")
    until(lambda: live.trainable.writing)
    press(live, "Stop")
    say(live, "Again")
    until(lambda: bool(live.turns) and live.turns[-2] == ("user", "Again"))
    until(lambda: live.view.status == "paused" and not live.trainable.writing)
    assert live.turns[-1][0] == "assistant" and live.trainer.is_alive()


def test_new_chat_forgets_the_conversation(live: ChatLab) -> None:
    say(live, "Hi")
    until(lambda: len(live.turns) == 2)
    press(live, "Forget")
    until(lambda: live.turns == [])
    reload(live)
    until(lambda: facts_of(live)["names"] == facts_of(live)["exchanges"] == [])
    assert live.view.status == "paused" and live.view.banner == ""


def test_the_sliders_reach_the_next_token(live: ChatLab) -> None:
    live.temperature.value, live.top_p.value, live.seed.value = 0.25, 0.5, 7
    until(lambda: live.trainable.config.seed == 7)
    config = live.trainable.config
    assert (config.temperature, config.top_p) == (0.25, 0.5)
    live.top_p.value = 1.0  # the right end: no token is left out
    until(lambda: live.trainable.config.top_p is None)


def test_every_control_has_a_label_and_a_tooltip(live: ChatLab) -> None:
    controls = [live.temperature, live.top_p, live.seed, live.system, *live.buttons]
    assert all(one.description and one.tooltip for one in controls)
    assert (live.temperature.min, live.temperature.max) == (0, 1.5)


def test_running_the_cell_again_stops_the_earlier_lab(live: ChatLab) -> None:
    again = ChatLab(live.trainable.chat)
    assert running(live.name) == [again.trainer]
    assert live.view.status == "stopped" and "another cell" in live.view.banner


@pytest.mark.parametrize("name", ["message", "stop", "colour"])
def test_what_is_no_setting_is_refused(writing: ReplySession, name: str) -> None:
    with pytest.raises(KeyError, match=name):
        writing.change(name, "Hi")
    assert not writing.writing


def test_the_banners_speak_of_a_chat(live: ChatLab) -> None:
    live.view.tell("paused", NOBODY_WATCHING)
    assert "Send a message" in live.view.banner
    live.trainer.send("change", "colour", 1)
    until(lambda: live.view.status == "error")
    assert live.view.banner.startswith("The chat stopped. KeyError")
    assert live.view.banner.endswith("Press Forget to begin again.")


def test_a_live_labs_text_is_constant_and_its_bundle_holds_a_view(live: ChatLab) -> None:
    bundle = live._repr_mimebundle_()[0]
    assert bundle["text/plain"] == "Chat lab: the next token's candidates (live)"
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_a_temperature_beyond_the_slider_is_refused(chat: Chat) -> None:
    chat.config = replace(CONFIG, temperature=2.0)
    with pytest.raises(ValueError, match=r"0 to 1\.5"):
        ChatLab(chat)


def test_the_view_loads_nothing_from_elsewhere_and_sets_texts_as_text() -> None:
    for text in (str(ChatView._esm), str(ChatView._css)):
        addresses = re.findall(r"https?://\S+|@import|\bimport\s|\bfetch\(", text)
        assert [one for one in addresses if "www.w3.org" not in one] == []
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", text)


def test_every_class_of_the_styles_begins_with_the_courses_word() -> None:
    rules = re.sub(r"/\*.*?\*/", "", str(ChatView._css), flags=re.DOTALL)
    names = set(re.findall(r"\.([a-zA-Z][\w-]*)(?=[^{}]*\{)", rules))
    assert {name for name in names if not name.startswith("anatomy-")} == {"vscode-dark"}
