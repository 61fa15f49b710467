"""The KV cache: what every layer has computed for the tokens so far, kept instead of made again.

Leaves out paging, and sharing the beginning of a prompt between rows. Taught in notebook 05,
section "The KV cache".

Shape letters: B rows, H heads, T tokens, D head width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from course_utils.model.transformer import Transformer


class KVCache:
    """Keys and values of all tokens so far, for `Transformer.forward(tokens, cache)`.

    A new token's query meets the keys of all tokens before it, and those never change: what comes
    later cannot change what came before. So a step computes one token instead of all, and pays
    with memory. All rows have the same length; a row whose prompt is longer than the others'
    goes on reading while they already write.

    Args:
        model: gives the sizes, the device and the kind of number.
        rows: B.
        capacity_tokens: room for so many tokens a row; at most the model's context.

    Raises:
        ValueError: there are no rows, or the capacity is not from 1 to the model's context.
    """

    def __init__(self, model: Transformer, rows: int, capacity_tokens: int) -> None:
        config, weight = model.config, model.lm_head.weight
        if rows < 1 or not 1 <= capacity_tokens <= config.context_tokens:
            raise ValueError(
                f"A cache for {rows} rows of {capacity_tokens} tokens cannot be made; expected at "
                f"least one row, and 1 to {config.context_tokens} tokens, the model's context."
            )
        shape = (rows, config.heads, capacity_tokens, config.width // config.heads)
        self.length = 0  # how many tokens of each row it holds
        self._keys = [weight.new_empty(shape) for _ in range(config.layers)]  # (B, H, T, D) each
        self._values = [weight.new_empty(shape) for _ in range(config.layers)]

    @property
    def rows(self) -> int:
        """B, how many rows there are now."""
        return self._keys[0].size(0)

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return self._keys[0].device

    @property
    def reserved_bytes(self) -> int:
        """How much memory it takes as a whole, used or not."""
        return sum(store.nbytes for store in (*self._keys, *self._values))

    @property
    def used_bytes(self) -> int:
        """How much memory the tokens so far take: two vectors a layer, head and token."""
        keys = self._keys[0]
        one_token = keys.size(0) * keys.size(1) * keys.size(3) * keys.element_size()
        return 2 * len(self._keys) * one_token * self.length

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Stores a layer's new keys and values; the last layer's call moves the length on.

        Args:
            layer: which one, from 0.
            keys: (B, H, T, D) of the T new tokens.
            values: the same shape.

        Returns:
            That layer's keys and values of all tokens so far, (B, H, length + T, D) each.

        Raises:
            ValueError: there are more tokens than the cache was made for.
        """
        end = self.length + keys.size(2)
        if end > self._keys[layer].size(2):
            raise ValueError(
                f"The cache has room for {self._keys[layer].size(2)} tokens, and these would be "
                f"{end}.\nMake it with capacity_tokens={end}."
            )
        # Every layer writes at the same place, which moves on after the last of them.
        self._keys[layer][:, :, self.length : end] = keys
        self._values[layer][:, :, self.length : end] = values
        if layer == len(self._keys) - 1:
            self.length = end
        return self._keys[layer][:, :, :end], self._values[layer][:, :, :end]

    def keep(self, rows: Sequence[int]) -> None:
        """Drops all rows but these, given by their present places, in rising order."""
        kept_rows = torch.tensor(rows, dtype=torch.long, device=self._keys[0].device)
        for stores in (self._keys, self._values):
            for layer, store in enumerate(stores):
                kept = store[kept_rows, :, : self.length]  # a copy, so moving rows up is safe
                store[: len(rows), :, : self.length] = kept
                stores[layer] = store[: len(rows)]

    def crop(self, length: int) -> None:
        """Forgets all but the first tokens of every row: what comes next is written over them.

        Args:
            length: how many stay, from 0 to the present length.

        Raises:
            ValueError: the cache holds fewer.
        """
        if not 0 <= length <= self.length:
            raise ValueError(
                f"The cache holds {self.length} tokens and cannot be cut to {length}.\n"
                f"Give a length from 0 to {self.length}."
            )
        self.length = length
