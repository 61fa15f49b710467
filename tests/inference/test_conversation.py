"""What is kept of a conversation: plain turns, replies to choose from, and JSON there and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from course_utils.inference.conversation import (
    Conversation,
    Exchange,
    Reply,
    as_json,
    exchanges_of,
    parsed,
    turns_of,
)

OSLO = Reply("It is Oslo.", (2, 3, 5, 1), (0.5, 1.0, 0.25, 0.125), "stop")
CUT = Reply("It 🦊", (2, 0, 2), (0.5, 0.5, 0.5), "length")
KEPT = Conversation(
    (Exchange("Norway?", (OSLO, CUT), 1), Exchange("Bye", (OSLO,))), "Be brief.", "So?"
)


def test_turns_become_exchanges_and_turns_again() -> None:
    turns = [("user", "Hi"), ("assistant", "Hello."), ("user", "Bye"), ("assistant", "Oh")]
    assert turns_of(exchanges_of(turns)) == turns
    assert exchanges_of([]) == ()


@pytest.mark.parametrize(
    "turns",
    [
        [("user", "Hi")],
        [("assistant", "Hi"), ("user", "Hello")],
        [("system", "Hi"), ("assistant", "Hello")],
        [("user", "Hi"), ("user", "Hello")],
    ],
)
def test_turns_that_are_no_pairs_are_refused(turns: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="expected 'user' and 'assistant'"):
        exchanges_of(turns)


def test_the_reply_that_stands_is_the_chosen_one() -> None:
    assert turns_of(KEPT.exchanges)[1] == ("assistant", "It 🦊")


def test_another_reply_stands_and_the_same_words_are_kept_once() -> None:
    one = Exchange("Norway?", (OSLO,)).with_reply(CUT)
    assert one.replies == (OSLO, CUT) and one.reply == CUT
    again = one.with_reply(replace(OSLO, finish=None))
    assert again.replies == one.replies and again.reply == OSLO


def test_json_there_and_back_changes_nothing() -> None:
    assert parsed(json.loads(json.dumps(as_json(KEPT)))) == KEPT
    assert parsed(as_json(Conversation())) == Conversation()
    plain = Conversation(exchanges_of([("user", "Hi"), ("assistant", "Hello.")]))
    assert parsed(as_json(plain)) == plain


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("exchanges",), {}, "no list of exchanges"),
        (("system",), "  ", "system turn is no text"),
        (("unanswered",), 7, "unanswered message is no text"),
        (("exchanges", 0), "Hi", "exchange 1 has no message"),
        (("exchanges", 1, "user"), None, "exchange 2 has no message"),
        (("exchanges", 0, "replies"), [], "exchange 1 has no reply"),
        (("exchanges", 0, "chosen"), 2, "has 2 replies and chose 2"),
        (("exchanges", 0, "chosen"), True, "chose True"),
        (("exchanges", 0, "replies", 0, "text"), "", "has no text"),
        (("exchanges", 0, "replies", 0, "lengths"), None, "no lists"),
        (("exchanges", 0, "replies", 0, "lengths"), [1, 1, 1, 1], "do not fit"),
        (("exchanges", 0, "replies", 0, "lengths"), [-1, 6, 5, 1], "do not fit"),
        (("exchanges", 0, "replies", 0, "probabilities"), [0.5, 1.5, 0, 0], "do not fit"),
        (("exchanges", 0, "replies", 0, "probabilities"), [0.5], "do not fit"),
        (("exchanges", 0, "replies", 0, "finish"), "tired", "ended by 'tired'"),
    ],
)
def test_what_is_no_conversation_is_refused_by_number(path, value, message: str) -> None:
    content = json.loads(json.dumps(as_json(KEPT)))
    *way, last = path
    place = content
    for step in way:
        place = place[step]
    place[last] = value
    with pytest.raises(ValueError, match=message):
        parsed(content)


@pytest.mark.parametrize("content", [None, [], "Hi", {}, 3])
def test_other_json_is_refused(content: object) -> None:
    with pytest.raises(ValueError, match="no conversation"):
        parsed(content)
