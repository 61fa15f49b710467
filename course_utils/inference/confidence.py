"""How sure a model is of an answer: the answer to a begun sentence, and the signs of its doubt.

The sentence is begun for the model, "The capital of France is", so that what is left to say is the
answer, and a base model, which only continues texts, can be asked the same as a chat model. The
signs: the probability of the answer's first token and of all its tokens, the mean of their
logarithms, the entropy where the answer begins, and how likely the model is to refuse instead.
Left out: what follows from them (calibration.py, abstain.py). Taught in notebook 05, section "How
sure is it?".

Source of the last sign: Kadavath et al. 2022, arXiv:2207.05221, who train a model to foretell
whether it knows; here its own refusal does that.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from course_utils import runtime
from course_utils.finetuning_rlhf import judge
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.chat_writers import statement
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.finetuning_rlhf.refusals import OPENING
from course_utils.finetuning_rlhf.reply_probability import reply_probabilities
from course_utils.inference.engine import Engine
from course_utils.littleweb.rng import Rng
from course_utils.model.sampling import SamplingConfig
from course_utils.pretraining.inside.hooks import padded

NEW_TOKENS = 16  # the value and a full stop; no value of a country is longer
BATCH = 128  # rows scored together
SMALLEST = 1e-30  # a probability whose logarithm is still finite
SIGNS = ("first_token", "whole", "mean_log_probability", "entropy", "refusal")


@dataclass(frozen=True)
class Answer:
    """A model's answer to one question, and how sure it was.

    Attributes:
        prompt: what was asked.
        text: the whole sentence, the words that began it included.
        right: whether the judge holds it for true; never, where there is no such country.
        tokens: the answer's tokens up to its full stop, each as text with its probability, 0..1.
        entropy: of the distribution that the first token was taken from, in nats.
        refusal: how likely the reply to the plain question begins with "I do not know of"; NaN of
            a base model, which nobody asks questions.
    """

    prompt: Prompt
    text: str
    right: bool
    tokens: tuple[tuple[str, float], ...]
    entropy: float
    refusal: float

    @property
    def first_token(self) -> float:
        """The probability of the first token, 0..1; 0 where nothing was said."""
        return self.tokens[0][1] if self.tokens else 0.0

    @property
    def whole(self) -> float:
        """That of all tokens, their product, 0..1; 0 where nothing was said."""
        return math.prod(chance for _, chance in self.tokens) if self.tokens else 0.0

    @property
    def mean_log_probability(self) -> float:
        """Nats per token, 0 at most; minus infinity where nothing was said."""
        chances = [max(chance, SMALLEST) for _, chance in self.tokens]
        return sum(map(math.log, chances)) / len(chances) if chances else -math.inf

    def sign(self, name: str) -> float:
        """One of SIGNS, turned so that a higher number means more sure.

        Raises:
            ValueError: there is no such sign.
        """
        if name not in SIGNS:
            raise ValueError(f"{name!r} is no sign of sureness. The signs are {', '.join(SIGNS)}.")
        doubt = name in ("entropy", "refusal")
        return -getattr(self, name) if doubt else getattr(self, name)


def answers(engine: Engine, prompts: Sequence[Prompt], chat: bool = True) -> list[Answer]:
    """The greedy answer to each question, in a sentence that is begun for the model.

    Args:
        engine: a chat model, or a base model with chat=False.
        prompts: questions about countries, real or made up.
        chat: whether the sentence is the reply to the question; else it stands alone, as a page
            might begin.

    Returns:
        One answer a prompt, in the same order.

    Raises:
        ValueError: there is no prompt, or one is about no country.
    """
    if not prompts:
        raise ValueError("There are no questions; pass at least one.")
    # the words that begin each answer, and all that the model reads before it goes on
    begun = [_begun(prompt) for prompt in prompts]
    encode = engine.tokenizer.encode
    read = [
        (conversation_ids(engine.tokenizer, prompt.turns) if chat else []) + encode(words)
        for prompt, words in zip(prompts, begun, strict=True)
    ]
    # the greedy answers, cut where the sentence ends: a base model would go on
    config = SamplingConfig(temperature=0.0, max_new_tokens=NEW_TOKENS)
    known = judge.real_names()
    said = [_sentence(engine, reply.ids, known) for reply in engine.complete(read, config)]
    signs = _signs(engine, read, said)
    # how likely each question is refused, which only a chat model can
    refused = [math.nan] * len(prompts)
    if chat:
        model, tokenizer = engine.model, engine.tokenizer
        with runtime.torch_threads(1):
            refused = reply_probabilities(model, tokenizer, prompts, OPENING, ends=False).tolist()
    texts = [words + engine.tokenizer.decode(ids) for words, ids in zip(begun, said, strict=True)]
    return [
        Answer(prompt, text, _is_right(prompt, text), *sign, no)
        for prompt, text, sign, no in zip(prompts, texts, signs, refused, strict=True)
    ]


def that_fit(engine: Engine, prompts: Sequence[Prompt]) -> list[Prompt]:
    """The questions that leave the model room for an answer; a small context cannot hold all.

    Args:
        engine: a chat model.
        prompts: see `answers`.
    """
    room, encode = engine.model.config.context_tokens, engine.tokenizer.encode
    refusal = len(encode(OPENING))

    def needed(prompt: Prompt) -> int:
        said = max(len(encode(_begun(prompt))) + NEW_TOKENS, refusal)
        return len(conversation_ids(engine.tokenizer, prompt.turns)) + said

    return [prompt for prompt in prompts if needed(prompt) <= room]


def halves(answers: Sequence[Answer], seed: int = 0) -> tuple[list[Answer], list[Answer]]:
    """Two halves without a country in common: one to fit something on, one to measure it on.

    Args:
        answers: about at least two countries.
        seed: of the split.

    Raises:
        ValueError: there are fewer countries.
    """
    countries = sorted({answer.prompt.country for answer in answers})
    if len(countries) < 2:
        raise ValueError(f"{len(countries)} countries cannot be split in two; give at least two.")
    Rng(f"{seed}/confidence/halves").shuffle(countries)
    first = set(countries[: len(countries) // 2])
    return (
        [answer for answer in answers if answer.prompt.country in first],
        [answer for answer in answers if answer.prompt.country not in first],
    )


def surer(answers: Sequence[Answer], others: Sequence[Answer]) -> tuple[float, float]:
    """How much surer one model is than another of its answers to the same questions.

    Args:
        answers: of the one model, N of them, about at least two countries.
        others: of the other, to the same facts in the same order.

    Returns:
        (mean difference of the whole answer's probability, its standard error over the countries).

    Raises:
        ValueError: the answers are not about the same facts.
    """
    facts, other_facts = (
        [(each.prompt.topic, each.prompt.country) for each in side] for side in (answers, others)
    )
    if facts != other_facts or len({country for _, country in facts}) < 2:
        raise ValueError(
            f"{len(answers)} and {len(others)} answers; give both models' answers to the same "
            "facts, in the same order, about at least two countries."
        )
    # a country's facts are answered alike, so its mean counts as one number
    by_country: dict[str, list[float]] = defaultdict(list)
    for (_, country), answer, other in zip(facts, answers, others, strict=True):
        by_country[country].append(answer.whole - other.whole)
    means = np.array([np.mean(part) for part in by_country.values()])
    return float(means.mean()), float(means.std(ddof=1) / math.sqrt(len(means)))


def _begun(prompt: Prompt) -> str:
    """The words that begin the answer: "The capital of France is"."""
    if not prompt.country or not prompt.topic:
        raise ValueError(
            f"{prompt.text!r} asks for no fact about a country; leave it out.\n"
            "Questions come from chat_data.holdout_prompts or evaluation_questions."
        )
    return statement(prompt.topic, prompt.country, "").rstrip(" .")


def _is_right(prompt: Prompt, text: str) -> bool:
    """Whether an answer is true; of a country that does not exist none is."""
    return bool(prompt.answers) and judge.judge(prompt, text).right


def _sentence(engine: Engine, ids: Sequence[int], known: Collection[str]) -> list[int]:
    """The tokens up to the full stop that ends the sentence; all, where there is none."""
    ends = []
    for count in range(1, len(ids) + 1):
        text = engine.tokenizer.decode(ids[:count])
        if not text.rstrip().endswith("."):
            continue
        # "St. John's" has a full stop inside: a known name decides, else the first full stop
        name = text.strip().removesuffix(".").replace("\u2019", "'").casefold()
        if name.removeprefix("the ") in known:
            return list(ids[:count])
        ends.append(count)
    return list(ids[: ends[0]]) if ends else list(ids)


@torch.no_grad()
def _signs(
    engine: Engine, read: Sequence[list[int]], said: Sequence[list[int]]
) -> list[tuple[tuple[tuple[str, float], ...], float]]:
    """Of each answer its tokens with their probabilities, and the entropy before the first."""
    model, signs = engine.model, []
    for start in range(0, len(read), BATCH):
        rows = list(zip(read[start : start + BATCH], said[start : start + BATCH], strict=True))
        ids, _ = padded([before + answer for before, answer in rows])
        with runtime.torch_threads(1):
            hidden = model.hidden(ids.to(model.lm_head.weight.device))  # (b, T, C)
            for row, (before, answer) in enumerate(rows):
                if not answer:
                    signs.append(((), 0.0))
                    continue
                # only where the answer is foretold: the head is most of the work
                places = hidden[row, len(before) - 1 : len(before) + len(answer) - 1]
                odds = model.lm_head(places).float().cpu().log_softmax(-1)  # (answer, V)
                chances = odds.gather(1, torch.tensor(answer)[:, None])[:, 0].exp().tolist()
                texts = [engine.tokenizer.decode([token]) for token in answer]
                entropy = -float((odds[0].exp() * odds[0]).sum())
                signs.append((tuple(zip(texts, chances, strict=True)), entropy))
    return signs
