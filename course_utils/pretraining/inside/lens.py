"""The guess after each layer: the last norm and the head, applied to the stream before its end.

Left out: lenses that are trained for each layer (Belrose and others 2023). For notebook 03,
section "What heads and layers do".

Source: nostalgebraist 2020, interpreting GPT: the logit lens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from course_utils.model.transformer import Transformer
from course_utils.pretraining.inside import hooks
from course_utils.tokenization.interface import TextTokenizer


class Statement(Protocol):
    """What is needed of a statement: evaluate.py has these."""

    prompt: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Layers:
    """From which layer on the right token is first.

    Attributes:
        right: (L + 1, N) whether the right token is first after each layer; 0 is the embedding.
        settled: (N,) the layer from which on it is first, to the end; L + 1 where it is not first
            at the end.
    """

    right: Tensor
    settled: Tensor

    def shares(self) -> list[float]:
        """The share of statements whose right token is first, layer by layer."""
        return self.right.float().mean(1).tolist()

    def settled_shares(self) -> list[float]:
        """The share that is right from each layer on, and last the share that never is."""
        return [(self.settled == at).float().mean().item() for at in range(len(self.right) + 1)]


@torch.no_grad()
def _scores(model: Transformer, rows: Sequence[Sequence[int]]) -> Tensor:
    """The head's scores after each layer, at the end of every row: (L + 1, rows, V)."""
    return model.lm_head(model.model.norm(hooks.streams_at(model, rows)))


def guesses(
    model: Transformer, tokenizer: TextTokenizer, prompt: str, n: int = 3
) -> list[list[tuple[str, float]]]:
    """What the model would say next if it ended after each layer.

    Args:
        model: any.
        tokenizer: the one it was trained with.
        prompt: such as "The capital of France is".
        n: tokens for each layer.

    Returns:
        For each layer, the embedding first, n pairs of token and probability, likeliest first.
    """
    odds, likely = _scores(model, [tokenizer.encode(prompt)])[:, 0].softmax(-1).topk(n)
    return [
        [(tokenizer.decode([token]), share) for share, token in zip(*pair, strict=True)]
        for pair in zip(odds.tolist(), likely.tolist(), strict=True)
    ]


def by_layer(
    model: Transformer, tokenizer: TextTokenizer, statements: Sequence[Statement]
) -> Layers:
    """From which layer on the model has the right token, over many statements.

    Right is the first token of a true value. That is less than a right answer: a value may have
    several tokens, and values may begin alike.

    Args:
        model: any.
        tokenizer: the one it was trained with.
        statements: prompts with their true values.
    """
    prompts = [tokenizer.encode(statement.prompt) for statement in statements]
    said = _scores(model, prompts).argmax(-1).cpu()  # (L + 1, N)
    true = [{tokenizer.encode(f" {value}")[0] for value in item.values} for item in statements]
    right = torch.tensor(
        [
            [token in good for token, good in zip(layer, true, strict=True)]
            for layer in said.tolist()
        ]
    )
    # Counted from the end, how many layers in a row are right.
    held = right.flip(0).long().cumprod(0).sum(0)  # (N,)
    return Layers(right, len(right) - held)
