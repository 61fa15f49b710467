"""What a model still knows of what it read: a recurrent network beside attention, of equal size.

Boxes with a colour each are named, words without meaning follow, then one box is asked for.
So two things that a long sentence has at once are measured apart: how far away the answer was
read, and how many things have to be kept until then.
Left out: the LSTM of 1997, which has gates as the GRU has, and networks of several layers. For
notebook 03, section "Beyond words".

Sources: Elman 1990 (the plain recurrent network); Cho and others 2014 (the GRU).

Shape letters: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from course_utils import checks, runtime
from course_utils.model.transformer import Transformer, TransformerConfig

BOXES, COLOURS, FILLERS = 16, 4, 4  # a guess is right in one of four
THINGS = (1, 2, 4, 8, 16)  # boxes named in a row of tokens
DISTANCES = (4, 8, 16, 32, 64)  # fillers between the last box and the question
# Tokens: the colours; each box with each of its colours; each box with a question mark; fillers.
HOLDS = COLOURS
ASKED = HOLDS + BOXES * COLOURS
FILLER = ASKED + BOXES
VOCABULARY = FILLER + FILLERS
BATCH = 64
CELLS = {"gru": (nn.GRU, 42, 0.01), "rnn": (nn.RNN, 70, 0.003)}  # kind, state, learning rate


class Reader(Protocol):
    """What is asked of a model: scores of the token after the last one."""

    def next_logits(self, tokens: Tensor) -> Tensor:
        """(B, T) token ids to (B, V)."""

    def parameters(self) -> Iterator[nn.Parameter]:
        """What training changes."""


class Recurrent(nn.Module):
    """Reads token by token into a state of a fixed size, and answers from the last state alone.

    A GRU's state moves a part of the way to a new one: `state = z * state + (1 - z) * new`, where
    z, a number between 0 and 1 for each place of the state, is computed from token and old state.
    A plain network has no z: its state is replaced at every token.

    Args:
        cell: "gru", or "rnn" for the plain one.
        seed: of the first weights.

    Raises:
        ValueError: there is no such cell.
    """

    def __init__(self, cell: str = "gru", seed: int = 0) -> None:
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"There is no cell {cell!r} here; use 'gru' or 'rnn'.")
        kind, state, self.lr = CELLS[cell]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(VOCABULARY, 32)
            self.cell = kind(32, state, batch_first=True)
            self.head = nn.Linear(state, VOCABULARY, bias=False)

    def next_logits(self, tokens: Tensor) -> Tensor:
        """(B, T) token ids to (B, V)."""
        states, _ = self.cell(self.embedding(tokens))  # (B, T, state)
        return self.head(states[:, -1])


def attention(seed: int = 0) -> Transformer:
    """The course's transformer with one layer, about as many parameters as the others have."""
    room = max(THINGS) + max(DISTANCES) + 1
    config = TransformerConfig(
        vocab_size=VOCABULARY,
        width=32,
        layers=1,
        heads=4,
        intermediate_size=64,
        context_tokens=room,
    )
    return Transformer(config, seed)


def rows(
    things: int, distance: int, count: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Rows of one kind, and what is right in each.

    Args:
        things: boxes that are named, 1 to 16, none twice.
        distance: fillers between the last of them and the question, 0 or more.
        count: how many rows.
        generator: draws boxes, colours, fillers and which box is asked for.

    Returns:
        (count, things + distance + 1) token ids; (count,) the token of the right colour.

    Raises:
        ValueError: there are not so many boxes, or a number is not a whole one.
    """
    checks.whole("things", things, least=1)
    checks.whole("distance", distance, least=0)
    if things > BOXES:
        raise ValueError(f"things is {things}, but there are {BOXES} boxes. Use 1 to {BOXES}.")
    boxes = torch.rand(count, BOXES, generator=generator).argsort(1)[:, :things]
    colours = torch.randint(COLOURS, (count, things), generator=generator)
    fillers = FILLER + torch.randint(FILLERS, (count, distance), generator=generator)
    which = torch.randint(things, (count, 1), generator=generator)
    holds = HOLDS + boxes * COLOURS + colours  # (count, things)
    asked = ASKED + boxes.gather(1, which)  # (count, 1)
    return torch.cat([holds, fillers, asked], 1), colours.gather(1, which)[:, 0]


@runtime.torch_threads(1)  # steps this small gain nothing by a second one
def learn(reader: Reader, steps: int = 500, seed: int = 0) -> list[float]:
    """Trains on rows of all numbers of things and all distances, the same for every model.

    Args:
        reader: trained in place.
        steps: of Adam, 64 new rows each; the rate rises, and falls to nothing.
        seed: of the rows.

    Returns:
        The loss of every step, in nats per answer.
    """
    generator = torch.Generator().manual_seed(seed)
    lr = getattr(reader, "lr", 0.01)
    optimizer = torch.optim.Adam(reader.parameters(), lr)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    losses = []
    for _ in range(steps):
        pick = torch.randint(len(THINGS) * len(DISTANCES), (), generator=generator).item()
        things, distance = THINGS[pick // len(DISTANCES)], DISTANCES[pick % len(DISTANCES)]
        tokens, right = rows(things, distance, BATCH, generator)
        loss = F.cross_entropy(reader.next_logits(tokens)[:, :COLOURS], right)
        optimizer.zero_grad()
        loss.backward()
        # Over many tokens a recurrent network's gradient can burst.
        nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
        optimizer.step()
        rate.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def accuracy(reader: Reader, things: int, distance: int, count: int = 500, seed: int = 1) -> float:
    """The share of new rows in which the right colour is the likeliest of the four; a guess: 0.25.

    Args:
        reader: any.
        things: see `rows`.
        distance: see `rows`; things + distance + 1 tokens must fit what the model can read.
        count: how many rows.
        seed: of the rows; another one than in training.
    """
    generator = torch.Generator().manual_seed(1_000_000 + seed)
    tokens, right = rows(things, distance, count, generator)
    return (reader.next_logits(tokens)[:, :COLOURS].argmax(-1) == right).float().mean().item()
