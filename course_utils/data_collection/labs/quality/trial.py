"""What the quality lab counts: pages, their measures, and what any set of thresholds does to them.

It draws nothing and knows no slider's place but those it is given. Taught in notebook 01, section
"Garbage in, garbage out".

Shapes: N pages, S places of a slider.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from course_utils.data_collection.clean.language import LANGUAGE
from course_utils.data_collection.clean.quality_measures import KEPT, RULES, measure
from course_utils.data_collection.labs.quality.dials import BY_NAME, DIALS
from course_utils.data_collection.scoring.filter_scores import precision_recall
from course_utils.data_collection.scoring.score import Label

FIRST_WORDS = 90  # letters
PAGES = {
    "all pages": lambda holdout: np.ones(len(holdout), bool),
    "kinds the rules were made on": lambda holdout: ~holdout,
    "holdout only": lambda holdout: holdout,
}
# (junk, dropped now) -> what became of a page that changed sides, in the order of the list
SIDES = {
    (False, True): "good page lost",
    (True, False): "junk let in",
    (True, True): "junk caught",
    (False, False): "good page won back",
}


class Trial:
    """Pages with their answer key, measured once.

    Args:
        texts: address -> extracted text.
        truth: address -> label; pages without one, and pages in other languages, are left out.
        most_pages: of more, every second or third in the order of their addresses is taken.

    Raises:
        ValueError: no page is left.
    """

    def __init__(
        self, texts: Mapping[str, str], truth: Mapping[str, Label], most_pages: int
    ) -> None:
        known = [
            url
            for url in sorted(texts)
            if texts[url] and url in truth and truth[url].language == LANGUAGE
        ]
        if not known:
            raise ValueError(
                f"of {len(texts)} pages none has a text in {LANGUAGE!r} and a label. Give the "
                "texts of the crawl and the labels of the same web: quality_lab(texts, truth)."
            )
        self.urls = known[:: -(-len(known) // most_pages)]
        self.texts = [texts[url] for url in self.urls]
        self.measures = measure(self.texts)
        self.junk = np.array([truth[url].junk is not None for url in self.urls])
        self.holdout = np.array([truth[url].holdout for url in self.urls])

    def limits(self, settings: Mapping[str, object]) -> dict[str, float]:
        """The rules' limits, by the names of quality_measures.USUAL, at the sliders' places."""
        return {
            limit: value
            for dial in DIALS
            for limit, value in dial.values(float(settings[dial.name])).items()
        }

    def counted(self, settings: Mapping[str, object]) -> np.ndarray:
        """(N,) bool: the pages that count."""
        return PAGES[settings["pages"]](self.holdout)

    def dropped(self, settings: Mapping[str, object]) -> np.ndarray:
        """(N,) bool: the pages that are dropped, whether they count or not."""
        return self.measures.first_broken(self.limits(settings)) != KEPT

    def figures(self, settings: Mapping[str, object]) -> dict[str, float | None]:
        """The filter's "precision", "recall" and "f1" over the pages that count."""
        counted = self.counted(settings)
        return precision_recall(self.dropped(settings)[counted], self.junk[counted])

    def moved(
        self, settings: Mapping[str, object], compared: Mapping[str, object]
    ) -> list[dict[str, str]]:
        """The counted pages whose verdict differs from the compared thresholds', mistakes first.

        Returns:
            "url", "side" (what became of it), "reason" (the rule that drops it now or dropped it
            then) and "words" (the first ones), a page each.
        """
        now = self.measures.first_broken(self.limits(settings))
        then = self.measures.first_broken(self.limits(compared))
        changed = np.flatnonzero(((now == KEPT) != (then == KEPT)) & self.counted(settings))
        rows = [self._row(page, now[page], then[page]) for page in changed]
        order = list(SIDES.values())
        return sorted(rows, key=lambda row: (order.index(row["side"]), row["url"]))

    def along(
        self, name: str, settings: Mapping[str, object], steps: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Precision and recall while one slider goes from end to end and the others stand still.

        Args:
            name: of the slider, see dials.py.
            settings: the places of the others.
            steps: S.

        Returns:
            (S,) places of the slider, (S,) precision (NaN where nothing is dropped), (S,) recall.
        """
        places, counted = np.linspace(0, BY_NAME[name].high, steps), self.counted(settings)
        dropped = self.measures.dropped_along(
            self.limits(settings), [BY_NAME[name].values(place) for place in places]
        )[:, counted]
        hits, junk = (dropped & self.junk[counted]).sum(axis=1), self.junk[counted].sum()
        gone = dropped.sum(axis=1)
        precision = np.where(gone > 0, hits / np.maximum(gone, 1), np.nan)
        return places, precision, hits / junk if junk else np.full(steps, np.nan)

    def _row(self, page: int, now: int, then: int) -> dict[str, str]:
        return {
            "url": self.urls[page],
            "side": SIDES[bool(self.junk[page]), bool(now != KEPT)],
            "reason": RULES[now if now != KEPT else then].reason,
            "words": " ".join(self.texts[page][: 2 * FIRST_WORDS].split())[:FIRST_WORDS],
        }
