"""Induction heads: found by a measure, and switched off to see whether copying falls.

Such a head looks from a token to the one that came after its earlier occurrence, and so foretells
that it comes again. Left out: how two blocks work together for it (Elhage and others 2021). For
notebook 03, section "Where it looks".

Source: Olsson and others 2022, In-context learning and induction heads.

Shape letters: L blocks, H heads, T tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from course_utils import checks
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites.copybook import names
from course_utils.model.attention import LayerHead, attention_maps, without
from course_utils.model.transformer import Transformer
from course_utils.pretraining.inside import hooks
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import SPECIAL_TOKENS


@dataclass(frozen=True)
class SwitchedOff:
    """How many names are copied to their end with heads on and off, each a share, 0..1.

    Attributes:
        heads: the ones with the highest scores, (layer, head), highest first.
        whole: with all heads on.
        without: with those heads off.
        without_others: with as many other heads off, a share for each draw of them.
        others: which heads these were.
    """

    heads: tuple[LayerHead, ...]
    whole: float
    without: float
    without_others: tuple[float, ...]
    others: tuple[tuple[LayerHead, ...], ...]


def random_scores(model: Transformer, rows: int = 16, length: int = 50, seed: int = 0) -> Tensor:
    """How strongly each head looks to the token after the earlier occurrence of its own.

    The rows are random tokens, said twice: nothing in them can be known, only looked up. They are
    also unlike any text, so that a model may well copy and yet show nothing here: `name_scores`.

    Args:
        model: any.
        rows: how many.
        length: tokens before they come again; twice as many must fit into the context.
        seed: of the tokens.

    Returns:
        (L, H) mean attention, 0..1. A head that spreads its attention evenly has about
        1 / (1.4 length).

    Raises:
        ValueError: the rows do not fit into the model's context.
    """
    checks.whole("rows", rows, least=1)
    checks.whole("length", length, least=2)
    if 2 * length > model.config.context_tokens:
        raise ValueError(
            f"length is {length}, said twice {2 * length} tokens, but the model reads at most "
            f"{model.config.context_tokens}. Use at most {model.config.context_tokens // 2}."
        )
    draw = torch.Generator().manual_seed(seed)
    least = min(len(SPECIAL_TOKENS), model.config.vocab_size - 1)
    once = torch.randint(least, model.config.vocab_size, (rows, length), generator=draw)
    maps = attention_maps(model, once.repeat(1, 2))  # (L, rows, H, 2 length, 2 length)
    # From every token of the second half but the last to the one after its first occurrence.
    here = torch.arange(length, 2 * length - 1)
    return maps[..., here, here - length + 1].mean((1, 3))


def best(scored: Tensor, n: int = 2) -> tuple[LayerHead, ...]:
    """The n heads with the highest scores, highest first, as (layer, head)."""
    order = scored.flatten().argsort(descending=True, stable=True)[:n].tolist()
    return tuple(divmod(at, scored.size(1)) for at in order)


def name_cases(how_many: int = 200, web_seed: int = 0, seed: int = 0) -> list[tuple[str, str]]:
    """Notes like the copybook's about names that stand on no page, cut before the last name.

    Args:
        how_many: notes; the kinds take turns.
        web_seed: of the web that the model was trained on.
        seed: of the sentences.

    Returns:
        (text up to the name, the name), the name standing in the text at least once.
    """
    rng, kinds = Rng(f"induction/{seed}"), names.KINDS
    fresh = {kind: names.unseen(web_seed, kind, how_many // len(kinds) + 1) for kind in kinds}
    cases = []
    for number in range(how_many):
        kind = kinds[number % len(kinds)]
        called = fresh[kind][number // len(kinds)]
        # A sentence may begin with the name, but then no space stands before it.
        text = names.paragraph(kind, called, rng)
        before = text[: text.rindex(called)].removesuffix(" ")
        cases.append((before, called))
    return cases


def _encoded(
    model: Transformer, tokenizer: TextTokenizer, text: str, name: str
) -> tuple[list[int], list[int]]:
    """A text and the name behind it as token ids, as much of the text's end as the model reads."""
    pieces = tokenizer.encode(f" {name}")
    return tokenizer.encode(text)[-(model.config.context_tokens - len(pieces)) :], pieces


def _where_names_stand(
    model: Transformer, tokenizer: TextTokenizer, cases: Sequence[tuple[str, str]]
) -> Iterator[tuple[list[int], list[int], list[int]]]:
    """Text, name, and where the name begins in the text, for names of two tokens or more."""
    for text, name in cases:
        before, pieces = _encoded(model, tokenizer, text, name)
        starts = [at for at in range(len(before)) if before[at : at + len(pieces)] == pieces]
        if starts and len(pieces) > 1:
            yield before, pieces, starts


def name_scores(
    model: Transformer, tokenizer: TextTokenizer, cases: Sequence[tuple[str, str]]
) -> Tensor:
    """The same measure on names: from within a new name to the piece that followed there before.

    The first piece of a name is left out: what stands before it differs from place to place.

    Args:
        model: any.
        tokenizer: the one it was trained with.
        cases: text and name, as `name_cases` gives them.

    Returns:
        (L, H) mean attention, 0..1, all earlier occurrences of the name together.

    Raises:
        ValueError: no name has two tokens and stands in its text.
    """
    total, count = torch.zeros(model.config.layers, model.config.heads), 0
    for before, pieces, starts in _where_names_stand(model, tokenizer, cases):
        maps = attention_maps(model, before + pieces)  # (L, H, T, T)
        for place in range(1, len(pieces)):
            here = len(before) + place - 1  # where piece number `place` is foretold
            total += sum(maps[:, :, here, start + place] for start in starts)
            count += 1
    if not count:
        raise ValueError("No name of two tokens or more stands in its text. Give it other cases.")
    return total / count


def previous_scores(
    model: Transformer, tokenizer: TextTokenizer, cases: Sequence[tuple[str, str]]
) -> Tensor:
    """How strongly each head looks from a piece of a name to the piece just before it.

    A token that knows its predecessor can be found by it: that is what an induction head in a
    later block asks for.

    Args:
        model: any.
        tokenizer: the one it was trained with.
        cases: text and name, as `name_cases` gives them.

    Returns:
        (L, H) mean attention, 0..1, over all names as they stand in their texts.

    Raises:
        ValueError: no name has two tokens and stands in its text.
    """
    total, count = torch.zeros(model.config.layers, model.config.heads), 0
    for before, pieces, starts in _where_names_stand(model, tokenizer, cases):
        here = [start + place for start in starts for place in range(1, len(pieces))]
        maps = attention_maps(model, before).cpu()  # (L, H, T, T)
        total += sum(maps[:, :, place, place - 1] for place in here)
        count += len(here)
    if not count:
        raise ValueError("No name of two tokens or more stands in its text. Give it other cases.")
    return total / count


def copied(
    model: Transformer, tokenizer: TextTokenizer, cases: Sequence[tuple[str, str]]
) -> float:
    """The share of names that the model says whole, taking the likeliest token each time."""
    rows = [_encoded(model, tokenizer, text, name) for text, name in cases]
    return hooks.log_odds(model, rows)[1].float().mean().item()


def switched_off(
    model: Transformer,
    tokenizer: TextTokenizer,
    cases: Sequence[tuple[str, str]],
    heads: Sequence[LayerHead],
    draws: int = 3,
    seed: int = 0,
) -> SwitchedOff:
    """Whether names are still copied without some heads, and without as many others.

    Args:
        model: it is as before afterwards.
        tokenizer: the one it was trained with.
        cases: text and name, as `name_cases` gives them.
        heads: to switch off, as `best` gives them.
        draws: of other heads, as many each time.
        seed: of the draws.

    Raises:
        ValueError: more than half of all heads are to be switched off.
    """
    size = (model.config.layers, model.config.heads)
    others = [head for head in np.ndindex(*size) if head not in set(heads)]
    if len(others) < len(heads):
        raise ValueError(
            f"{len(heads)} heads are to be off, but only {len(others)} others are there to "
            "compare with. Switch off at most half of them."
        )
    random = np.random.default_rng(seed)
    drawn = [
        tuple(others[at] for at in random.choice(len(others), len(heads), replace=False))
        for _ in range(draws)
    ]
    shares = []
    for off in ((), tuple(heads), *drawn):
        with without(model, off):
            shares.append(copied(model, tokenizer, cases))
    return SwitchedOff(tuple(heads), shares[0], shares[1], tuple(shares[2:]), tuple(drawn))
