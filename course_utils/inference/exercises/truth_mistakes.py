"""What is wrong with an answer about the truth: how sure a model is, and which page fits.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree. The choice of tokens is in mistakes.py, what is kept in memory in memory_mistakes.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from course_utils.challenges.answers import Mistake, close, matching_mistake, number
from course_utils.inference.exercises.reference import Row, calibration_error


def of_calibration_error(
    answer: object, expected: float, sure: Row, right: Sequence[bool], bins: int
) -> str | None:
    """For calibration_error."""
    value = number(answer)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    if not sure:
        return "Without any answer there is no error: return 0.0."
    known = [*_wrong_bins(sure, right, bins), *_wrong_means(sure, right, bins)]
    return matching_mistake(value, known) or (
        "For each bin: the distance of its mean sureness and its share of right answers, times "
        "its number of answers. Add up, and divide by the number of all answers."
    )


def _filled(
    sure: Row, right: Sequence[bool], place: Callable[[float], int]
) -> dict[int, list[tuple[float, bool]]]:
    """The answers of each bin that has any."""
    found: dict[int, list[tuple[float, bool]]] = {}
    for pair in zip(sure, right, strict=True):
        found.setdefault(place(pair[0]), []).append(pair)
    return found


def _means(answers: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """How sure on average, and the share that is right."""
    return tuple(sum(column) / len(answers) for column in zip(*answers, strict=True))


def _wrong_means(sure: Row, right: Sequence[bool], bins: int) -> list[Mistake]:
    """The right bins, and something else made of them."""
    filled = _filled(sure, right, lambda value: min(int(value * bins), bins - 1))
    count = len(sure)
    # Of each bin: its part of all answers, how sure and how right it is, and its middle.
    rows = [
        (len(answers) / count, *_means(answers), (place + 0.5) / bins)
        for place, answers in filled.items()
    ]
    return [
        (
            lambda: sum(abs(s - r) for _, s, r, _ in rows) / len(rows),
            "Each bin counts alike here. It counts as often as it has answers.",
        ),
        (
            lambda: sum(abs(s - r) for _, s, r, _ in rows) / bins,
            "Each bin counts alike here, empty ones too. It counts as often as it has answers.",
        ),
        (
            lambda: sum(abs(s - r) for _, s, r, _ in rows),
            "The gaps are added up. Each counts by its bin's share of all answers.",
        ),
        (lambda: sum(w * (s - r) for w, s, r, _ in rows), SIGN),
        (lambda: sum(w * (r - s) for w, s, r, _ in rows), SIGN),  # or two means over all answers
        (
            lambda: sum(w * (s - r) ** 2 for w, s, r, _ in rows),
            "The gaps are squared here; the error takes their absolute values.",
        ),
        (
            lambda: max(abs(s - r) for _, s, r, _ in rows),
            "This is the largest gap; asked is the average over all answers.",
        ),
        (
            lambda: sum(w * abs(middle - r) for w, _, r, middle in rows),
            "The middle of a bin is not how sure its answers are: take their mean.",
        ),
        (
            lambda: 100 * calibration_error(sure, right, bins),
            "This is in percent; asked is a number from 0 to 1.",
        ),
    ]


SIGN = (
    "A bin that is too sure and one that is not sure enough cancel out here. Take the gap of each "
    "bin by itself, without sign."
)


def _wrong_bins(sure: Row, right: Sequence[bool], bins: int) -> list[Mistake]:
    """The right average, over other bins than the right ones, or over none."""
    gaps = [abs(s - r) for s, r in zip(sure, right, strict=True)]
    tried: tuple[tuple[Callable[[float], int], str], ...] = (
        (
            lambda value: max(math.ceil(value * bins) - 1, 0),
            "Sureness on an edge belongs to the bin above it.",
        ),
        (lambda value: int(value * bins), TOP),
        (
            lambda value: round(value * bins),
            "int(sure * bins) says which bin; rounding goes to the nearest edge.",
        ),
    )
    below = [pair for pair in zip(sure, right, strict=True) if pair[0] < 1]
    without = calibration_error(*zip(*below, strict=True), bins) if below else 0.0
    return [
        *((lambda place=place: _error(sure, right, place), words) for place, words in tried),
        (lambda: without, TOP),
        (lambda: without * len(below) / len(sure), TOP),
        (
            lambda: sum(gaps) / len(gaps),
            "This compares each answer with 0 or 1. Compare means within each bin.",
        ),
        (
            lambda: sum(gap**2 for gap in gaps) / len(gaps),
            "This is the Brier score, answer by answer. Compare means within each bin.",
        ),
    ]


TOP = "Sureness 1 belongs to the last bin, with what lies just below it."


def _error(sure: Row, right: Sequence[bool], place: Callable[[float], int]) -> float:
    """The error over other bins."""
    filled = _filled(sure, right, place).values()
    means = [(len(answers), *_means(answers)) for answers in filled]
    return sum(count * abs(s - r) for count, s, r in means) / len(sure)


class Search(NamedTuple):
    """The arguments of the challenge bm25."""

    query: Sequence[str]
    page: Sequence[str]
    pages_with: Mapping[str, int]
    pages: int
    mean_length: float
    k1: float
    b: float

    def rarity(self, word: str) -> float:
        """The right one."""
        n = self.pages_with.get(word, 0)
        return math.log(1 + (self.pages - n + 0.5) / (n + 0.5))

    def gain(
        self,
        f: int,
        length: float | None = None,
        k1: float | None = None,
        b: float | None = None,
    ) -> float:
        """The right one, or that of another length, k1 or b."""
        length = len(self.page) if length is None else length
        k1, b = self.k1 if k1 is None else k1, self.b if b is None else b
        return f * (k1 + 1) / (f + k1 * (1 - b + b * length / self.mean_length))

    def score(
        self,
        rarity: Callable[[str], float] | None = None,
        gain: Callable[[int], float] | None = None,
        words: Sequence[str] | None = None,
        text: str | None = None,
    ) -> float:
        """The right score, or with another rarity or gain, over other words, of a joined text."""
        rarity, gain, words = rarity or self.rarity, gain or self.gain, words or self.query
        counts = {word: (self.page if text is None else text).count(word) for word in words}
        return sum(rarity(word) * gain(counts[word]) for word in words if counts[word])


def of_bm25(answer: object, expected: float, *case: object) -> str | None:
    """For bm25."""
    value, search = number(answer), Search(*case)
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    known = [*_wrong_gains(search), *_wrong_rarities(search), *_wrong_words(search)]
    return matching_mistake(value, known) or (
        "For each word of the query that the page has: its rarity times its gain. Add them up."
    )


def _wrong_gains(search: Search) -> list[Mistake]:
    """Other gains than the right one, with the right rarity."""
    page = search.page
    upside_down = search.mean_length**2 / max(len(page), 1)
    tried: tuple[tuple[Callable[[int], float], str], ...] = (
        (
            float,
            "Here ten mentions count ten times as much as a single one. The gain has to level "
            "off: divide by times + k1 * (...).",
        ),
        (lambda f: 1, "It matters how often the word stands on the page: that is `times`."),
        (lambda f: search.gain(f, b=0.0), "The length of the page is missing: b weighs it."),
        (lambda f: search.gain(f, b=1.0), "b is missing: it weighs the length of the page."),
        (
            lambda f: search.gain(f, upside_down),
            "The length is upside down: a long page needs more mentions, not fewer.",
        ),
        (
            lambda f: search.gain(f, len("".join(page))),
            "The length of a page is its number of words, not of letters.",
        ),
        (
            lambda f: search.gain(f, len(set(page))),
            "The length of a page counts every word, also those that come again.",
        ),
        (
            lambda f: search.gain(f) / (search.k1 + 1),
            "The factor k1 + 1 above the line is missing.",
        ),
        (lambda f: search.gain(f, k1=search.b, b=search.k1), "k1 and b have changed places."),
    )
    return [(lambda gain=gain: search.score(gain=gain), words) for gain, words in tried]


def _wrong_rarities(search: Search) -> list[Mistake]:
    """Other rarities than the right one, with the right gain."""
    pages, pages_with = search.pages, search.pages_with
    base = "math.log, the natural logarithm, is the one that is meant."
    tried: tuple[tuple[Callable[[str], float], str], ...] = (
        (lambda _: 1.0, "Every word counts alike here: multiply by its rarity."),
        (
            lambda word: math.log((pages - pages_with[word] + 0.5) / (pages_with[word] + 0.5)),
            "Without the 1 + in the logarithm, a word on most pages lowers the score.",
        ),
        (
            lambda word: math.log(pages / pages_with[word]),
            "This is another rarity, log(pages / having). Here it is "
            "log(1 + (pages - having + 0.5) / (having + 0.5)).",
        ),
        (lambda word: search.rarity(word) / math.log(2), base),
        (lambda word: search.rarity(word) / math.log(10), base),
    )
    return [(lambda rare=rare: search.score(rarity=rare), words) for rare, words in tried]


def _wrong_words(search: Search) -> list[Mistake]:
    """The right formula, over other words than the right ones."""
    query, page = search.query, search.page
    shared = [word for word in page if word in query]
    return [
        (
            lambda: search.score(words=sorted(set(query))),
            "A word that stands twice in the query counts twice.",
        ),
        (
            lambda: search.score(text=" ".join(page)),
            "Count whole words: page.count(word) on the list, not on the joined text.",
        ),
        *(
            (
                lambda words=words: search.score(words=words),
                "Go through the words of the query, not through those of the page.",
            )
            for words in (page, shared)
        ),
    ]
