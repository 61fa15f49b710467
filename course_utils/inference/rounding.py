"""What rounding a model's weights costs: its loss, its right answers, and the time of a step.

Leaves out how weights are rounded (quantize.py). Taught in notebook 05, section "Fewer bits".
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from course_utils import checks
from course_utils.finetuning_rlhf import judge
from course_utils.finetuning_rlhf.chat_data import evaluation_questions
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.chat_writers import statement
from course_utils.finetuning_rlhf.reward import pad
from course_utils.finetuning_rlhf.rollouts import log_probabilities
from course_utils.model.cache import KVCache
from course_utils.model.generate import generate, one_thread
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer

NEW_TOKENS = 24  # the asked sentence; few answers are longer


@dataclass(frozen=True)
class Quality:
    """How good a model is at the questions.

    Attributes:
        bits_per_byte: of the true answers, given the questions.
        right: the share of the questions that it answers rightly itself, greedy, 0..1.
    """

    bits_per_byte: float
    right: float


class Holdout:
    """Questions about countries that the chat data never mentions, with what is true.

    Args:
        tokenizer: the model's.
        context_tokens: the model's; a question that has no room in it, answer included, is left
            out.
        seed: of the split of the countries, as the chat model's manifest has it.
        questions: how many, spread evenly over all there are.

    Raises:
        ValueError: questions is below 1, or none has room.
    """

    def __init__(
        self, tokenizer: TextTokenizer, context_tokens: int, seed: int, questions: int = 80
    ) -> None:
        checks.whole("questions", questions, least=1)
        # Each question with its true answer; the loss counts the answers alone.
        listed = []
        for asked in evaluation_questions(seed):
            true = statement(asked.kind, asked.country, asked.answers[0])
            whole = conversation_ids(tokenizer, (*asked.turns, ("assistant", true)))
            if len(whole) <= context_tokens:
                listed.append((asked, len(true.encode("utf-8")), whole))
        if not listed:
            raise ValueError(f"No question has room in a context of {context_tokens} tokens.")
        places = np.linspace(0, len(listed) - 1, min(questions, len(listed))).round().astype(int)
        self.tokenizer = tokenizer
        self.prompts, sizes, self._whole = zip(*(listed[place] for place in places), strict=True)
        self._answer_bytes = sum(sizes)
        self._asked = [conversation_ids(tokenizer, prompt.turns) for prompt in self.prompts]

    def measure(self, model: Transformer) -> Quality:
        """Loss and right answers of one model."""
        config = SamplingConfig(temperature=0.0, max_new_tokens=NEW_TOKENS)
        replies = [self.tokenizer.decode(one.ids) for one in generate(model, self._asked, config)]
        return Quality(self._bits_per_byte(model), self.right(replies))

    @torch.no_grad()
    def _bits_per_byte(self, model: Transformer) -> float:
        with one_thread():
            likely = log_probabilities(model, pad(self._whole))  # (B, T - 1)
        # Place t of it is about token t + 1, so an answer begins one place before its first token.
        spans = [
            row[len(asked) - 1 : len(whole) - 1]
            for row, asked, whole in zip(likely, self._asked, self._whole, strict=True)
        ]
        return -sum(float(span.sum()) for span in spans) / math.log(2) / self._answer_bytes

    def right(self, replies: Sequence[str]) -> float:
        """The share of right replies, 0..1; one reply per question."""
        pairs = zip(self.prompts, replies, strict=True)
        return sum(judge.judge(*pair).right for pair in pairs) / len(replies)


@torch.no_grad()
def step_seconds(
    models: Mapping[str, Transformer], steps: int = 40, turns: int = 3
) -> dict[str, float]:
    """Processor seconds of one step, a token after a full half of the context, one thread.

    Args:
        models: name -> model, measured in turns; the best turn of each counts, as whatever else
            the machine does can only add.
        steps: how many per turn, at least 1; fewer where half of the context has no such room.
        turns: how many count, 1 or more, after one that only warms up.

    Raises:
        ValueError: steps or turns cannot be.
    """
    checks.whole("steps", steps, least=1)
    checks.whole("turns", turns, least=1)
    seconds: dict[str, list[float]] = {name: [] for name in models}
    with one_thread():
        for _ in range(turns + 1):
            for name, model in models.items():
                half = model.config.context_tokens // 2
                count = min(steps, half)
                cache, token = KVCache(model, 1, half + count), torch.zeros(1, 1, dtype=torch.long)
                model.next_logits(token.expand(1, half), cache)
                started = time.process_time()
                for _ in range(count):
                    model.next_logits(token, cache)
                seconds[name].append((time.process_time() - started) / count)
    return {name: min(taken[1:]) for name, taken in seconds.items()}
