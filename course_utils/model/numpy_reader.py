"""The transformer's arithmetic in NumPy, for writing on a processor: the same scores, fewer calls.

At this size a step of the model is bound by its calls, not by its arithmetic; here every number
that can be computed once is. Leaves out training, graphics cards and other kinds of number, which
are transformer.py's. Taught in notebook 05, section "The whole model in forty lines".

Shape letters: B rows, T new tokens, S all tokens so far, C width, H heads, D head width, F width
inside of the feed-forward layer, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
from torch import Tensor

from course_utils.model import blas, transformer
from course_utils.model.transformer import Block, Transformer

BLOCK_TOKENS = 512  # so many at once: measured, 32 prompts of 128 tokens read fastest
# Parts whose arithmetic is written below.
KNOWN = {
    nn.Linear,
    nn.Embedding,
    nn.ModuleList,
    transformer.Attention,
    transformer.Block,
    transformer.Decoder,
    transformer.FeedForward,
    transformer.RMSNorm,
    transformer.Transformer,
}


class NumpyCache:
    """Keys and values of all tokens so far, one array a layer: (2, B, H, S, D).

    Args:
        sizes: layers, H and D.
        rows: B.
        capacity_tokens: room for so many tokens a row.
    """

    def __init__(self, sizes: tuple[int, int, int], rows: int, capacity_tokens: int) -> None:
        layers, heads, head_width = sizes
        shape = (2, rows, heads, capacity_tokens, head_width)
        self.length = 0  # how many tokens of each row it holds
        self.layers = [np.empty(shape, np.float32) for _ in range(layers)]

    def keep(self, rows: Sequence[int]) -> None:
        """Drops all rows but these, given by their present places, in rising order."""
        for number, store in enumerate(self.layers):
            store[:, : len(rows), :, : self.length] = store[:, rows, :, : self.length]
            self.layers[number] = store[:, : len(rows)]


@dataclass(frozen=True)
class _Layer:
    """One layer's tables, each to be multiplied from the right: (numbers in, numbers out)."""

    qkv: np.ndarray  # (C, 3C)
    output: np.ndarray  # (C, C)
    gate_up: np.ndarray  # (C, 2F)
    down: np.ndarray  # (F, C)


class NumpyReader:
    """Reads tokens as `Transformer.next_logits` does, with weights prepared for it.

    What is computed once: a norm's weights are multiplied into the tables that read from it;
    query, key and value are one table, gate and up another; the division by the square root of D
    is in the query's table; the numbers that a position turns in pairs lie side by side, so that a
    turn is one product with a complex number.

    It holds copies: `reader_of` says whether they are still the model's weights.

    Args:
        model: one that `reader_of` accepts.
    """

    def __init__(self, model: Transformer) -> None:
        config = model.config
        self._model, self._heads = model, config.heads
        self._width, self._hidden = config.width, config.intermediate_size
        self._eps = config.norm_eps
        self._sizes = (config.layers, config.heads, config.width // config.heads)
        with torch.no_grad():
            self._layers = [_folded(block, config.heads) for block in model.model.layers]
            self._head = _right(model.lm_head.weight * model.model.norm.weight)  # (C, V)
            self._embedding = model.model.embed_tokens.weight.numpy().copy()  # (V, C)
            half = self._sizes[2] // 2
            cos, sin = (table[:, :half].numpy() for table in (model.model.cos, model.model.sin))
        self._turns = (cos + 1j * sin).astype(np.complex64)[:, None]  # (S, 1, D / 2)
        self.seen = _state(model)

    def open(self, rows: int, capacity_tokens: int) -> NumpyCache:
        """An empty cache for so many rows of so many tokens."""
        return NumpyCache(self._sizes, rows, capacity_tokens)

    def next_logits(self, ids: Sequence[Sequence[int]], cache: NumpyCache | None) -> Tensor:
        """The scores after the last position.

        Args:
            ids: B rows of T token ids each; with a cache only new ones, at first all, then one
                a call.
            cache: made by `open` for B rows, grows by the T tokens; None keeps nothing.

        Returns:
            (B, V) logits, new ones at each call.

        Raises:
            ValueError: the sequence is too long, or an id is not in the vocabulary.
        """
        tokens = np.array(ids)  # (B, T)
        B, T = tokens.shape
        if cache is None or not cache.length:  # later ones were chosen by the model itself
            self._model.check(torch.from_numpy(tokens), 0)
        cache = cache or self.open(B, T)
        # Long prompts in blocks of rows, so that what is between two products stays in the
        # processor's own memory. Damaged weights, and exp beyond the largest number, are silent,
        # as they are in torch.
        block = max(1, BLOCK_TOKENS // T)
        with blas.one_thread(), np.errstate(all="ignore"):
            logits = [
                self._read(tokens[start : start + block], cache, start)
                for start in range(0, B, block)
            ]
        cache.length += T
        return torch.from_numpy(logits[0] if len(logits) == 1 else np.concatenate(logits))

    def _read(self, tokens: np.ndarray, cache: NumpyCache, start: int) -> np.ndarray:
        """The scores of a block of rows, (B, V); `start` is the first one's place in the cache."""
        B, T = tokens.shape
        x = self._embedding[tokens.reshape(-1)]  # (B * T, C)
        for layer, store in zip(self._layers, cache.layers, strict=True):
            self._attend(x, layer, store[:, start : start + B], (B, T, cache.length))
            self._feed_forward(x, layer)
        last = x if T == 1 else x.reshape(B, T, -1)[:, -1]
        return self._normed(last) @ self._head

    def _attend(
        self, x: np.ndarray, layer: _Layer, store: np.ndarray, size: tuple[int, int, int]
    ) -> None:
        """Adds to x, (B * T, C), what every token gathers from those before it and itself."""
        B, T, past = size
        H, end = self._heads, past + T
        # Queries, keys and values side by side; those that have a position are turned by it.
        parts = self._normed(x) @ layer.qkv  # (B * T, 3C)
        turned = parts.view(np.complex64).reshape(B, T, 3 * H, -1)[:, :, : 2 * H]
        turned *= self._turns[past:end]
        parts = parts.reshape(B, T, 3, H, -1)
        store[:, :, :, past:end] = parts[:, :, 1:].transpose(2, 0, 3, 1, 4)
        # Every query meets every key of its row; several new tokens may not look ahead.
        keys, values = store[:, :, :, :end]  # (B, H, S, D) each
        shares = parts[:, :, 0].swapaxes(1, 2) @ keys.swapaxes(2, 3)  # (B, H, T, S)
        if T > 1:
            shares[..., past:][..., np.triu(np.ones((T, T), bool), 1)] = -np.inf
        # A softmax, whose division comes after the values, where there are fewer numbers.
        shares -= np.maximum.reduce(shares, -1, keepdims=True)
        np.exp(shares, out=shares)
        mixed = shares @ values  # (B, H, T, D)
        mixed /= np.add.reduce(shares, -1, keepdims=True)
        x += mixed.swapaxes(1, 2).reshape(B * T, -1) @ layer.output

    def _feed_forward(self, x: np.ndarray, layer: _Layer) -> None:
        """Adds to x what SwiGLU makes of it; the gate's table has the minus sign of exp(-gate)."""
        both = self._normed(x) @ layer.gate_up  # (B * T, 2F)
        gate, hidden = both[:, : self._hidden], both[:, self._hidden :]
        hidden *= gate
        np.exp(gate, out=gate)
        gate += 1
        hidden /= gate
        x += hidden @ layer.down

    def _normed(self, x: np.ndarray) -> np.ndarray:
        """RMSNorm without its weights, which are in the table that comes next."""
        squares = np.einsum("nc,nc->n", x, x)
        return x / np.sqrt(squares / self._width + self._eps)[:, None]


def reader_of(model: Transformer, previous: NumpyReader | None = None) -> NumpyReader | None:
    """A reader with the model's present weights, or None where NumPy cannot stand in for it.

    Args:
        model: read by NumPy where it is a plain transformer in float32 on the processor, that
            nobody looks into (no low-rank tables, no hooks, no other parts), and where NumPy can
            be held to one thread.
        previous: given back where the weights are still the ones that it copied. torch counts
            every change of a weight (by an optimizer, `load_state_dict`, `copy_`), but none that
            goes through `weight.data` or NumPy: after such a one leave this out.
    """
    # Measured, two threads on a busy machine: a step took three times as long as with one.
    if not blas.can_use_one_thread() or not _plain(model):
        return None
    if previous is not None and previous.seen == _state(model):
        return previous
    return NumpyReader(model)


def _plain(model: nn.Module) -> bool:
    """Whether every part is one whose arithmetic stands in this file."""
    for part in model.modules():
        hooked = part._forward_hooks or part._forward_pre_hooks or "forward" in vars(part)
        if type(part) not in KNOWN or hooked:
            return False
    return all(
        weight.dtype == torch.float32 and weight.device.type == "cpu" and not weight.is_inference()
        for weight in model.parameters()
    )


def _state(model: nn.Module) -> list[tuple[int, int, int]]:
    """Which weights there are, where, and how often each was changed."""
    return [(id(own), own.data_ptr(), own._version) for own in model.parameters()]


def _folded(block: Block, heads: int) -> _Layer:
    """A layer's tables with all that can be multiplied into them."""
    attention, mlp = block.self_attn, block.mlp
    query, key, value = (
        projection.weight * block.input_layernorm.weight
        for projection in (attention.q_proj, attention.k_proj, attention.v_proj)
    )  # (C, C) each: numbers out, numbers in
    # Number i of a head and number i + D/2 are turned together: they become neighbours. Queries
    # and keys in the same way, so that their products stay what they are.
    C = query.size(0)
    query, key = (
        table.view(heads, 2, -1, C).transpose(1, 2).reshape(C, C) for table in (query, key)
    )
    query = query / (C // heads) ** 0.5
    gate, up = (
        projection.weight * block.post_attention_layernorm.weight
        for projection in (mlp.gate_proj, mlp.up_proj)
    )
    return _Layer(
        qkv=_right(torch.cat([query, key, value])),
        output=_right(attention.o_proj.weight),
        gate_up=_right(torch.cat([-gate, up])),
        down=_right(-mlp.down_proj.weight),
    )


def _right(table: Tensor) -> np.ndarray:
    """A (numbers out, numbers in) table as an array of its own to multiply from the right."""
    return table.detach().numpy().T.copy()
