"""What is done when a step fails on a page in a way that nobody foresaw: it costs that page alone.

No page may stop a run, and no mistake in a program may hide behind that. So each such failure has
a reason that is counted with all others and a sentence that names the page and the line of code,
and a warning is given, which a test takes for an error.
Left out: failures that are foreseen (a damaged record, a server that does not answer).
Taught in no notebook.
"""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path

MAX_MESSAGE = 200


class PageFailure(RuntimeWarning):
    """A step failed on pages in a way that nobody foresaw."""


def reason(error: Exception) -> str:
    """Why a page is left out, the same for all pages that fail in this way."""
    return f"failed with {type(error).__name__}"


def sentence(url: str, step: str, error: Exception) -> str:
    """Page, step, error and the line of code that raised it."""
    raised = traceback.extract_tb(error.__traceback__)[-1]
    said = (str(error).strip() or "no message").splitlines()[0][:MAX_MESSAGE]
    return (
        f"{url}: {step} failed with {type(error).__name__} ({said}) in "
        f"{Path(raised.filename).name}, line {raised.lineno}; this page is left out."
    )


def warn(step: str, sentences: Sequence[str]) -> None:
    """Says aloud how many pages failed, with the first of them; nothing where none did.

    Raises:
        PageFailure: where warnings are errors, as in this project's tests.
    """
    if sentences:
        warnings.warn(
            f"{step} failed on {len(sentences)} page(s), which are left out. The first: "
            f"{sentences[0]}",
            PageFailure,
            stacklevel=3,
        )
