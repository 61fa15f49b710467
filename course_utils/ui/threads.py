"""How many of the machine's cores a lab's step may use: all but one, so that the page stays quick.

It only sets torch's number and puts it back. No notebook section; labs that train with torch use
it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from course_utils import runtime


@contextmanager
def lab_threads() -> Iterator[None]:
    """All cores but one inside, at least one."""
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, runtime.threads() - 1))
    try:
        yield
    finally:
        torch.set_num_threads(before)
