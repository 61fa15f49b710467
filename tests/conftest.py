"""What every test shares: a workspace of its own, and the rule that CI skips nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

GPU_REASON = "needs a GPU"


@pytest.fixture(autouse=True)
def own_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace that no other test, and no reader, sees."""
    folder = tmp_path / "workspace"
    monkeypatch.setenv("COURSE_WORKSPACE", str(folder))
    return folder


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
