"""What every head of a transformer looks at in a text, read off while the model itself computes.

Queries and keys are made by the model's own layers, rotary positions applied; the softmax is the
same as theirs. Left out: what the heads' values then do to the next token. Notebook 03, section
"Where it looks".

Shape letters: L layers, B rows, H heads, T tokens, D numbers of a head, C width. Layers and heads
count from 0. The shapes are those of one text; several rows have a B in front of the H.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from numbers import Integral

import torch
import torch.nn as nn
from torch import Tensor

from course_utils.model.transformer import Transformer

LayerHead = tuple[int, int]  # which layer and which head of it


@dataclass(frozen=True)
class Head:
    """One head of one layer on one text."""

    queries: Tensor  # (T, D) what each token asks for
    keys: Tensor  # (T, D) what each token offers to be found by
    scores: Tensor  # (T, T) query times key over the root of D, before the mask
    weights: Tensor  # (T, T) the row of each token: how much it looks at every token


@dataclass(frozen=True)
class Trace:
    """Queries and keys of all heads on one text, (L, H, T, D) each, and what follows from them."""

    queries: Tensor
    keys: Tensor

    def scores(self) -> Tensor:
        """Query times key over the root of D, before the mask: (L, H, T, T)."""
        return self.queries @ self.keys.transpose(-1, -2) / math.sqrt(self.queries.size(-1))

    def weights(self, causal: bool = True) -> Tensor:
        """How much each token (row) looks at every token (column): (L, H, T, T), rows sum to 1.

        Args:
            causal: with the mask, as the model does it. Without, later tokens are let into the
                softmax; queries and keys stay those that the masked layers below have made.
        """
        return _softmax(self.scores(), causal)

    def head(self, layer: int, head: int, causal: bool = True) -> Head:
        """One head with all its numbers.

        Raises:
            ValueError: there is no such layer or head.
        """
        _check_heads([(layer, head)], self.queries.size(0), self.queries.size(-3))
        queries, keys, scores = (
            part[layer, ..., head, :, :] for part in (self.queries, self.keys, self.scores())
        )
        return Head(queries, keys, scores, _softmax(scores, causal))


@torch.no_grad()
def trace(model: Transformer, ids: Sequence[int] | Tensor) -> Trace:
    """What all heads ask for and offer while the model reads a text, or several rows, once.

    Args:
        model: stays as it is, in whatever mode and on whatever device.
        ids: (T,) token ids, from one to the model's context; or (B, T), rows read together.

    Returns:
        On the processor, in float32; with the B of the rows if they were given as (B, T).

    Raises:
        ValueError: there are no ids, or they are neither a row nor rows; the text is too long for
            the model, or an id is not in its vocabulary.
    """
    tokens = torch.as_tensor(ids, dtype=torch.long, device=model.lm_head.weight.device)
    if tokens.ndim not in (1, 2) or not tokens.numel():
        raise ValueError(
            f"ids has shape {tuple(tokens.shape)}; give a row of token ids, at least one, or "
            "several rows of the same length."
        )
    seen, own = [], threading.get_ident()

    def look(attention: nn.Module, arguments: tuple) -> None:
        # A lab's thread may look while a cell lets the same model read something else.
        if threading.get_ident() != own:
            return
        query, keys, _ = attention.project(*arguments[:3])
        seen.append((query.float().cpu(), keys.float().cpu()))

    with ExitStack() as hooks:
        for block in model.model.layers:
            hooks.enter_context(_hooked(block.self_attn, look))
        model.hidden(tokens.reshape(-1, tokens.size(-1)))
    queries, keys = (torch.stack(parts) for parts in zip(*seen, strict=True))
    return Trace(queries, keys) if tokens.ndim == 2 else Trace(queries[:, 0], keys[:, 0])


def attention_maps(model: Transformer, ids: Sequence[int] | Tensor, causal: bool = True) -> Tensor:
    """How much each token looks at every token, in every head of every layer.

    Args:
        model, ids: see `trace`.
        causal: False shows the rows as they would be without the mask: see `Trace.weights`.

    Returns:
        (L, H, T, T), or (L, B, H, T, T); row i is where token i looks, and sums to 1.

    Raises:
        ValueError: see `trace`.
    """
    return trace(model, ids).weights(causal)


@contextmanager
def without(model: Transformer, heads: Iterable[LayerHead]) -> Iterator[Transformer]:
    """The model with some heads switched off: what they gather never reaches the text.

    Inside the `with` block the chosen heads hand over zeros, whoever runs the model and with or
    without a cache. Afterwards the model is as before, after an error too; no weight is touched.

    Args:
        model: the one to be changed for a while.
        heads: (layer, head) pairs; none switches nothing off.

    Yields:
        The same model.

    Raises:
        ValueError: there is no such layer or head, or what is given is no pair.
    """
    config, off = model.config, list(heads)
    _check_heads(off, config.layers, config.heads)
    D = config.width // config.heads
    with ExitStack() as hooks:
        for layer in sorted({layer for layer, _ in off}):
            output = model.model.layers[layer].self_attn.o_proj
            mute = torch.zeros(config.width, dtype=torch.bool, device=output.weight.device)
            for _, head in (pair for pair in off if pair[0] == layer):
                mute[head * D : (head + 1) * D] = True

            # o_proj reads the heads side by side: (B, T, C). Filled, not multiplied: what is no
            # number is silenced too.
            def silence(_: nn.Module, arguments: tuple, mute: Tensor = mute) -> tuple:
                return (arguments[0].masked_fill(mute, 0),)

            hooks.enter_context(_hooked(output, silence))
        yield model


@contextmanager
def _hooked(module: nn.Module, look: object) -> Iterator[None]:
    """Let a function see, or change, what a module is given."""
    handle = module.register_forward_pre_hook(look)
    try:
        yield
    finally:
        handle.remove()


def _softmax(scores: Tensor, causal: bool) -> Tensor:
    """Rows of scores (..., T, T) as weights."""
    later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
    return (scores.masked_fill(later, -math.inf) if causal else scores).softmax(-1)


def _check_heads(pairs: Sequence[LayerHead], layers: int, heads: int) -> None:
    """Refuses what is no pair of a layer and a head of this model."""
    for pair in pairs:
        two = isinstance(pair, (tuple, list)) and len(pair) == 2
        # NumPy's whole numbers count, as numpy.unravel_index gives them; True and False do not.
        if not two or not all(
            isinstance(one, Integral) and not isinstance(one, bool) for one in pair
        ):
            raise ValueError(f"{pair!r} is no head; give pairs such as (0, 2): layer 0, head 2.")
        layer, head = pair
        if not (0 <= layer < layers and 0 <= head < heads):
            raise ValueError(
                f"There is no head {head} in layer {layer}: this model has {layers} layers of "
                f"{heads} heads, both counted from 0."
            )
