"""Calibration: whether of the answers that somebody is 80 % sure of, 80 % are right.

The same bins serve a model, which is as sure of an answer as its tokens are probable, and a
reader, who says it. Left out: how a model's sureness could be mended. Taught in notebook 05,
section "What each stage gained".

Source of the error: Guo et al. 2017, On Calibration of Modern Neural Networks, arXiv:1706.04599.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch

from course_utils.finetuning_rlhf import judge
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.chat_writers import statement
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.reward import pad
from course_utils.finetuning_rlhf.rollouts import log_probabilities
from course_utils.inference.engine import Engine
from course_utils.model.sampling import SamplingConfig

EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
NEW_TOKENS = 16  # the value and a full stop; no value of a country is longer
Answered = tuple[float, bool]  # how sure, 0..1, and whether it was right


@dataclass(frozen=True)
class Bin:
    """The answers of which somebody was about equally sure.

    Attributes:
        sure: how sure, on average, 0..1.
        right: the share of them that is right.
        count: how many there are, at least one.
    """

    sure: float
    right: float
    count: int


def bins(answered: Iterable[Answered], edges: Sequence[float] = EDGES) -> tuple[Bin, ...]:
    """Answers put together by how sure somebody was; a bin without any is left out.

    Args:
        answered: how sure, 0..1, and whether it was right, of each.
        edges: where the bins meet; what lies on an edge belongs to the upper one.

    Raises:
        ValueError: a share that is none.
    """
    heaps: list[list[Answered]] = [[] for _ in edges[1:]]
    for sure, right in answered:
        if not 0 <= sure <= 1:
            raise ValueError(f"{sure} is no share: how sure somebody is lies between 0 and 1.")
        # 1 belongs to the last bin, which has no upper neighbour.
        number = min(sum(sure >= edge for edge in edges), len(heaps)) - 1
        heaps[number].append((sure, right))
    return tuple(
        Bin(sum(sure for sure, _ in heap) / n, sum(right for _, right in heap) / n, n)
        for heap in heaps
        if (n := len(heap))
    )


def error(found: Sequence[Bin]) -> float:
    """How far sureness and truth are apart, averaged over the answers: 0 is perfect."""
    count = sum(one.count for one in found)
    return sum(one.count * abs(one.sure - one.right) for one in found) / max(1, count)


def in_words(answered: Sequence[Answered]) -> str:
    """How many answers there are, how sure they were on average, and how many are right."""
    if not answered:
        return "no predictions to draw yet"
    sure, right = (sum(column) / len(answered) for column in zip(*answered, strict=True))
    return f"{len(answered)} answers, {sure:.0%} sure on average, {right:.0%} right"


@torch.no_grad()
def of_model(engine: Engine, questions: Sequence[Prompt]) -> list[Answered]:
    """How sure a model is of its answer to each question, and whether the answer is right.

    The reply is begun for it in the asked form, "The capital of France is", so that what is left
    to say is the answer. Its sureness is the answer's probability: the product of its tokens'.

    Args:
        engine: the chat model.
        questions: questions of fact, with what is true.
    """
    tokenizer = engine.tokenizer
    begun = [statement(one.kind, one.country, "").rstrip(" .") for one in questions]
    asked = [
        conversation_ids(tokenizer, one.turns) + tokenizer.encode(words)
        for one, words in zip(questions, begun, strict=True)
    ]
    said = engine.complete(asked, SamplingConfig(temperature=0.0, max_new_tokens=NEW_TOKENS))
    rows = [ids + reply.ids for ids, reply in zip(asked, said, strict=True)]
    log_odds = log_probabilities(engine.model, pad(rows))  # (B, T - 1)
    # Place t of it is about token t + 1, so an answer begins one place before its first token.
    sure = [
        row[len(ids) - 1 : len(whole) - 1].sum().exp().item()
        for row, ids, whole in zip(log_odds, asked, rows, strict=True)
    ]
    texts = [words + reply.text for words, reply in zip(begun, said, strict=True)]
    verdicts = [judge.judge(*pair).right for pair in zip(questions, texts, strict=True)]
    return list(zip(sure, verdicts, strict=True))
