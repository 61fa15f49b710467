"""Text from a model: greedy or sampled, many rows at once, with a small KV cache.

Leaves out streaming, other sampling rules and the fast engine (stage 5). Taught in notebook 03,
section "What does it know?".

Shape letters as in transformer.py: B rows, T tokens, H heads, D head width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from course_utils.model.transformer import Transformer

END_ID = 0


class Cache:
    """The keys and values of all tokens so far, so that none is computed twice.

    Args:
        model: gives the sizes.
        rows: B.
        context_tokens: room for so many tokens.
    """

    def __init__(self, model: Transformer, rows: int, context_tokens: int) -> None:
        config, weight = model.config, model.lm_head.weight
        shape = (rows, config.heads, context_tokens, config.width // config.heads)
        self.length = 0
        self._layers = [
            (weight.new_empty(shape), weight.new_empty(shape)) for _ in range(config.layers)
        ]

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Stores a layer's new keys and values (B, H, T, D); returns all of that layer so far."""
        end = self.length + keys.size(2)
        for store, new in zip(self._layers[layer], (keys, values), strict=True):
            store[:, :, self.length : end] = new
        if layer == len(self._layers) - 1:
            self.length = end
        return tuple(store[:, :, :end] for store in self._layers[layer])

    def keep(self, rows: Tensor) -> None:
        """Drops all rows but these."""
        self._layers = [(keys[rows], values[rows]) for keys, values in self._layers]


@contextmanager
def one_thread() -> Iterator[None]:
    """Uses one thread inside: for steps this small a second one only gets in the way."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def generate(
    model: Transformer,
    ids: Sequence[int],
    n: int,
    temperature: float = 0.0,
    top_k: int | None = None,
    seed: int = 0,
) -> list[int]:
    """Continues one row of token ids; see `generate_rows`.

    Returns:
        At most n new ids, without the end token.
    """
    return generate_rows(model, [ids], n, temperature, top_k, seed)[0]


@torch.no_grad()
def generate_rows(
    model: Transformer,
    prompts: Sequence[Sequence[int]],
    n: int | Sequence[int],
    temperature: float = 0.0,
    top_k: int | None = None,
    seed: int = 0,
) -> list[list[int]]:
    """Continues every row, all rows together.

    No padding is needed: a row whose prompt is longer goes on reading while shorter ones already
    write. Rows that have ended leave the batch.

    Args:
        model: put into `eval` mode by the caller where that matters.
        prompts: token ids, at least one a row; lengths may differ.
        n: the most new tokens, for all rows or for each.
        temperature: 0 takes the likeliest token; above, the larger the more surprising.
        top_k: choose among the k likeliest only.
        seed: of the sampling.

    Returns:
        The new ids of every row, without the end token; shorter than n when the model ended.

    Raises:
        ValueError: a prompt is empty, or prompt and new tokens do not fit the context.
    """
    limits = [n] * len(prompts) if isinstance(n, int) else list(n)
    _check(model, prompts, limits)
    if not prompts or max(limits) < 1:
        return [[] for _ in prompts]
    device = model.lm_head.weight.device
    noise = torch.Generator(device).manual_seed(seed)
    ends = [len(prompt) + limit for prompt, limit in zip(prompts, limits, strict=True)]
    rows = [list(prompt) for prompt in prompts]
    alive = [index for index, limit in enumerate(limits) if limit > 0]
    start = min(len(rows[index]) for index in alive)
    cache = Cache(model, len(alive), max(ends))
    tokens = torch.tensor([rows[index][:start] for index in alive], device=device)
    with one_thread():
        for position in range(start, max(ends)):
            logits = model(tokens, cache)[:, -1]  # (B, V)
            chosen = _choose(logits, temperature, top_k, noise).tolist()
            for index, token in zip(alive, chosen, strict=True):
                if position >= len(rows[index]):
                    rows[index].append(token)
            going = [
                place
                for place, index in enumerate(alive)
                if position < len(prompts[index])
                or (rows[index][position] != END_ID and position + 1 < ends[index])
            ]
            if not going:
                break
            if len(going) < len(alive):
                cache.keep(torch.tensor(going, device=device))
                alive = [alive[place] for place in going]
            tokens = torch.tensor([[rows[index][position]] for index in alive], device=device)
    return [_new(row, len(prompt)) for row, prompt in zip(rows, prompts, strict=True)]


def _choose(
    logits: Tensor, temperature: float, top_k: int | None, noise: torch.Generator
) -> Tensor:
    """One token a row, (B, V) to (B,)."""
    if temperature <= 0:
        return logits.argmax(-1)
    if top_k is not None and top_k < logits.size(-1):
        least = logits.topk(top_k).values[:, -1:]
        logits = logits.masked_fill(logits < least, -torch.inf)
    # The winner of a race of exponential clocks, each as fast as its token is likely, is a fair
    # sample, and quicker to find than one by cumulated probabilities.
    clocks = torch.empty_like(logits).exponential_(generator=noise)
    return (torch.softmax(logits / temperature, -1) / clocks).argmax(-1)


def _new(row: list[int], prompt_tokens: int) -> list[int]:
    new = row[prompt_tokens:]
    return new[:-1] if new and new[-1] == END_ID else new


def _check(model: Transformer, prompts: Sequence[Sequence[int]], limits: list[int]) -> None:
    context = model.config.context_tokens
    for prompt, limit in zip(prompts, limits, strict=True):
        if not len(prompt):
            raise ValueError("A prompt has no tokens; begin with the end token (id 0) at least.")
        if len(prompt) + limit > context:
            raise ValueError(
                f"A prompt of {len(prompt)} tokens and {limit} new ones make "
                f"{len(prompt) + limit}, but the model's context is {context}.\n"
                f"Ask for at most {max(0, context - len(prompt))} new tokens."
            )
