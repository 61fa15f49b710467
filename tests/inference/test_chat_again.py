"""Other replies to the same message, edited messages, and what undo brings back."""

from __future__ import annotations

import pytest
import torch

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.chat import Chat
from course_utils.inference.engine import Engine
from course_utils.inference.stream import Stream
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer

CONFIG = SamplingConfig(temperature=0.9, max_new_tokens=8)


@pytest.fixture
def chat(engine: Engine, model: Transformer) -> Chat:
    with torch.no_grad():
        model.lm_head.weight[:5] = 0  # special tokens and
        model.lm_head.weight[70:] *= 0.01  # most bytes seldom: text rather than noise
    return Chat(engine, CONFIG)


def said(chat: Chat) -> list[str]:
    return [one.user for one in chat.exchanges]


def test_another_reply_is_kept_beside_the_first_and_stands(chat: Chat) -> None:
    chat.reply("Hi")
    first = chat.reply("Who?")
    second = "".join(chat.another())
    last = chat.exchanges[-1]
    assert [reply.text for reply in last.replies] == [first, second] and first != second
    assert chat.turns[-2:] == [("user", "Who?"), ("assistant", second)]
    chat.choose(0)
    assert chat.turns[-1] == ("assistant", first) and len(chat.exchanges[-1].replies) == 2
    # what is said next goes on from the one that stands
    ids = conversation_ids(chat.engine.tokenizer, [*chat.turns[2:], ("user", "So?")])
    chat.reply("So?")
    again = chat.engine.stream(ids, CONFIG, row_seed=4)
    assert "".join(again) == chat.turns[-1][1]


def test_each_further_reply_is_drawn_anew_and_can_be_had_again(chat: Chat) -> None:
    def three() -> list[str]:
        chat.clear()
        return [chat.reply("Hi"), *("".join(chat.another()) for _ in range(2))]

    first = three()
    assert three() == first and len(set(first)) == 3


def test_a_greedy_reply_comes_again_and_is_kept_once(chat: Chat) -> None:
    chat.config = SamplingConfig(temperature=0, max_new_tokens=8)
    text = chat.reply("Hi")
    assert "".join(chat.another()) == text
    assert len(chat.exchanges[0].replies) == 1


def test_another_reply_to_one_that_is_being_written_keeps_both(chat: Chat) -> None:
    unfinished = chat.say("Hi")
    part = next(unfinished)
    second = "".join(chat.another())
    assert [reply.text for reply in chat.exchanges[0].replies] == [part, second]
    assert chat.exchanges[0].replies[0].finish is None and list(unfinished) == []


def test_without_a_reply_there_is_no_other_one(chat: Chat) -> None:
    with pytest.raises(ValueError, match="no reply yet"):
        chat.another()
    for number in (0, -1):
        with pytest.raises(ValueError, match="no reply"):
            chat.choose(number)
    chat.reply("Hi")
    for number in (1, -1):
        with pytest.raises(ValueError, match="1 can be chosen"):
            chat.choose(number)


def test_an_edited_message_is_answered_as_if_it_had_been_the_first_one(chat: Chat) -> None:
    apart = Chat(chat.engine, CONFIG)
    expected = [apart.reply("Hi"), apart.reply("Why?")]
    for text in ("Hi", "Who?", "And?"):
        chat.reply(text)
    assert "".join(chat.edit(1, " Why? ")) == expected[1]
    assert chat.turns == apart.turns


def test_undo_brings_back_what_an_edit_dropped_and_undoes_itself(chat: Chat) -> None:
    for text in ("Hi", "Who?", "And?"):
        chat.reply(text)
    before = chat.exchanges
    "".join(chat.edit(0, "Hey"))
    after = chat.exchanges
    assert chat.can_undo and said(chat) == ["Hey"]
    chat.undo()
    assert chat.exchanges == before
    chat.undo()
    assert chat.exchanges == after


def test_undo_brings_back_a_cleared_conversation_and_what_was_left_out(chat: Chat) -> None:
    chat.turns = [("user", "q" * 6), ("assistant", "a" * 4)] * 3
    chat.reply("again")
    assert not chat.can_undo
    before, left_out = chat.turns, chat.left_out
    chat.clear()
    assert (chat.turns, chat.left_out) == ([], 0)
    chat.clear()  # nothing to forget: the first one can still be had
    chat.undo()
    assert (chat.turns, chat.left_out) == (before, left_out) and left_out == 2


def test_undo_while_a_reply_is_written_keeps_that_too(chat: Chat) -> None:
    chat.reply("Hi")
    chat.clear()
    unfinished = chat.say("Who?")
    part = next(unfinished)
    chat.undo()
    assert said(chat) == ["Hi"]
    chat.undo()
    assert chat.turns == [("user", "Who?"), ("assistant", part)]


@pytest.mark.parametrize(("number", "text"), [(2, "Hi"), (-1, "Hi"), (0, " "), (0, "x" * 60)])
def test_an_edit_that_cannot_be_drops_nothing(chat: Chat, number: int, text: str) -> None:
    chat.reply("Hi"), chat.reply("Who?")
    before = chat.exchanges
    with pytest.raises(ValueError, match="no message|is empty|too long"):
        chat.edit(number, text)
    assert chat.exchanges == before and not chat.can_undo
    with pytest.raises(ValueError, match="Nothing was dropped"):
        chat.undo()


def test_a_kept_reply_knows_its_tokens_and_how_it_ended(chat: Chat) -> None:
    chat.reply("Hi")
    reply, stream = chat.exchanges[0].reply, chat.stream
    assert sum(reply.lengths) == len(reply.text) and reply.finish == stream.finish
    assert reply.probabilities == tuple(stream.probabilities)
    unfinished = chat.say("Who?")
    next(unfinished)
    unfinished.close()
    assert chat.exchanges[1].reply.finish is None


def test_a_reply_may_be_written_by_another_stream(chat: Chat) -> None:
    asked: list[list[int]] = []

    def reusing(ids: list[int], **options: object) -> Stream:
        asked.append(list(ids))
        return chat.engine.stream(ids, **options)

    other = Chat(chat.engine, CONFIG, open_stream=reusing)
    assert [other.reply("Hi"), other.reply("Who?")] == [chat.reply("Hi"), chat.reply("Who?")]
    assert asked[1][: len(asked[0])] == asked[0]  # what such a stream would not read again
