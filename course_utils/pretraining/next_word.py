"""The next-word network: one sentence, two words in, a guess at the third.

Leaves out attention (transformer.py) and tokens (stage 2). Taught in notebook 03, section "Guess
the next word".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

SENTENCE = "the cat sat on the mat"


def examples(sentence: str = SENTENCE, context: int = 2) -> list[tuple[tuple[str, ...], str]]:
    """Every run of `context` words, with the word that follows."""
    words = sentence.split()
    if not 0 < context < len(words):
        raise ValueError(
            f"context is {context}, but the sentence has {len(words)} words; "
            f"use 1 to {len(words) - 1}."
        )
    return [
        (tuple(words[i : i + context]), words[i + context]) for i in range(len(words) - context)
    ]


class Layers(NamedTuple):
    """The numbers on the way from some words to a guess."""

    embedding: Tensor  # (words, width)
    hidden: Tensor  # (hidden,), each -1..1
    probabilities: Tensor  # (vocabulary,), in the order of the network's `words`


class NextWordNetwork(nn.Module):
    """Looks up a vector for each context word, mixes them in a hidden layer, scores all words.

    Args:
        sentence: all that it will ever know.
        context: how many words it sees. With one, "the" has two continuations, and the loss
            cannot fall below 0.277.
        width: numbers a word vector.
        hidden: hidden neurons.
        seed: of the starting weights.
    """

    def __init__(
        self,
        sentence: str = SENTENCE,
        context: int = 2,
        width: int = 8,
        hidden: int = 16,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.words = sorted(set(sentence.split()))
        self.examples = examples(sentence, context)
        self.embedding = nn.Embedding(len(self.words), width)
        self.hidden = nn.Linear(context * width, hidden)
        self.output = nn.Linear(hidden, len(self.words))
        # The weights from a generator of their own, so that a seed always gives the same network.
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for weight in self.parameters():
                # Rows of a layer are scaled by their inputs, so that sums begin about as large as
                # one input.
                size = 1.0 if weight is self.embedding.weight else weight.shape[-1] ** -0.5
                weight.copy_(torch.randn(weight.shape, generator=generator) * size)

    def ids(self, words: Sequence[str]) -> Tensor:
        """The numbers of known words.

        Raises:
            ValueError: a word is not in the sentence.
        """
        if unknown := [word for word in words if word not in self.words]:
            raise ValueError(
                f"{unknown[0]!r} is not among the words that this network knows: "
                f"{', '.join(self.words)}."
            )
        return torch.tensor([self.words.index(word) for word in words])

    def forward(self, contexts: Tensor) -> Tensor:
        """Contexts (examples, words) of ids to logits (examples, vocabulary)."""
        vectors = self.embedding(contexts).flatten(1)  # (examples, words * width)
        return self.output(torch.tanh(self.hidden(vectors)))  # (examples, vocabulary)

    def loss(self) -> Tensor:
        """Mean cross-entropy over all examples, in nats a word."""
        # (examples, words)
        contexts = torch.stack([self.ids(context) for context, _ in self.examples])
        return F.cross_entropy(self(contexts), self.ids([word for _, word in self.examples]))

    @torch.no_grad()
    def layers(self, *context: str) -> Layers:
        """Every number between these words and the guess.

        Raises:
            ValueError: a word is not in the sentence, or there are too few or too many.
        """
        # As many words as it was made for: the hidden layer has a fixed width.
        expected = len(self.examples[0][0])
        if len(context) != expected:
            raise ValueError(f"Got {len(context)} words; this network looks at {expected}.")
        vectors = self.embedding(self.ids(context))  # (words, width)
        hidden = torch.tanh(self.hidden(vectors.flatten()))  # (hidden,)
        return Layers(vectors, hidden, torch.softmax(self.output(hidden), -1))

    def predict(self, *context: str) -> dict[str, float]:
        """The probability of every word after these, likeliest first."""
        odds = self.layers(*context).probabilities.tolist()
        return dict(sorted(zip(self.words, odds, strict=True), key=lambda pair: -pair[1]))

    def right_probabilities(self) -> list[float]:
        """For each example, the probability of the word that really follows."""
        return [self.predict(*context)[word] for context, word in self.examples]


def learn(
    network: NextWordNetwork, epochs: int = 100, lr: float = 0.01, optimizer: str = "adam"
) -> list[float]:
    """Trains on all examples at once, an epoch a step.

    Args:
        network: trained in place.
        epochs: passes over the sentence.
        lr: learning rate.
        optimizer: "adam", or "sgd" for plain gradient descent.

    Returns:
        The loss before every epoch, and after the last: epochs + 1 numbers.
    """
    kinds = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
    if optimizer not in kinds:
        raise ValueError(f"There is no optimizer {optimizer!r} here; use 'adam' or 'sgd'.")
    chosen = kinds[optimizer](network.parameters(), lr=lr)
    losses = []
    for _ in range(epochs):
        loss = network.loss()
        losses.append(loss.item())
        chosen.zero_grad()
        loss.backward()
        chosen.step()
    return [*losses, network.loss().item()]


class Losses(NamedTuple):
    """What a network's loss was on the words it trained on, and on words that were kept back."""

    training: list[float]  # nats per word, before each epoch
    validation: list[float]

    @property
    def lowest(self) -> int:
        """The epoch with the lowest validation loss."""
        return min(range(len(self.validation)), key=self.validation.__getitem__)


def learn_pages(
    training: Sequence[str],
    validation: Sequence[str],
    epochs: int = 60,
    lr: float = 0.02,
    seed: int = 0,
) -> Losses:
    """Trains a network of this kind on several texts, and measures it on others.

    Args:
        training: texts; their words are all that the network knows.
        validation: texts that are only measured, where they use known words.
        epochs: passes over the training texts.
        lr: of Adam.
        seed: of the first weights.

    Raises:
        ValueError: there are not three known words in a row, in either of the two.
    """
    known, parts = _triples(training, validation)
    if not all(parts):
        raise ValueError("Give texts with three words in a row that the training texts know.")
    data = [torch.tensor(rows) for rows in parts]  # (examples, 3): two words and the next
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Embedding(known, 16),
            nn.Flatten(),
            nn.Linear(32, 64),
            nn.Tanh(),
            nn.Linear(64, known),
        )
    adam = torch.optim.Adam(network.parameters(), lr=lr)
    losses = Losses([], [])
    for _ in range(epochs):
        both = [F.cross_entropy(network(rows[:, :2]), rows[:, 2]) for rows in data]
        for curve, loss in zip(losses, both, strict=True):
            curve.append(loss.item())
        adam.zero_grad()
        both[0].backward()
        adam.step()
    return losses


def _triples(
    training: Sequence[str], validation: Sequence[str]
) -> tuple[int, tuple[list[list[int]], list[list[int]]]]:
    """How many words the training texts have, and the ids of every three words in a row."""
    pages = [
        [re.findall(r"\w+|[^\w\s]", text) for text in part] for part in (training, validation)
    ]
    words = sorted({word for page in pages[0] for word in page})
    place = {word: at for at, word in enumerate(words)}
    parts = (
        [
            [place[word] for word in three]
            for page in part
            for three in zip(page, page[1:], page[2:], strict=False)
            if all(word in place for word in three)
        ]
        for part in pages
    )
    return len(words), tuple(parts)
