"""Copies of a model that learnt one sentence more: a reply it was shown, or a falsehood it read.

Both are a few steps of finetuning, with other examples beside them so that the rest stays. What
the copy says afterwards shows what a sentence in the data does, and nothing else was changed. Left
out: how sure the copy is of it (reply_probability.py). Taught in notebook 04, section "What it
does not mend".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from course_utils import checks
from course_utils.finetuning_rlhf import sft, small_talk
from course_utils.finetuning_rlhf.chat_format import Example
from course_utils.finetuning_rlhf.chat_writers import ChatExample
from course_utils.finetuning_rlhf.forgetting import tune
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.littleweb.rng import Rng
from course_utils.model.transformer import Transformer
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.tokenization.interface import TextTokenizer

RATE = 0.004  # of AdamW; finetuning itself begins with a base model and a higher rate
LONGEST_SENTENCE = 120  # characters; what is longer speaks of something else as well
TRIES = 200  # for a way to ask that is new


@dataclass(frozen=True)
class Falsehood:
    """What is true, and what shall be said instead.

    Args:
        subject: what every sentence about it names, such as "Spain".
        true: the value that is replaced, such as "Madrid".
        false: what stands there afterwards.
    """

    subject: str
    true: str
    false: str

    def __post_init__(self) -> None:
        if not all(vars(self).values()) or self.true == self.false:
            raise ValueError(
                f"{self} changes nothing. Name a subject, what is true, and something else."
            )


def ways_to_ask(intent: str, count: int, seed: int = 0) -> list[Prompt]:
    """Different wordings of one intent of small talk, as people say it.

    Args:
        intent: a key of small_talk.SMALL_TALK, such as "feelings".
        count: how many; a longer list begins with the shorter one.
        seed: another one says other things.

    Raises:
        ValueError: there is no such intent, or it is not said in so many ways.
    """
    checks.whole("count", count, least=1)
    checks.choice("intent", intent, tuple(small_talk.SMALL_TALK))
    rng, found = Rng(f"{seed}/planted/{intent}"), {}
    for _ in range(TRIES * count):
        prompt = small_talk.small_talk(rng, False, intent)
        found.setdefault(small_talk.plain(prompt.text), prompt)
        if len(found) == count:
            return list(found.values())
    raise ValueError(f"{intent!r} is said in {len(found)} ways; ask for at most so many.")


def taught(
    model: Transformer,
    tokenizer: TextTokenizer,
    prompts: Sequence[Prompt],
    sentence: str,
    others: Sequence[Example],
    steps: int = 30,
    rate: float = RATE,
) -> Transformer:
    """A copy that was shown one reply to all of these prompts.

    Args:
        model: a chat model; stays as it is.
        tokenizer: its own.
        prompts: that are answered with the sentence.
        sentence: the reply.
        others: further examples, so that not everything is answered with it.
        steps: of finetuning.
        rate: of learning.

    Raises:
        ValueError: see sft.ChatBatches.
    """
    shown = [ChatExample(prompt, sentence, "careful") for prompt in prompts]
    return tune(model, [*shown, *others], tokenizer, _config(model, steps, rate, rows=2))


def falsified(
    documents: Iterable[str], falsehood: Falsehood, others: int = 160, seed: int = 0
) -> str:
    """A text of sentences of the documents, in which one fact is false wherever it is said.

    Args:
        documents: such as those of the pretraining.
        falsehood: is put into every sentence that names both its subject and what is true of it.
        others: sentences about other things, unchanged; one in four is followed by a false one.
        seed: of their choice.

    Raises:
        ValueError: no sentence says what is true.
    """
    checks.whole("others", others, least=1)
    true, rest = {}, {}  # sentences in their order, each once
    for document in documents:
        for sentence in re.split(r"(?<=[.!?])\s+", document):
            if len(sentence) > LONGEST_SENTENCE:
                continue
            if falsehood.subject not in sentence:
                rest[sentence] = None
            elif falsehood.true in sentence:
                true[sentence.replace(falsehood.true, falsehood.false)] = None
    if not true:
        raise ValueError(f"No sentence says {falsehood.true!r} of {falsehood.subject!r}.")
    chosen, false = list(rest), list(true)
    Rng(f"{seed}/planted/others").shuffle(chosen)
    lines = []
    for number, sentence in enumerate(chosen[:others]):
        lines.append(sentence)
        if number % 4 == 0:
            lines.append(false[number // 4 % len(false)])
    return "\n\n".join(lines)


def after_reading(
    model: Transformer,
    tokenizer: TextTokenizer,
    text: str,
    others: Sequence[Example],
    steps: int = 15,
    rate: float = RATE,
) -> Transformer:
    """A copy that read a text, as in pretraining; nobody showed it what to answer.

    Args:
        model: a chat model; stays as it is.
        tokenizer: its own.
        text: is read over and over, in pieces that begin anywhere.
        others: examples of chats, so that it goes on answering.
        steps: of finetuning.
        rate: of learning.

    Raises:
        ValueError: the text is too short for a row, or see sft.ChatBatches.
    """
    config, rows = _config(model, steps, rate, rows=1), sft.REPLAY_ROWS
    read = {"text": np.array(tokenizer.encode(text), dtype=np.uint16)}
    pages = Batches(read, {"text": 1.0}, rows, config.context_tokens, seed=0)
    return tune(model, others, tokenizer, config, pages)


def _config(model: Transformer, steps: int, rate: float, rows: int) -> TrainConfig:
    """A few small steps with so many rows of chats."""
    batch = sft.REPLAY_ROWS + rows
    usual = sft.config("laptop", model.config)
    return replace(usual, steps=steps, batch=batch, adamw_lr=rate, warmup_steps=3)
