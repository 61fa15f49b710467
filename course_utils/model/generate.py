"""The one decode loop: prompts in, tokens out, many rows at once, one position after the other.

Samples of pretraining, rollouts, labs, the chat and the engine all come from here. Leaves out how
a token is chosen (sampling.py), who computes the scores (the model, or numpy_reader.py) and what
is made of the tokens. Taught in notebook 05, section "The whole model in forty lines".

Shape letters: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from course_utils import checks, runtime
from course_utils.model.cache import KVCache
from course_utils.model.sampling import SamplingConfig, choose, row_generator
from course_utils.model.transformer import Transformer

STOP, LENGTH, ENDED = "stop", "length", "ended"
Ends = Callable[[int, int], bool]  # of a row and the token that it has just written


class ReaderCache(Protocol):
    """What a reader keeps of the tokens so far."""

    length: int  # how many tokens of each row it holds

    def keep(self, rows: Sequence[int]) -> None:
        """Drops all rows but these, given by their present places, in rising order."""


class Reader(Protocol):
    """Who computes the scores: `ModelReader`, or numpy_reader.py on a processor."""

    def open(self, rows: int, capacity_tokens: int) -> ReaderCache:
        """An empty cache for so many rows of so many tokens."""

    def next_logits(self, ids: Sequence[Sequence[int]], cache: ReaderCache | None) -> Tensor:
        """(B, V) scores after B rows of ids; with a cache only new ones, at first all."""


@dataclass(frozen=True)
class Step:
    """One token for each row that writes at this moment.

    Attributes:
        rows: the rows' numbers.
        ids: the token of each of them.
        finishes: None, or why the row ends here (STOP, LENGTH or ENDED), for each of them.
        logits: (len(rows), V) scores that the tokens were chosen by.
    """

    rows: list[int]
    ids: list[int]
    finishes: list[str | None]
    logits: Tensor


@dataclass(frozen=True)
class Continuation:
    """What a model wrote after one prompt.

    Attributes:
        ids: the new tokens, without the one that ended it.
        finish: STOP when the model ended by itself, LENGTH when its room was used up, ENDED when
            the caller's `ends` said so.
    """

    ids: list[int]
    finish: str


class ModelReader:
    """The model itself, in torch: on every device, in every kind of number.

    Args:
        model: any.
    """

    def __init__(self, model: Transformer) -> None:
        self._model = model

    def open(self, rows: int, capacity_tokens: int) -> KVCache:
        """An empty cache for so many rows of so many tokens."""
        return KVCache(self._model, rows, capacity_tokens)

    @torch.no_grad()
    def next_logits(self, ids: Sequence[Sequence[int]], cache: KVCache | None) -> Tensor:
        """(B, V) scores after B rows of ids; errors are those of `Transformer.forward`."""
        tokens = torch.tensor(ids, device=self._model.lm_head.weight.device)  # (B, T)
        return self._model.next_logits(tokens, cache)


def one_thread() -> AbstractContextManager[None]:
    """Uses one thread inside: for steps this small a second one only gets in the way."""
    return runtime.torch_threads(1)


def generate(
    model: Transformer,
    prompts: Sequence[Sequence[int]],
    config: SamplingConfig | None = None,
    *,
    limits: Sequence[int] | None = None,
    row_seeds: Sequence[int] | None = None,
    cached: bool = True,
    ends: Ends | None = None,
    reader: Reader | None = None,
) -> list[Continuation]:
    """Continues every prompt to its end, all rows together.

    A row's tokens depend on its own prompt, the config and its own row seed: the same alone as
    among others.

    Args:
        model: put into `eval` mode by the caller where that matters.
        prompts: token ids, at least one a row; the lengths may differ.
        config: how to choose and when to stop; None for SamplingConfig().
        limits: the most new tokens of each row; None for config.max_new_tokens, or what the
            context leaves.
        row_seeds: one number a row beside config.seed, so that equal prompts differ; None for
            0, 1, 2 and so on.
        cached: keep keys and values; False computes everything anew at each step.
        ends: asked after every token that is no stop token, with its row and id; True ends that
            row behind it.
        reader: who computes the scores; None for the model in torch. Training leaves it at that:
            another one's scores agree to some 1e-4, and a draw may hang on that.

    Returns:
        One continuation a prompt.

    Raises:
        ValueError: a prompt is no token ids or has none, prompt and limit do not fit the context,
            or the model's scores are not finite numbers.
    """
    config, prompts = config or SamplingConfig(), _token_ids(prompts)
    if limits is None:
        context = model.config.context_tokens
        limits = [min(config.max_new_tokens, context - len(prompt)) for prompt in prompts]
        # A prompt that fills the context is refused below, with its own sentence.
        limits = [max(1, limit) for limit in limits]
    ids: list[list[int]] = [[] for _ in prompts]
    finishes = [LENGTH] * len(prompts)
    options = {"limits": limits, "row_seeds": row_seeds, "cached": cached, "ends": ends}
    positions = steps(model, prompts, lambda: config, reader=reader, **options)
    with one_thread():
        for step in positions:
            for row, token, finish in zip(step.rows, step.ids, step.finishes, strict=True):
                if finish != STOP:
                    ids[row].append(token)
                finishes[row] = finish or LENGTH
    return [Continuation(*pair) for pair in zip(ids, finishes, strict=True)]


def steps(
    model: Transformer,
    prompts: Sequence[Sequence[int]],
    settings: Callable[[], SamplingConfig],
    *,
    limits: Sequence[int] | None = None,
    row_seeds: Sequence[int] | None = None,
    cached: bool = True,
    ends: Ends | None = None,
    reader: Reader | None = None,
) -> Iterator[Step]:
    """The same token by token, for who shows a text while it is written.

    Args:
        model: see `generate`.
        prompts: see `generate`.
        settings: asked before every token, so that a slider acts on the next one; the seed counts
            at the beginning only.
        limits: see `generate`; None asks the settings, at every token too.
        row_seeds: see `generate`.
        cached: see `generate`.
        ends: see `generate`.
        reader: see `generate`.

    Returns:
        An iterator over steps; stopping early needs nothing.

    Raises:
        ValueError: see `generate`; for prompts, limits and seeds here at once.
    """
    rows = _token_ids(prompts)
    seeds = list(range(len(rows)) if row_seeds is None else row_seeds)
    context = model.config.context_tokens
    _check(context, rows, limits, seeds)
    reader, ends = reader or ModelReader(model), ends or (lambda *_: False)
    return _steps(reader, context, rows, settings, limits, seeds, cached, ends)


def _steps(
    reader: Reader,
    context: int,
    rows: list[list[int]],
    settings: Callable[[], SamplingConfig],
    limits: Sequence[int] | None,
    seeds: list[int],
    cached: bool,
    ends: Ends,
) -> Iterator[Step]:
    """Position after position; rows (checked, ours to change) grow by what is chosen.

    No padding is needed: a row whose prompt is longer goes on reading while shorter ones already
    write, and rows that have ended leave the batch.
    """
    alive = [row for row in range(len(rows)) if limits is None or limits[row] > 0]
    if not alive:
        return
    prompt_tokens = [len(ids) for ids in rows]
    # Room for the longest row only, where that is known: a slider may ask for more.
    capacity = context if limits is None else max(len(rows[row]) + limits[row] for row in alive)
    cache = reader.open(len(alive), capacity) if cached else None
    generators = [row_generator(settings().seed, seed) for seed in seeds]
    position = min(prompt_tokens[row] for row in alive)  # every row is read up to here
    while alive:
        config = settings()
        writers = [row for row in alive if prompt_tokens[row] <= position]
        with one_thread():
            # Scores of the token at this position; with a cache only what is new is read.
            first = position - 1 if cache is not None and cache.length else 0
            logits = reader.next_logits([rows[row][first:position] for row in alive], cache)
            if len(writers) < len(alive):  # the others still read their longer prompts
                logits = logits[[prompt_tokens[row] <= position for row in alive]]
            chosen = _chosen(logits, config, writers, generators, rows)
        # Each row grows by its token, and may end with it.
        finishes = []
        for row, token in zip(writers, chosen, strict=True):
            rows[row].append(token)
            limit = config.max_new_tokens if limits is None else limits[row]
            full = len(rows[row]) >= min(context, prompt_tokens[row] + limit)
            why = STOP if token in config.stop_ids else LENGTH if full else None
            finishes.append(ENDED if why != STOP and ends(row, token) else why)
        yield Step(writers, chosen, finishes, logits)
        ended = {row for row, why in zip(writers, finishes, strict=True) if why}
        alive = _without(alive, ended, cache) if ended else alive
        position += 1


def _chosen(
    logits: Tensor,
    config: SamplingConfig,
    writers: list[int],
    generators: list[torch.Generator],
    rows: list[list[int]],
) -> list[int]:
    """The next token of each row that writes; the penalty asks what its text has already."""
    own = [generators[row] for row in writers]
    return choose(logits, config, own, [rows[row] for row in writers]).tolist()


def _without(alive: list[int], ended: set[int], cache: ReaderCache | None) -> list[int]:
    """The rows that go on, in the cache too: those that have ended cost nothing more."""
    if cache is not None and len(ended) < len(alive):
        with one_thread():
            cache.keep([place for place, row in enumerate(alive) if row not in ended])
    return [row for row in alive if row not in ended]


def _token_ids(prompts: Sequence[Sequence[int]]) -> list[list[int]]:
    """A copy of the prompts in plain lists; refuses texts, and a prompt without its list."""
    rows = []
    for number, prompt in enumerate([prompts] if isinstance(prompts, (str, bytes)) else prompts):
        try:
            if isinstance(prompt, (str, bytes)):
                raise TypeError
            rows.append([operator.index(token) for token in prompt])
        except TypeError:
            raise ValueError(
                f"Prompt {number} is {repr(prompt)[:60]}, expected a list of token ids such as "
                "[5, 71].\nThe tokenizer makes ids of a text: give [tokenizer.encode(text)]."
            ) from None
    return rows


def _check(
    context: int, prompts: list[list[int]], limits: Sequence[int] | None, row_seeds: list[int]
) -> None:
    """Refuses what cannot be continued."""
    if len(row_seeds) != len(prompts):
        raise ValueError(
            f"There are {len(prompts)} prompts and {len(row_seeds)} row seeds; give one each."
        )
    if limits is not None and len(limits) != len(prompts):
        raise ValueError(
            f"There are {len(prompts)} prompts and {len(limits)} limits; give one each."
        )
    for number, limit in enumerate(limits or ()):
        checks.whole(f"limits[{number}]", limit)
    for number, prompt in enumerate(prompts):
        if not prompt:
            raise ValueError(
                f"Prompt {number} has no tokens.\nGive it at least one: the end token (id 0) "
                "begins a new text."
            )
        if len(prompt) >= context and (limits is None or limits[number] > 0):
            raise ValueError(
                f"Prompt {number} has {len(prompt)} tokens, but the model reads {context} at "
                f"most, the new ones among them.\nShorten it by {len(prompt) - context + 1} "
                "tokens or more."
            )
        if limits is not None and len(prompt) + limits[number] > context:
            raise ValueError(
                f"A prompt of {len(prompt)} tokens and {limits[number]} new ones make "
                f"{len(prompt) + limits[number]}, but the model's context is {context}.\n"
                f"Ask for at most {max(0, context - len(prompt))} new tokens."
            )
