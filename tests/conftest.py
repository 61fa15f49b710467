"""What every test shares: a workspace of its own, and the rule that CI skips nothing."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

GPU_REASON = "needs a GPU"

# A shell that starts the tests in the background hands on that Ctrl-C is ignored, and so would
# every program that a test starts and then interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What stands now stays to the end: a lab that frees its memory need not search it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace that no other test, and no reader, sees."""
    folder = tmp_path / "workspace"
    monkeypatch.setenv("COURSE_WORKSPACE", str(folder))
    return folder


@pytest.fixture
def one_thread() -> Iterator[None]:
    """One thread for models this small: a second one costs more than it brings."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def model():
    """A small model over bytes, random but decided."""
    import torch

    from course_utils.model.transformer import Transformer, TransformerConfig

    sizes = {"vocab_size": 261, "width": 16, "layers": 2, "heads": 2, "intermediate_size": 24}
    made = Transformer(TransformerConfig(**sizes, context_tokens=48))
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
        made.lm_head.weight[0] = 0  # ends seldom
    return made.eval()


@pytest.fixture
def live_labs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labs as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """In CI a skipped test is a failed test, unless it needs a GPU."""
    _no_skipping((yield).get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    """And so is a file that skips all its tests at once."""
    _no_skipping((yield).get_result())


def _no_skipping(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr)
        if GPU_REASON not in reason:
            report.outcome = "failed"
            report.longrepr = f"skipped in CI, where nothing may be skipped: {reason}"
