"""Which parts of a page's HTML an extractor kept, found by laying its text against the source.

Extractors return text and not places, so runs of the text's words are looked up on the page; the
same with the true text shows what was kept or dropped by mistake.
Left out: words glued or cut at tags, and a sentence said twice, of which one was kept.
Taught in notebook 01, section "From pages to documents".

Shapes: W words of the page.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# A comment, a script or a style is one piece; then tags; then the text between them.
PIECE = re.compile(
    r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|<[^>]*>|[^<]+|<", re.DOTALL | re.IGNORECASE
)
TOKEN = re.compile(r"(?:\w|&#?\w+;)+")
WORD = re.compile(r"\w+")
MAX_WORDS = 4_000  # of a page
RUNS = (4, 2, 1)  # how many words are looked up together, the surest first
CANDIDATES = 8  # places that are tried for a run, behind the last one and from the top
NEAR_WORDS = 30
SHOWN_BYTES = 24_000  # of the page's source, so that a frame stays small
TAG, KEPT, DROPPED, EXTRA, MISSED = "tag", "kept", "dropped", "extra", "missed"


@dataclass(frozen=True)
class Source:
    """A page's HTML cut into words and all between them.

    Args:
        parts: (text, first word, words) in the order of the page; tags and spaces have 0 words.
        words: the W words, entities resolved.
        cut: whether the page has more words than were taken.
    """

    parts: tuple[tuple[str, int, int], ...]
    words: tuple[str, ...]
    cut: bool


def cut(page: str) -> Source:
    """Cuts a page's HTML.

    Args:
        page: HTML as text.
    """
    parts: list[tuple[str, int, int]] = []
    words: list[str] = []
    for piece in PIECE.finditer(page):
        text = piece.group()
        if text.startswith("<"):
            parts.append((text, len(words), 0))
            continue
        # Text: each of its words, and what stands between them.
        end = 0
        for token in TOKEN.finditer(text):
            token_words = WORD.findall(html.unescape(token.group()))
            parts.append((text[end : token.start()], len(words), 0))
            parts.append((token.group(), len(words), len(token_words)))
            words += token_words
            end = token.end()
        parts.append((text[end:], len(words), 0))
        if len(words) >= MAX_WORDS:
            return Source(tuple(parts), tuple(words), True)
    return Source(tuple(parts), tuple(words), False)


def kept_words(source: Source, text: str) -> np.ndarray:
    """(W,) bool: which words of a page stand in a text.

    The text is taken from its beginning: where the next words stand on the page, the longest run
    of them is marked, and the search goes on behind it. Of equal runs the next one on the page
    counts, so a menu's words are not taken for those of the text.

    Args:
        source: the page.
        text: what an extractor made of it, or the truth.
    """
    words, wanted = source.words, WORD.findall(text)[: 2 * MAX_WORDS]
    # Where on the page each run of words stands.
    starts: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for size in RUNS:
        for start in range(len(words) - size + 1):
            starts[words[start : start + size]].append(start)
    # Go through the text run by run; `here` follows on the page.
    kept, at, here = np.zeros(len(words), bool), 0, 0
    while at < len(wanted):
        start, size = _longest(words, wanted, at, here, starts)
        kept[start : start + size] = True
        at, here = at + max(1, size), start + size if size else here
    return kept


def _longest(
    words: Sequence[str],
    wanted: Sequence[str],
    at: int,
    here: int,
    starts: Mapping[tuple[str, ...], Sequence[int]],
) -> tuple[int, int]:
    """Where on the page, and how long, the longest run is that the text has from `at` on."""
    for size in RUNS:
        # Where the next few words stand: behind the last run first, then from the top.
        candidates = starts.get(tuple(wanted[at : at + size]), ())
        first = bisect_left(candidates, here)
        near = [*candidates[first : first + CANDIDATES], *candidates[:CANDIDATES]]
        if size == 1:  # a word alone stands in many places: only just behind the last run
            near = [start for start in near if 0 <= start - here < NEAR_WORDS]
        # From each of those, as far as page and text agree.
        best = (0, 0)
        for start in near:
            length = size
            while (
                start + length < len(words)
                and at + length < len(wanted)
                and words[start + length] == wanted[at + length]
            ):
                length += 1
            best = max(best, (length, -start), key=lambda run: run[0])
        if best[0]:
            return -best[1], best[0]
    return here, 0


def marked(source: Source, kept: np.ndarray, true: np.ndarray | None) -> list[list[str]]:
    """The page's source in pieces that look alike, as much of it as goes into a frame.

    Args:
        source: the page.
        kept: (W,) what the extractor kept.
        true: (W,) what it should have kept; None where nobody knows.

    Returns:
        [kind, text] pairs; kind is "tag", "kept", "dropped", "extra" (kept by mistake) or "missed"
        (dropped by mistake).
    """
    pieces: list[list[str]] = []
    room = SHOWN_BYTES  # in JSON, where a letter takes up to twelve bytes
    for text, first, count in source.parts:
        if not text:
            continue
        kind = _kind(text, first, count, kept, true, pieces)
        if len(json.dumps(text)) > room:
            return [*pieces, [kind, text[: room // 12]], [TAG, "\n\u2026 and so on"]]
        room -= len(json.dumps(text)) + 14  # the brackets, the quotes and the kind
        if pieces and pieces[-1][0] == kind:
            pieces[-1][1] += text
        else:
            pieces.append([kind, text])
    return pieces


def _kind(
    text: str,
    first: int,
    count: int,
    kept: np.ndarray,
    true: np.ndarray | None,
    pieces: list[list[str]],
) -> str:
    if text.startswith("<"):
        return TAG
    if not count:  # spaces and signs look like what stands before them
        return pieces[-1][0] if pieces else TAG
    is_kept = bool(kept[first : first + count].any())
    right = is_kept if true is None else bool(true[first : first + count].any())
    if is_kept:
        return KEPT if right else EXTRA
    return MISSED if right else DROPPED
