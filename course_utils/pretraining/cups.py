"""A computation of many steps in a row: a ball under one of three cups, which are swapped.

The same small transformer, trained on the same games for as many steps, once writes after every
swap where the ball is, and once a dot. Both are told the right place after every swap; only the
first one reads again what it wrote. So what is measured is what writing brings.
Left out: models that learn to write their steps by reinforcement. For notebook 03, section
"Beyond words".

Sources: Nye and others 2021, Show Your Work (scratchpads); Pfau, Merrill and Bowman 2024, Let's
Think Dot by Dot (fillers); Liu and others 2022, Transformers Learn Shortcuts to Automata.

Shape letters: N games, S swaps.
"""

from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from course_utils import checks, runtime
from course_utils.model.transformer import Transformer, TransformerConfig

CUPS = 3  # a guess is right in one of three
PAIRS = ((0, 1), (0, 2), (1, 2))  # what a swap can exchange
SWAPS = 12  # in a row
# Where a ball is after a swap: one row per pair, one column per cup.
AFTER = torch.tensor([[1, 0, 2], [2, 1, 0], [0, 2, 1]])
# Tokens: the cups, the swaps, a dot.
SWAP, DOT = CUPS, CUPS + len(PAIRS)
VOCABULARY = DOT + 1
BATCH, LR = 32, 0.01


def games(count: int, generator: torch.Generator, swaps: int = SWAPS) -> tuple[Tensor, Tensor]:
    """Games drawn at random.

    Args:
        count: N, how many.
        generator: draws where the ball begins, and every swap.
        swaps: S, in each game.

    Returns:
        (N, S) numbers of the swapped pairs; (N, S + 1) the ball's cup at first and after each.
    """
    checks.whole("swaps", swaps, least=1)
    places = [torch.randint(CUPS, (count,), generator=generator)]
    pairs = torch.randint(len(PAIRS), (count, swaps), generator=generator)
    for pair in pairs.T:
        places.append(AFTER[pair, places[-1]])
    return pairs, torch.stack(places, 1)


def tokens(pairs: Tensor, places: Tensor, written: bool) -> Tensor:
    """What a model reads: start, swap, place, swap, place, ..., swap; or dots for the places.

    Args:
        pairs: (N, S).
        places: (N, S + 1).
        written: whether the places stand between the swaps, or dots.

    Returns:
        (N, 2 S) token ids; the places after each swap are foretold at the odd positions.
    """
    between = places[:, 1:] if written else torch.full_like(pairs, DOT)
    turns = torch.stack([pairs + SWAP, between], 2).flatten(1)  # (N, 2 S)
    return torch.cat([places[:, :1], turns[:, :-1]], 1)


@runtime.torch_threads(1)  # steps this small gain nothing by a second one
def learn(written: bool, seed: int = 0, layers: int = 2, steps: int = 300) -> Transformer:
    """Trains a transformer to say after every swap where the ball is.

    Args:
        written: whether the right places stand in its input, or dots.
        seed: of the first weights and of the games.
        layers: of the transformer.
        steps: of Adam, 32 new games each; the rate rises, and falls to nothing.
    """
    config = TransformerConfig(
        vocab_size=VOCABULARY,
        width=32,
        layers=layers,
        heads=4,
        intermediate_size=64,
        context_tokens=2 * SWAPS,
    )
    model, generator = Transformer(config, seed), torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), LR)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, LR, total_steps=steps)
    for _ in range(steps):
        pairs, places = games(BATCH, generator)
        logits = model(tokens(pairs, places, written))[:, 1::2]  # (N, S, V)
        loss = F.cross_entropy(logits.flatten(0, 1), places[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        rate.step()
    return model


@torch.no_grad()
def accuracy(model: Transformer, written: bool, count: int = 300, seed: int = 1) -> list[float]:
    """The share of new games in which the place is right after 1, 2, ... swaps; a guess: 1/3.

    With `written` the model reads its own words: where it wrote a wrong cup, it goes on from that.

    Args:
        model: of `learn`, with the same `written`.
        written: see `learn`.
        count: games.
        seed: of the games; others than in training.
    """
    pairs, places = games(count, torch.Generator().manual_seed(1_000_000 + seed))
    read, said = places[:, :1], []
    for pair in pairs.T:
        read = torch.cat([read, pair[:, None] + SWAP], 1)
        said.append(model.next_logits(read).argmax(-1))
        read = torch.cat([read, (said[-1] if written else torch.full_like(pair, DOT))[:, None]], 1)
    return (torch.stack(said, 1) == places[:, 1:]).float().mean(0).tolist()
