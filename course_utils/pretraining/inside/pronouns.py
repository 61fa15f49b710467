"""What "it" stands for: which noun the heads look at, and which one the model names.

In the school's sentences the adjective decides, and it comes after "it". A decoder does not look
ahead, so at "it" both readings of a pair are one and the same to it: from there no head can be
right in more than half of them. So the same is measured from where the answer is foretold as well.
Left out: encoders, which look ahead; in one of those the well-known picture was drawn. For
notebook 03, section "What heads and layers do".

Sources: Vaswani and others 2017; Levesque, Davis and Morgenstern 2012, The Winograd Schema
Challenge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from course_utils.model.attention import LayerHead, attention_maps
from course_utils.model.transformer import Transformer
from course_utils.pretraining.inside import hooks
from course_utils.tokenization.interface import TextTokenizer

PLACES = ("it", "adjective", "answer")  # from where heads look: the last token of each
BATCH = 64  # sentences read together


class Pronoun(Protocol):
    """What is needed of a sentence: littleweb/sites/school/pronouns.py has these."""

    sentence: str
    it: str
    other: str
    adjective: str
    question: str
    answer: str


@dataclass(frozen=True)
class Looks:
    """How much each head looks at both nouns of each sentence; N sentences.

    Attributes:
        at_it: (L, H, N) attention to the noun that "it" stands for, all its tokens together.
        at_other: (L, H, N) attention to the other noun.
    """

    at_it: Tensor
    at_other: Tensor

    def right(self) -> Tensor:
        """(L, H) share of sentences in which a head looks more at the right noun; chance: 0.5."""
        return (self.at_it > self.at_other).float().mean(-1)


@dataclass(frozen=True)
class BestHead:
    """The head that was most often right on some sentences, and how often it is on others."""

    head: LayerHead
    chosen_on: float
    scored_on: float


@dataclass(frozen=True)
class Named:
    """Which noun the model names.

    Attributes:
        prefers: share of sentences after which the right noun is likelier than the other; 0.5 is
            chance.
        says: share after which the right noun is the likeliest of all words.
        says_other: share after which the other noun is.
        both: share of pairs of readings with the right noun likelier in both; 0.25 is chance, and
            who always prefers the same noun of a pair has 0. None where they are no pairs.
        count: sentences.
    """

    prefers: float
    says: float
    says_other: float
    both: float | None
    count: int


def _asked(item: Pronoun) -> str:
    """The sentence and its question, up to the noun of the answer."""
    return f"{item.sentence} {item.question} {item.answer.split()[0]}"


def looks(
    model: Transformer, tokenizer: TextTokenizer, sentences: Sequence[Pronoun], place: str = "it"
) -> Looks:
    """How much every head looks at each of the two nouns, from one place of the sentence.

    Args:
        model: any.
        tokenizer: the one it was trained with.
        sentences: with their two nouns.
        place: "it"; "adjective", the sentence's last word; or "answer", the "The" behind the
            question, where the noun is foretold.

    Raises:
        ValueError: there is no such place, or no sentence.
    """
    if place not in PLACES or not sentences:
        raise ValueError(
            f"looks() was asked for place {place!r} in {len(sentences)} sentences; the places are "
            f"{', '.join(PLACES)}, and there must be a sentence."
        )
    found = []
    for start in range(0, len(sentences), BATCH):
        some = sentences[start : start + BATCH]
        ids, _ = hooks.padded([tokenizer.encode(_asked(item)) for item in some])
        maps = attention_maps(model, ids)  # (L, b, H, T, T)
        for row, item in enumerate(some):
            here, *nouns = _where(tokenizer, item, place)
            found.append([maps[:, row, :, here, noun].sum(-1) for noun in nouns])
    return Looks(*(torch.stack(part, dim=-1) for part in zip(*found, strict=True)))


def _where(tokenizer: TextTokenizer, item: Pronoun, place: str) -> tuple[int, slice, slice]:
    """The token that looks, and the tokens of the right noun and of the other one."""
    text = _asked(item)
    ends = {
        "it": item.sentence.index(" it was") + len(" it"),
        "adjective": item.sentence.index(f" {item.adjective}.") + 1 + len(item.adjective),
        "answer": len(text),
    }
    nouns = []
    for noun in (item.it, item.other):
        # Both stand in the sentence behind "The" or "the", before "it".
        start = item.sentence.index(f" {noun} ")
        end = start + 1 + len(noun)
        nouns.append(slice(*(len(tokenizer.encode(text[:at])) for at in (start, end))))
    return len(tokenizer.encode(text[: ends[place]])) - 1, nouns[0], nouns[1]


def best_head(chosen_on: Looks, scored_on: Looks) -> BestHead:
    """The head that is most often right on the first sentences, scored on the second."""
    right = chosen_on.right()
    layer, head = divmod(int(right.argmax()), right.size(1))
    return BestHead(
        (layer, head), right[layer, head].item(), scored_on.right()[layer, head].item()
    )


def named(
    model: Transformer, tokenizer: TextTokenizer, sentences: Sequence[Pronoun], pairs: bool = False
) -> Named:
    """Which noun the model names when it is asked: "What was too tired? The".

    Args:
        model: any.
        tokenizer: the one it was trained with.
        sentences: with their questions.
        pairs: two neighbours are the two readings of a pair of nouns, as in `held_out`.
    """
    prompts = [tokenizer.encode(_asked(item)) for item in sentences]
    nouns = [(item.it, item.other) for item in sentences]
    rows = [
        (prompt, tokenizer.encode(f" {noun}."))
        for prompt, both in zip(prompts, nouns, strict=True)
        for noun in both
    ]
    odds, said = hooks.log_odds(model, rows)
    right = odds[::2] > odds[1::2]  # (N,)
    return Named(
        prefers=right.float().mean().item(),
        says=said[::2].float().mean().item(),
        says_other=said[1::2].float().mean().item(),
        both=right.view(-1, 2).all(1).float().mean().item() if pairs else None,
        count=len(sentences),
    )
