"""Lessons in capital letters: names of countries in small letters, and as they are written.

So a name in small letters, as people type it, becomes the same name to a model. Left out: whole
messages (school/messages.py). Taught in no notebook yet.
"""

from __future__ import annotations

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites.lesson import Lesson
from course_utils.littleweb.truth import world

COUNTRIES = world.countries()
LINES = 30  # per page
PAIRS = (2, 3)  # names per line, at least and at most
FRAMES = (
    "Wrong: {low}. Right: {high}.",
    "She wrote {low}, and the teacher corrected it to {high}.",
    "Not {low} but {high}.",
    "In small letters: {low}. As it is written: {high}.",
    "We changed {low} into {high}.",
    "Typed without capitals: {low}. With capitals: {high}.",
)
OPENINGS = (
    "Capital letters, lesson {n}. Names of countries begin with a large letter.",
    "In lesson {n} we correct names that were typed without capitals.",
    "Lesson {n} is about large letters. Each line has the mistakes first.",
    "Page {n}: somebody forgot the capital letters, and we put them back.",
)


def lesson(seed: int | str, number: int, holdout: bool) -> Lesson:
    """The lesson of that number: its title, its paragraphs and its truth.

    Args:
        seed: of the whole web.
        number: of the lesson among those with capitals.
        holdout: True for the shape in which the lines have numbers.
    """
    rng = Rng(f"{seed}/copybook/capitals/{number}")
    paragraphs, named = [rng.choice(OPENINGS).format(n=number + 1)], []
    for line in range(LINES):
        names = [world.name_in_text(name) for name in rng.sample(COUNTRIES, rng.integer(*PAIRS))]
        low, high = _listed([name.lower() for name in names]), _listed(names)
        note = f"Line {line + 1}. " if holdout else ""
        paragraphs.append(note + rng.choice(FRAMES).format(low=low, high=high))
        named += names
    return Lesson(f"Capitals, page {number + 1}", tuple(paragraphs), {"capitals": tuple(named)})


def _listed(names: list[str]) -> str:
    """ "Peru, Chad and the Gambia"."""
    return f"{', '.join(names[:-1])} and {names[-1]}"
