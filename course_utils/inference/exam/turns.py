"""Conversations of two and three turns, whose last question needs what was said before.

The user's name, a question that follows up on a country, the same question about another country,
and what the user likes; in half of them something unrelated comes between. Earlier replies are
given, true and in the asked form, so that one part's mistakes do not become another's. Left out:
long conversations, which leave the context (chat.py). Taught in notebook 05, section
"What each stage gained".
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from course_utils.finetuning_rlhf import judge
from course_utils.finetuning_rlhf.chat_data import evaluation_questions
from course_utils.finetuning_rlhf.chat_writers import statement
from course_utils.finetuning_rlhf.questions import NOUN_PHRASES, Prompt
from course_utils.inference.exam.marks import Question
from course_utils.littleweb.english import with_article
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon

SORTS = ("name", "follow_up", "switch", "liking")
Turns = tuple[tuple[str, str], ...]


@lru_cache(maxsize=1)
def _table() -> dict[str, dict]:
    """The conversations' wordings as they stand in the file."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def questions(seed: int, split_seed: int, n: int) -> list[Question]:
    """The last questions of conversations, with the turns before them; the sorts go in turn.

    Args:
        seed: of what is drawn; a longer list begins with the shorter one.
        split_seed: of the split of the countries; only those that the chat data never mentions.
        n: how many.
    """
    facts, drawn = evaluation_questions(split_seed), []
    for number in range(n):
        rng = Rng(f"{seed}/exam/turns/{number}")
        sort = SORTS[number % len(SORTS)]
        # Every second round of the sorts has something in between.
        between = _between(rng) if number // len(SORTS) % 2 else ()
        if sort in ("name", "liking"):
            drawn.append(_told(sort, between, rng))
        else:
            drawn.append(_about_countries(sort, facts, between, rng))
    return drawn


def _between(rng: Rng) -> Turns:
    said, heard = rng.choice(_table()["between"]["pairs"])
    return ("user", said), ("assistant", heard)


def _told(sort: str, between: Turns, rng: Rng) -> Question:
    """The user tells a name or a liking, and asks for it."""
    table = _table()[sort]
    if sort == "liking":
        table = table[rng.choice(tuple(table))]
    value = rng.choice(table["values"])
    told, heard = rng.choice(table["told"]), rng.choice(table["heard"])
    before = ("user", told.format(value)), ("assistant", heard.format(value)), *between
    # Any other value is wrong, and so is another person's name.
    others = [other for other in (*table["values"], *lexicon.NAMES) if other != value]
    prompt = Prompt(rng.choice(table["asked"]), "talk", topic=sort, before=before)
    return Question(prompt, sort, (value,), tuple(others))


def _about_countries(sort: str, facts: list[Prompt], between: Turns, rng: Rng) -> Question:
    """A question about a country, answered; then one about its next fact, or the next country."""
    first, second = _pair(facts, sort, rng)
    what = NOUN_PHRASES[first.kind].format(country=with_article(first.country))
    before = (
        ("user", f"What is {what}?"),
        ("assistant", statement(first.kind, first.country, first.answers[0])),
        *between,
    )
    table = _table()[sort]
    wording = rng.choice(table["asked"] if sort == "switch" else table[second.kind])
    text = wording.format(with_article(second.country))
    return Question(replace(second, text=text, before=before, holdout=True, phrasing=0), sort)


def _pair(facts: list[Prompt], sort: str, rng: Rng) -> tuple[Prompt, Prompt]:
    """Two facts: of one country and of kinds that can be followed up, or of one kind."""
    while True:
        first = rng.choice(facts)
        if sort == "switch":
            rest = [f for f in facts if f.kind == first.kind and f.country != first.country]
        else:
            kinds = set(_table()["follow_up"]) - {first.kind}
            rest = [f for f in facts if f.country == first.country and f.kind in kinds]
        # An answer that would be right to both questions shows nothing.
        rest = [fact for fact in rest if not set(fact.answers) & set(first.answers)]
        if rest:
            return first, rng.choice(rest)


def fault(question: Question, reply: str) -> str:
    """What is wrong with a reply: it has to hold the right value, and no other."""
    if not question.right:
        verdict = judge.judge(question.prompt, reply)
        return "" if verdict.right else verdict.reason
    if judge.refuses(reply):
        return "It says that it does not know."
    # "I like otters" is kept by "an otter", too.
    if not any(_stands(value, reply) for value in question.right):
        return f"It does not say {question.right[0]!r}."
    for value in question.wrong:
        if _stands(value, reply):
            return f"It says {value!r}, which nobody said."
    return ""


def _stands(value: str, reply: str) -> bool:
    """Whether a value stands in a reply as a word, in the singular or the plural."""
    stem = re.escape(value.removesuffix("s") if value.islower() else value)
    return re.search(rf"\b{stem}s?\b", reply, re.IGNORECASE) is not None
