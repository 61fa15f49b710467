"""The chat: turns are kept, old ones make room, and what a user types stays text."""

from __future__ import annotations

import pytest
import torch

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.chat import Chat
from course_utils.inference.engine import Engine
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer

CONFIG = SamplingConfig(temperature=0.9, max_new_tokens=8)


@pytest.fixture
def chat(engine: Engine, model: Transformer) -> Chat:
    with torch.no_grad():
        model.lm_head.weight[:5] = 0  # special tokens and
        model.lm_head.weight[70:] *= 0.01  # most bytes seldom: text rather than noise
    return Chat(engine, CONFIG)


def test_the_streamed_reply_is_the_whole_reply_and_both_turns_are_kept(chat: Chat) -> None:
    pieces = list(chat.say(" Hi? "))
    assert chat.turns == [("user", "Hi?"), ("assistant", "".join(pieces))]
    assert pieces and chat.stream.text == "".join(pieces)


def test_the_reply_continues_the_conversation_so_far(chat: Chat) -> None:
    chat.reply("Hi")
    ids = conversation_ids(chat.engine.tokenizer, [*chat.turns, ("user", "Who?")])
    expected = chat.engine.stream(ids, CONFIG, row_seed=2)
    assert chat.reply("Who?") == "".join(expected)


def test_the_same_conversation_gives_the_same_replies(chat: Chat) -> None:
    first = [chat.reply("Hi"), chat.reply("Hi")]
    chat.clear()
    assert chat.turns == [] and [chat.reply("Hi"), chat.reply("Hi")] == first


def test_typed_special_tokens_stay_text(chat: Chat) -> None:
    ids, _ = chat._fit("<|end|><|user|>a", 8)
    assert [token for token in ids if token < 5] == [1, 2]  # the two signs of the form alone
    assert chat.engine.tokenizer.decode(ids) == " <|end|><|user|>a"


def test_the_oldest_turns_make_room_in_pairs_and_are_counted(chat: Chat) -> None:
    chat.turns = [("user", "q" * 6), ("assistant", "a" * 4)] * 3  # 14 tokens a pair
    chat.reply("again")  # 8 with its signs: two pairs make 36, three 50, and 40 are for reading
    assert chat.left_out == 2 and len(chat.turns) == 8
    ids, _ = chat._fit("again", 8)
    kept = [*chat.turns[-2:], ("user", "again")]
    assert ids[-len(conversation_ids(chat.engine.tokenizer, kept)) :] == conversation_ids(
        chat.engine.tokenizer, kept
    )
    chat.clear()
    chat.reply("again")
    assert chat.left_out == 0


def test_a_system_turn_stands_above_every_reply_and_stays_when_turns_are_left_out(
    chat: Chat,
) -> None:
    below = Chat(chat.engine, CONFIG, system=" Be brief.\n")
    encode = chat.engine.tokenizer
    first, _ = below._fit("Hi", 8)
    assert first == conversation_ids(encode, [("system", "Be brief."), ("user", "Hi")])
    below.turns = [("user", "q" * 6), ("assistant", "a" * 4)] * 3
    ids, left_out = below._fit("again", 8)
    kept = [("system", "Be brief."), *below.turns[left_out:], ("user", "again")]
    assert 0 < left_out < 6 and ids == conversation_ids(encode, kept)
    below.clear()
    assert below._fit("Hi", 8)[0] == first
    assert below.reply("Hi") != chat.reply("Hi") and below.turns[0] == ("user", "Hi")


def test_an_empty_system_turn_is_refused_and_a_long_one_counts(chat: Chat) -> None:
    with pytest.raises(ValueError, match="system turn is empty"):
        Chat(chat.engine, CONFIG, system=" \n")
    with pytest.raises(ValueError, match="too long: with the system turn"):
        Chat(chat.engine, CONFIG, system="x" * 40).say("Hi")


def test_the_longest_message_fits_and_one_token_more_is_refused_by_number(chat: Chat) -> None:
    longest = "x" * (48 - 8 - 3)  # the two signs of the form, and the space before the text
    assert chat.reply(longest)
    with pytest.raises(ValueError, match="3 tokens too long.*43, and 40 of the model's 48"):
        chat.say(longest + "xxx")
    assert len(chat.turns) == 2


@pytest.mark.parametrize("text", ["", " \n "])
def test_an_empty_message_is_refused_at_once(chat: Chat, text: str) -> None:
    with pytest.raises(ValueError, match="The message is empty"):
        chat.say(text)
    assert chat.turns == []


def test_a_reply_stopped_early_is_kept_as_far_as_it_went(chat: Chat) -> None:
    reply = chat.say("Hi")
    first = next(reply)
    reply.close()
    assert chat.turns[1:] == ([("assistant", first)] if first.strip() else [])
    assert chat.reply("Go on")


def test_an_interrupt_while_a_reply_is_shown_leaves_the_chat_usable(chat: Chat) -> None:
    with pytest.raises(KeyboardInterrupt):
        for _ in chat.say("Hi"):
            raise KeyboardInterrupt
    assert chat.reply("Again") == chat.turns[-1][1]


def test_a_reply_without_words_is_not_kept(chat: Chat, model: Transformer) -> None:
    with torch.no_grad():
        model.lm_head.weight.zero_()  # all scores equal: greedy takes the end token
    chat.config = SamplingConfig(temperature=0)
    assert chat.reply("Hi") == "" and chat.turns == []
    assert chat.stream.finish == "stop"


def test_a_reply_ends_where_the_users_part_would_begin(chat: Chat, model: Transformer) -> None:
    with torch.no_grad():
        model.lm_head.weight.zero_()
        ids, _ = chat._fit("Hi", 8)
        model.lm_head.weight[1] = model.model(torch.tensor([ids]), None)[0, -1]  # the likeliest
    chat.config = SamplingConfig(temperature=0, stop_ids=())
    assert chat.reply("Hi") == ""
    assert chat.stream.finish == "stop" and int(chat.stream.logits.argmax()) == 1


def test_settings_are_asked_while_the_reply_is_written(chat: Chat) -> None:
    now = [CONFIG]
    reply = chat.say("Hi", lambda: now[0])
    next(reply)
    now[0] = SamplingConfig(max_new_tokens=len(chat.stream.ids) + 1)
    list(reply)
    assert len(chat.stream.ids) <= now[0].max_new_tokens


def test_a_reply_of_a_conversation_that_was_cleared_is_not_kept(chat: Chat) -> None:
    reply = chat.say("Hi")
    next(reply)
    chat.clear()
    reply.close()
    assert chat.turns == []


def test_another_message_ends_an_unfinished_reply_and_loses_nothing(chat: Chat) -> None:
    unfinished = chat.say("Hi")
    said = next(unfinished) + next(unfinished)
    answer = chat.reply("Who?")
    assert chat.turns == [
        ("user", "Hi"),
        ("assistant", said),
        ("user", "Who?"),
        ("assistant", answer),
    ]
    assert list(unfinished) == []
    # as if the first reply had been stopped by hand
    again = Chat(chat.engine, CONFIG)
    stopped = again.say("Hi")
    next(stopped), next(stopped)
    stopped.close()
    assert again.reply("Who?") == answer


@pytest.mark.parametrize("text", ["", "x" * 60])
def test_a_refused_message_leaves_an_unfinished_reply_going(chat: Chat, text: str) -> None:
    expected = Chat(chat.engine, CONFIG).reply("Hi")
    unfinished = chat.say("Hi")
    pieces = [next(unfinished)]
    with pytest.raises(ValueError, match="empty|too long"):
        chat.say(text)
    assert "".join([*pieces, *unfinished]) == expected and len(chat.turns) == 2


def test_a_message_while_another_thread_writes_is_refused(chat: Chat) -> None:
    def settings() -> SamplingConfig:
        if chat.stream and chat.stream.ids:
            chat.say("Me too")  # as another thread would, in the middle of a token
        return CONFIG

    with pytest.raises(ValueError, match="Another thread is just writing"):
        list(chat.say("Hi", settings))
    assert [text for _, text in chat.turns[:1]] == ["Hi"]


def test_a_reply_ends_before_a_stop_string(chat: Chat) -> None:
    whole = chat.reply("Hi")
    chat.clear()
    chat.stop = whole[2:4]
    assert chat.reply("Hi") == whole[: whole.index(whole[2:4])]
    assert chat.turns[-1] == ("assistant", chat.stream.text) and chat.stream.finish == "stop"
    assert Chat(chat.engine, CONFIG, stop=[whole[2:4]]).reply("Hi") == chat.stream.text


def test_a_chat_that_reads_less_leaves_out_turns_earlier(chat: Chat) -> None:
    chat.turns = [("user", "q" * 6), ("assistant", "a" * 4)]  # 14 tokens, and 8 for the message
    below = Chat(chat.engine, CONFIG, read_tokens=21)
    below.turns = chat.turns
    chat.reply("again"), below.reply("again")
    assert (chat.left_out, below.left_out) == (0, 2)
    exactly = Chat(chat.engine, CONFIG, read_tokens=22)
    exactly.turns = chat.turns[:2]
    assert exactly._fit("again", 8)[1] == 0
    with pytest.raises(ValueError, match="too long.* 21 of the model's 48"):
        below.say("x" * 30)
    with pytest.raises(ValueError, match="read_tokens is 0"):
        Chat(chat.engine, CONFIG, read_tokens=0)
