"""Copying lessons: a line of words drawn at random, and the same line once more.

Nothing but the first line tells what the second will say, and no word tells the next: a model
gets the second right by copying, in no other way.
Left out: words that stand on no other page (names.py). Taught in no notebook yet.
"""

from __future__ import annotations

import re

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites.copybook import messages
from course_utils.littleweb.sites.lesson import Lesson
from course_utils.littleweb.stories import lexicon

LINES = 36  # per page
WORDS = (4, 9)  # in a line; ten that come again would count as a copied phrase
FRAMES = (
    "Copy this line: {line}. My copy: {line}.",
    "The line is {line}. Here it is again: {line}.",
    "Line: {line}. Once more: {line}.",
    "I read {line}. I wrote {line}.",
    "Before: {line}. After: {line}.",
    "On the left stands {line}. On the right stands {line}.",
    "My neighbour wrote {line}, and I wrote {line}.",
    "First hand: {line}. Second hand: {line}.",
)
OPENINGS = (
    "Copying, lesson {n}. Every line is written twice, word for word.",
    "In lesson {n} we copy lines of words that do not belong together.",
    "Lesson {n}: read a line, cover it, and write it again without a slip.",
    "These lines of lesson {n} make no sense, so nobody can guess the next word.",
    "Page {n} of the copybook: each line stands here two times.",
)


def _words() -> tuple[str, ...]:
    """Single words of the stories and of the messages, each once."""
    tables = (lexicon.ADJECTIVES, lexicon.THINGS, lexicon.FOOD_ADJECTIVES, lexicon.PLACES)
    lists = [*tables, *lexicon.WORDS.values(), messages.TALK, messages.COUNTRIES]
    words = dict.fromkeys(
        word for entries in lists for entry in entries for word in re.split(r"[^\w']+", entry)
    )
    return tuple(word for word in words if word.isalpha() and word.islower() and len(word) > 2)


WORDS_KNOWN = _words()


def lesson(seed: int | str, number: int, holdout: bool) -> Lesson:
    """The lesson of that number: its title, its paragraphs and its truth.

    Args:
        seed: of the whole web.
        number: of the lesson among those that copy lines.
        holdout: True for the shape in which the lines have numbers.
    """
    rng = Rng(f"{seed}/copybook/lines/{number}")
    paragraphs, lines = [rng.choice(OPENINGS).format(n=number + 1)], []
    for _ in range(LINES):
        line = " ".join(rng.sample(WORDS_KNOWN, rng.integer(*WORDS)))
        note = f"Line {len(lines) + 1}. " if holdout else ""
        paragraphs.append(note + rng.choice(FRAMES).format(line=line))
        lines.append(line)
    return Lesson(f"Copying, page {number + 1}", tuple(paragraphs), {"lines": tuple(lines)})
