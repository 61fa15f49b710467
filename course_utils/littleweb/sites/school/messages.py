"""Messages typed in haste, and the same in good English: a lesson in writing properly.

The good sentences stand in messages.toml; the hasty ones are made from them by rules: small
letters, no end mark, short forms, apostrophes left out, slips of letters. None states a fact.
So the web shows how people type, names of countries in small letters among it.
Left out: how the questions of the chat data are typed (finetuning_rlhf/typed.py).
Taught in no notebook yet.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites.copybook import names
from course_utils.littleweb.sites.lesson import Lesson
from course_utils.littleweb.truth import world

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
COUNTRIES: tuple[str, ...] = tuple(_TABLES["countries"])  # {country} in each
TALK: tuple[str, ...] = tuple(_TABLES["talk"])
NAMES: tuple[str, ...] = tuple(_TABLES["names"])  # {name} in each
ROUND = ("countries", "talk", "countries", "names", "countries", "talk")
MESSAGES = 24  # per page
FRAMES = (
    "Typed in haste: {hasty} In good English: {good}",
    "She typed: {hasty} She meant: {good}",
    "Message: {hasty} Written properly: {good}",
    "Before: {hasty} After: {good}",
    "On the telephone: {hasty} On paper: {good}",
    "He sent: {hasty} That is: {good}",
)
OPENINGS = (
    "Lesson {n}: people type in haste, and we write their messages again in good English.",
    "For lesson {n} everybody brought messages from a telephone. We wrote them properly.",
    "Messages, page {n}. First as they were typed, then as they should be written.",
    "In lesson {n} we put capitals, marks and missing letters where they belong.",
)
# What people shorten, as whole words in small letters; the second is drawn from.
SHORT = {
    "you": ("u",), "your": ("ur", "yr"), "are": ("r",), "please": ("pls", "plz"), "and": ("n",),
    "thanks": ("thx", "tnx"), "thank you": ("thx", "ty"), "what is": ("whats", "wats"),
    "i am": ("im",), "do not": ("dont",), "it is": ("its",), "can not": ("cant",), "to": ("2",),
    "cannot": ("cant",), "that is": ("thats",), "who is": ("whos",), "how is": ("hows",),
    "where is": ("wheres",), "because": ("cos",), "before": ("b4",), "tomorrow": ("tmrw",),
    "people": ("ppl",), "today": ("2day",), "would not": ("wouldnt",), "have not": ("havent",),
}  # fmt: skip
_SHORT = re.compile(r"\b(?:" + "|".join(sorted(SHORT, key=len, reverse=True)) + r")\b")
SHORTEN, SLIP, KEEP_CAPITALS = 0.6, 0.35, 0.15  # how often


def hasty(text: str, rng: Rng) -> str:
    """A sentence as somebody in haste types it.

    Args:
        text: in good English.
        rng: draws what is left out.
    """
    # Now and then only a name keeps its capital, as where a telephone corrects it.
    kept = rng.happens(KEEP_CAPITALS)
    text = text[0].lower() + text[1:] if kept else text.lower()
    text = _SHORT.sub(
        lambda match: rng.choice(SHORT[match.group()]) if rng.happens(SHORTEN) else match.group(),
        text,
    )
    text = text.replace("'", "")
    if rng.happens(SLIP):
        text = _with_slip(text, rng)
    return text.rstrip(".!?") if rng.happens(0.8) else text


def _with_slip(text: str, rng: Rng) -> str:
    """Two letters of one longer word change places, or one of them is missing or comes twice."""
    words = list(re.finditer(r"[a-z]{5,}", text))
    if not words:
        return text
    match = rng.choice(words)
    word, at = match.group(), rng.integer(1, len(match.group()) - 2)
    changed = (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
    )[rng.below(3)]
    return text[: match.start()] + changed + text[match.end() :]


def lesson(seed: int | str, number: int, holdout: bool) -> Lesson:
    """The lesson of that number: its title, its paragraphs and its truth.

    Args:
        seed: of the whole web.
        number: of the lesson among those with messages.
        holdout: True for the shape in which the messages have numbers.
    """
    rng = Rng(f"{seed}/school/messages/{number}")
    paragraphs, good = [rng.choice(OPENINGS).format(n=number + 1)], []
    for place in range(number * MESSAGES, (number + 1) * MESSAGES):
        sentence = _sentence(seed, place, rng)
        note = f"Message {len(good) + 1}. " if holdout else ""
        frame = rng.choice(FRAMES)
        paragraphs.append(note + frame.format(hasty=hasty(sentence, rng), good=sentence))
        good.append(sentence)
    return Lesson(f"Messages, page {number + 1}", tuple(paragraphs), {"messages": tuple(good)})


def _sentence(seed: int | str, place: int, rng: Rng) -> str:
    """A sentence in good English; the countries take turns."""
    sort = ROUND[place % len(ROUND)]
    if sort == "countries":
        countries = world.countries()
        # Neighbours in the list are spread over the pages by a step that visits all.
        country = countries[(place // 2) * 89 % len(countries)]
        return rng.choice(COUNTRIES).format(country=world.name_in_text(country))
    if sort == "names":
        # From a part of the names that the lessons with names never come to.
        called = names.name(seed, "people", names.count("people") // 4 + place)
        return rng.choice(NAMES).format(name=called)
    return rng.choice(TALK)
