"""Memory that runs out in training: said with what to lower, and the steps before it are kept."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import memory
from course_utils.pretraining.batches import Batches
from course_utils.pretraining.checkpoint import CheckpointError
from course_utils.pretraining.config import TrainConfig
from course_utils.pretraining.history import StepResult
from course_utils.pretraining.memory import OutOfMemory
from course_utils.pretraining.train import train

MODEL = TransformerConfig(
    vocab_size=64, width=16, layers=1, heads=2, intermediate_size=24, context_tokens=32
)
CONFIG = TrainConfig(MODEL, steps=9, batch=4, context_tokens=32, warmup_steps=2, eval_every=100)
IDS = np.random.default_rng(0).integers(0, 64, 400).astype(np.uint16)
ABSURD = 2**41  # rows of 32 tokens: more bytes than any machine's addresses reach


def batches(rows: int = CONFIG.batch) -> Batches:
    return Batches({"only": IDS}, {"only": 1.0}, rows, 32)


def test_an_absurd_batch_says_what_to_lower_before_the_first_step(tmp_path: Path):
    config, model = replace(CONFIG, batch=ABSURD), Transformer(MODEL)
    before = [weight.clone() for weight in model.parameters()]
    with pytest.raises(OutOfMemory, match=r"not enough memory: Unable to allocate") as refused:
        train(model, batches(ABSURD), config, folder=tmp_path)
    said = str(refused.value)
    assert f"Lower batch (it is {ABSURD:,}; try {ABSURD // 2:,})" in said
    assert "context_tokens (it is 32; try 16)" in said and "smaller model" in said
    assert all(torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))
    # A smaller batch is another run; the refusal's last line begins it.
    with pytest.raises(CheckpointError, match="batch=") as other:
        train(model, batches(), CONFIG, folder=tmp_path)
    exec(str(other.value).splitlines()[-1].strip(), {})
    assert train(model, batches(), CONFIG, folder=tmp_path).steps_taken == 9


@contextlib.contextmanager
def room_for(megabytes: int) -> Iterator[None]:
    """The process may take so much more memory and no more: the system itself refuses the rest."""
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    most = pages * resource.getpagesize() + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory so")
def test_a_step_that_finds_no_memory_loses_none_of_those_before_it(tmp_path: Path):
    whole = train(Transformer(MODEL), batches(), CONFIG)
    rows = batches()

    def grow(result: StepResult) -> None:
        if result.step == 5:
            rows.batch = 2**16  # one layer's numbers are then 134 MB

    with (
        room_for(100),
        pytest.raises(OutOfMemory, match="DefaultCPUAllocator: can't allocate memory") as refused,
    ):
        train(Transformer(MODEL), rows, CONFIG, folder=tmp_path, on_step=grow)
    assert "Lower batch" in str(refused.value) and "enforce fail" not in str(refused.value)
    assert "Stopped after step 5 of 9. Run the same cell again" in str(refused.value)
    assert '"step": 5' in (tmp_path / "checkpoint.json").read_text(encoding="utf-8")
    resumed = train(Transformer(MODEL), batches(), CONFIG, folder=tmp_path)
    assert resumed.losses == whole.losses


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory so")
def test_validation_rows_that_find_no_memory_say_so_too():
    rows = torch.from_numpy(np.tile(IDS[:33].astype(np.int64), (2**16, 1)))
    with room_for(100), pytest.raises(OutOfMemory, match="Lower batch"):
        train(Transformer(MODEL), batches(), replace(CONFIG, eval_every=2), validation=[rows])


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has ..."),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9.05 GB, max allowed: 9.07 GB)."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] data. DefaultCPUAllocator: not enough "
                     "memory: you tried to allocate 4096 bytes."),
        MemoryError(),
    ],
    ids=["CUDA", "CUDA's driver", "MPS", "Windows", "Python"],
)  # fmt: skip
def test_every_devices_way_to_say_it_is_understood(error: Exception):
    with pytest.raises(OutOfMemory, match=r"batch \(it is 3; try 1\).*smaller model"):
        with memory.explained(batch=3):
            raise error


def test_other_errors_stay_what_they_are():
    with pytest.raises(RuntimeError, match="^shapes do not fit$") as other:
        with memory.explained(batch=3):
            raise RuntimeError("shapes do not fit")
    assert not isinstance(other.value, OutOfMemory)
