"""What the quality rules measure, as arrays over many pages, so that any threshold can be tried.

quality.judge stops at the first broken rule; here every rule looks at every page once, and then a
thousand sets of thresholds cost a few comparisons each. With the usual thresholds the verdicts are
those of quality.judge, to the page and the reason.
Left out: choosing thresholds; a person does that, and sees what it costs.
Taught in notebook 01, section "Garbage in, garbage out".

Shapes: N pages, R rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from course_utils.data_collection.clean import quality
from course_utils.data_collection.clean.quality import Measures

KEPT = -1


@dataclass(frozen=True)
class Rule:
    """One comparison of a measure with a limit.

    Args:
        limit: the limit's name.
        usual: its value in quality.py.
        most: True drops pages above the limit, False those below it.
        reason: what quality.judge says of such a page.
    """

    limit: str
    usual: float
    most: bool
    reason: str


RULES = (
    Rule("min_words", quality.MIN_WORDS, False, "too few words"),
    Rule("max_words", quality.MAX_WORDS, True, "too many words"),
    Rule("min_mean_word", quality.MIN_MEAN_WORD, False, "words too short or too long"),
    Rule("max_mean_word", quality.MAX_MEAN_WORD, True, "words too short or too long"),
    Rule("max_symbols", quality.MAX_SYMBOL_RATIO, True, "too many symbols"),
    Rule("max_bullet_lines", quality.MAX_BULLET_LINES, True, "too many bullet lines"),
    Rule("max_ellipsis_lines", quality.MAX_ELLIPSIS_LINES, True, "too many ellipses"),
    Rule("min_alphabetic", quality.MIN_ALPHABETIC_WORDS, False, "too few words with letters"),
    Rule("min_stop_words", quality.MIN_STOP_WORDS, False, "too few stop words"),
    Rule("min_sentences", quality.MIN_SENTENCES, False, "too few sentences"),
    Rule("max_lorem_ipsum", 0, True, "lorem ipsum"),
    Rule("max_furniture", quality.MAX_FURNITURE, True, "a site's furniture"),
    Rule("max_duplicate_lines", quality.MAX_DUPLICATE_LINES, True, "lines repeated"),
    Rule("max_duplicate_letters", quality.MAX_DUPLICATE_LINE_LETTERS, True, "lines repeated"),
    *(
        Rule(f"max_phrase_{n}", most, True, f"a phrase of {n} words repeated")
        for n, most in quality.MAX_TOP_NGRAM.items()
    ),
    *(
        Rule(f"max_long_phrase_{n}", most, True, f"phrases of {n} words repeated")
        for n, most in quality.MAX_DUPLICATE_NGRAMS.items()
    ),
)
USUAL = {rule.limit: rule.usual for rule in RULES}


@dataclass(frozen=True)
class PageMeasures:
    """The measures of N pages.

    Args:
        counts: (R, N) float64, what a rule counts.
        out_of: (R, N) float64, out of how many; a rule compares counts with limit x out_of.
    """

    counts: np.ndarray
    out_of: np.ndarray

    def broken(self, limits: Mapping[str, float]) -> np.ndarray:
        """(R, N) bool: which page breaks which rule.

        Args:
            limits: limit -> value; those that are not named stay as usual.

        Raises:
            ValueError: there is no limit of such a name.
        """
        if unknown := sorted(set(limits) - set(USUAL)):
            raise ValueError(f"there is no limit {unknown[0]!r}; there are {', '.join(USUAL)}.")
        return self._breaks(range(len(RULES)), {**USUAL, **limits})

    def _breaks(self, rules: Sequence[int], values: Mapping[str, float]) -> np.ndarray:
        """(len(rules), N) bool: which page breaks which of some rules."""
        bounds = np.array([[values[RULES[at].limit]] for at in rules]) * self.out_of[rules]
        most = np.array([[RULES[at].most] for at in rules])
        return np.where(most, self.counts[rules] > bounds, self.counts[rules] < bounds)

    def first_broken(self, limits: Mapping[str, float]) -> np.ndarray:
        """(N,) number of the first rule that each page breaks, KEPT (-1) where it breaks none."""
        broken = self.broken(limits)
        return np.where(broken.any(axis=0), broken.argmax(axis=0), KEPT)

    def dropped_along(
        self, limits: Mapping[str, float], steps: Sequence[Mapping[str, float]]
    ) -> np.ndarray:
        """Which pages are dropped while a few limits move and the others stand still.

        Args:
            limits: the limits that stand still.
            steps: S settings of the same few limits.

        Returns:
            (S, N) bool.
        """
        moving = [at for at, rule in enumerate(RULES) if any(rule.limit in one for one in steps)]
        still = np.delete(self.broken(limits), moving, axis=0).any(axis=0)
        rows = [
            still | self._breaks(moving, {**USUAL, **limits, **step}).any(axis=0) for step in steps
        ]
        return np.array(rows, bool).reshape(len(steps), self.counts.shape[1])


def measure(texts: Sequence[str]) -> PageMeasures:
    """Measures N texts; about a second for a thousand pages.

    Args:
        texts: of documents.
    """
    values = [list(_values(Measures(text))) for text in texts]
    both = np.array(values, float).reshape(len(texts), len(RULES), 2)
    return PageMeasures(both[:, :, 0].T.copy(), both[:, :, 1].T.copy())


def _values(text: Measures) -> Iterator[tuple[float, float]]:
    """What each rule counts and out of how many, in the order of RULES."""
    words, lines = len(text.words), len(text.lines)
    said = [word for word in text.plain if any(map(str.isalpha, word))]
    mean = sum(map(len, said)) / max(1, len(said))
    signs = text.text.count("#") + text.text.count("...") + text.text.count("…")
    yield from ((words, 1), (words, 1), (mean, 1), (mean, 1), (signs, words))
    yield sum(line.startswith(quality.BULLETS) for line in text.lines), lines
    yield sum(line.endswith(("...", "…")) for line in text.lines), lines
    yield sum(any(map(str.isalpha, word)) for word in text.words), words
    yield sum(word in quality.STOP_WORDS for word in text.plain), 1
    yield len(quality.SENTENCE_END.findall(text.text)), 1
    lower = text.text.lower()
    yield "lorem ipsum" in lower, 1
    sentences = [one for one in quality.SENTENCE_END.split(lower) if one.strip()]
    hits = sum(any(words in one for words in quality.FURNITURE) for one in sentences)
    yield hits, len(sentences)
    counts = Counter(text.lines)
    yield lines - len(counts), lines
    again = sum(len(line) * (count - 1) for line, count in counts.items())
    yield again, sum(map(len, text.lines))
    yield from ((_top_letters(text, n), text.letters) for n in quality.MAX_TOP_NGRAM)
    yield from ((_repeated_letters(text, n), text.letters) for n in quality.MAX_DUPLICATE_NGRAMS)


def _top_letters(text: Measures, n: int) -> int:
    """Letters in all places of the most frequent phrase of n words, 0 if none comes twice."""
    counts = Counter(zip(*(text.plain[start:] for start in range(n)), strict=False))
    if not counts:
        return 0
    phrase, count = max(counts.items(), key=lambda item: (item[1], item[0]))
    return count * sum(map(len, phrase)) if count > 1 else 0


def _repeated_letters(text: Measures, n: int) -> int:
    """Letters in phrases of n words that stood in the text before."""
    words, seen = text.plain, set()
    covered = bytearray(len(words))
    for start, phrase in enumerate(zip(*(words[i:] for i in range(n)), strict=False)):
        if phrase in seen:
            covered[start : start + n] = b"\x01" * n
        seen.add(phrase)
    return sum(len(word) for word, hit in zip(words, covered, strict=True) if hit)
