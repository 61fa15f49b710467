"""Reading lessons: sentences with "it" after two nouns, where the adjective decides for which.

Every frame has both readings, equally often. Some pairs of nouns stand on no page, whatever the
adjective, so that what a model makes of them can be measured.
Left out: "it" that stands for no noun, and sentences that people read differently.
Notebook 03, section "What heads and layers do", asks for them.

Source: Levesque, Davis and Morgenstern 2012, The Winograd Schema Challenge.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from course_utils.littleweb.rng import Rng, seed_number
from course_utils.littleweb.sites.lesson import Lesson

ITEMS = 30  # sentences per page
HELD_OUT_EVERY = 6  # one pair of nouns in so many
OPENINGS = (
    "Lesson {n} is about one small word. In every sentence below, find out what it means.",
    "Read each sentence slowly, and then say what the word it stands for. This is sheet {n}.",
    "Our teacher wrote these sentences on the board on day {n} and asked what it is in each.",
    "Sheet {n}: two things are named in each sentence, and only one of them is meant by it.",
    "The word it is short, but it always points at something. Here is exercise {n}.",
)  # fmt: skip
CLOSINGS = (
    "Cover the answers with your hand and try number {n} again.",
    "If you had {n} of them right, you may read a book now.",
    "Write {n} sentences of this kind of your own for tomorrow.",
    "Ask somebody at home to read number {n} aloud and to explain it.",
)


@dataclass(frozen=True)
class Frame:
    """A sentence with two open nouns and an open adjective.

    Args:
        sentence: with {a}, {b} and {adj}.
        a, b: nouns that may stand in either place.
        a_is, b_is: adjectives that make "it" the first noun, or the second.
    """

    sentence: str
    a: tuple[str, ...]
    b: tuple[str, ...]
    a_is: tuple[str, ...]
    b_is: tuple[str, ...]


@dataclass(frozen=True)
class Pronoun:
    """One sentence, and what "it" stands for in it.

    Args:
        sentence: such as "The animal did not cross the street because it was too tired."
        it: the noun that "it" stands for, such as "animal".
        other: the noun that it does not stand for, such as "street".
        adjective: the words that decide, such as "tired".
        question: such as "What was too tired?"
        answer: such as "The animal."
        frame: number of the frame.
    """

    sentence: str
    it: str
    other: str
    adjective: str
    question: str
    answer: str
    frame: int


def _frames() -> tuple[Frame, ...]:
    """The frames of pronouns.toml, in its order."""
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(
        Frame(row["sentence"], *(tuple(row[key]) for key in ("a", "b", "a_is", "b_is")))
        for row in rows["frames"]
    )


FRAMES = _frames()


def is_held_out(first: str, second: str) -> bool:
    """Whether no page may hold a sentence with these two nouns, in whatever order."""
    pair = "/".join(sorted((first, second)))
    return seed_number(f"school/pronouns/{pair}") % HELD_OUT_EVERY == 0


def _filled(number: int, a: str, b: str, adjective: str) -> Pronoun:
    """The sentence of a frame with its nouns and its adjective."""
    frame = FRAMES[number]
    it, other = (a, b) if adjective in frame.a_is else (b, a)
    how = "too" if " too {adj}" in frame.sentence else "so"
    return Pronoun(
        sentence=frame.sentence.format(a=a, b=b, adj=adjective), it=it, other=other,
        adjective=adjective, question=f"What was {how} {adjective}?", answer=f"The {it}.",
        frame=number,
    )  # fmt: skip


def held_out() -> list[Pronoun]:
    """Sentences that stand on no page, because their two nouns never meet in one there.

    Both readings of a pair of nouns stand side by side, frame after frame: an adjective of the
    first noun, then one of the second, so that two neighbours differ in their adjective alone.

    Returns:
        sentences in the order of the frames; the same for every seed.
    """
    rows = []
    for number, frame in enumerate(FRAMES):
        for a, b in product(frame.a, frame.b):
            if is_held_out(a, b):
                # Where one noun has fewer adjectives, the others are left: readings stay even.
                for pair in zip(frame.a_is, frame.b_is, strict=False):
                    rows += [_filled(number, a, b, adjective) for adjective in pair]
    return rows


def on_pages(count: int, seed: int = 0) -> list[Pronoun]:
    """Sentences that pages may hold, to set beside those of `held_out`.

    Frames take turns, and both readings come equally often; other sentences than any one web has.

    Args:
        count: how many.
        seed: draws nouns and adjectives.
    """
    rng = Rng(f"school/pronouns/on pages/{seed}")
    turns = (divmod(place, len(FRAMES)) for place in range(count))
    return [_drawn(frame, (turn + frame) % 2, rng) for turn, frame in turns]


def _drawn(number: int, reading: int, rng: Rng) -> Pronoun:
    """A sentence of a frame that a page may hold; reading 0 is the first noun, 1 the second."""
    frame = FRAMES[number]
    pairs = [pair for pair in product(frame.a, frame.b) if not is_held_out(*pair)]
    a, b = rng.choice(pairs)
    return _filled(number, a, b, rng.choice((frame.a_is, frame.b_is)[reading]))


def _said(item: Pronoun, rng: Rng) -> str:
    """The sentence with what it means, as a statement or as a question with its answer."""
    if rng.happens(0.3):
        how = item.question.removeprefix("What ").removesuffix("?")
        return f"{item.sentence} The {item.it} {how}."
    return f"{item.sentence} {item.question} {item.answer}"


def lesson(seed: int | str, number: int, holdout: bool) -> Lesson:
    """The lesson of that number: its title, its paragraphs and its truth.

    Args:
        seed: of the whole web.
        number: of the lesson among the reading lessons.
        holdout: True for the shape in which every sentence stands alone.
    """
    rng, items = Rng(f"{seed}/school/pronouns/{number}"), []
    for place in range(number * ITEMS, (number + 1) * ITEMS):
        # Frames take turns, and each frame's readings do.
        frame, turn = place % len(FRAMES), place // len(FRAMES)
        items.append(_drawn(frame, (turn + frame) % 2, rng))
    rng.shuffle(items)
    said = [_said(item, rng) for item in items]
    # Two or three sentences make a paragraph, except in the holdout's shape.
    paragraphs = [rng.choice(OPENINGS).format(n=number + 1)]
    while said:
        size = 1 if holdout else min(len(said), rng.integer(2, 3))
        start = f"Sentence {ITEMS - len(said) + 1}. " if holdout else ""
        paragraphs.append(start + " ".join(said[:size]))
        said = said[size:]
    paragraphs.append(rng.choice(CLOSINGS).format(n=rng.integer(3, ITEMS)))
    return Lesson(f"What is it? Sheet {number + 1}", tuple(paragraphs), {"pronouns": tuple(items)})
