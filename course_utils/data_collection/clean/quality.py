"""Tells text that is worth learning from junk, by rules a person can read and argue with.

Each rule is a function that looks at a text's measures and returns a reason to drop it, or None.
The rules come from two papers; where a number differs from the paper's, the comment says why.
Left out: learned classifiers, lists of bad words (they drop whole groups of people with them).
Taught in notebook 01, section "Garbage in, garbage out".

Sources: "Gopher" is Rae et al. 2021, Scaling Language Models, appendix A1.1, table A1;
"C4" is Raffel et al. 2020, Exploring the Limits of Transfer Learning, section 2.2.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

# Taken off the ends of a word.
PUNCTUATION = ".,;:!?\"'()[]“”‘’"
MIN_WORDS = 20  # Gopher: 50; an encyclopedia's short entries are worth having
MAX_WORDS = 100_000  # Gopher
MIN_MEAN_WORD, MAX_MEAN_WORD = 3.0, 10.0  # Gopher, letters
MAX_SYMBOL_RATIO = 0.1  # Gopher, of # and ellipses to words
MAX_BULLET_LINES = 0.9  # Gopher
MAX_ELLIPSIS_LINES = 0.3  # Gopher
MIN_ALPHABETIC_WORDS = 0.5  # Gopher: 0.8; a tutorial holds programs and what they print
STOP_WORDS = frozenset("the be to of and that have with".split())  # Gopher
MIN_STOP_WORDS = 2  # Gopher, of the text's words, repeats counted
MAX_DUPLICATE_LINES = 0.4  # Gopher: 0.3, of lines; in a talk the same names come again
MAX_DUPLICATE_LINE_LETTERS = 0.3  # Gopher: 0.2, share of letters; for the same reason
# Gopher: 0.20, 0.18, 0.16 of the letters in the most frequent phrase of n words. A short page
# about Saint Helena, Ascension, and Tristan da Cunha says that name in every sentence.
MAX_TOP_NGRAM = {2: 0.42, 3: 0.42, 4: 0.42}
# Gopher: 0.15 for 5 words to 0.10 for 10; less strict for the same reason.
MAX_DUPLICATE_NGRAMS = {10: 0.25}
MIN_SENTENCES = 1  # C4: 3; a gazetteer separates by semicolons
MAX_FURNITURE = 0.3  # C4 drops each line with such words; we drop the page made of them
FURNITURE = (
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


@dataclass(frozen=True)
class Measures:
    """A text, and what the rules want to know of it, each counted at most once."""

    text: str

    @cached_property
    def words(self) -> list[str]:
        """The text cut at white space."""
        return self.text.split()

    @cached_property
    def lines(self) -> list[str]:
        """The lines that are not empty."""
        return [line.strip() for line in self.text.splitlines() if line.strip()]

    @cached_property
    def plain(self) -> list[str]:
        """The words in lower case, without the punctuation around them."""
        words = self.text.lower().split()
        return [bare for word in words if (bare := word.strip(PUNCTUATION))]

    @cached_property
    def letters(self) -> int:
        """Letters in all words together."""
        return sum(map(len, self.plain))


@dataclass(frozen=True)
class Verdict:
    """Whether to keep a text, and if not, why not: the first rule that it breaks."""

    keep: bool
    reason: str | None = None


def length(text: Measures) -> str | None:
    """Gopher: neither too short to say something nor a dump."""
    count = len(text.words)
    if count < MIN_WORDS:
        return "too few words"
    return "too many words" if count > MAX_WORDS else None


@lru_cache(maxsize=1 << 16)
def _has_letter(word: str) -> bool:
    return word[:1].isalpha() or any(map(str.isalpha, word))


def word_length(text: Measures) -> str | None:
    """Gopher: words are as long as words are."""
    # Numbers are no words.
    said = [word for word in text.plain if word.isalpha() or _has_letter(word)]
    mean = sum(map(len, said)) / max(1, len(said))
    return None if MIN_MEAN_WORD <= mean <= MAX_MEAN_WORD else "words too short or too long"


def symbols(text: Measures) -> str | None:
    """Gopher: few hash signs and ellipses."""
    found = text.text.count("#") + text.text.count("...") + text.text.count("…")
    return "too many symbols" if found > MAX_SYMBOL_RATIO * len(text.words) else None


def bullets(text: Measures) -> str | None:
    """Gopher: not only a list."""
    found = sum(line.startswith(BULLETS) for line in text.lines)
    return "too many bullet lines" if found > MAX_BULLET_LINES * len(text.lines) else None


def ellipses(text: Measures) -> str | None:
    """Gopher: not a page of teasers."""
    found = sum(line.endswith(("...", "…")) for line in text.lines)
    return "too many ellipses" if found > MAX_ELLIPSIS_LINES * len(text.lines) else None


def alphabetic(text: Measures) -> str | None:
    """Gopher: most words hold a letter."""
    found = sum(map(_has_letter, text.words))
    few = found < MIN_ALPHABETIC_WORDS * len(text.words)
    return "too few words with letters" if few else None


def stop_words(text: Measures) -> str | None:
    """Gopher: English cannot do without its small words."""
    found = sum(word in STOP_WORDS for word in text.plain)
    return None if found >= MIN_STOP_WORDS else "too few stop words"


def repeated_lines(text: Measures) -> str | None:
    """Gopher: lines are not said again and again."""
    counts = Counter(text.lines)
    again = {line: count - 1 for line, count in counts.items() if count > 1}
    letters = sum(len(line) * count for line, count in again.items())
    many = sum(again.values()) > MAX_DUPLICATE_LINES * len(text.lines)
    if many or letters > MAX_DUPLICATE_LINE_LETTERS * sum(map(len, text.lines)):
        return "lines repeated"
    return None


def top_ngrams(text: Measures) -> str | None:
    """Gopher: no phrase of two to four words makes up a large part of the text."""
    words = text.plain
    most_of_one = max((len(word) * n for word, n in Counter(words).items()), default=0)
    for n, most in MAX_TOP_NGRAM.items():
        if n * most_of_one <= most * text.letters:
            continue  # each word of a phrase brings no more letters than all its occurrences
        counts = Counter(zip(*(words[start:] for start in range(n)), strict=False))
        if not counts:
            return None
        phrase, count = max(counts.items(), key=lambda item: (item[1], item[0]))
        if count > 1 and count * sum(map(len, phrase)) > most * text.letters:
            return f"a phrase of {n} words repeated"
    return None


def duplicate_ngrams(text: Measures) -> str | None:
    """Gopher: few letters stand in long phrases that occur again."""
    words = text.plain
    sizes = list(map(len, words))
    for n, most in MAX_DUPLICATE_NGRAMS.items():
        seen, covered = set(), bytearray(len(words))
        for start, phrase in enumerate(zip(*(words[i:] for i in range(n)), strict=False)):
            if phrase in seen:
                covered[start : start + n] = b"\x01" * n
            seen.add(phrase)
        if not any(covered):
            return None  # no phrase of n words occurs twice, so no longer one does either
        letters = sum(size for size, hit in zip(sizes, covered, strict=True) if hit)
        if letters > most * text.letters:
            return f"phrases of {n} words repeated"
    return None


def sentences(text: Measures) -> str | None:
    """C4: a page has sentences."""
    found = len(SENTENCE_END.findall(text.text))
    return None if found >= MIN_SENTENCES else "too few sentences"


def filler(text: Measures) -> str | None:
    """C4: no text that only fills a layout, no page made of log-in, cookie and policy notes."""
    lower = text.text.lower()
    if "lorem ipsum" in lower:
        return "lorem ipsum"
    there = [words for words in FURNITURE if words in lower]
    if not there:
        return None
    said = [said for said in SENTENCE_END.split(lower) if said.strip()]
    hits = sum(any(words in sentence for words in there) for sentence in said)
    return "a site's furniture" if hits > MAX_FURNITURE * len(said) else None


RULES: tuple[Callable[[Measures], str | None], ...] = (
    length,
    word_length,
    symbols,
    bullets,
    ellipses,
    alphabetic,
    stop_words,
    sentences,
    filler,
    repeated_lines,
    top_ngrams,
    duplicate_ngrams,
)


def judge(text: str) -> Verdict:
    """Applies the rules in order.

    Args:
        text: a document's text.

    Returns:
        keep, or the reason of the first rule that the text breaks.
    """
    measures = Measures(text)
    for rule in RULES:
        reason = rule(measures)
        if reason is not None:
            return Verdict(False, reason)
    return Verdict(True)
