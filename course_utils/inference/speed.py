"""How fast the engine writes, with and without its cache, on this machine at this moment.

Leaves out peers, which benchmarks/inference.py measures. Taught in notebook 05, section "How fast
is it?".
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

from course_utils.inference.engine import Engine
from course_utils.model.sampling import SamplingConfig


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

    Both are measured in turns, so that a busy machine slows both alike.

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
    # Both in turns, so that a busy machine slows both alike.
    seconds = interleaved_seconds(
        {
            name: writer(engine, prompts, new_tokens, name == "cached")
            for name in ("cached", "not")
        },
        repeats,
    )
    # Each turn's ratio first: its two measurements were taken at the same moment.
    pairs = zip(seconds["not"], seconds["cached"], strict=True)
    return statistics.median(slow / fast for slow, fast in pairs)


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
    runs: dict[str, Callable[[], object]], repeats: int
) -> dict[str, list[float]]:
    """Seconds of each run, taken in turns, after one turn that only warms up.

    Args:
        runs: name -> what is timed.
        repeats: how many turns count, 1 or more.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    # In turns, so that what slows the machine meets every run alike.
    for _ in range(repeats + 1):
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    # The first turn only warmed up.
    return {name: taken[1:] for name, taken in seconds.items()}
