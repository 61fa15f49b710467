"""What the quality lab counts: pages, their measures, and what any set of bounds does to them.

The filter stops at the first broken rule; here every rule of its table measures every page once,
and then a thousand sets of bounds cost a few comparisons each. It draws nothing and knows no
slider's place but those it is given. Taught in notebook 01, section "Garbage in, garbage out".

Shapes: N pages, R rules, S places of a slider.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.data_collection.clean.language import LANGUAGE
from course_utils.data_collection.clean.quality import AT_MOST, BOUNDS, RULES, Measures
from course_utils.data_collection.labs.quality.dials import BY_NAME, DIALS
from course_utils.data_collection.scoring.filter_scores import precision_recall
from course_utils.data_collection.scoring.score import Label

KEPT = -1  # the number of the rule that a kept page breaks
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


@dataclass(frozen=True)
class PageMeasures:
    """What all rules measure in N pages, so that any other bounds cost a few comparisons.

    Args:
        counts: (R, N) float64, what a rule counts.
        out_of: (R, N) float64, out of how many; a rule compares counts with bound x out_of.
    """

    counts: np.ndarray
    out_of: np.ndarray

    def broken(self, bounds: Mapping[str, float]) -> np.ndarray:
        """(R, N) bool: which page breaks which rule.

        Args:
            bounds: rule's name -> bound; those that are not named stay as in the table.

        Raises:
            ValueError: there is no rule of such a name.
        """
        # A misspelt rule would change nothing, in silence.
        if unknown := sorted(set(bounds) - set(BOUNDS)):
            raise ValueError(f"there is no rule {unknown[0]!r}; there are {', '.join(BOUNDS)}.")
        return self._breaks(range(len(RULES)), {**BOUNDS, **bounds})

    def first_broken(self, bounds: Mapping[str, float]) -> np.ndarray:
        """(N,) number of the first rule that each page breaks, KEPT (-1) where it breaks none.

        With the table's own bounds these are the verdicts of judge, to the page and the reason.
        """
        # argmax gives the first True, and 0 where there is none: hence the test.
        broken = self.broken(bounds)
        return np.where(broken.any(axis=0), broken.argmax(axis=0), KEPT)

    def dropped_along(
        self, bounds: Mapping[str, float], steps: Sequence[Mapping[str, float]]
    ) -> np.ndarray:
        """Which pages are dropped while a few bounds move and the others stand still.

        Args:
            bounds: the bounds that stand still.
            steps: S settings of the same few bounds.

        Returns:
            (S, N) bool.
        """
        # What stands still is compared once, not once a step.
        moving = [at for at, rule in enumerate(RULES) if any(rule.name in step for step in steps)]
        still = np.delete(self.broken(bounds), moving, axis=0).any(axis=0)
        rows = [
            still | self._breaks(moving, {**BOUNDS, **bounds, **step}).any(axis=0)
            for step in steps
        ]
        return np.array(rows, bool).reshape(len(steps), self.counts.shape[1])

    def _breaks(self, rules: Sequence[int], bounds: Mapping[str, float]) -> np.ndarray:
        """(len(rules), N) bool: which page breaks which of some rules."""
        # Shares become counts here, so that empty pages divide by nothing.
        limits = np.array([[bounds[RULES[at].name]] for at in rules]) * self.out_of[rules]
        at_most = np.array([[RULES[at].keeps == AT_MOST] for at in rules])
        return np.where(at_most, self.counts[rules] > limits, self.counts[rules] < limits)


def measure_pages(texts: Sequence[str]) -> PageMeasures:
    """Measures N texts, by every rule; about a second for a thousand pages.

    Args:
        texts: of documents.
    """
    # Every rule on every page, in one pass over the texts.
    measured = [[text.of(rule.measure) for rule in RULES] for text in map(Measures, texts)]
    # (N, R, 2): what is counted, and out of how many.
    both = np.array(measured, float).reshape(len(texts), len(RULES), 2)
    return PageMeasures(both[:, :, 0].T.copy(), both[:, :, 1].T.copy())


class Trial:
    """Pages with their answer key, measured once.

    Args:
        texts: URL -> extracted text.
        truth: URL -> label; pages without one, and pages in other languages, are left out.
        max_pages: of more, every second or third in the order of their URLs is taken.

    Raises:
        ValueError: no page is left.
    """

    def __init__(
        self, texts: Mapping[str, str], truth: Mapping[str, Label], max_pages: int
    ) -> None:
        # Only pages with a text and a label, and in the language that the rules are for.
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
        # Evenly spread over the URLs, so that every site has its part.
        self.urls = known[:: -(-len(known) // max_pages)]
        self.texts = [texts[url] for url in self.urls]
        self.measures = measure_pages(self.texts)
        self.junk = np.array([truth[url].junk is not None for url in self.urls])
        self.holdout = np.array([truth[url].holdout for url in self.urls])

    def bounds(self, settings: Mapping[str, object]) -> dict[str, float]:
        """Rule's name -> its bound, at the sliders' places."""
        return {
            name: bound
            for dial in DIALS
            for name, bound in dial.bounds(float(settings[dial.name])).items()
        }

    def counted(self, settings: Mapping[str, object]) -> np.ndarray:
        """(N,) bool: the pages that count."""
        return PAGES[settings["pages"]](self.holdout)

    def dropped(self, settings: Mapping[str, object]) -> np.ndarray:
        """(N,) bool: the pages that are dropped, whether they count or not."""
        return self.measures.first_broken(self.bounds(settings)) != KEPT

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
        now = self.measures.first_broken(self.bounds(settings))
        then = self.measures.first_broken(self.bounds(compared))
        # Only who changes sides, not who breaks another rule than before.
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
        # All places at once; only the counted pages are kept.
        dropped = self.measures.dropped_along(
            self.bounds(settings), [BY_NAME[name].bounds(place) for place in places]
        )[:, counted]
        # Precision among what is dropped, recall among the junk, a place each.
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
