"""The grammar of small talk: each intent said in thousands of ways, out of talk_grammar.toml.

Who learns a few wordings by heart understands no other one. Left out: the fixed wordings, those
for scoring, and the replies (small_talk.py). Taught in notebook 04, section "Four writers".
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from course_utils.littleweb.rng import Rng

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
ENDS = {"asks": "?", "says": ".", "wants": "."}  # the sorts of sentences, with their end marks
CALLS = "calls"  # said as they stand
LEAD_SHARE, TAIL_SHARE = 0.25, 0.15  # shares of the sentences with a lead-in, with a tail
_CHOICE = re.compile(r"\[(\w+)\]|\(([^()]*)\)")  # a slot, or an innermost (one/other)

_BEFORE_VOWEL = re.compile(r"\b([Aa]) (?=(?!one|use|uni)[aeiou])")  # an "a" that is to be "an"


def _entries(text: str) -> tuple[str, ...]:
    """The entries of a table, which "|" or a new line parts."""
    return tuple(entry.strip() for entry in re.split(r"[|\n]", text) if entry.strip())


_SLOTS = {
    intent: {name: _entries(text) for name, text in table.items()}
    for intent, table in _TABLES.items()
}
_SHARED = _SLOTS.pop("shared")
# intent -> (sort, template) of every template
TEMPLATES: dict[str, tuple[tuple[str, str], ...]] = {
    intent: tuple((sort, one) for sort in (*ENDS, CALLS) for one in slots.get(sort, ()))
    for intent, slots in _SLOTS.items()
}


def expand(template: str, intent: str, rng: Rng) -> str:
    """A template with one entry for each of its slots and one side of each of its (one/other).

    Args:
        template: such as "(can/could) you come [when]".
        intent: whose slots it names; those of all intents are known too.
        rng: draws the entries.

    Raises:
        KeyError: a slot that neither the intent nor all of them have.
    """
    slots = _SHARED | _SLOTS[intent]
    # entries may hold slots themselves, so it goes on until none is left
    while found := _CHOICE.search(template):
        slot, sides = found.groups()
        chosen = rng.choice(slots[slot] if slot else sides.split("/"))
        template = template[: found.start()] + chosen + template[found.end() :]
    return template


def wording(intent: str, rng: Rng) -> str:
    """An intent said in a way that the grammar knows, often with a lead-in or a tail.

    Args:
        intent: a key of TEMPLATES.
        rng: the stream that decides.

    Returns:
        The text, with "{name}" where the speaker's name belongs.
    """
    sort, template = rng.choice(TEMPLATES[intent])
    text = expand(template, intent, rng)
    if sort != CALLS:
        if rng.happens(LEAD_SHARE):
            text = f"{rng.choice(_SHARED[f'lead_{sort}'])} {text}"
        if rng.happens(TAIL_SHARE):
            text += rng.choice(_SHARED[f"tail_{sort}"])
        text += ENDS[sort]
    # what was left out has left its spaces behind
    text = re.sub(r" +(?=[ ,.?!]|$)", "", text).strip()
    text = _BEFORE_VOWEL.sub(r"\1n ", text)
    return text[0].upper() + text[1:]
