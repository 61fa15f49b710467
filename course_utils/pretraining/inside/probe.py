"""Linear probes: what a weighted sum can read off the residual stream, layer by layer.

A probe is trained on some groups (countries, pages) and scored on others, so that it cannot know
them by heart; beside it stand the majority baseline and the same probe on the embedding. What a
probe can read need not be what the model uses.
Left out: probes with a bend. For notebook 03, section "What heads and layers do".

Source: Alain and Bengio 2016, Understanding intermediate layers using linear classifier probes;
for "early grammar, late meaning": Tenney, Das and Pavlick 2019.

Shape letters: L blocks, N examples, C width, K labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from course_utils import checks
from course_utils.model.transformer import Transformer
from course_utils.pretraining.inside import hooks
from course_utils.tokenization.interface import TextTokenizer

PENALTIES = (1.0, 10.0, 100.0, 1_000.0)  # how strongly large weights are held down


@dataclass(frozen=True)
class Examples:
    """What a probe reads, and what it is to say.

    Attributes:
        streams: (L + 1, N, C) residual stream after each layer; 0 is the embedding.
        labels: N of them.
        groups: N; examples of one group are never divided between training and scoring.
    """

    streams: Tensor
    labels: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class ProbeScores:
    """How often probes are right on groups that they were not trained on.

    Attributes:
        accuracy: the share right on each layer, the embedding first.
        majority: the share that the most frequent label of the training groups gets right.
        count: examples scored.
    """

    accuracy: tuple[float, ...]
    majority: float
    count: int


class Statement(Protocol):
    """What is needed of a statement: evaluate.py has these."""

    country: str
    kind: str
    prompt: str
    values: tuple[str, ...]


def score(examples: Examples, seed: int = 0, share: float = 0.3) -> ProbeScores:
    """Trains a probe for each layer on some groups and scores it on the others.

    The penalty is chosen on a third of the training groups, never on those that are scored.

    Args:
        examples: of at least four groups and two labels.
        seed: draws the groups.
        share: of the groups, for scoring.

    Raises:
        ValueError: there are too few groups or labels, or a share leaves one side empty.
    """
    checks.share("share", share)
    names = sorted(set(examples.groups))
    if len(names) < 4 or len(set(examples.labels)) < 2:
        raise ValueError(
            f"A probe needs at least 4 groups and 2 labels; there are {len(names)} and "
            f"{len(set(examples.labels))}. Give it more examples."
        )
    order = [names[at] for at in np.random.default_rng(seed).permutation(len(names))]
    scored = min(max(1, round(share * len(order))), len(order) - 2)
    tried = scored + max(1, (len(order) - scored) // 3)
    part = {name: 0 if at < scored else 1 if at < tried else 2 for at, name in enumerate(order)}
    parts = torch.tensor([part[group] for group in examples.groups])
    kinds = sorted(set(examples.labels))
    labels = torch.tensor([kinds.index(label) for label in examples.labels])
    accuracy = tuple(_accuracy(x, labels, parts, len(kinds)) for x in examples.streams)
    most = labels[parts > 0].bincount(minlength=len(kinds)).argmax()
    right = (labels[parts == 0] == most).float().mean().item()
    return ProbeScores(accuracy, right, int((parts == 0).sum()))


def _accuracy(x: Tensor, labels: Tensor, parts: Tensor, kinds: int) -> float:
    """One layer: (N, C) numbers, (N,) labels, parts 0 to score, 1 to choose by, 2 to train on."""
    x = x.double()
    train, choose, test = (parts == part for part in (2, 1, 0))

    def right(fitted: Tensor, on: Tensor, penalty: float) -> float:
        guess = _fit(x[fitted], labels[fitted], kinds, penalty)(x[on])
        return (guess == labels[on]).double().mean().item()

    best = max(PENALTIES, key=lambda penalty: right(train, choose, penalty))
    return right(train | choose, test, best)


def _fit(x: Tensor, labels: Tensor, kinds: int, penalty: float):
    """Ridge regression on one column per label; the largest column is the guess."""
    middle, spread = x.mean(0), x.std(0).clamp_min(1e-6)
    goals = torch.nn.functional.one_hot(labels, kinds).double()  # (n, K)
    scaled = (x - middle) / spread
    square = scaled.T @ scaled + penalty * torch.eye(x.size(1), dtype=x.dtype)
    weights = torch.linalg.solve(square, scaled.T @ (goals - goals.mean(0)))  # (C, K)
    return lambda new: ((new - middle) / spread @ weights + goals.mean(0)).argmax(1)


def name_examples(
    model: Transformer, tokenizer: TextTokenizer, texts: Sequence[str], most: int = 4_000
) -> Examples:
    """Grammar: whether a piece inside a word belongs to a name, which the piece alone seldom says.

    Only pieces that go on with a word count, in small letters: "al" of " Val|al|is" is part of a
    name, "al" of " an|im|al" is not. A first word of a sentence says nothing and is left out.

    Args:
        model: any.
        tokenizer: the one it was trained with.
        texts: pages, cut at the context; each is a group.
        most: examples at most, the first ones.
    """
    kept, labels, groups = [], [], []
    for number, text in enumerate(texts):
        ids = tokenizer.encode(text)[: model.config.context_tokens]
        marked = _pieces([tokenizer.decode([token]) for token in ids])
        if marked:
            places = torch.tensor(list(marked))
            kept.append(hooks.streams(model, torch.tensor([ids]))[:, 0, places].cpu())
            labels += ["name" if marked[at] else "other" for at in marked]
            groups += [str(number)] * len(marked)
        if len(labels) >= most:
            break
    if not kept:
        raise ValueError("None of the texts has a word of several tokens. Give it longer texts.")
    return Examples(torch.cat(kept, dim=1)[:, :most], tuple(labels[:most]), tuple(groups[:most]))


def _pieces(tokens: Sequence[str]) -> dict[int, bool]:
    """Place of every piece that goes on with a word -> whether the word has a capital."""
    found, capital, first = {}, None, True  # first: of a sentence
    for at, token in enumerate(tokens):
        if token[:1] == " " and token[1:].isalpha():
            capital, first = (None if first else token[1].isupper()), False
        elif token.isalpha() and token.islower():
            if capital is not None:
                found[at] = capital
        else:
            # After anything but a comma, a new sentence may begin.
            capital, first = None, not token.isalpha() and token.strip() not in (",", ";")
    return found


def region_examples(
    model: Transformer,
    tokenizer: TextTokenizer,
    statements: Sequence[Statement],
    kinds: Sequence[str] = ("capital", "language", "currency", "highest_point"),
) -> tuple[Examples, Examples]:
    """Meaning: the region of the country that a statement speaks of, which it does not name.

    Args:
        model: any.
        tokenizer: the one it was trained with.
        statements: of all kinds; those of the kind "region" say what is right.
        kinds: of the statements that are read.

    Returns:
        Examples at the last token of the country's name, and at the end of the statement (" is").
        Each country is a group.
    """
    regions = {item.country: item.values[0] for item in statements if item.kind == "region"}
    some = [item for item in statements if item.kind in kinds and item.country in regions]
    if not some:
        raise ValueError(
            f"No statement of the kinds {', '.join(kinds)} is about a country whose region is "
            "among them. Give it statements of all kinds."
        )
    labels = tuple(regions[item.country] for item in some)
    groups = tuple(item.country for item in some)
    rows = [tokenizer.encode(item.prompt) for item in some]
    # The plain statements end with " is", so the name ends one token before.
    return tuple(
        Examples(hooks.streams_at(model, cut).cpu(), labels, groups)
        for cut in ([row[:-1] for row in rows], rows)
    )
