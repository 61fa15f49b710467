"""What every kind of lesson hands to the site: a title, paragraphs, and what is true about them.

Left out: addresses (site.py). Taught in no notebook.
"""

from __future__ import annotations

from typing import NamedTuple


class Lesson(NamedTuple):
    """One page's content.

    Args:
        title: heading of the page.
        paragraphs: the main text, in order.
        truth: what the page's `truth` holds.
    """

    title: str
    paragraphs: tuple[str, ...]
    truth: dict[str, object]
