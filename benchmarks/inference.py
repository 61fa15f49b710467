"""Our engine beside transformers on the same exported folder, and beside itself uncached.

Prints tokens per second and ratios, measured in one run and in turns, so that a busy machine slows
all alike. Run it with `python -m benchmarks.inference [FOLDER]`; it takes about a minute.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import LlamaForCausalLM

from course_utils import workspace
from course_utils.inference.engine import Engine
from course_utils.inference.speed import interleaved_seconds, writer
from course_utils.model.generate import one_thread

ROWS = 32
BEGINNINGS = ("The capital of", "Once there was a", "The highest point of", "How do I", "In the")
PEER, PEER_ALL_THREADS = "transformers", "transformers, all threads"


def prompts_of(engine: Engine, rows: int, tokens: int = 8) -> list[list[int]]:
    """Prompts of one length, so that transformers needs no padding: each row another text."""
    prompts = []
    for row in range(rows):
        text = f"{BEGINNINGS[row % len(BEGINNINGS)]} {row} " * tokens
        prompts.append(engine.tokenizer.encode(text)[:tokens])
    return prompts


def peer_writer(
    peer: LlamaForCausalLM, prompts: list[list[int]], new_tokens: int, threads: int
) -> Callable[[], list[list[int]]]:
    """The same greedy tokens by transformers, with its own cache; nothing ends earlier."""
    ids = torch.tensor(prompts)
    mask = torch.ones_like(ids)

    def write() -> list[list[int]]:
        with one_thread(), torch.no_grad():
            torch.set_num_threads(threads)
            rows = peer.generate(
                ids,
                attention_mask=mask,
                do_sample=False,
                max_new_tokens=new_tokens,
                use_cache=True,
            )
        return rows[:, ids.size(1) :].tolist()

    return write


def compare(folder: Path, rows: int, new_tokens: int, repeats: int) -> None:
    """Prints the speeds of all ways of writing for one size of batch."""
    engine = Engine.load(folder)
    peer = LlamaForCausalLM.from_pretrained(folder).eval()
    peer.generation_config.eos_token_id = None  # so that both write as many tokens
    prompts = prompts_of(engine, rows)
    runs: dict[str, Callable[[], object]] = {
        "engine": writer(engine, prompts, new_tokens),
        "engine, no cache": writer(engine, prompts, new_tokens, cached=False),
        PEER: peer_writer(peer, prompts, new_tokens, threads=1),
    }
    if torch.get_num_threads() > 1:
        runs[PEER_ALL_THREADS] = peer_writer(
            peer, prompts, new_tokens, threads=torch.get_num_threads()
        )
    same = sum(a == b for a, b in zip(runs["engine"](), runs[PEER](), strict=True))
    print(
        f"{rows} rows, {new_tokens} new tokens each; {same} of {rows} rows agree token for token"
    )
    seconds = interleaved_seconds(runs, repeats)
    for name, taken in seconds.items():
        rate = rows * new_tokens / statistics.median(taken)
        ratio = statistics.median(
            other / own for own, other in zip(seconds["engine"], taken, strict=True)
        )
        beside = "" if name == "engine" else f", engine is {ratio:5.2f} x as fast"
        print(f"  {name:26} median {rate:8,.0f} tokens/s{beside}")


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
    parser.add_argument("--repeats", type=int, default=5, help="measurements of each way")
    parser.add_argument("--new-tokens", type=int, default=96, help="new tokens a row")
    arguments = parser.parse_args()
    folder = chosen_folder(arguments.folder)
    for rows in (1, ROWS):
        compare(folder, rows, arguments.new_tokens, arguments.repeats)


if __name__ == "__main__":
    main()
