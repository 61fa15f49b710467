"""Local news: a small place, three facts about one thing, and what people said.

The facts stand on the news site alone, which the training mix gives no share. So a model can only
know them by reading the page.
Left out: anything about real places.
Taught in no notebook yet; site.questions() is for notebook 05.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng

HOST = "http://news.littleweb.test"
_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_NAMES: dict[str, list[str]] = _TABLE["names"]
PLACES = tuple("".join(parts) for parts in product(_NAMES["place"], _NAMES["place_end"]))
HOLDOUT_EVERY = 8
SHIFT = 5  # 205 and the number of topics have no common factor: a place has all of them in turn


@dataclass(frozen=True)
class Question:
    """What a page of the news answers.

    Args:
        question: such as "How long is the new bridge at Harrowford?"
        answer: the words of the page, such as "140 metres".
        url: address of the page.
    """

    question: str
    answer: str
    url: str


def _person(rng: Rng) -> str:
    """A first and a last name."""
    return f"{rng.choice(_NAMES['first'])} {rng.choice(_NAMES['last'])}"


def _value(kind: str, rng: Rng) -> str:
    """What a fact of a kind says."""
    if kind in _TABLE["values"]:
        return rng.choice(_TABLE["values"][kind])
    makers = {
        "person": lambda: _person(rng),
        "metres": lambda: f"{rng.integer(4, 48) * 5} metres",
        "minutes": lambda: f"{rng.integer(7, 55)} minutes",
        "number": lambda: str(rng.integer(11, 90)),
        "line": lambda: str(rng.integer(11, 90)),
        "hundreds": lambda: f"{rng.integer(12, 90) * 100:,}",
        "thousands": lambda: f"{rng.integer(12, 90)},000 coins",
        "coins": lambda: f"{rng.integer(3, 19)} coins",
        "year": lambda: str(rng.integer(1610, 1960)),
    }
    return makers[kind]()


def _said(sentence: str, rng: Rng, **values: str) -> str:
    """A sentence with its slots and values filled, and a capital at its start."""
    slots = _TABLE["slots"]
    text = re.sub(r"\[(\w+)\]", lambda match: rng.choice(slots[match.group(1)]), sentence)
    text = text.format(**values)
    return text[0].upper() + text[1:]


def page(seed: int | str, number: int) -> Page:
    """The article of that number.

    Args:
        seed: of the whole web.
        number: of the article; place and topic together come again after 2,400.
    """
    rng = Rng(f"{seed}/news/articles/{number}")
    places = list(PLACES)
    Rng(f"{seed}/news/places").shuffle(places)
    place = places[number % len(places)]
    topics = _TABLE["topics"]
    # Topics move on when the places begin anew, so that a place has other news then.
    topic = topics[(number + SHIFT * (number // len(places))) % len(topics)]
    around = _TABLE["around"]
    paragraphs, questions = [], []
    others = rng.sample(around["more"], rng.integer(11, 14))
    rows = [rng.choice(around["openings"])]
    for fact in rng.sample(topic["facts"], len(topic["facts"])):
        value = _value(fact["kind"], rng)
        rows += [rng.choice(fact["says"]), *(others.pop() for _ in range(2))]
        said = [_said(sentence, rng, place=place, value=value) for sentence in rows]
        paragraphs.append(" ".join(said))
        questions.append((fact["asks"].format(place=place), value))
        rows = []
    paragraphs.append(" ".join(_said(sentence, rng, place=place) for sentence in others))
    holdout = number % HOLDOUT_EVERY == HOLDOUT_EVERY - 1
    if holdout:  # a telegram's shape: one paragraph, begun with the place
        paragraphs = [f"{place.upper()}. " + " ".join(paragraphs)]
    return Page(
        url=f"{HOST}/{place.lower()}/{number}.html", site="news", kind="article",
        title=topic["title"].format(place=place), paragraphs=tuple(paragraphs), holdout=holdout,
        truth={"facts": tuple(questions)},
    )  # fmt: skip
