"""The spam lab's page for the browser tests: opening it, its controls, what it shows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from .lab_page import LabPage

NOTEBOOK = "spam.ipynb"
CELL = "from course_utils.widgets.pretraining import spam_lab\nlab = spam_lab(seed=0)\nlab"


class SpamPage(LabPage):
    """The spam lab's page; slider 0 is the learning rate, 1 to 3 describe the e-mail."""

    view = ".anatomy-spam"

    def weights(self) -> list[float]:
        """The network's weights, asked in Python."""
        return self.jupyter.ask(
            "lab.subject.network.parameters['hidden_weights'].ravel().tolist()"
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
