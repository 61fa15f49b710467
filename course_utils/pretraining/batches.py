"""Batches: rows of tokens drawn from the sources in the proportions of the mix.

Leaves out reading shards (tokenization/shards.py) and splitting documents (a row may begin in the
middle of one). Taught in notebook 03, section "Start the long run".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from course_utils import checks
from course_utils.pretraining import fingerprint
from course_utils.tokenization import shards


class Batches:
    """An endless, repeatable stream of training rows.

    Args:
        tokens: a folder of shards, or arrays of token ids by source.
        mix: how often each source is drawn; weights of any sum. Sources with 0 are left out.
        batch: B, rows a batch.
        context_tokens: T; a row has one more, so that every position has a next token.
        seed: the same seed gives the same rows in the same order.
        vocab_size: V, to refuse ids that the model does not know.
        first: how many batches come first, and the mix that they are drawn by; None for no such.

    Raises:
        ValueError: a source is missing, too short, or has ids beyond the vocabulary; or the mix
            has no positive weight.
    """

    def __init__(
        self,
        tokens: Path | str | Mapping[str, np.ndarray],
        mix: Mapping[str, float],
        batch: int = 8,
        context_tokens: int = 256,
        seed: int = 0,
        vocab_size: int | None = None,
        first: tuple[int, Mapping[str, float]] | None = None,
    ) -> None:
        checks.whole("batch", batch, least=1)
        checks.whole("context_tokens", context_tokens, least=1)
        checks.whole("seed", seed)
        self.batch, self.context_tokens, self.seed = batch, context_tokens, seed
        self.first, first_mix = first or (0, mix)
        checks.whole("first batches", self.first)
        # One list of sources for both mixes, in the order in which they are named.
        self._shares, self._first_shares = _shares(mix), _shares(first_mix)
        named = dict.fromkeys([*self._shares, *(self._first_shares if self.first else ())])
        self.sources = list(named)
        # Sources end to end on a line of length 1, each as long as its weight.
        self._edges = np.cumsum([self._shares.get(source, 0) for source in named])
        self._first_edges = np.cumsum([self._first_shares.get(source, 0) for source in named])
        self._arrays = _arrays(tokens, self.sources)
        for source in self.sources:
            _check(source, self._arrays[source], context_tokens, vocab_size)
        self.largest_id = max(int(self._arrays[source].max()) for source in self.sources)
        # A generator of its own: other random numbers do not move the stream.
        self._random = np.random.Generator(np.random.PCG64(seed))
        self.rows_drawn = dict.fromkeys(self.sources, 0)

    @property
    def batches_drawn(self) -> int:
        """How many batches were drawn so far."""
        return sum(self.rows_drawn.values()) // self.batch

    def next(self) -> torch.Tensor:
        """The next batch: (B, T + 1) token ids as int64, on the processor."""
        rows = np.empty((self.batch, self.context_tokens + 1), dtype=np.int64)  # (B, T + 1)
        draws = self._random.random((self.batch, 2))  # (B, 2), each 0..1
        edges = self._first_edges if self.batches_drawn < self.first else self._edges
        picks = np.searchsorted(edges, draws[:, 0], side="right")  # (B,)
        # the first draw says which source, the second where in it the row begins
        for row, pick, fraction in zip(rows, picks, draws[:, 1], strict=True):
            # Rounding may leave the last edge under 1.
            source = self.sources[min(int(pick), len(self.sources) - 1)]
            array = self._arrays[source]
            start = int(fraction * (len(array) - self.context_tokens))
            row[:] = array[start : start + self.context_tokens + 1]
            self.rows_drawn[source] += 1
        return torch.from_numpy(rows)

    def epochs_seen(self, source: str) -> float:
        """How many times over the rows drawn so far would cover the source."""
        drawn = self.rows_drawn[source] * self.context_tokens
        return drawn / len(self._arrays[source])

    def fingerprints(self) -> dict[str, str]:
        """What the rows depend on, a line each; see fingerprint.py."""
        parts = {"mix": self._shares}
        if self.first:
            parts |= {f"mix of the first {self.first} batches": self._first_shares}
        return (
            {
                name: ", ".join(f"{source} {share!r}" for source, share in shares.items())
                for name, shares in parts.items()
            }
            | {
                "rows per batch": str(self.batch),
                "tokens per row": str(self.context_tokens),
                "seed of the rows": str(self.seed),
            }
            | {
                f"tokens of {source}": fingerprint.of_ids(self._arrays[source])
                for source in self.sources
            }
        )

    def state_dict(self) -> dict:
        """Where the stream stands, as plain numbers that JSON can hold."""
        return {"random": self._random.bit_generator.state, "rows_drawn": dict(self.rows_drawn)}

    def load_state_dict(self, state: Mapping) -> None:
        """Goes on from where `state_dict` was taken."""
        # Another mix would draw other rows from the same random numbers.
        if set(state["rows_drawn"]) != set(self.sources):
            raise ValueError(
                f"The saved stream drew from {sorted(state['rows_drawn'])}, this one draws from "
                f"{sorted(self.sources)}.\nStart training anew, or use the same mix."
            )
        self._random.bit_generator.state = state["random"]
        self.rows_drawn = dict(state["rows_drawn"])


def held_out(
    tokens: Path | str,
    mix: Mapping[str, float],
    context_tokens: int = 256,
    batch: int = 16,
    count: int = 4,
) -> list[torch.Tensor]:
    """Batches of validation rows, which training never sees, in the proportions of the mix.

    Args:
        tokens: a folder of shards.
        mix: how often each source is drawn; those with too few validation tokens are left out.
        context_tokens: T.
        batch: B, rows a batch.
        count: how many batches.

    Returns:
        (B, T + 1) token ids each, always the same ones; none where no source is long enough.
    """
    arrays = {
        source: shards.read(tokens, source, "validation")
        for source in shards.sources(tokens, "validation")
    }
    shares = {
        source: mix.get(source, 0.0) for source, ids in arrays.items() if len(ids) > context_tokens
    }
    if not any(shares.values()):
        return []
    rows = Batches(arrays, shares, batch, context_tokens)
    return [rows.next() for _ in range(count)]


def _shares(mix: Mapping[str, float]) -> dict[str, float]:
    """The share of every source that has one; together they are 1."""
    for source, weight in mix.items():
        checks.number(f"mix[{source!r}]", weight, least=0)
    total = sum(mix.values())
    if not total:
        raise ValueError(
            f"The mix {dict(mix)} must have at least one weight above 0: there is no source to "
            "draw rows from.\nGive a source a weight; or, where every one was left out as "
            "shorter than a row, collect more pages or use a smaller context_tokens."
        )
    return {source: weight / total for source, weight in mix.items() if weight > 0}


def _arrays(tokens: Path | str | Mapping[str, np.ndarray], sources: list[str]) -> dict:
    if not isinstance(tokens, Mapping):
        # Only the sources that the mix draws from are opened.
        folder = Path(tokens)
        stored = shards.sources(folder)
        tokens = {name: shards.read(folder, name) for name in sources if name in stored}
    if missing := [source for source in sources if source not in tokens]:
        raise ValueError(
            f"The mix draws from {missing[0]!r}, but there are tokens only of "
            f"{', '.join(sorted(tokens)) or 'nothing'}.\nRun notebook 02 again, or leave "
            f"{missing[0]!r} out of the mix."
        )
    return dict(tokens)


def _check(source: str, array: np.ndarray, context_tokens: int, vocab_size: int | None) -> None:
    # A row must fit in, with the token after its last.
    if len(array) < context_tokens + 1:
        raise ValueError(
            f"Source {source!r} has {len(array):,} tokens, but a row needs {context_tokens + 1:,} "
            f"(context_tokens={context_tokens} and the token after).\nCollect more of it, use a "
            "shorter context, or give it weight 0 in the mix."
        )
    # An id beyond the vocabulary would fail deep inside the embedding, without a word on why.
    largest = int(array.max())
    if vocab_size is not None and largest >= vocab_size:
        raise ValueError(
            f"Source {source!r} holds token id {largest}, but the model knows ids up to "
            f"{vocab_size - 1}.\nUse the tokenizer that wrote these tokens: vocab_size must be "
            f"at least {largest + 1}."
        )
