"""Seconds to the final validation loss of nanoGPT's CPU recipe, by our transformer and optimizers.

    python -m benchmarks.pretraining --nanogpt PATH --text tinyshakespeare.txt

PATH is a clone of nanoGPT; the text is Karpathy's tinyshakespeare. Both train a model of some
800,000 parameters on its characters, in turns. nanoGPT's own README gives the recipe (2,000 steps
of 12 rows of 64 characters); its seconds are those of its steps alone, as it logs them, and its
loss the last that it prints. Ours are the seconds of the shortest of STEPS whose loss on the whole
validation text is as low.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.train import Trainer

RECIPE = {
    "device": "cpu",
    "compile": False,
    "eval_iters": 20,
    "log_interval": 1,
    "block_size": 64,
    "batch_size": 12,
    "n_layer": 4,
    "n_head": 4,
    "n_embd": 128,
    "max_iters": 2000,
    "lr_decay_iters": 2000,
    "dropout": 0.0,
}
STEPS = (80, 100, 120, 140, 160, 180, 200, 240)
BATCH, CONTEXT = 32, 64
STEP_LINE = re.compile(r"^iter \d+: loss [\d.]+, time ([\d.]+)ms", re.MULTILINE)
LOSS_LINE = re.compile(r"^step \d+: train loss [\d.]+, val loss ([\d.]+)", re.MULTILINE)


def nanogpt(folder: Path, text: Path, seed: int) -> tuple[float, float]:
    """Seconds of its 2,000 steps, and its final validation loss.

    Raises:
        RuntimeError: it ended with an error; its last words are in the message.
    """
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "nanoGPT"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".git"))
        # Its script makes the ids, and asks the network for nothing where the text is there.
        data = copy / "data" / "shakespeare_char"
        shutil.copy(text, data / "input.txt")
        _run([sys.executable, "prepare.py"], data)
        script = copy / "train.py"
        seeded = script.read_text(encoding="utf-8").replace(
            "torch.manual_seed(1337", f"torch.manual_seed({1337 + seed}"
        )
        script.write_text(seeded, encoding="utf-8")
        options = [f"--{name}={value}" for name, value in RECIPE.items()]
        said = _run(
            [sys.executable, "train.py", "config/train_shakespeare_char.py", *options], copy
        )
    milliseconds = [float(value) for value in STEP_LINE.findall(said)]
    # An iteration that evaluates logs the evaluation's time too; the typical one stands for it.
    typical = statistics.median(milliseconds)
    steps = sum(min(value, 5 * typical) for value in milliseconds)
    return steps / 1000, float(LOSS_LINE.findall(said)[-1])


def ours(ids: np.ndarray, steps: int, seed: int) -> tuple[float, float]:
    """Seconds of so many steps, and the loss on the whole validation text."""
    cut = len(ids) * 9 // 10
    model = TransformerConfig(vocab_size=int(ids.max()) + 1, context_tokens=CONTEXT)
    config = TrainConfig(
        model,
        steps=steps,
        batch=BATCH,
        context_tokens=CONTEXT,
        muon_lr=0.04,  # the best of a few trials on this text, as the peer's rates are
        adamw_lr=0.01,
        first_steps=0,
        seed=seed,
    )
    batches = Batches({"all": ids[:cut]}, {"all": 1.0}, BATCH, CONTEXT, seed)
    trainer = Trainer(Transformer(model, seed=seed), batches, config)
    seconds = sum(trainer.step().seconds for _ in range(steps))
    rest = torch.from_numpy(ids[cut:].astype(np.int64))
    rows = rest[: len(rest) // CONTEXT * CONTEXT + 1].unfold(0, CONTEXT + 1, CONTEXT)
    return seconds, trainer.validate(list(rows.split(256)))


def compare(folder: Path, text: Path, repeats: int = 3) -> None:
    """Both in turns, and the ratio of the medians."""
    characters = text.read_text(encoding="utf-8")
    place = {character: at for at, character in enumerate(sorted(set(characters)))}
    ids = np.array([place[character] for character in characters], dtype=np.uint16)
    taken = {"nanoGPT": [], "ours": []}
    for seed in range(repeats):
        seconds, goal = nanogpt(folder, text, seed)
        taken["nanoGPT"].append(seconds)
        print(f"nanoGPT, seed {seed}: {goal:.4f} after {seconds:.1f} s", flush=True)
        for steps in STEPS:
            seconds, reached = ours(ids, steps, seed)
            print(
                f"ours, seed {seed}: {reached:.4f} after {steps} steps, {seconds:.1f} s",
                flush=True,
            )
            if reached <= goal:
                taken["ours"].append(seconds)
                break
    if len(taken["ours"]) < repeats:
        print("ours did not get there in every run; there is no ratio.")
        return
    theirs, own = statistics.median(taken["nanoGPT"]), statistics.median(taken["ours"])
    print(f"medians of {repeats}: {theirs:.1f} s and {own:.1f} s, 1/{theirs / own:.1f}")


def _run(command: list[str], folder: Path) -> str:
    """What a program printed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-1000:]}")
    return done.stdout
