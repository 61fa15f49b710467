"""The spam lab on older kernels than the pinned one, which the other tests of this folder use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from .spam_page import CELL, SpamPage

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

VERSIONS = ("6.31.0", "7.3.0")
NEEDED = ("nest-asyncio==1.6.0",)  # by 6.31, and no longer by the pinned version


@pytest.fixture(scope="module", params=VERSIONS)
def opened(
    request: pytest.FixtureRequest,
    jupyter: object,
    browser: object,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SpamPage]:
    """The lab, open and run, on a kernel of the version that is the fixture's parameter."""
    version = request.param
    folder = tmp_path_factory.mktemp("kernel")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    wanted = [str(folder / "packages"), f"ipykernel=={version}", *NEEDED]
    done = subprocess.run([*install, *wanted], capture_output=True, text=True)
    if done.returncode and not os.environ.get("CI"):
        pytest.skip("Another version of ipykernel cannot be had without a network.")
    assert done.returncode == 0, done.stderr
    name, notebook = f"ipykernel-{version}", f"kernel-{version}.ipynb"
    jupyter.add_kernel(name, folder / "packages")
    jupyter.write(notebook, [CELL], name)
    jupyter.start_kernel(notebook, name)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    lab = SpamPage(context.new_page(), jupyter)
    lab.open(notebook, again=True)
    assert jupyter.ask("__import__('ipykernel').__version__") == version
    yield lab
    context.close()


@pytest.fixture
def spam(opened: SpamPage) -> Iterator[SpamPage]:
    """The lab at step 0; afterwards the browser's console must be free of errors."""
    opened.reset()
    yield opened
    assert opened.problems() == []


def test_a_slider_acts_while_it_trains_and_the_buttons_work(spam: SpamPage) -> None:
    before = spam.jupyter.ask("lab.learning_rate.value")
    spam.press("Play")
    spam.until(lambda: int(spam.shown("step")) > 30, "30 steps shown")
    spam.drag(0, -40)
    spam.until(
        lambda: float(spam.shown("rate")) == spam.jupyter.ask("lab.learning_rate.value") < before,
        "a step with the new rate",
    )
    spam.press("Pause")
    spam.until(lambda: spam.shown("status") == "paused", "paused")
    spam.reset()
    spam.press("Run 100 steps")
    spam.until(lambda: spam.shown("step") == "100", "100 steps")
    assert spam.jupyter.ask("lab.steps") == 100


def test_while_a_long_cell_runs_a_control_acts_or_the_lab_says_why_it_does_not(
    spam: SpamPage,
) -> None:
    assert spam.acts_or_says_why()
