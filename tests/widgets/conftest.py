"""What the tests of labs share."""

from __future__ import annotations

import pytest


@pytest.fixture
def live_labs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labs as in a notebook, with nobody at the other end."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
