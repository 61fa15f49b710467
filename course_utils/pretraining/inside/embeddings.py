"""The rows of the model's table: who is near whom, and capital - country + country, scored.

A name of several tokens is the mean of their rows: a bag of pieces, since the table has no more of
it. Left out: what the layers make of a name. For notebook 03, section "Do words become
arithmetic?".

Source: Mikolov, Yih and Zweig 2013, Linguistic regularities in continuous space word
representations; for leaving the given words out: Rogers, Drozd and Li 2017.

Shape letters: V vocabulary, C width, N names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import SPECIAL_TOKENS


@dataclass(frozen=True)
class AnalogyScores:
    """How often capital - country + other country is nearest to the other capital, 0..1.

    Attributes:
        plain: among all names.
        helped: with the three given names left out of the answers.
        random: as `helped`, with random rows in place of the table's: what shared pieces alone do.
        country_alone: as `helped`, but simply what is nearest to the other country.
        echoes: the share in which, among all names, the answer is one of the three given ones.
        count: sums asked.
        names: countries and capitals together, among which the answer is looked for.
    """

    plain: float
    helped: float
    random: float
    country_alone: float
    echoes: float
    count: int
    names: int


def _table(model: Transformer) -> Tensor:
    """(V, C) rows of length 1, without what all rows share."""
    rows = model.model.embed_tokens.weight.detach().float().cpu()
    return F.normalize(rows - rows.mean(0), dim=1)


def vector(table: Tensor, tokenizer: TextTokenizer, name: str) -> Tensor:
    """(C,) the mean of the rows of a name's tokens, as it stands inside a sentence."""
    return table[tokenizer.encode(f" {name}")].mean(0)


def neighbours(
    model: Transformer, tokenizer: TextTokenizer, word: str, n: int = 5
) -> list[tuple[str, float]]:
    """The tokens whose rows point most nearly the same way as a word's, with the cosine.

    Args:
        model: any.
        tokenizer: the one it was trained with.
        word: as inside a sentence, without the space before it.
        n: how many; special tokens, single bytes and the word's own tokens are left out.

    Raises:
        ValueError: the word is empty.
    """
    if not word.strip():
        raise ValueError("neighbours() needs a word.")
    table = _table(model)
    cosines = F.cosine_similarity(table, vector(table, tokenizer, word)[None])
    cosines[: len(SPECIAL_TOKENS) + 256] = -2
    cosines[tokenizer.encode(f" {word}")] = -2
    best = cosines.topk(min(n, len(cosines)))
    return [
        (tokenizer.decode([token]), value)
        for value, token in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    ]


def short(tokenizer: TextTokenizer, capitals: Mapping[str, str], most: int = 3) -> dict[str, str]:
    """The countries whose name and capital have few tokens, and do not hold one another.

    Args:
        tokenizer: counts them.
        capitals: country -> capital.
        most: tokens of a name.
    """
    return {
        country: capital
        for country, capital in capitals.items()
        if max(len(tokenizer.encode(f" {name}")) for name in (country, capital)) <= most
        and country not in capital
        and capital not in country
    }


def capital_analogies(
    model: Transformer, tokenizer: TextTokenizer, capitals: Mapping[str, str], seed: int = 0
) -> AnalogyScores:
    """Scores every sum of two countries: Paris - France + Chad, is it N'Djamena?

    Args:
        model: any.
        tokenizer: the one it was trained with.
        capitals: country -> capital, such as `short` gives.
        seed: of the random rows.

    Raises:
        ValueError: there are fewer than two countries.
    """
    if len(capitals) < 2:
        raise ValueError(f"An analogy needs two countries; there are {len(capitals)}.")
    table = _table(model)
    drawn = torch.randn(table.shape, generator=torch.Generator().manual_seed(seed))
    names = [*capitals, *capitals.values()]
    vectors, chance = (
        F.normalize(torch.stack([vector(rows, tokenizer, name) for name in names]), dim=1)
        for rows in (table, F.normalize(drawn, dim=1))
    )
    half = len(capitals)
    pairs = torch.tensor([(a, b) for a in range(half) for b in range(half) if a != b])
    a, b = pairs.T
    given = torch.stack([a, a + half, b], dim=1)  # country, its capital, the other country
    plain = _answers(vectors, vectors[a + half] - vectors[a] + vectors[b])
    tries = {
        "helped": _answers(vectors, vectors[a + half] - vectors[a] + vectors[b], given),
        "random": _answers(chance, chance[a + half] - chance[a] + chance[b], given),
        "country_alone": _answers(vectors, vectors[b], given),
    }
    shares = {name: _share(said, b + half, names) for name, said in tries.items()}
    echoes = (plain[:, None] == given).any(1).float().mean().item()
    return AnalogyScores(
        plain=_share(plain, b + half, names), echoes=echoes, count=len(pairs),
        names=len(set(names)), **shares,
    )  # fmt: skip


def _answers(vectors: Tensor, places: Tensor, without: Sequence | Tensor = ()) -> Tensor:
    """The nearest name to each place, some names left out: numbers of names."""
    cosines = F.normalize(places, dim=1) @ vectors.T  # (sums, N)
    if len(without):
        cosines.scatter_(1, without, -2)
    return cosines.argmax(1)


def _share(said: Tensor, right: Tensor, names: list[str]) -> float:
    """How often the name said is the right one; two countries may share one."""
    pairs = zip(said.tolist(), right.tolist(), strict=True)
    return sum(names[one] == names[other] for one, other in pairs) / len(said)
