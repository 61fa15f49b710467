"""Our engine beside transformers on the same exported folder, beside itself, and beside the bound.

Everything on one thread, in processor seconds, in turns within one run, so that a busy machine
slows all alike: one reply and 32, with a cache and without, the first token, and what bounds a
step. Run it with `python -m benchmarks.inference [FOLDER]`; it takes about two minutes. `--write`
puts the tables into benchmarks/results/inference.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import torch
from transformers import LlamaForCausalLM

from course_utils import runtime, workspace
from course_utils.inference import speed
from course_utils.inference.engine import Engine
from course_utils.inference.speed import interleaved_seconds, ratio, writer

ROWS = 32
PROMPT_TOKENS, LONG_PROMPT_TOKENS = 8, 128
BEGINNINGS = ("The capital of", "Once there was a", "The highest point of", "How do I", "In the")
OURS, IN_TORCH, UNCACHED = "engine", "engine, torch alone", "engine, no cache"
PEER, PEER_UNCACHED = "transformers", "transformers, no cache"
RESULTS = Path(__file__).parent / "results" / "inference.md"


def prompts_of(engine: Engine, rows: int, tokens: int = PROMPT_TOKENS) -> list[list[int]]:
    """Prompts of one length, so that transformers needs no padding: each row another text."""
    prompts = []
    for row in range(rows):
        text = f"{BEGINNINGS[row % len(BEGINNINGS)]} {row} " * tokens
        prompts.append(engine.tokenizer.encode(text)[:tokens])
    return prompts


def peer_writer(
    peer: LlamaForCausalLM, prompts: list[list[int]], new_tokens: int, cached: bool = True
) -> Callable[[], list[list[int]]]:
    """The same greedy tokens by transformers, with its own cache; nothing ends earlier."""
    ids = torch.tensor(prompts)
    mask = torch.ones_like(ids)

    def write() -> list[list[int]]:
        with runtime.torch_threads(1), torch.no_grad():
            rows = peer.generate(
                ids,
                attention_mask=mask,
                do_sample=False,
                max_new_tokens=new_tokens,
                use_cache=cached,
            )
        return rows[:, ids.size(1) :].tolist()

    return write


class Sides:
    """The same weights in our engine, in our engine on torch alone, and in transformers."""

    def __init__(self, folder: Path) -> None:
        self.engine, self.in_torch = Engine.load(folder), Engine.load(folder, numpy=False)
        self.peer = LlamaForCausalLM.from_pretrained(folder).eval()
        self.peer.generation_config.eos_token_id = None  # so that both write as many tokens


def whole_replies(sides: Sides, rows: int, new_tokens: int, repeats: int) -> Iterator[str]:
    """A table of tokens a second, prompts read and replies written, for one size of batch."""
    prompts = prompts_of(sides.engine, rows)
    runs: dict[str, Callable[[], list[list[int]]]] = {
        OURS: writer(sides.engine, prompts, new_tokens),
        IN_TORCH: writer(sides.in_torch, prompts, new_tokens),
        UNCACHED: writer(sides.engine, prompts, new_tokens, cached=False),
        PEER: peer_writer(sides.peer, prompts, new_tokens),
        PEER_UNCACHED: peer_writer(sides.peer, prompts, new_tokens, cached=False),
    }
    same = sum(a == b for a, b in zip(runs[OURS](), runs[PEER](), strict=True))
    yield f"\n## {'One reply' if rows == 1 else f'{rows} replies at once'}\n"
    yield f"{same} of {rows} rows agree with those of transformers token for token.\n"
    yield "| way | tokens per processor second | the engine is so many times as fast |"
    yield "| --- | --- | --- |"
    seconds = interleaved_seconds(runs, repeats, time.process_time)
    for name, taken in seconds.items():
        rate = rows * new_tokens / statistics.median(taken)
        yield f"| {name} | {rate:,.0f} | {ratio(seconds, name, OURS):.2f} |"


def first_tokens(sides: Sides, repeats: int) -> Iterator[str]:
    """A table of the milliseconds up to the first token."""
    yield "\n## Time to the first token\n"
    yield "Milliseconds of the processor, for all rows together.\n"
    yield "| rows | tokens of the prompt | engine | transformers | ratio |"
    yield "| --- | --- | --- | --- | --- |"
    for rows in (1, ROWS):
        for tokens in (PROMPT_TOKENS, LONG_PROMPT_TOKENS):
            prompts = prompts_of(sides.engine, rows, tokens)
            runs = {
                OURS: writer(sides.engine, prompts, 1),
                PEER: peer_writer(sides.peer, prompts, 1),
            }
            seconds = interleaved_seconds(runs, repeats, time.process_time)
            ours, theirs = (1000 * statistics.median(seconds[name]) for name in (OURS, PEER))
            times = ratio(seconds, PEER, OURS)
            yield f"| {rows} | {tokens} | {ours:.2f} | {theirs:.2f} | {times:.2f} |"


def bounds(sides: Sides, new_tokens: int, repeats: int) -> Iterator[str]:
    """A table of what a step takes, what its calls alone take, and what it cannot undercut."""
    config = sides.engine.model.config
    millions = speed.weights_per_step(config) / 1e6
    yield "\n## What bounds a step\n"
    yield (
        f"Microseconds of the processor for one token of every row. A step multiplies "
        f"{millions:.2f} M weights ({millions * speed.FLOAT_BYTES:.1f} MB). Memory: fetching them "
        "once, measured by one product with as many weights. Arithmetic: multiplying and adding "
        "each once per row, at the speed of a square product. Calls: the same step of a model "
        "with as many parts and next to nothing in them.\n"
    )
    yield "| rows | by | a step | calls alone | memory | arithmetic | bound | share of the bound |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for rows in (1, ROWS):
        prompts = prompts_of(sides.engine, rows)
        limit = speed.bound(config, rows)
        for engine, name in ((sides.engine, "NumPy"), (sides.in_torch, "torch")):
            step = speed.phases(engine, prompts, new_tokens, repeats).step
            calls = speed.call_seconds(config, rows, numpy=name == "NumPy", repeats=repeats)
            parts = (f"{1e6 * s:,.0f}" for s in (step, calls, limit.memory, limit.arithmetic))
            share = f"{limit.seconds / step:.0%}"
            yield " | ".join((f"| {rows}", name, *parts, limit.name, f"{share} |"))


def report(folder: Path, rows: int, new_tokens: int, repeats: int) -> Iterator[str]:
    """All tables, line by line."""
    sides = Sides(folder)
    yield f"# The engine beside transformers ({date.today():%d %B %Y})\n"
    yield (
        f"`python -m benchmarks.inference --write`: {processor()}, {os.cpu_count()} cores, of "
        f"which one thread is used; {runtime.matmul_gflops(threads=1):.0f} GFLOP/s in torch. "
        f"Medians of {repeats} turns, processor seconds, greedy, prompts of {PROMPT_TOKENS} "
        f"tokens, {new_tokens} new ones each."
    )
    for size in (1, rows):
        yield from whole_replies(sides, size, new_tokens, repeats)
    yield from first_tokens(sides, repeats)
    yield from bounds(sides, new_tokens, repeats)


def processor() -> str:
    """The processor's name, as well as the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def chosen_folder(folder: Path | None) -> Path:
    """The folder that was asked for, or the newest model of the workspace."""
    if folder is not None:
        return folder
    try:
        return workspace.load("chat_model").path
    except workspace.ArtifactError as problem:
        print(f"{problem}\nThe base model is measured instead.")
        return workspace.load("base_model").path


def main() -> None:
    """Measures one row and a batch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="an exported model; the chat model's")
    parser.add_argument("--repeats", type=int, default=9, help="measurements of each way")
    parser.add_argument("--new-tokens", type=int, default=96, help="new tokens a row")
    parser.add_argument("--write", action="store_true", help=f"into {RESULTS.name} too")
    given = parser.parse_args()
    lines = []
    for line in report(chosen_folder(given.folder), ROWS, given.new_tokens, given.repeats):
        print(line, flush=True)
        lines.append(line)
    if given.write:
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
