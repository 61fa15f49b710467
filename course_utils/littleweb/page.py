"""A page of the Little Web before it becomes HTML: its true text and what is known about it.

Left out: how a page looks (markup.py) and how it travels (server.py). A page here is what a
perfect extractor would give back, so it is the measure that extraction is scored against. Taught
in notebook 01, section "From pages to documents".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Page:
    """One page: address, main text, boilerplate around it, and the truth about it.

    Args:
        url: full address, `http://<site>.littleweb.test/...`.
        site: first label of the host, such as "atlas".
        kind: what sort of page, such as "country" or "story".
        title: heading of the page; not part of the main text.
        paragraphs: the main text, in order.
        language: ISO 639-1 code of the main text.
        holdout: True for templates that rules and thresholds are not made on, only scored on.
        links: full addresses that the page links to.
        infobox: (label, value) pairs shown beside the text; not part of the main text.
        table: rows of cells shown below the text, first row the header; not part of the main text.
        truth: what is known about the page; for labels only, never for a collection step.
    """

    url: str
    site: str
    kind: str
    title: str
    paragraphs: tuple[str, ...]
    language: str = "en"
    holdout: bool = False
    links: tuple[str, ...] = ()
    infobox: tuple[tuple[str, str], ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    truth: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The true main text: the paragraphs with one empty line between them."""
        return "\n\n".join(self.paragraphs)
