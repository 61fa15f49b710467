"""The pinned environment: what it sets, and what it leaves alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from course_utils.cli import deterministic


def test_what_the_reader_has_set_stays() -> None:
    given = {"OMP_NUM_THREADS": "7", "ATEN_CPU_CAPABILITY": "default"}
    pinned = deterministic.pinned_environment(given)
    assert (pinned["OMP_NUM_THREADS"], pinned["ATEN_CPU_CAPABILITY"]) == ("7", "default")
    assert given == {"OMP_NUM_THREADS": "7", "ATEN_CPU_CAPABILITY": "default"}


def test_the_instruction_set_is_fixed_only_where_the_processor_has_it() -> None:
    pinned = deterministic.pinned_environment({})
    assert ("ATEN_CPU_CAPABILITY" in pinned) == deterministic.has_avx2()
    assert 1 <= int(pinned["OMP_NUM_THREADS"]) <= deterministic.THREADS


def test_torch_reports_the_instruction_set_that_was_fixed() -> None:
    ask = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    free = {
        key: value for key, value in os.environ.items() if key not in deterministic.INSTRUCTION_SET
    }
    told = subprocess.run(
        [sys.executable, "-c", ask],
        env=deterministic.pinned_environment(free),
        capture_output=True,
        text=True,
    )
    assert (told.stdout.strip() == "AVX2") == deterministic.has_avx2()


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy"])
def test_a_proxy_does_not_catch_calls_to_this_machine(name: str) -> None:
    given = {name: "http://proxy.example:3128", "NO_PROXY": "intranet.example"}
    pinned = deterministic.without_proxy_on_loopback(given)
    assert pinned["NO_PROXY"].split(",") == ["intranet.example", *deterministic.LOOPBACK]
    assert pinned["no_proxy"].split(",") == list(deterministic.LOOPBACK)


def test_without_a_proxy_nothing_is_set() -> None:
    assert deterministic.without_proxy_on_loopback({"HOME": "x"}) == {"HOME": "x"}
