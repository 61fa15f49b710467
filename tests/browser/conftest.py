"""The browser tests' JupyterLab and Chromium, one of each for all of them.

Tests assert state (counters, Python values), never pixels.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .jupyter_lab import Jupyter, running_chromium, running_jupyter


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    """A running JupyterLab."""
    with running_jupyter(tmp_path_factory.mktemp("jupyter")) as one:
        yield one


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Headless Chromium."""
    with running_chromium() as one:
        yield one
