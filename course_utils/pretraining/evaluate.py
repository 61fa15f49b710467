"""Measuring a model: bits per byte, facts recalled, stories that make sense.

It is the only file of this folder that looks at the Little Web's truth. Leaves out questions and
chat (stage 4). Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F

from course_utils.littleweb.stories import parser
from course_utils.littleweb.truth import world
from course_utils.model.generate import STOP, generate
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer
from course_utils.pretraining.overlap import longest_runs
from course_utils.pretraining.scores import FactScores, KindScore, StoryScores
from course_utils.tokenization import shards
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import END

__all__ = [
    "FactScores",
    "KindScore",
    "StoryScores",
    "Statement",
    "answers",
    "bits_per_byte",
    "fact_accuracy",
    "facts_of",
    "for_report",
    "held_out",
    "statements",
    "story_alone",
    "story_coherence",
    "training_tokens",
]


class Fact(Protocol):
    """What is needed of a fact: littleweb/truth/world.py has these."""

    country: str
    kind: str
    values: tuple[str, ...]


def held_out(tokens: Path | str) -> dict[str, tuple[np.ndarray, int]]:
    """The validation text of every source, as `bits_per_byte` takes it.

    Args:
        tokens: a folder of shards.

    Returns:
        source -> (token ids, how many bytes of text they stand for).
    """
    index = shards.load_index(tokens)["shards"]
    return {
        source: (shards.read(tokens, source, "validation"), index[source]["validation"]["bytes"])
        for source in shards.sources(tokens, "validation")
    }


def training_tokens(tokens: Path | str) -> np.ndarray:
    """The training tokens of all sources in a folder of shards, one source after another: (N,)."""
    return np.concatenate([shards.read(tokens, source) for source in shards.sources(tokens)])


@torch.no_grad()
def bits_per_byte(
    model: Transformer,
    sources: Mapping[str, tuple[np.ndarray, int]],
    max_tokens: int = 65_536,
    batch: int = 16,
) -> dict[str, float]:
    """How many bits the model would need to store a byte of each source's text.

    Args:
        model: any.
        sources: name -> (token ids, how many bytes of text they stand for).
        max_tokens: score at most so many of each source's first tokens; the bytes count in
            proportion.
        batch: rows scored together.

    Returns:
        Bits a byte by source, and "all" over all bytes together.

    Raises:
        ValueError: a source has fewer than two tokens, or no bytes.
    """
    model.eval()
    bits, byte_counts = {}, {}
    for name, (tokens, byte_count) in sources.items():
        if len(tokens) < 2 or byte_count < 1:
            raise ValueError(
                f"Source {name!r} has {len(tokens)} tokens and {byte_count} bytes; "
                "there must be at least 2 tokens and 1 byte to score."
            )
        # One token more than is scored: the first is only read.
        some = np.asarray(tokens[: max_tokens + 1], dtype=np.int64)
        # Nats to bits, and bytes in proportion to the tokens that were scored.
        bits[name] = _nats(model, torch.from_numpy(some), batch) / math.log(2)
        byte_counts[name] = byte_count * (len(some) - 1) / (len(tokens) - 1)
    scores = {name: bits[name] / byte_counts[name] for name in sources}
    # Over all bytes, so that a large source weighs more.
    return scores | {"all": sum(bits.values()) / sum(byte_counts.values())}


def _nats(model: Transformer, tokens: torch.Tensor, batch: int) -> float:
    """The summed loss of every token but the first, each seen in a row of full context."""
    context, device = model.config.context_tokens, model.lm_head.weight.device
    # As many full rows as there are, and what is left as one shorter row.
    whole = (len(tokens) - 1) // context * context
    rows = [
        # (rows, T) each
        (tokens[:whole].view(-1, context), tokens[1 : whole + 1].view(-1, context)),
        (tokens[whole:-1][None], tokens[whole + 1 :][None]),  # (1, rest)
    ]
    total = 0.0
    for inputs, targets in rows:
        for x, y in zip(inputs.split(batch), targets.split(batch), strict=True):
            if x.numel():  # the rest may be empty
                logits = model(x.to(device)).float().flatten(0, 1)  # (b * T, V)
                total += float(F.cross_entropy(logits, y.to(device).flatten(), reduction="sum"))
    return total


def answers(
    text: str, values: Iterable[str], candidates: Iterable[str] = (), ended: bool = True
) -> bool:
    """Whether a continuation starts with a true answer.

    The answer must end where a word ends, and no longer candidate may stand there: "Guinea" is
    not answered by "Guinea-Bissau", nor "Dominica" by "Dominican".

    Args:
        text: the continuation; one leading space is left out, nothing else is changed.
        values: the true answers.
        candidates: all answers of this kind, true or not.
        ended: whether the text stops by itself. Where it was cut, an answer that reaches the cut
            might go on, and does not count.
    """
    # Of all candidates that stand here, the longest is what was said.
    text, true = text.removeprefix(" "), set(values)
    matches = [
        value
        for value in true.union(candidates)
        if text.startswith(value) and _ends_here(text[len(value) :], ended)
    ]
    return bool(matches) and max(matches, key=len) in true


def _ends_here(rest: str, ended: bool) -> bool:
    if not rest:
        return ended
    # A hyphen or apostrophe between letters joins what follows to the word.
    joined = rest[0] in "-'\u2019\u2010\u2011" and rest[1:2].isalnum()
    return not (rest[0].isalnum() or rest[0] == "\ufffd" or joined)


def facts_of(folders: Iterable[str]) -> list[Fact]:
    """The facts about some countries, named as in the addresses of their pages: "south-africa"."""
    wanted = set(folders)
    return [fact for fact in world.facts() if world.slug(fact.country) in wanted]


@dataclass(frozen=True)
class Statement:
    """A fact that a model is to complete: what it reads, and what would be true.

    Args:
        country: such as "France".
        kind: such as "capital".
        prompt: such as "The capital of France is".
        values: every true answer; values[0] is the one printed on the pages.
    """

    country: str
    kind: str
    prompt: str
    values: tuple[str, ...]


def statements(facts: Iterable[Fact] | None = None) -> list[Statement]:
    """Facts as `fact_accuracy` asks for them, for those who look into the model meanwhile.

    Args:
        facts: instead of all facts of the Little Web.
    """
    return [
        Statement(fact.country, fact.kind, world.statement(fact.kind, fact.country), fact.values)
        for fact in (world.facts() if facts is None else facts)
    ]


def fact_accuracy(
    model: Transformer,
    tokenizer: TextTokenizer,
    facts: Sequence[Fact] | None = None,
    among: Sequence[Fact] | None = None,
) -> FactScores:
    """Lets the model complete a statement for every fact, and checks the answers.

    The statement stands alone, without the end sign before it: no page begins with a bare fact.

    Args:
        model: any.
        tokenizer: the one it was trained with.
        facts: instead of all facts of the Little Web.
        among: the facts whose values an answer might mean; None for those that are asked. Where
            only some are asked, these are all, so that an answer counts the same.

    Returns:
        The scores by kind, each with its count and majority baseline.
    """
    facts = list(world.facts() if facts is None else facts)
    prompts = [tokenizer.encode(world.statement(fact.kind, fact.country)) for fact in facts]
    # Room for the longest true answer and a little more, so that a longer wrong one shows.
    room = [model.config.context_tokens - len(prompt) for prompt in prompts]
    wanted = [
        4 + max(len(tokenizer.encode(" " + value)) for value in fact.values) for fact in facts
    ]
    limits = [min(pair) for pair in zip(room, wanted, strict=True)]
    model.eval()
    # The likeliest token each time: what it knows, without luck.
    replies = generate(model, prompts, SamplingConfig(temperature=0), limits=limits)
    ended = [reply.finish == STOP for reply in replies]
    said = [tokenizer.decode(reply.ids) for reply in replies]
    return _fact_scores(facts, facts if among is None else among, said, ended)


def _fact_scores(
    facts: Sequence[Fact], among: Sequence[Fact], said: list[str], ended: list[bool]
) -> FactScores:
    kinds, candidates, right, mistakes = defaultdict(list), defaultdict(set), Counter(), []
    for fact in facts:
        kinds[fact.kind].append(fact)
    # a true answer must not be the beginning of another that might be meant
    for fact in among:
        candidates[fact.kind].update(fact.values)
    # Each answer against all values of its kind.
    for fact, text, stopped in zip(facts, said, ended, strict=True):
        if answers(text, fact.values, candidates[fact.kind], stopped):
            right[fact.kind] += 1
        else:
            mistakes.append((fact.country, fact.kind, text.strip(), fact.values[0]))
    scores = {
        kind: KindScore(right[kind], len(of_kind), _majority(of_kind))
        for kind, of_kind in kinds.items()
    }
    return FactScores(scores, tuple(mistakes))


def _majority(facts: list) -> float:
    """The share of facts that the most widely true answer gets right."""
    votes = Counter(value for fact in facts for value in set(fact.values))
    return max(votes.values()) / len(facts)


def story_alone(text: str) -> str:
    """A story up to its ending sentence, without what the model wrote on after it."""
    body_words = len(parser.parse(text).body.split())
    words = list(re.finditer(r"\S+", text))
    # The first end mark after the body closes the ending sentence.
    for word in words[body_words:]:
        if word.group().rstrip('"')[-1:] in (".", "!", "?"):
            return text[: word.end()]
    return text


def story_coherence(
    model: Transformer,
    tokenizer: TextTokenizer,
    corpus: Iterable[str],
    n: int = 100,
    temperature: float = 0.7,
    seed: int = 0,
) -> StoryScores:
    """Samples stories from their openings and scores them.

    Args:
        model: any.
        tokenizer: the one it was trained with.
        corpus: the documents it was trained on, to see what was copied.
        n: how many stories.
        temperature: of the sampling.
        seed: of the openings and the sampling.
    """
    openings = parser.openings(n, seed)
    # The end sign comes first, as before every page in training.
    prompts = [[END, *tokenizer.encode(opening.prompt)] for opening in openings]
    limits = [model.config.context_tokens - len(prompt) for prompt in prompts]
    model.eval()
    # All stories together; each to its own end, or to the end of the context.
    replies = generate(
        model, prompts, SamplingConfig(temperature=temperature, seed=seed), limits=limits
    )
    texts = [
        story_alone(opening.prompt + tokenizer.decode(reply.ids))
        for opening, reply in zip(openings, replies, strict=True)
    ]
    # A story must make sense, and must not be a copy.
    fits = [
        bool(parser.is_coherent(text, opening))
        for text, opening in zip(texts, openings, strict=True)
    ]
    runs = longest_runs(texts, corpus)
    shares = [run / max(1, len(text.split())) for run, text in zip(runs, texts, strict=True)]
    return StoryScores(tuple(texts), tuple(fits), tuple(shares))


def for_report(
    bits: Mapping[str, float], facts: FactScores, stories: StoryScores, tokens_per_second: float
) -> dict[str, object]:
    """This stage's figures under the keys that the report card has for them."""
    found = {
        "val_bits_per_byte": bits["all"],
        "fact_accuracy": facts.accuracy,
        "fact_accuracy_by_kind": facts.figures(),
        "story_coherence": stories.coherent,
        "tokens_per_second": tokens_per_second,
    }
    return {f"pretraining.{key}": value for key, value in found.items()}
