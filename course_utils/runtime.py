"""What the machine is told: seed, device, threads, scale, headless switch, progress line.

It decides nothing about models or data. Used by the setup cell of every notebook.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SCALES = ("tiny", "laptop", "gpu")


def scale() -> str:
    """The size of everything: $COURSE_SCALE, "laptop" where it is not set.

    Raises:
        ValueError: COURSE_SCALE is none of SCALES.
    """
    # An empty variable counts as one that is not set.
    chosen = os.environ.get("COURSE_SCALE", "").strip() or "laptop"
    if chosen not in SCALES:
        raise ValueError(f"COURSE_SCALE is {chosen!r}; set it to one of {', '.join(SCALES)}.")
    return chosen


def headless() -> bool:
    """Whether labs run fixed steps and show one picture: COURSE_HEADLESS=1, or pytest."""
    # What is set decides; without it a test run is headless, and a notebook is not.
    chosen = os.environ.get("COURSE_HEADLESS", "").strip()
    return chosen == "1" if chosen else "PYTEST_CURRENT_TEST" in os.environ


def threads() -> int:
    """How many threads a training run uses: OMP_NUM_THREADS, or the machine's cores."""
    chosen = os.environ.get("OMP_NUM_THREADS", "")
    return int(chosen) if chosen.isdigit() and chosen != "0" else (os.cpu_count() or 1)


class _Known(threading.local):
    """Whether a thread's number of torch threads is its own, not taken over from a block."""

    own = False


class _Blocks:
    """The blocks of `torch_threads` that are open in the whole process, and what was before."""

    def __init__(self) -> None:
        self.lock, self.known = threading.Lock(), _Known()
        self.open = self.outside = 0


_blocks = _Blocks()  # torch keeps one number for the process, so there is one count of its blocks


@contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """Computes with so many of torch's threads inside, and gives the number back afterwards.

    torch keeps a number for every thread, and one for the process, which a thread takes over when
    it first computes and then keeps; `torch.set_num_threads` sets both. A thread that first
    computes in a block while another one is in its own would take that block's number for its
    own: it gets what there was before the first of the open blocks instead.

    Args:
        count: at least 1. Blocks may be nested.
    """
    import torch

    with _blocks.lock:
        before = torch.get_num_threads()
        if _blocks.open and not _blocks.known.own:
            before = _blocks.outside
        _blocks.known.own = True
        changes = before != count  # setting the number costs time, even to what it is
        if changes:
            _blocks.outside = _blocks.outside if _blocks.open else before
            _blocks.open += 1
            torch.set_num_threads(count)
    try:
        yield
    finally:
        if changes:
            with _blocks.lock:
                _blocks.open -= 1
                torch.set_num_threads(before)


def multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for products of bfloat16, and none forbids them.

    `course.py test` and `run --exact` pin an older set of instructions, so that everybody gets the
    same figures; they have none of these.
    """
    import torch

    if any(os.environ.get(name) for name in ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA")):
        return False
    # Both are asked, as some processors have the one and not the other.
    asked = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in asked)


class _Rounding:
    """The blocks of `fast_products` that are open in the whole process, and what was before."""

    def __init__(self) -> None:
        self.lock, self.open, self.before = threading.Lock(), 0, "none"


_rounding = _Rounding()  # torch keeps one setting for the process, as with its threads


@contextmanager
def fast_products() -> Iterator[None]:
    """Lets oneDNN multiply matrices of float32, for training; it may round factors to bfloat16.

    That is a permission: oneDNN rounds where the processor gains by it (AMX), and sums in float32.
    On a processor with AVX-512 alone nothing was rounded (the products had the same bits), and its
    kernels were still about twice as fast as those taken otherwise. Without such instructions
    nothing changes. Blocks may be nested, and open in several threads.
    """
    import torch

    if not multiplies_bfloat16():
        yield
        return
    setting = torch.backends.mkldnn.matmul
    with _rounding.lock:
        if not _rounding.open:
            _rounding.before = setting.fp32_precision
        _rounding.open += 1
        setting.fp32_precision = "bf16"
    try:
        yield
    finally:
        with _rounding.lock:
            _rounding.open -= 1
            if not _rounding.open:
                setting.fp32_precision = _rounding.before


def device():
    """The torch.device to train on: $COURSE_DEVICE, else CUDA, else MPS, else the CPU.

    Raises:
        ValueError: COURSE_DEVICE names a device that this machine does not have.
    """
    import torch

    # From the fastest to the slowest: the first that is there is taken.
    graphics = torch.cuda.device_count() if torch.cuda.is_available() else 0
    there = [f"cuda:{number}" for number in range(graphics)]
    there += ["mps"] if torch.backends.mps.is_available() else []
    there += ["cpu"]
    # What the reader asks for has to be there; "cuda" alone means the first of its kind.
    chosen = os.environ.get("COURSE_DEVICE", "").strip()
    if chosen:
        if chosen not in {*there, *(name.partition(":")[0] for name in there)}:
            raise ValueError(
                f"COURSE_DEVICE is {chosen!r}, and PyTorch finds here: {', '.join(there)}. Set it "
                f"to one of these, or leave it unset.{_why_no_gpu(chosen)}"
            )
        return torch.device(chosen)
    return torch.device(there[0].removesuffix(":0"))


def _why_no_gpu(chosen: str) -> str:
    """What to look at where NVIDIA's graphics card was asked for and none is found."""
    import torch

    if not chosen.startswith("cuda") or torch.cuda.is_available():
        return ""
    if torch.version.cuda is None and torch.version.hip is None:
        return " This PyTorch was built without CUDA: to use a GPU, install one that has it."
    return " This PyTorch has CUDA, but finds no GPU: look at what `nvidia-smi` says."


def matmul_gflops(size: int = 1024, threads: int = 2, seconds: float = 0.5) -> float:
    """How fast this machine multiplies two matrices of float32, in 10^9 operations a second.

    The best of all tries, because a neighbour on the machine can only slow one down. Seconds of
    two machines can be compared with it; a training step multiplies matrices most of the time.

    Args:
        size: rows and columns of both matrices.
        threads: how many threads torch uses.
        seconds: how long it tries.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        left, right = torch.ones(size, size), torch.ones(size, size)
        best, until = float("inf"), time.perf_counter() + seconds
        while time.perf_counter() < until:
            started = time.perf_counter()
            left @ right
            best = min(best, time.perf_counter() - started)
    finally:
        torch.set_num_threads(before)
    # Each of the size x size results takes `size` multiplications and as many additions.
    return 2 * size**3 / best / 1e9


def seed_everything(seed: int = 0) -> None:
    """Seed Python, NumPy and torch, and tell torch how many threads to use."""
    import numpy
    import torch

    # Each library draws from a generator of its own.
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    # The number of threads belongs to the run as its seed does.
    torch.set_num_threads(threads())


class Progress:
    """One line that counts up, in a live notebook or a terminal; silent when headless.

    Use it as a context manager and call `advance` once a step.

    Args:
        label: what is being done, such as "training".
        total: how many steps there are, or None where that is not known.
    """

    def __init__(self, label: str, total: int | None = None) -> None:
        self.label, self.total, self.done, self.note = label, total, 0, ""
        self._started = self._shown = time.perf_counter()
        self._quiet = headless()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *problem: object) -> None:
        # The last state is shown, and what is printed next begins on a line of its own.
        if not self._quiet:
            self._show()
            sys.stdout.write("\n")

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Count steps; the line is drawn anew at most four times a second."""
        self.done, self.note = self.done + steps, note or self.note
        now = time.perf_counter()
        if not self._quiet and now - self._shown > 0.25:
            self._shown = now
            self._show()

    def _show(self) -> None:
        # A carriage return goes back to the line's beginning, so that it is written over.
        of = f" of {self.total:,}" if self.total else ""
        elapsed = time.perf_counter() - self._started
        # Padded over what the note before left.
        sys.stdout.write(f"\r{self.label}: {self.done:,}{of}, {elapsed:.0f} s  {self.note:<40}")
        sys.stdout.flush()
