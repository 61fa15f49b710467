"""The extraction lab: a page's HTML with what was kept, dropped and missed, in two ways.

Choose a site and a page of it. Which words were kept is found in kept.py.
Left out: how trafilatura decides; its source is worth reading.
Taught in notebook 01, section "From pages to documents".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

import ipywidgets
import numpy as np
from lxml import etree
from matplotlib.figure import Figure

from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.clean.extract import (
    decode,
    extract_by_hand,
    extract_page,
    is_text,
)
from course_utils.data_collection.document import source_of
from course_utils.data_collection.figures import name_rows
from course_utils.data_collection.labs.extraction.kept import Source, cut, kept_words, marked
from course_utils.data_collection.scoring.score import Label, word_f1
from course_utils.ui import bundle, pack, wrapping_row
from course_utils.ui.static_lab import StaticLab, StaticLabView, sized
from course_utils.ui.style import sheet, styled

PAGES_A_SITE = 60  # in the list; of more, every second or third
STRIP = 400  # parts that a strip is drawn in
HAND, LIBRARY, TRUTH = "by hand", "trafilatura", "the truth"
WAYS = {HAND: extract_by_hand, LIBRARY: extract_page}


class ExtractionView(StaticLabView):
    """The drawing: three strips, and the page's source."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class ExtractionLab(StaticLab):
    """The lab as a cell's last line.

    Args:
        pages: URL -> HTML as text, or the response as the crawler kept it.
        truth: URL -> label; without one there is no F1, and mistakes are not marked.
        url: the page that is shown first; the first one by URL if not given.

    Raises:
        ValueError: there is no page with text, or no page of that URL.
    """

    title = "Extraction lab: a page before and after"
    view_class = ExtractionView

    def __init__(
        self,
        pages: Mapping[str, str | Response],
        truth: Mapping[str, Label] | None = None,
        url: str | None = None,
    ) -> None:
        # Sorted, and without pages that hold no text: there is nothing to extract from them.
        self.pages = {url: pages[url] for url in sorted(pages) if _has_text(pages[url])}
        if not self.pages:
            raise ValueError(
                f"none of {len(pages)} pages has HTML in it. Give the pages of a crawl: "
                "extraction_lab({response.url: response for response in warc.read(file)})."
            )
        if url is not None and url not in self.pages:
            raise ValueError(
                f"there is no page {url!r} among the {len(self.pages)} given; one of them is "
                f"{next(iter(self.pages))!r}."
            )
        self.truth = truth or {}
        self._known: dict[str, object] = {}  # of the page that is shown
        # The site of the first page is chosen with it, so that both lists agree.
        first = url or next(iter(self.pages))
        super().__init__({"site": source_of(first), "page": first, "way": HAND})

    @property
    def page(self) -> str:
        """The chosen page's HTML."""
        return self._html(self.settings["page"])

    def texts(self) -> dict[str, str]:
        """What each way makes of the chosen page; the truth too, where it is known."""
        return self._once("texts", self._extracted)

    def f1(self) -> dict[str, float | None]:
        """F1 of each way's words on the chosen page; None where the truth is not known."""
        texts = self.texts()
        truth = texts.get(TRUTH)
        return {name: None if truth is None else word_f1(texts[name], truth) for name in WAYS}

    def strips(self) -> dict[str, np.ndarray]:
        """(W,) which words of the page each way kept, and the truth's words where known."""
        source, texts = self._source(), self.texts()
        return self._once(
            "strips", lambda: {name: kept_words(source, text) for name, text in texts.items()}
        )

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """Site, page, and whose choice is shown."""
        sites = sorted({source_of(url) for url in self.pages})
        self.site = ipywidgets.Dropdown(
            options=sites,
            value=self.settings["site"],
            description="Site",
            tooltip="Whose pages stand in the next list",
            **sized(40, 180),
        )
        self.chosen = ipywidgets.Dropdown(
            options=self._options(self.settings["site"]),
            value=self.settings["page"],
            description="Page",
            tooltip="The page that is shown",
            **sized(40, 400),
        )
        self.way = ipywidgets.ToggleButtons(
            options=list(WAYS),
            value=self.settings["way"],
            tooltips=[
                "Mark what the ten lines of the notebook keep",
                "Mark what the library keeps",
            ],
            style={"button_width": "110px"},
        )
        # A change of the site changes the list of pages; the other two only redraw.
        self.site.observe(self._change_site, names="value")
        self.steer(self.chosen, "page")
        self.steer(self.way, "way")
        way = ipywidgets.HBox([ipywidgets.Label("Extracted"), self.way])
        return [wrapping_row([self.site, self.chosen, way])]

    def frame(self) -> bytes:
        """The marked source of the chosen page, and the strips in at most 400 places."""
        # What is kept is the same in all three drawings: strips, source and F1.
        strips, f1, source = self.strips(), self.f1(), self._source()
        true = strips.get(TRUTH)
        way = self.settings["way"]
        facts = {
            "url": self.settings["page"],
            "way": way,
            "f1": f1,
            "strips": list(strips),
            "words": len(source.words),
            "kept": int(strips[way].sum()),
            "known": true is not None,
            "cut": source.cut,
            "pieces": marked(source, strips[way], true),
        }
        arrays = {f"strip{at}": _thin(strip) for at, strip in enumerate(strips.values())}
        return pack(facts, arrays)

    def picture(self) -> Figure:
        """The words that each way keeps, from the top of the page to its end."""
        return kept_strips(
            {name: _thin(strip) for name, strip in self.strips().items()}, self.f1()
        )

    def as_text(self) -> str:
        """What each way keeps of the shown page, and its F1."""
        strips, f1 = self.strips(), self.f1()
        lines = [f"{self.settings['page']}: {len(self._source().words):,} words"]
        for name, score in f1.items():
            quality = "F1 not known" if score is None else f"F1 {score:.3f}"
            lines.append(
                f"{name:<12} keeps {100 * strips[name].mean():.0f} % of the words, {quality}"
            )
        return "\n".join(lines)

    def _change_site(self, change: dict) -> None:
        with self.at_once():
            # First the list, then the choice, which has to be one of it.
            self.settings["site"] = change["new"]
            options = self._options(change["new"])
            self.chosen.options = options
            self.chosen.value = self.settings["page"] = options[0][1]

    def _options(self, site: str) -> list[tuple[str, str]]:
        """(words, URL) of the site's pages, the shown one among them."""
        # A list of thousands helps nobody: a sample, spread over the site.
        urls = [url for url in self.pages if source_of(url) == site]
        listed = set(urls[:: -(-len(urls) // PAGES_A_SITE)])
        shown = listed | ({self.settings["page"]} & set(urls))
        return [(_path(url), url) for url in urls if url in shown]

    def _html(self, url: str) -> str:
        page = self.pages[url]
        if isinstance(page, str):
            return page
        return decode(page.body, page.headers.get("content-type", ""))

    def _extracted(self) -> dict[str, str]:
        # The truth joins the ways where it is known, and is drawn like one.
        page, label = self.page, self.truth.get(self.settings["page"])
        texts = {name: _tried(way, page) for name, way in WAYS.items()}
        return texts | ({TRUTH: label.text} if label else {})

    def _source(self) -> Source:
        return self._once("source", lambda: cut(self.page))

    def _once(self, name: str, make: Callable[[], object]) -> object:
        """What is made once for the page that is shown, and kept until another one is."""
        # Another page: what was worked out for the last one goes.
        if self._known.get("url") != self.settings["page"]:
            self._known = {"url": self.settings["page"]}
        if name not in self._known:
            self._known[name] = make()
        return self._known[name]


def _has_text(page: str | Response) -> bool:
    return bool(page.strip() if isinstance(page, str) else page.body and is_text(page.body))


def _tried(way: Callable[[str], str], page: str) -> str:
    """What a way makes of a page; nothing where the page is no HTML at all."""
    try:
        return way(page)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, RecursionError):
        return ""


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _thin(kept: np.ndarray) -> np.ndarray:
    """The share of kept words in each of at most 400 equal parts of the page."""
    # Equal parts, so that long pages and short ones fill the same strip.
    parts = np.array_split(kept.astype(float), max(1, min(STRIP, len(kept))))
    return np.array([part.mean() if len(part) else 0.0 for part in parts])


def extraction_lab(
    pages: Mapping[str, str | Response],
    truth: Mapping[str, Label] | None = None,
    url: str | None = None,
) -> ExtractionLab:
    """The extraction lab; put it on the last line of a cell.

    Args:
        pages: URL -> HTML as text, or the response as the crawler kept it.
        truth: URL -> label, where it is known.
        url: the page that is shown first.

    Returns:
        The lab, with `f1()`, `texts()` and `page`.
    """
    return ExtractionLab(pages, truth, url)


@styled
def kept_strips(strips: Mapping[str, np.ndarray], f1: Mapping[str, float | None]) -> Figure:
    """The words of a page from first to last, coloured where they are kept, a strip a way.

    Args:
        strips: way -> share of kept words in equal parts of the page.
        f1: way -> F1, None where it is not known; the truth has none.

    Raises:
        ValueError: there is no strip.
    """
    if not strips:
        raise ValueError("strips is empty; give at least one way of extraction.")
    figure, (axes,) = sheet("what each way keeps of a page", height=0.7 + 0.5 * len(strips))
    # One strip a way; its colour says how much of each part is kept.
    for row, shares in enumerate(strips.values()):
        edges = np.linspace(0, 100, len(shares) + 1)
        axes.pcolormesh(
            edges, [row - 0.35, row + 0.35], np.asarray(shares)[None], cmap="Blues", vmin=0, vmax=1
        )
    # The truth has no score of its own.
    names = [name if f1.get(name) is None else f"{name}, F1 {f1[name]:.3f}" for name in strips]
    name_rows(axes, names)
    axes.grid(visible=False)
    axes.set_xlabel("place in the page, percent of its words")
    return figure
