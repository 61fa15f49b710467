"""Small talk: the intents of small_talk.toml, how people say them, and which replies fit.

Left out: the grammar of further wordings (talk_grammar.py), and how the four writers reply
(chat_writers.py). Taught in notebook 04, section "Four writers".
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from course_utils.finetuning_rlhf import talk_grammar
from course_utils.finetuning_rlhf.made_up import is_holdout, made_up_person
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
PEOPLE: tuple[str, ...] = tuple(_TABLES.pop("people"))
_PARTS = {part: [name for name in PEOPLE if is_holdout(name) == part] for part in (False, True)}
UNCLEAR = "unclear"
UNCLEAR_WEIGHT = 3  # drawn as often as three other intents: a surprise shall end there
INVENTED_NAMES = 0.5  # share of the persons whose names are made up, so that names are copied
GRAMMAR_SHARE = 0.6  # share of the training wordings that the grammar says
RANDOM_UNCLEAR = 0.3  # share of what means nothing that is drawn letter by letter or word by word


@dataclass(frozen=True)
class SmallTalk:
    """One intent of small talk: how people say it, and which replies fit.

    Args:
        phrasings: the fixed ones for training; talk_grammar.py says more.
        holdout: for scoring only.
        replies: the careful ones; {name} is the name that the user said.
        terse: a short one.
    """

    phrasings: tuple[str, ...]
    holdout: tuple[str, ...]
    replies: tuple[str, ...]
    terse: str


SMALL_TALK: dict[str, SmallTalk] = {
    intent: SmallTalk(
        tuple(table["wordings"]), tuple(table["holdout"]), tuple(table["replies"]), table["terse"]
    )
    for intent, table in _TABLES.items()
}


def plain(text: str) -> str:
    """A text in small letters and without its marks, as two wordings are compared."""
    return re.sub(r"[^\w{} ]", "", text.casefold()).strip()


# The wordings of an exam, by their hash alone: no example may have one, and none is read here.
RESERVED = frozenset(
    Path(__file__).with_name("small_talk_reserved.txt").read_text(encoding="ascii").split()
)
_HOLDOUT = frozenset(plain(text) for talk in SMALL_TALK.values() for text in talk.holdout)


def person(rng: Rng, holdout: bool = False) -> str:
    """A person's first name, one of the list or a made-up one; the part for scoring is apart."""
    if rng.happens(INVENTED_NAMES):
        return made_up_person(rng, holdout)
    return rng.choice(_PARTS[holdout])


def small_talk(rng: Rng, holdout: bool, intent: str | None = None) -> Prompt:
    """Something said to no purpose, in a fixed phrasing or in one that the grammar says.

    Args:
        rng: the stream that decides.
        holdout: take the phrasings and names that no training uses; they are all fixed.
        intent: a key of SMALL_TALK; None draws one.
    """
    # an intent first, so that one with many phrasings is not drawn more often
    weights = [UNCLEAR_WEIGHT if one == UNCLEAR else 1 for one in SMALL_TALK]
    intent = intent or rng.weighted(tuple(SMALL_TALK), weights)
    talk = SMALL_TALK[intent]
    phrasings = talk.holdout if holdout else talk.phrasings
    number = rng.below(len(phrasings))
    text, replies, name = phrasings[number], talk.replies, None
    if not holdout and rng.happens(GRAMMAR_SHARE):
        # numbered after the fixed ones, all as one
        number, text = len(phrasings), _by_grammar(intent, rng)
    if "{name}" in text:
        name = person(rng, holdout)
        text, replies = text.format(name=name), tuple(one.format(name=name) for one in replies)
    elif intent == UNCLEAR and not holdout and rng.happens(RANDOM_UNCLEAR):
        text = _meaningless(rng)
    return Prompt(text, "talk", name, replies, None, number, holdout, topic=intent)


def _by_grammar(intent: str, rng: Rng) -> str:
    """A wording of the grammar that holds none of those for scoring, marks and capitals aside."""
    while True:
        text = talk_grammar.wording(intent, rng)
        if not is_reserved(text) and not any(one in plain(text) for one in _HOLDOUT):
            return text


def is_reserved(text: str) -> bool:
    """Whether a text is one of an exam's, marks and capitals aside."""
    words = " ".join(re.findall(r"\w+", text.casefold()))
    return sha256(words.encode()).hexdigest()[:12] in RESERVED


def terse(prompt: Prompt) -> str:
    """The short reply to small talk; of a greeting by name it keeps the name."""
    return SMALL_TALK[prompt.topic].terse.format(name=prompt.country)


def _meaningless(rng: Rng) -> str:
    """Letters, digits or words that say nothing: "kfw", "318", "purple acorn"."""
    sort = rng.below(3)
    if sort == 0:
        return "".join(rng.choice("bcdfghjklmnpqrstvwxz") for _ in range(rng.integer(3, 7)))
    if sort == 1:
        return str(rng.below(100_000))
    words = [rng.choice(lexicon.ADJECTIVES), rng.choice(lexicon.THINGS)]
    return " ".join(words[: rng.integer(1, 2)])
