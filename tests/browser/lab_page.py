"""A lab's open page, as the browser tests use it: what it shows, and its controls.

Each lab's own page class adds what only that lab has.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, TimeoutError

# The last was seen once, after a reload. A kernel tells all pages of a channel that it closes, and
# JupyterLab complains of one that this page never opened, such as one of the page before it.
# Thirty reloads (test_spam_lab.py) have not brought it back, and each shows a lab that goes on.
HARMLESS = ("favicon", "net::ERR_INTERNET_DISCONNECTED", "Comm not found for comm id")


class LabPage:
    """The open page of a lab whose view has the CSS class `view`.

    Args:
        page: of the browser.
        jupyter: where the lab's kernel runs.
    """

    view = ".anatomy-lab"
    patience = 10.0  # seconds

    def __init__(self, page: Page, jupyter: object) -> None:
        self.page, self.jupyter = page, jupyter
        self.complaints: list[str] = []
        page.on(
            "console",
            lambda message: (
                message.type == "error"
                and self.complaints.append(f"{message.text} {message.location.get('url', '')}")
            ),
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, notebook: str, again: bool = False) -> None:
        """Open the notebook, run it, and wait for the lab's first frame.

        Args:
            notebook: its file name.
            again: run it once again when no lab comes; with an older kernel that happened once,
                and not in 25 tries on a busy machine, so why is not known.
        """
        self.jupyter.open(self.page, notebook)
        self.jupyter.run_all(self.page)
        try:
            self.page.wait_for_selector(f"{self.view}[data-step]", timeout=60_000)
        except TimeoutError as late:
            if not again:
                raise
            cell = self.text(".jp-CodeCell")[:500]
            print(f"no lab after 60 s: {late}\n{cell}\n{self.complaints}")
            self.jupyter.run_all(self.page)
            self.page.wait_for_selector(f"{self.view}[data-step]", timeout=60_000)

    def press(self, words: str) -> None:
        """Click a button by its words; by role its name would begin with the icon's glyph."""
        self.page.locator(".jupyter-button", has_text=re.compile(f"^{words}$")).first.click()

    def shown(self, name: str) -> str:
        """What the first view last drew, from its data attributes: step, drawn, status, ..."""
        return self.page.locator(self.view).first.get_attribute(f"data-{name}")

    def text(self, css: str) -> str:
        """The text of the first such element."""
        return self.page.locator(css).first.text_content()

    def until(self, true: Callable[[], bool], what: str, seconds: float | None = None) -> None:
        """Wait for something to become true."""
        seconds = self.patience if seconds is None else seconds
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{what}: not within {seconds} s"
            self.page.wait_for_timeout(20)

    def slider(self, number: int) -> object:
        """A slider's handle, counted from the top of the page."""
        return self.page.locator(".noUi-handle").nth(number)

    def drag(self, number: int, pixels: float) -> None:
        """Drag a slider with the mouse; it is counted from the top of the page."""
        self.drag_handle(self.slider(number), pixels)

    def drag_handle(self, handle: object, pixels: float) -> None:
        """Drag a slider's handle with the mouse, to the right or (below 0) to the left."""
        box = handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for part in range(1, 6):
            self.page.mouse.move(x + pixels * part / 5, y)
        self.page.mouse.up()

    def reset(self) -> None:
        """Go back to the state that each test begins with."""
        self.press("Reset")
        self.until(lambda: self.shown("step") == "0", "reset to step 0")

    def problems(self) -> list[str]:
        """The browser's complaints that matter."""
        return [one for one in self.complaints if not any(ok in one for ok in HARMLESS)]
