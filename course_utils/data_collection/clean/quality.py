"""Tells text that is worth learning from junk, by rules a person can read and argue with.

A rule is one row of the table RULES: what is measured, its bound, and the reason that is given for
a page it drops. The filter below, and the sliders of the quality lab, read that table.
Left out: learned classifiers, lists of bad words (they drop whole groups of people with them), and
the choice of bounds; a person makes it, and sees in the lab what it costs.
Taught in notebook 01, section "Garbage in, garbage out".

Sources: "Gopher" is Rae et al. 2021, Scaling Language Models, appendix A1.1, table A1;
"C4" is Raffel et al. 2020, Exploring the Limits of Transfer Learning, section 2.2.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial

# Taken off the ends of a word.
PUNCTUATION = ".,;:!?\"'()[]“”‘’"
STOP_WORDS = frozenset("the be to of and that have with".split())  # Gopher
BOILERPLATE_PHRASES = (
    "terms of use|terms of service|privacy policy|cookie|javascript|all rights reserved"
    "|powered by|log in|login|sign in|sign up|remember me|password|click here|subscribe to"
    "|subscribe now|accept all|reject all|for sale|is parked|it expires|add to cart"
    "|share on|share this|newsletter|not be found|error code|database connection"
    "|under construction"
    "|come back later|home page|undefined index|undefined variable|failed to open"
    "|register now|related searches"
).split("|")
BULLETS = ("•", "-", "*", "‣", "–")
SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*(?=\s|$)")

Measured = tuple[float, float]  # a count, and out of how many; 1 where it is out of nothing


@lru_cache(maxsize=1 << 16)
def _has_letter(word: str) -> bool:
    return word[:1].isalpha() or any(map(str.isalpha, word))


@dataclass(frozen=True)
class Measures:
    """A text, and what the rules want to know of it, each counted at most once."""

    text: str
    known: dict[Callable, Measured] = field(default_factory=dict)

    def of(self, measure: Measure) -> Measured:
        """What a measure gives for this text; several rules may share one."""
        known = self.known.get(measure)
        if known is None:
            known = self.known[measure] = measure(self)
        return known

    @cached_property
    def words(self) -> list[str]:
        """The text cut at white space."""
        return self.text.split()

    @cached_property
    def lines(self) -> list[str]:
        """The lines that are not empty."""
        return [line.strip() for line in self.text.splitlines() if line.strip()]

    @cached_property
    def line_counts(self) -> Counter[str]:
        """How often each line stands in the text."""
        return Counter(self.lines)

    @cached_property
    def lower(self) -> str:
        """The text in lower case."""
        return self.text.lower()

    @cached_property
    def plain(self) -> list[str]:
        """The words in lower case, without the punctuation around them."""
        return [bare for word in self.lower.split() if (bare := word.strip(PUNCTUATION))]

    @cached_property
    def with_letters(self) -> list[str]:
        """The plain words that hold a letter."""
        return [word for word in self.plain if word.isalpha() or _has_letter(word)]

    @cached_property
    def letters(self) -> int:
        """Letters in all words together."""
        return sum(map(len, self.plain))

    @cached_property
    def letters_of_top_word(self) -> int:
        """Letters in all places of the word that takes up most of the text."""
        return max((len(word) * n for word, n in Counter(self.plain).items()), default=0)


Measure = Callable[[Measures], Measured]


def length(text: Measures) -> Measured:
    """Neither too short to say something nor a dump: how many words."""
    return len(text.words), 1


def word_length(text: Measures) -> Measured:
    """Words are as long as words are: letters per word."""
    words = text.with_letters  # numbers are no words
    return sum(map(len, words)) / max(1, len(words)), 1


def symbols(text: Measures) -> Measured:
    """Few hash signs and ellipses: how many per word."""
    signs = text.text.count("#") + text.text.count("...") + text.text.count("…")
    return signs, len(text.words)


def bullets(text: Measures) -> Measured:
    """Not only a list: its items among the lines."""
    return sum(line.startswith(BULLETS) for line in text.lines), len(text.lines)


def ellipses(text: Measures) -> Measured:
    """Not a page of teasers: lines that break off, among all lines."""
    return sum(line.endswith(("...", "…")) for line in text.lines), len(text.lines)


def alphabetic(text: Measures) -> Measured:
    """Most words hold a letter: those that do, among all words."""
    return len(text.with_letters), len(text.words)


def stop_words(text: Measures) -> Measured:
    """English cannot do without its small words: how many there are, repeats counted."""
    return sum(word in STOP_WORDS for word in text.plain), 1


def sentences(text: Measures) -> Measured:
    """A page has sentences: how many end."""
    return len(SENTENCE_END.findall(text.text)), 1


def lorem_ipsum(text: Measures) -> Measured:
    """No text that only fills a layout: 1 where there is some."""
    return "lorem ipsum" in text.lower, 1


def boilerplate(text: Measures) -> Measured:
    """Not made of log-in, cookie and policy notes: sentences of that kind, among all."""
    lower = text.lower
    phrases = [phrase for phrase in BOILERPLATE_PHRASES if phrase in lower]
    if not phrases:
        return 0, 1  # most pages, and no need to cut them into sentences
    said = [sentence for sentence in SENTENCE_END.split(lower) if sentence.strip()]
    return sum(any(phrase in sentence for phrase in phrases) for sentence in said), len(said)


def duplicate_lines(text: Measures) -> Measured:
    """Lines are not said again and again: those said before, among all lines."""
    return len(text.lines) - len(text.line_counts), len(text.lines)


def duplicate_line_letters(text: Measures) -> Measured:
    """The same in letters, for a long line weighs more than a short one."""
    letters = sum(len(line) * (n - 1) for line, n in text.line_counts.items() if n > 1)
    return letters, sum(map(len, text.lines))


def top_phrase(text: Measures, size: int) -> Measured:
    """No phrase of a few words makes up a large part of the text: its letters, among all.

    Args:
        text: the text.
        size: words of the phrase.
    """
    counts = Counter(zip(*(text.plain[start:] for start in range(size)), strict=False))
    if not counts:
        return 0, text.letters
    phrase, count = max(counts.items(), key=lambda item: (item[1], item[0]))
    return (count * sum(map(len, phrase)) if count > 1 else 0), text.letters


def top_phrase_limit(text: Measures, size: int) -> Measured:
    """What top_phrase never exceeds, without counting a phrase.

    Each word of a phrase brings no more letters than all its occurrences have.
    """
    return size * text.letters_of_top_word, text.letters


def duplicate_phrases(text: Measures, size: int) -> Measured:
    """Few letters stand in long phrases that occur again: those letters, among all.

    Args:
        text: the text.
        size: words of a phrase.
    """
    phrases = list(zip(*(text.plain[start:] for start in range(size)), strict=False))
    if len(set(phrases)) == len(phrases):
        return 0, text.letters  # most pages, and much faster than the loop
    # A word counts once, in however many such phrases it stands.
    seen, covered = set(), bytearray(len(text.plain))
    for start, phrase in enumerate(phrases):
        if phrase in seen:
            covered[start : start + size] = b"\x01" * size
        seen.add(phrase)
    again = sum(len(word) for word, hit in zip(text.plain, covered, strict=True) if hit)
    return again, text.letters


AT_LEAST, AT_MOST = "at least", "at most"


@dataclass(frozen=True)
class Rule:
    """One comparison of a measure with a bound.

    Args:
        name: of the bound.
        measure: counts something in a text, and says out of how many.
        keeps: AT_LEAST or AT_MOST: which side of the bound a page has to be on.
        bound: a count, or a share of what the measure is out of.
        reason: what is said of a page that is dropped.
        source: the paper, with its own bound where ours differs.
        never_above: a cheap measure that is never less than `measure`, which need not be taken
            where this one keeps a page already.
    """

    name: str
    measure: Measure
    keeps: str
    bound: float
    reason: str
    source: str
    never_above: Measure | None = None

    def breaks(self, text: Measures) -> bool:
        """Whether a text has to go."""
        if self.never_above is not None and self._holds(text, self.never_above):
            return False
        return not self._holds(text, self.measure)

    def _holds(self, text: Measures, measure: Measure) -> bool:
        count, out_of = text.of(measure)
        limit = self.bound * out_of
        return count >= limit if self.keeps == AT_LEAST else count <= limit


# The first rule that a page breaks gives the reason; those that count phrases cost most, so they
# stand at the end.
RULES = (
    # An encyclopedia's short entries are worth having.
    Rule("min_words", length, AT_LEAST, 20, "too few words", "Gopher: 50"),
    Rule("max_words", length, AT_MOST, 100_000, "too many words", "Gopher"),
    Rule("min_mean_word", word_length, AT_LEAST, 3.0, "words too short or too long", "Gopher"),
    Rule("max_mean_word", word_length, AT_MOST, 10.0, "words too short or too long", "Gopher"),
    Rule("max_symbols", symbols, AT_MOST, 0.1, "too many symbols", "Gopher"),
    Rule("max_bullet_lines", bullets, AT_MOST, 0.9, "too many bullet lines", "Gopher"),
    Rule("max_ellipsis_lines", ellipses, AT_MOST, 0.3, "too many ellipses", "Gopher"),
    # A tutorial holds programs and what they print.
    Rule("min_alphabetic", alphabetic, AT_LEAST, 0.5, "too few words with letters", "Gopher: 0.8"),
    Rule("min_stop_words", stop_words, AT_LEAST, 2, "too few stop words", "Gopher"),
    # A gazetteer separates by semicolons.
    Rule("min_sentences", sentences, AT_LEAST, 1, "too few sentences", "C4: 3"),
    Rule("max_lorem_ipsum", lorem_ipsum, AT_MOST, 0, "lorem ipsum", "C4"),
    # C4 drops each line with such words; we drop the page made of them.
    Rule("max_boilerplate", boilerplate, AT_MOST, 0.3, "a site's furniture", "C4: lines"),
    # In a talk the same names come again.
    Rule("max_duplicate_lines", duplicate_lines, AT_MOST, 0.4, "lines repeated", "Gopher: 0.3"),
    Rule(
        "max_duplicate_letters",
        duplicate_line_letters,
        AT_MOST,
        0.3,
        "lines repeated",
        "Gopher: 0.2",
    ),
    # A page about Saint Helena, Ascension, and Tristan da Cunha says that name in every sentence.
    *(
        Rule(
            f"max_phrase_{size}",
            partial(top_phrase, size=size),
            AT_MOST,
            0.42,
            f"a phrase of {size} words repeated",
            f"Gopher: {bound}",
            partial(top_phrase_limit, size=size),
        )
        for size, bound in ((2, "0.20"), (3, "0.18"), (4, "0.16"))
    ),
    Rule(
        "max_long_phrase_10",
        partial(duplicate_phrases, size=10),
        AT_MOST,
        0.25,
        "phrases of 10 words repeated",
        "Gopher: 0.10",
    ),
)
BOUNDS = {rule.name: rule.bound for rule in RULES}


@dataclass(frozen=True)
class Verdict:
    """Whether to keep a text, and if not, why not: the first rule that it breaks."""

    keep: bool
    reason: str | None = None


def judge(text: str, rules: Sequence[Rule] = RULES) -> Verdict:
    """Applies the rules in order.

    Args:
        text: a document's text.
        rules: others than the table's.

    Returns:
        keep, or the reason of the first rule that the text breaks.
    """
    measures = Measures(text)
    for rule in rules:
        if rule.breaks(measures):
            return Verdict(False, rule.reason)
    return Verdict(True)
