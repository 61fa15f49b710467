"""How a wording becomes a sentence: brackets with choices, and marks for names and things.

A wording such as "{h} was [@glad] and [sang|danced]." is split into its parts once; telling it
picks one of each bracket and fills in the marks. Left out: which wording is told when
(tale.py). Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

import re
from functools import cache

from course_utils.littleweb.stories import lexicon

BRACKET = re.compile(r"\[([^]]*)\]")


@cache
def parts_of(wording: str) -> tuple[str | tuple[str, ...], ...]:
    """A wording as fixed strings and tuples of choices, in turn."""
    # Splitting at a group gives what is between the brackets and what is in them by turns.
    pieces = BRACKET.split(wording)
    return tuple(choices(piece) if i % 2 else piece for i, piece in enumerate(pieces))


def choices(inside: str) -> tuple[str, ...]:
    """What a bracket stands for: "a|b" or "@glad"; "@glad!" starts with a capital."""
    options: list[str] = []
    for option in inside.split("|"):
        if option.startswith("@"):
            words = lexicon.WORDS[option[1:].rstrip("!")]
            options += [w.capitalize() for w in words] if option.endswith("!") else words
        else:
            options.append(option)
    return tuple(options)


class Words(dict):
    """The words of a story; "{x+}" is the word of "{x}" with a capital letter."""

    def __missing__(self, key: str) -> str:
        word = self[key[:-1]] if key.endswith("+") else ""
        if not word:
            raise KeyError(f"the story has no word for {{{key}}}; it has {', '.join(self)}")
        return word[0].upper() + word[1:]
