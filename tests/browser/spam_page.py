"""The spam lab's page for the browser tests: opening it, its controls, what it shows."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator

from playwright.sync_api import Page

NOTEBOOK = "spam.ipynb"
CELL = "from course_utils.widgets.pretraining import spam_lab\nlab = spam_lab(seed=0)\nlab"
HARMLESS = ("favicon", "net::ERR_INTERNET_DISCONNECTED")


class SpamPage:
    """The open page: what it shows, and its controls."""

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

    def open(self) -> None:
        """Open the notebook, run it, and wait for the lab's first frame."""
        self.jupyter.open(self.page, NOTEBOOK)
        self.jupyter.run_all(self.page)
        self.page.wait_for_selector(".anatomy-spam[data-step]", timeout=60_000)

    def press(self, words: str) -> None:
        """Click a button by its words; by role its name would begin with the icon's glyph."""
        self.page.locator(".jupyter-button", has_text=re.compile(f"^{words}$")).click()

    def shown(self, name: str) -> str:
        """What the view last drew: step, rate, drawn or status."""
        return self.page.locator(".anatomy-spam").first.get_attribute(f"data-{name}")

    def until(self, true: Callable[[], bool], what: str, seconds: float = 10) -> None:
        """Wait for something to become true."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"{what}: not within {seconds} s"
            self.page.wait_for_timeout(20)

    def slider(self, number: int) -> object:
        """A slider's handle; 0 is the learning rate, 1 to 3 describe the e-mail."""
        return self.page.locator(".noUi-handle").nth(number)

    def drag(self, number: int, pixels: float) -> None:
        """Drag a slider's handle with the mouse."""
        box = self.slider(number).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for part in range(1, 6):
            self.page.mouse.move(x + pixels * part / 5, y)
        self.page.mouse.up()

    def weights(self) -> list[float]:
        """The network's weights, asked in Python."""
        return self.jupyter.ask(
            "lab.subject.network.parameters['hidden_weights'].ravel().tolist()"
        )

    def reset(self) -> None:
        """Go back to the state that each test begins with."""
        self.press("Reset")
        self.until(lambda: self.shown("step") == "0", "reset to step 0")

    def problems(self) -> list[str]:
        """The browser's complaints that matter."""
        return [one for one in self.complaints if not any(ok in one for ok in HARMLESS)]


@contextlib.contextmanager
def opened_lab(jupyter: object, browser: object) -> Iterator[SpamPage]:
    """A new notebook with the lab, opened and run; its page is closed at the end."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    lab = SpamPage(context.new_page(), jupyter)
    lab.open()
    yield lab
    context.close()
