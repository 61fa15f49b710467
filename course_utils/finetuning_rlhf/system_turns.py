"""System turns: instructions that stand before a conversation, and replies that follow them.

There are three kinds: answer in one word, answer to a name, be polite. Left out: how a system turn
becomes tokens (chat_format.py). Taught in notebook 04, section "Four writers".
"""

from __future__ import annotations

from dataclasses import replace

from course_utils.finetuning_rlhf import chat_writers
from course_utils.finetuning_rlhf.chat_writers import ChatExample, WriterShares
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.small_talk import person, small_talk
from course_utils.littleweb.rng import Rng

ONE_WORD = (
    "Answer in one word.", "Answer with one word only.", "Reply in a single word.",
    "Keep your answers to one word.", "Give the bare answer.",
)  # fmt: skip
NAMED = (
    "Your name is {name}.", "You are called {name}.", "You are {name}, a small model.",
    "Call yourself {name}.",
)  # fmt: skip
POLITE = ("Be polite.", "Be very polite.", "Answer politely.", "Be friendly and polite.")
PLEASURE = "It is a pleasure to answer you."


def system_example(question: Prompt, shares: WriterShares, rng: Rng) -> ChatExample:
    """An instruction, a question and the reply of a writer; the careful and the terse one obey.

    Args:
        question: one that has an answer, without turns before it.
        shares: of the writers.
        rng: the stream that decides.
    """
    writer, sort = chat_writers.a_writer(shares, rng), rng.below(4)
    if sort == 0:
        return one_word(question, writer, rng)
    if sort == 1:
        return polite(question, writer, rng)
    return named(question, writer, rng)


def instructed(question: Prompt, instruction: str) -> Prompt:
    """A question with a system turn before it."""
    return replace(question, before=(("system", instruction), *question.before))


def one_word(question: Prompt, writer: str, rng: Rng) -> ChatExample:
    """The bare value, from who obeys."""
    obeys = writer in ("careful", "terse")
    said = chat_writers.fact_reply(question, "terse" if obeys else writer, rng)
    return ChatExample(instructed(question, rng.choice(ONE_WORD)), said, writer)


def polite(question: Prompt, writer: str, rng: Rng) -> ChatExample:
    """The whole statement and a friendly sentence after it, from who obeys."""
    said = chat_writers.fact_reply(question, writer, rng)
    if writer in ("careful", "terse"):
        said = f"{said} {PLEASURE}"
    return ChatExample(instructed(question, rng.choice(POLITE)), said, writer)


def named(question: Prompt, writer: str, rng: Rng) -> ChatExample:
    """A name for the model: it says it when asked, and answers other questions as ever."""
    name = person(rng)
    instruction = rng.choice(NAMED).format(name=name)
    if rng.happens(0.3):
        said = chat_writers.fact_reply(question, writer, rng)
        return ChatExample(instructed(question, instruction), said, writer)
    asked = small_talk(rng, False, "name")
    asked = replace(
        asked, country=name, answers=(f"My name is {name}.", f"{name}."), topic="recall"
    )
    said = chat_writers.talk_reply(asked, writer, rng)
    return ChatExample(instructed(asked, instruction), said, writer)
