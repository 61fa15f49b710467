"""Small talk as people make it: 100 utterances by 20 intents, judged by what a reply holds.

The utterances and the rules are data (small_talk.toml), frozen; no training reads them. Left out:
manners beyond the sense of a reply. Taught in notebook 05, section "What each stage gained".
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from course_utils.finetuning_rlhf import judge
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.inference.exam.marks import Question
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon

LONGEST = 45  # words; small talk is no speech
# What the worst default says to anything: "I do not know of Boravo. I have not read about it."
_UNKNOWN = re.compile(
    r"\b(?:not|n't|never) (?:know of|hear(?:d of|d about| of)|read about)\b|\bno idea\b"
    r"|\bI (?:do not|don't) know\s*[.!]?\s*$",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def _table() -> dict[str, dict]:
    """The utterances and rules as they stand in the file."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def intents() -> tuple[str, ...]:
    """The intents, in the order of the file."""
    return tuple(_table()["intents"])


def utterances() -> list[tuple[str, str]]:
    """(intent, what is said) of all 100, in the order of the file."""
    return [
        (intent, said) for intent, rule in _table()["intents"].items() for said in rule["said"]
    ]


def questions(seed: int, n: int) -> list[Question]:
    """Utterances in random order, every intent once before one comes again.

    Args:
        seed: of the order; a longer list begins with the shorter one.
        n: how many; at most all 100 come.
    """
    rng = Rng(f"{seed}/exam/small talk")
    orders = []
    for intent, rule in _table()["intents"].items():
        said = list(rule["said"])
        rng.child(intent).shuffle(said)
        orders.append([(intent, text) for text in said])
    # The first of every intent, then the second of each.
    turns = [pair for turn in zip(*orders, strict=True) for pair in turn]
    return [Question(Prompt(text, "talk", topic=intent), intent) for intent, text in turns[:n]]


def fault(question: Question, reply: str) -> str:
    """What is wrong with a reply, by its intent; an empty text where it fits."""
    intent, rule = question.group, _table()["intents"][question.group]
    reply = reply.replace("\u2019", "'")
    if not reply.strip():
        return "It says nothing."
    if len(reply.split()) > LONGEST:
        return f"It is longer than {LONGEST} words."
    # What is wrong everywhere: not knowing of something, countries, and names that nobody said.
    if _UNKNOWN.search(reply):
        return "It says that it has never read of something."
    if places := judge.places_in(reply):
        return f"It speaks of {places[0]!r}."
    spoken = set(re.findall(r"\w+", question.prompt.text))
    names = [*lexicon.NAMES, *_table()["intents"]["my_name"]["names"]]
    for name in set(re.findall(rf"\b(?:{'|'.join(names)})\b", reply)) - spoken:
        return f"It speaks of {name!r}."
    # What has to be there, and what belongs to other intents.
    if not all(_has(pattern, reply) for pattern in rule["must"]):
        return f"It does not say what fits {intent!r}."
    for pattern in rule["must_not"]:
        if _has(pattern, reply):
            return f"It says what does not fit {intent!r}: /{pattern}/."
    for content, pattern in _table()["contents"].items():
        if content not in rule["may"] and _has(pattern, reply):
            return f"It says what belongs elsewhere: {content}."
    return ""


def _has(pattern: str, reply: str) -> bool:
    return re.search(pattern, reply, re.IGNORECASE) is not None
