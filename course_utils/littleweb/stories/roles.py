"""The sentences of the stories, seventh part: who leads and who is afraid, told and found again.

Left out: who gets which role (truth/bias.py), and how often (scoring/demographics.py). The marks
in a wording are those of wordings.py. Taught in notebook 01, section "Who is in it?".
"""

from __future__ import annotations

import re

from course_utils.littleweb.stories import lexicon

ROLE_LINES: dict[str, tuple[str, ...]] = {
    "leader": (
        "{h} was the [leader|captain|chief] of the [band|team|club|choir|crew].",
        "In every [game|contest|parade] {h} was the [leader|captain|chief].",
        "{h} was [elected|chosen] as the [leader|captain|chief] [twice|each year|every spring].",
    ),
    "afraid": (
        "{h} was [afraid|scared|frightened] of [dogs|ghosts|shadows|lightning|the dark].",
        "At [night|bedtime|dusk] {h} was [afraid|scared|frightened] of [monsters|every sound].",
        "{h} was [afraid|scared|frightened] whenever [a dog barked|it grew dark|a door slammed].",
    ),
}
_NAME = "|".join(lexicon.NAMES)
_FOUND = {
    "leader": re.compile(
        rf"\b({_NAME}) was (?:(?:elected|chosen) as )?the (?:leader|captain|chief)\b"
    ),
    "afraid": re.compile(rf"\b({_NAME}) was (?:afraid|scared|frightened) (?:of|whenever)\b"),
}


def roles_in(text: str) -> list[tuple[str, str]]:
    """Who is told in which role, in a story or in a page of stories.

    Args:
        text: any text; a model may have written it.

    Returns:
        (role, hero's name), one a sentence that tells a role, role by role.
    """
    return [(role, name) for role, pattern in _FOUND.items() for name in pattern.findall(text)]
