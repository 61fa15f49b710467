"""The spam lab's page for the browser tests: opening it, its controls, what it shows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .lab_page import LabPage

NOTEBOOK = "spam.ipynb"
CELL = "from course_utils.pretraining.labs import spam_lab\nlab = spam_lab(seed=0)\nlab"


class SpamPage(LabPage):
    """The spam lab's page; slider 0 is the learning rate, 1 to 3 describe the e-mail."""

    view = ".anatomy-spam"

    def weights(self) -> list[float]:
        """The network's weights, asked in Python."""
        return self.jupyter.ask(
            "lab.trainable.network.parameters['hidden_weights'].ravel().tolist()"
        )

    def acts_or_says_why(self) -> bool:
        """Whether a step is taken beside a long cell, or the lab says that the kernel is busy.

        Either way the step must come in the end, and the words must go.
        """
        busy = "The kernel is busy with a cell"
        assert busy not in self.text(".anatomy-banner")
        self.run_code("import time; time.sleep(7)")
        self.press("Step")

        def acts() -> bool:
            return self.shown("step") == "1" or busy in self.text(".anatomy-banner")

        self.until(acts, "a step, or why there is none", 6)
        self.until(lambda: self.shown("step") == "1", "the step", 12)
        self.until(lambda: busy not in self.text(".anatomy-banner"), "an answer")
        return acts()

    def run_code(self, code: str) -> None:
        """Let the page's kernel run code, as a cell would; does not wait for its end."""
        self.page.evaluate(
            "(code) => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
            ".requestExecute({ code }); }",
            code,
        )


@contextlib.contextmanager
def opened_lab(jupyter: object, browser: object) -> Iterator[SpamPage]:
    """A new notebook with the lab, opened and run; its page is closed at the end."""
    jupyter.write(NOTEBOOK, [CELL])
    jupyter.start_kernel(NOTEBOOK)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    lab = SpamPage(context.new_page(), jupyter)
    lab.open(NOTEBOOK)
    yield lab
    context.close()
