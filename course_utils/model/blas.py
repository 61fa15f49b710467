"""NumPy's matrix products on one thread: for tables this small a second one only gets in the way.

torch has a setting for its own threads (runtime.torch_threads); NumPy has none for those of the
library that multiplies for it, so that library is asked. Taught in notebook 05, section "The whole
model in forty lines".
"""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

# OpenBLAS as NumPy's own packages have it, and as others build it; "{}" is get or set.
NAMES = ("scipy_openblas_{}_num_threads64_", "scipy_openblas_{}_num_threads") + (
    "openblas_{}_num_threads64_",
    "openblas_{}_num_threads",
)


@functools.cache
def _setting() -> tuple[Callable[[], int], Callable[[int], None]] | None:
    """The library's two functions: how many threads, and so many threads; None where it has none.

    The library is one that NumPy has loaded already; asking for it again gives the same one.
    """
    package = Path(np.__file__).parent
    files = [*package.parent.glob("numpy.libs/*openblas*"), *package.glob(".dylibs/*openblas*")]
    # Elsewhere it is found by way of the part of NumPy that calls it.
    for file in [*files, *package.glob("_core/_multiarray_umath.*")]:
        try:
            library = ctypes.CDLL(str(file))
        except OSError:
            continue
        for name in NAMES:
            get, put = (getattr(library, name.format(verb), None) for verb in ("get", "set"))
            if get is not None and put is not None:
                get.restype, put.argtypes, put.restype = ctypes.c_int, [ctypes.c_int], None
                return get, put
    return None


def threads() -> int | None:
    """How many threads NumPy's products use; None where nobody can tell."""
    setting = _setting()
    return setting[0]() if setting else None


def can_use_one_thread() -> bool:
    """Whether `one_thread` does what it says.

    Apple's library has no setting, and decides by itself that small products get one thread.
    """
    return _setting() is not None or _library() == "accelerate"


def _library() -> str:
    """The name of the library that NumPy was built with."""
    built = np.show_config(mode="dicts") or {}
    return str(built.get("Build Dependencies", {}).get("blas", {}).get("name", "")).lower()


class _Blocks:
    """The blocks of `one_thread` that are open in the whole process, and what was before."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.open = self.before = 0


_blocks = _Blocks()  # the library keeps one number for the process, so there is one count


@contextmanager
def one_thread() -> Iterator[None]:
    """Multiplies on one thread inside; the last block that ends gives the number back.

    It counts for the whole process: what other threads multiply meanwhile has one thread too.
    """
    setting = _setting()
    if setting is None:
        yield
        return
    get, put = setting
    with _blocks.lock:
        if not _blocks.open:
            _blocks.before = get()
            if _blocks.before != 1:
                put(1)
        _blocks.open += 1
    try:
        yield
    finally:
        with _blocks.lock:
            _blocks.open -= 1
            if not _blocks.open and _blocks.before != 1:
                put(_blocks.before)
