"""Our tokenizer beside Hugging Face's and a naive one: seconds, MB/s, bytes per token, in one run.

Run `python -m benchmarks.tokenization` after notebook 01, or name a folder that holds
train.jsonl.gz and validation.jsonl.gz. It prints ratios; nothing here is a test. Figures change
with the machine and with whatever else runs on it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import time
from collections.abc import Callable
from pathlib import Path

from course_utils import workspace
from course_utils.tokenization import FastTokenizer, Tokenizer, compare
from course_utils.tokenization.bpe import merge, split
from course_utils.tokenization.byte_alphabet import FIRST_MERGE_ID, byte_ids

SLICE_BYTES, SLICE_MERGES = 185_000, 256
LETTERS, NEW_WORDS = "abcdefghijklmnopqrstuvwxyz", 100_000


def texts(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def seconds(work: Callable[[], object]) -> tuple[float, object]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def timed(work: Callable[[], object]) -> tuple[str, object]:
    """Seconds of the processor, of all cores together, and by the clock."""
    processor, start = time.process_time(), time.perf_counter()
    result = work()
    processor, clock = time.process_time() - processor, time.perf_counter() - start
    return f"{processor:8.3f} s of the processor, {clock:.3f} s by the clock", result


def learn_naively(documents: list[str], merges: int) -> list[tuple[int, int]]:
    """The textbook loop: every occurrence of every word is counted and merged anew each time."""
    words = [byte_ids(piece) for text in documents for piece in split(text)]
    learned = []
    while len(learned) < merges:
        counts: dict[tuple[int, int], int] = {}
        for word in words:
            for pair in zip(word, word[1:], strict=False):
                counts[pair] = counts.get(pair, 0) + 1
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        if counts[pair] < 2:
            break
        words = [merge(word, pair, FIRST_MERGE_ID + len(learned)) for word in words]
        learned.append(pair)
    return learned


def train(documents: list[str], megabytes: float) -> tuple[Tokenizer, FastTokenizer]:
    slow_time, slow = timed(lambda: Tokenizer.train(documents))
    fast_time, fast = timed(lambda: FastTokenizer.train(documents))
    distinct = len({piece for text in documents for piece in split(text)})
    print(f"train, {slow.vocab_size} tokens from {megabytes:.1f} MB, {distinct:,} distinct pieces")
    print(f"  bpe.py                  {slow_time}")
    print(f"  Hugging Face tokenizers {fast_time}")
    print(f"  the same merges: {slow.merges == fast.merges}")
    return slow, fast


def train_on_a_slice(documents: list[str]) -> None:
    some, size = [], 0
    for text in documents:
        some.append(text)
        size += len(text.encode("utf-8"))
        if size > SLICE_BYTES:
            break
    vocab_size = FIRST_MERGE_ID + SLICE_MERGES
    naive_seconds, naive = seconds(lambda: learn_naively(some, SLICE_MERGES))
    slow_seconds, slow = seconds(lambda: Tokenizer.train(some, vocab_size))
    fast_seconds, _ = seconds(lambda: FastTokenizer.train(some, vocab_size))
    print(f"train, {SLICE_MERGES} merges from {size / 1e3:.0f} KB")
    print(f"  naive recount           {naive_seconds:8.3f} s")
    print(f"  bpe.py                  {slow_seconds:8.3f} s, {naive_seconds / slow_seconds:.0f} x")
    print(f"  Hugging Face tokenizers {fast_seconds:8.3f} s, {naive_seconds / fast_seconds:.0f} x")
    print(f"  the same merges: {naive == slow.merges}")


def encode(slow: Tokenizer, fast: FastTokenizer, documents: list[str]) -> None:
    """The training text, and words of which hardly one comes again; then words without an end."""
    rng = random.Random(0)
    words = ["".join(rng.choices(LETTERS, k=rng.randrange(4, 12))) for _ in range(NEW_WORDS)]
    for name, texts in (("the training text", documents), ("words made up", [" ".join(words)])):
        megabytes = sum(len(text.encode("utf-8")) for text in texts) / 1e6
        print(f"encode {megabytes:.1f} MB, {name}")
        fresh = Tokenizer(slow.merges)
        anew, ids = timed(lambda texts=texts, fresh=fresh: fresh.encode_batch(texts))
        again, _ = timed(lambda texts=texts, fresh=fresh: fresh.encode_batch(texts))
        peer, same = timed(lambda texts=texts: fast.encode_batch(texts))
        print(f"  bpe.py, nothing known   {anew}")
        print(f"  bpe.py, words known     {again}")
        print(f"  Hugging Face tokenizers {peer}")
        print(f"  the same ids: {ids == same}")
    for length in (1_000, 10_000, 100_000):
        blob = "".join(rng.choices(LETTERS, k=length))
        print(f"one word of {length:,} letters")
        for name, tokenizer in (("bpe.py", slow), ("Hugging Face tokenizers", fast)):
            print(f"  {name:23} {timed(lambda t=tokenizer, blob=blob: t.encode(blob))[0]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", nargs="?", type=Path, help="a corpus folder; default: yours")
    folder = parser.parse_args().corpus or workspace.load("corpus").path
    documents, held_out = texts(folder / "train.jsonl.gz"), texts(folder / "validation.jsonl.gz")
    megabytes = sum(len(text.encode("utf-8")) for text in documents) / 1e6
    slow, fast = train(documents, megabytes)
    train_on_a_slice(documents)
    encode(slow, fast, documents)
    print("bytes per token on the held-out text")
    rows = compare.compare(fast, held_out, name="ours")
    for row in rows:
        print(f"  {row.name:6} vocabulary {row.vocab_size:6,}: {row.bytes_per_token:.3f}")
    if rows[-1].name != "GPT-2":
        print("  GPT-2 is not measured: install the extra `test` for its vocabulary.")


if __name__ == "__main__":
    main()
