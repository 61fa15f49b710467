"""Forms of a chat: the right one is the finetuning's, each wrong one is wrong in its own way."""

from __future__ import annotations

from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.inference import chat_templates, prompting
from course_utils.inference.engine import Engine
from course_utils.tokenization.fast import FastTokenizer
from course_utils.tokenization.special_tokens import ASSISTANT, END, USER


def test_each_wrong_form_is_wrong_in_its_own_way() -> None:
    tokenizer = FastTokenizer()
    turns = [("user", "Hi."), ("assistant", "Yes."), ("user", "Who?")]
    right = conversation_ids(tokenizer, turns)
    made = {name: form(tokenizer, turns) for name, (form, _) in chat_templates.TEMPLATES.items()}
    assert made["the trained one"] == made["second turn"] == right
    assert made["no sign to answer"] == right[:-1]
    assert made["second turn, no end"] == [token for token in right if token != END]
    # three whose signs are only text: no special token is in them
    for name in ("none", "ChatML", "joined, then tokenized"):
        assert not {USER, ASSISTANT, END} & set(made[name]), name
    assert tokenizer.decode(made["joined, then tokenized"]) == tokenizer.decode(
        right, special=True
    )
    assert "<|im_start|>user\nHi.<|im_end|>\n" in tokenizer.decode(made["ChatML"])


def test_tokens_are_shown_with_their_signs_by_name() -> None:
    tokenizer = FastTokenizer()
    ids = [USER, *tokenizer.encode(" a\n"), ASSISTANT]
    assert chat_templates.shown(tokenizer, ids) == "<|user|>¦·¦a¦⏎¦<|assistant|>"


def test_a_model_that_knows_nothing_is_right_about_nothing(engine: Engine) -> None:
    short = Prompt("Peru?", "capital", "Peru", ("Lima",))
    for form, before in chat_templates.TEMPLATES.values():
        if not before:
            share = prompting.facts_right(engine, [short], lambda t, s, f=form: f(t, s)[-24:])
            assert share == prompting.Share((0,), 1)
