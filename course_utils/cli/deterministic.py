"""The environment in which outputs are made and checked: instruction set, threads, loopback.

Training figures differ between instruction sets in their last digits, so `test`, `run --exact` and
the making of outputs fix one; `lab` and `run` use the processor as it is. It has to be set before
torch is imported, so it goes into the environment of child processes and not into a notebook. It
leaves alone whatever the reader has set. Taught in 03_pretraining.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

INSTRUCTION_SET = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_CBWR": "AVX2",
}
THREADS = 2
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def pinned_environment(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment for a child process that gives the committed figures.

    Args:
        given: the environment to start from; this process's own when None.

    Returns:
        A copy, with the instruction set (only on a processor that has AVX2) and the threads, each
        where it is not set yet; loopback is taken out of a proxy's reach.
    """
    environment = dict(os.environ if given is None else given)
    # Both change the last digits of sums, and training carries those on.
    chosen = {"OMP_NUM_THREADS": str(min(THREADS, os.cpu_count() or 1))}
    if has_avx2():
        chosen |= INSTRUCTION_SET
    for name, value in chosen.items():
        environment.setdefault(name, value)
    return without_proxy_on_loopback(environment)


def without_proxy_on_loopback(environment: Mapping[str, str]) -> dict[str, str]:
    """A copy in which HTTP_PROXY, where it is set, does not catch the calls to this machine."""
    environment = dict(environment)
    if not any(name.lower().endswith("_proxy") and environment[name] for name in environment):
        return environment
    # Both spellings, because programs read one or the other.
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in environment.get(name, "").split(",") if host]
        hosts += [host for host in LOOPBACK if host not in hosts]
        environment[name] = ",".join(hosts)
    return environment


def has_avx2() -> bool:
    """Whether this processor has AVX2; asking torch for it without that would crash it."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    if sys.platform == "linux":
        try:
            return " avx2 " in Path("/proc/cpuinfo").read_text(encoding="utf-8")
        except OSError:
            return False
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(40))  # AVX2
    return False
