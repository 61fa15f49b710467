"""How fast the engine writes on this machine at this moment, and what keeps it from being faster.

Leaves out peers, which benchmarks/inference.py measures. Taught in notebook 05, section "The whole
model in forty lines".

Shape letters: B rows, C width.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.inference.engine import Engine
from course_utils.model import blas
from course_utils.model.generate import Reader, generate
from course_utils.model.numpy_reader import reader_of
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer, TransformerConfig

FLOAT_BYTES = 4
PEAK_SIZE = 384  # a square product that is large enough to show what the processor can
Clock = Callable[[], float]


def tokens_per_second(
    engine: Engine,
    prompts: Sequence[Sequence[int]],
    new_tokens: int = 64,
    repeats: int = 3,
    *,
    cached: bool = True,
) -> float:
    """New tokens per second over all rows, greedy: the median of several measurements.

    Args:
        engine: what writes.
        prompts: token ids, one row each; one row measures a single user.
        new_tokens: exactly so many a row; nothing ends earlier.
        repeats: how many measurements, after one that only warms up.
        cached: whether keys and values are kept.

    Returns:
        Tokens a second; reading the prompts counts as part of the time.

    Raises:
        ValueError: prompts and new tokens do not fit the model's context.
    """
    # The median, because one slow moment of a busy machine would pull a mean with it.
    write = writer(engine, prompts, new_tokens, cached)
    seconds = interleaved_seconds({"engine": write}, repeats)["engine"]
    return len(prompts) * new_tokens / statistics.median(seconds)


def cache_speedup(
    engine: Engine, prompts: Sequence[Sequence[int]], new_tokens: int = 128, repeats: int = 3
) -> float:
    """How many times faster the same tokens are written with the cache than without.

    Both are measured in turns, so that a busy machine slows both alike, and by the same engine, so
    that nothing but the cache is between them.

    Args:
        engine: what writes.
        prompts: token ids, one row each.
        new_tokens: exactly so many a row; the longer, the more the cache saves.
        repeats: how many measurements of each, after one that only warms up.

    Returns:
        The median of uncached seconds over cached seconds; above 1 the cache is faster.

    Raises:
        ValueError: prompts and new tokens do not fit the model's context.
    """
    runs = {
        name: writer(engine, prompts, new_tokens, name == "cached") for name in ("cached", "not")
    }
    return ratio(interleaved_seconds(runs, repeats), "not", "cached")


def writer(
    engine: Engine, prompts: Sequence[Sequence[int]], new_tokens: int, cached: bool = True
) -> Callable[[], list[list[int]]]:
    """A function that writes exactly so many greedy tokens after every prompt.

    Raises:
        ValueError: there is no prompt, or prompt and new tokens do not fit the context.
    """
    # Refused before the clock runs: what does not fit the context cannot be timed.
    longest, context = max(map(len, prompts), default=0), engine.model.config.context_tokens
    if not prompts or longest + new_tokens > context:
        raise ValueError(
            f"{len(prompts)} prompts of up to {longest} tokens and {new_tokens} new ones were "
            f"asked for; expected at least one prompt, and at most {context} tokens together, "
            f"the model's context.\nAsk for at most {max(0, context - longest)} new tokens."
        )
    # Greedy and without a stop token: every run writes the same number of tokens.
    config = SamplingConfig(temperature=0, max_new_tokens=new_tokens, stop_ids=())
    generate = engine.generate if cached else engine.generate_uncached
    return lambda: generate(prompts, config)


def interleaved_seconds(
    runs: dict[str, Callable[[], object]], repeats: int, clock: Clock = time.perf_counter
) -> dict[str, list[float]]:
    """Seconds of each run, taken in turns, after one turn that only warms up.

    Args:
        runs: name -> what is timed.
        repeats: how many turns count, 1 or more.
        clock: time.process_time counts the processor's work alone, which other programs disturb
            less.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    # In turns, so that what slows the machine meets every run alike.
    for _ in range(repeats + 1):
        for name, run in runs.items():
            started = clock()
            run()
            seconds[name].append(clock() - started)
    # The first turn only warmed up.
    return {name: taken[1:] for name, taken in seconds.items()}


def ratio(seconds: dict[str, list[float]], slow: str, fast: str) -> float:
    """How many times as long one run takes as another: the median over their turns.

    Each turn's ratio comes first: its two measurements were taken at the same moment.
    """
    pairs = zip(seconds[slow], seconds[fast], strict=True)
    return statistics.median(long / short for long, short in pairs)


@dataclass(frozen=True)
class Phases:
    """The two parts of writing, in processor seconds.

    Attributes:
        prefill: reading the prompts, up to the first token of every row.
        step: each token after it, for all rows together.
    """

    prefill: float
    step: float


def phases(
    engine: Engine, prompts: Sequence[Sequence[int]], new_tokens: int = 64, repeats: int = 3
) -> Phases:
    """How long the first token takes, and every further one.

    Args:
        engine: what writes.
        prompts: token ids, one row each.
        new_tokens: so many a row, at least 2.
        repeats: how many measurements, after one that only warms up; the median counts.

    Raises:
        ValueError: prompts and new tokens do not fit the model's context, or new_tokens is 1.
    """
    if new_tokens < 2:
        raise ValueError(f"new_tokens is {new_tokens}; give at least 2: the first is the prefill.")
    runs = {"first": writer(engine, prompts, 1), "all": writer(engine, prompts, new_tokens)}
    seconds = interleaved_seconds(runs, repeats, time.process_time)
    # The first token alone is short: its median over the turns, and the rest by subtraction.
    first, whole = statistics.median(seconds["first"]), statistics.median(seconds["all"])
    return Phases(first, max(whole - first, 0.0) / (new_tokens - 1))


@dataclass(frozen=True)
class Bound:
    """What one step cannot be faster than on this machine, in processor seconds.

    Attributes:
        memory: every weight is fetched once, however many rows ride along.
        arithmetic: every weight is multiplied and added once a row.
    """

    memory: float
    arithmetic: float

    @property
    def seconds(self) -> float:
        """The larger of the two: neither can be undercut."""
        return max(self.memory, self.arithmetic)

    @property
    def name(self) -> str:
        """Which of the two it is."""
        return "memory" if self.memory >= self.arithmetic else "arithmetic"


def weights_per_step(config: TransformerConfig) -> int:
    """How many weights a step multiplies: all but the embedding's, of which it takes one row."""
    C = config.width
    return config.layers * (4 * C * C + 3 * C * config.intermediate_size) + C * config.vocab_size


def bound(config: TransformerConfig, rows: int, repeats: int = 40) -> Bound:
    """What bounds a step of so many rows, from two products measured here and now.

    Args:
        config: the model's size.
        rows: B.
        repeats: how often each product is measured; the median counts.

    Source: Williams, Waterman and Patterson 2009, the roofline model.
    """
    count = weights_per_step(config)
    # As many weights as a step needs, in one table that a single row meets: nothing but fetching.
    table = np.ones((config.width, count // config.width), np.float32)
    row = np.ones((1, config.width), np.float32)
    # A square product needs few numbers for much arithmetic: nothing but multiplying.
    square = np.ones((PEAK_SIZE, PEAK_SIZE), np.float32)
    runs = {"memory": lambda: row @ table, "arithmetic": lambda: square @ square}
    with blas.one_thread():
        seconds = interleaved_seconds(runs, repeats, time.process_time)
    fetched, multiplied = (statistics.median(seconds[name]) for name in runs)
    return Bound(fetched, multiplied * count * rows / PEAK_SIZE**3)


def call_seconds(
    config: TransformerConfig, rows: int, *, numpy: bool, new_tokens: int = 64, repeats: int = 3
) -> float:
    """Processor seconds of a step of a model that has as many parts, and next to nothing in them.

    What is left is what it costs to call so many functions, whatever they compute.

    Args:
        config: the model whose layers and context are taken over.
        rows: B.
        numpy: whether NumPy computes or torch.
        new_tokens: as many steps as that, less one.
        repeats: how many measurements, after one that only warms up; the median counts.
    """
    heads = config.heads
    sizes = TransformerConfig(8, 2 * heads, config.layers, heads, 8, config.context_tokens)
    model = Transformer(sizes).eval()
    reader: Reader | None = reader_of(model) if numpy else None
    greedy = SamplingConfig(temperature=0, stop_ids=())
    new_tokens = min(new_tokens, config.context_tokens - 1)

    def write(limit: int) -> Callable[[], object]:
        limits = [limit] * rows
        return lambda: generate(model, [[1]] * rows, greedy, limits=limits, reader=reader)

    # As in `phases`: what comes before the first token does not count.
    runs = {"first": write(1), "all": write(new_tokens)}
    seconds = interleaved_seconds(runs, repeats, time.process_time)
    first, whole = (statistics.median(seconds[name]) for name in runs)
    return (whole - first) / (new_tokens - 1)
