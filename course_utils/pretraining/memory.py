"""Running out of memory in training: recognised on every device, and said with what to lower.

Leaves out what is kept of a run (checkpoint.py). Taught in no notebook.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

# What PyTorch says on CUDA and MPS, on the processor of Linux and macOS, and on that of Windows.
SAYINGS = ("out of memory", "can't allocate memory", "not enough memory")


class OutOfMemory(RuntimeError):
    """A step needs more memory than there is; the text says what to lower."""


def is_short(error: BaseException) -> bool:
    """Whether this is Python's, NumPy's or PyTorch's way to say that memory ran out."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(said in str(error) for said in SAYINGS)


@contextmanager
def explained(**sizes: int) -> Iterator[None]:
    """Inside, running out of memory is told with the settings that decide how much is taken.

    Args:
        sizes: each such setting as it is now, such as batch=8, context_tokens=256.

    Raises:
        OutOfMemory: memory ran out.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, OutOfMemory) or not is_short(error):
            raise
        # from None: the traceback of the other one would keep its tensors in memory
        raise OutOfMemory(_sentence(error, sizes)) from None


def _sentence(error: BaseException, sizes: dict[str, int]) -> str:
    lower = " or ".join(
        f"{name} (it is {size:,}; try {max(1, size // 2):,})" for name, size in sizes.items()
    )
    # Its first line names the bytes; what follows is for those who build PyTorch.
    said = str(error).partition("\n")[0].rpartition("err == 0. ")[2] or type(error).__name__
    return (
        f"There is not enough memory: {said.rstrip('.')}.\nLower {lower}, take a smaller model, "
        "or close what else holds memory, such as other notebooks."
    )
