"""Our training step beside transformers' Llama of the same size, and Muon beside AdamW alone.

Prints ratios, measured in one run and in turns, so that a busy machine slows both alike. Run it
with `python -m benchmarks.pretraining`; it takes about five minutes on two cores.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from transformers import LlamaForCausalLM

from benchmarks import tinyshakespeare
from course_utils import runtime
from course_utils.littleweb.truth import world
from course_utils.model.save import save
from course_utils.model.transformer import Transformer
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.train import Trainer
from course_utils.tokenization.fast import FastTokenizer


def tokens() -> np.ndarray:
    """Real text: the Factbook's prose, a million tokens or less."""
    texts = [text for country in world.countries() for _, text in world.prose(country)]
    tokenizer = FastTokenizer.train(texts[::4])
    ids = [i for row in tokenizer.encode_batch(texts, end=True) for i in row]
    return np.array(ids[:1_000_000], dtype=np.uint16)


def peer_step(trainer: Trainer) -> Callable[[], float]:
    """A training step of transformers' Llama with the same weights and torch's AdamW."""
    with tempfile.TemporaryDirectory() as folder:
        save(trainer.model, folder)
        peer = LlamaForCausalLM.from_pretrained(folder).train()
    peer.config.use_cache = False
    optimizer = torch.optim.AdamW(peer.parameters(), lr=3e-3, betas=(0.9, 0.95))

    def step() -> float:
        rows, started = trainer.batches.next(), time.perf_counter()
        loss = torch.nn.functional.cross_entropy(
            peer(rows[:, :-1]).logits.flatten(0, 1), rows[:, 1:].flatten()
        )
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(peer.parameters(), 1.0)
        optimizer.step()
        return time.perf_counter() - started

    return step


def speed(data: np.ndarray, repeats: int) -> None:
    """Tokens a second of three kinds of step, in turns."""
    config = TrainConfig()
    adamw = replace(config, muon=False)
    trainers = [
        Trainer(Transformer(c.model), Batches({"all": data}, {"all": 1.0}), c)
        for c in (config, adamw)
    ]
    steps = {
        "ours, Muon and AdamW": lambda: trainers[0].step().seconds,
        "ours, AdamW": lambda: trainers[1].step().seconds,
        "transformers, AdamW": peer_step(trainers[1]),
    }
    seconds = {name: [] for name in steps}
    for _ in range(repeats + 2):
        for name, step in steps.items():
            seconds[name].append(step())
    peer = seconds["transformers, AdamW"][2:]
    for name, taken in seconds.items():
        ratio = statistics.median(b / a for a, b in zip(taken[2:], peer, strict=True))
        rate = config.batch * config.context_tokens / statistics.median(taken[2:])
        best = config.batch * config.context_tokens / min(taken[2:])
        print(f"{name:22} median {rate:8,.0f} tokens/s, best {best:8,.0f}, {ratio:.2f} x peer")


def learning(data: np.ndarray, steps: int) -> None:
    """Validation loss of Muon with AdamW, and of AdamW alone, after the same steps."""
    cut = len(data) * 9 // 10
    holdout = Batches({"all": data[cut:]}, {"all": 1.0}, seed=1)
    validation = [holdout.next() for _ in range(8)]
    losses = {}
    for muon in (True, False):
        config = TrainConfig(steps=steps, muon=muon)
        batches = Batches({"all": data[:cut]}, {"all": 1.0})
        trainer = Trainer(Transformer(config.model), batches, config)
        for _ in range(steps):
            trainer.step()
        losses[muon] = trainer.validate(validation)
    print(
        f"after {steps} steps: Muon and AdamW {losses[True]:.3f}, AdamW {losses[False]:.3f} "
        f"nats per token, ratio {losses[True] / losses[False]:.3f}"
    )


def main() -> None:
    """Runs both comparisons, or the race with nanoGPT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20, help="steps of each kind to time")
    parser.add_argument("--steps", type=int, default=200, help="training steps to compare")
    parser.add_argument("--nanogpt", type=Path, help="a clone of nanoGPT: race it, and no more")
    parser.add_argument("--text", type=Path, help="tinyshakespeare, for --nanogpt")
    arguments = parser.parse_args()
    if arguments.nanogpt:
        if not (arguments.text and arguments.text.is_file()):
            parser.error("--nanogpt needs --text with the file of tinyshakespeare.")
        return tinyshakespeare.compare(arguments.nanogpt, arguments.text)
    runtime.seed_everything(0)
    data = tokens()
    speed(data, arguments.repeats)
    learning(data, arguments.steps)


if __name__ == "__main__":
    main()
