"""Reading a story back: its characters, place and ending, and whether they agree.

The reader knows the lexicon and the forms of openings, roles, problems and endings, nothing else;
so a story that a model wrote is read like one of the simulator's own. Left out: taste, and whether
a story was copied from the corpus (pretraining/evaluate.py). Taught in notebook 03, section "What
does it know?"; roles in notebook 01, section "Who is in it?".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon
from course_utils.littleweb.stories.cast import draw_cast
from course_utils.littleweb.stories.grammar import BRACKET, choices
from course_utils.littleweb.stories.tale import Tale
from course_utils.littleweb.stories.wordings import ENDINGS, PROBLEMS

MIN_SENTENCES = 6  # before the ending; a shorter story skips the problem or the attempts
MAX_CHARACTERS = 3
_NAME = "|".join(lexicon.NAMES)
_KIND = "|".join(lexicon.KINDS)
_PLACE = "|".join(lexicon.PLACES)
# What may stand in place of a mark; in a model's story the pronoun may be any.
_FILLS = {
    "h": rf"\b(?:{_NAME})\b",
    "f": rf"\b[Tt]he (?:{_KIND})\b",
    **dict.fromkeys("pq", f"(?:{_PLACE})"),
    "T": "(?:" + "|".join(sorted(lexicon.THINGS, key=len, reverse=True)) + ")",
    **dict.fromkeys(("he", "fhe"), "(?:she|he)"),
    **dict.fromkeys(("him", "fhim"), "(?:her|him)"),
    **dict.fromkeys(("his", "fhis"), "(?:her|his)"),
    **dict.fromkeys(("s", "s_to", "at", "t"), r"[a-z ]+"),
}
# How wordings.ROLE_LINES tell a role, whatever comes after.
_ROLES = {
    "leader": re.compile(
        rf"\b({_NAME}) was (?:(?:elected|chosen) as )?the (?:leader|captain|chief)\b"
    ),
    "afraid": re.compile(rf"\b({_NAME}) was (?:afraid|scared|frightened) (?:of|whenever)\b"),
}
# Which endings answer which problem.
ANSWERS = {
    **dict.fromkeys(("wind", "roll", "thief", "drift", "drop", "quarrel"), ("found", "lost")),
    **dict.fromkeys(("stuck_high", "stuck_hole", "stuck_water"), ("freed", "waiting")),
    "want": ("shared", "kept"),
    "break": ("mended", "broken", "unforgiven"),
    "gift": ("given", "not_given"),
    "reach": ("reached", "turned_back"),
    "race": ("won", "beaten", "tied"),
}


@dataclass(frozen=True)
class ParsedStory:
    """What a story says: the names in it, its place and its ending.

    Args:
        characters: names, and "the fox" and the like, in the order of their first appearance.
        place: the place in the first sentence, or None.
        ending: a key of wordings.ENDINGS, or None when no ending sentence is found.
        hero: the hero that the ending sentence names, or None.
        friend: the friend in the ending sentence ("the fox"), or None.
        thing: the thing in the ending sentence, or None.
        ending_places: the places in the ending sentence.
        body: the text before the ending sentence.
    """

    characters: tuple[str, ...]
    place: str | None
    ending: str | None
    hero: str | None = None
    friend: str | None = None
    thing: str | None = None
    ending_places: tuple[str, ...] = ()
    body: str = ""


@dataclass(frozen=True)
class Opening:
    """A first sentence for a model to go on from, with what it promises."""

    prompt: str
    characters: tuple[str, ...]
    place: str


def _pattern(wording: str) -> re.Pattern[str]:
    """The regular expression of a wording; {h}, {f}, {T}, {p} and {q} become groups."""
    out: list[str] = []
    named: set[str] = set()
    for number, piece in enumerate(BRACKET.split(wording)):
        # Every second piece is a bracket: any of its choices may stand there.
        if number % 2:
            out.append("(?:" + "|".join(map(re.escape, choices(piece))) + ")")
            continue
        # In the others every second part is a mark, which stands for the same each time.
        for turn, part in enumerate(re.split(r"\{(\w+\+?)\}", piece)):
            key = part.rstrip("+")
            if turn % 2 == 0:
                out.append(re.escape(part))
            elif key in named:
                out.append(f"(?P={key})")
            elif len(key) == 1 and key in "hfTpq":
                named.add(key)
                fill = _FILLS[key].replace("(?:the", "(?:[Tt]he").replace("|the", "|[Tt]he")
                out.append(f"(?P<{key}>{fill if part.endswith('+') else _FILLS[key]})")
            else:
                out.append(_FILLS[key])
    # A choice inside the sentence may hold {his}; fill those marks too.
    filled = re.sub(r"\\\{(\w+)\\\}", lambda mark: _FILLS[mark.group(1)], "".join(out))
    return re.compile(filled)


@lru_cache(maxsize=1)
def _endings() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (kind, _pattern(wording)) for kind, wordings in ENDINGS.items() for wording in wordings
    )


@lru_cache(maxsize=1)
def _problems() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (kind, _pattern(wording))
        for kind, wordings in PROBLEMS.items()
        if kind in ANSWERS
        for wording in wordings
    )


@dataclass(frozen=True)
class _Sentence:
    """A sentence whose form is known: a kind of ending or problem, and where it stands."""

    kind: str
    match: re.Match[str]


def _first(text: str, patterns: tuple[tuple[str, re.Pattern[str]], ...]) -> _Sentence | None:
    """The sentence that starts first."""
    sentences = [_Sentence(k, match) for k, pattern in patterns if (match := pattern.search(text))]
    return min(sentences, key=lambda sentence: sentence.match.start(), default=None)


def parse(text: str) -> ParsedStory:
    """Read a story; what comes after its ending sentence is left aside.

    Args:
        text: a story with or without its title; a model may have written on after the end.

    Returns:
        What the text itself says; None for what is missing.
    """
    text = re.sub(r"\A(?:[^.!?\n]+\n+)", "", text.strip())  # a title has no full stop
    text = re.sub(r"\s+", " ", text)
    # The ending sentence divides the story from what a model may have written after it.
    ending = _first(text, _endings())
    body = text[: ending.match.start()] if ending else text
    told = text[: ending.match.end()] if ending else text
    mentions = re.findall(rf"\b(?:{_NAME}|[Tt]he (?:{_KIND}))\b", without_by_names(told))
    characters = tuple(dict.fromkeys(re.sub("^The ", "the ", name) for name in mentions))
    opening_place = re.search(_PLACE, re.split(r"(?<=[.!?]) ", text)[0])
    place = opening_place.group() if opening_place else None
    if not ending:
        return ParsedStory(characters, place, None, body=body)
    groups = ending.match.groupdict()
    return ParsedStory(
        characters,
        place,
        ending.kind,
        groups.get("h"),
        groups.get("f"),
        groups.get("T"),
        tuple(groups[key].lower() for key in "pq" if groups.get(key)),
        body,
    )


def roles_in(text: str) -> list[tuple[str, str]]:
    """Who is told in which role, in a story or in a page of stories.

    Args:
        text: any text; a model may have written it.

    Returns:
        (role, hero's name), one a sentence that tells a role, role by role.
    """
    return [(role, name) for role, pattern in _ROLES.items() for name in pattern.findall(text)]


def problems(text: str, opening: Opening | None = None) -> list[str]:
    """What does not hold together in a story, one sentence each; none means coherent.

    Args:
        text: the story, its opening sentence included.
        opening: what the story was asked to be about; None takes the story's own first sentence.
    """
    story = parse(text)
    if story.ending is None:
        return ["No sentence says what became of the goal."]
    complaints = []
    names = _names(story)
    hero = opening.characters[0] if opening else next(iter(names), None)
    place = opening.place if opening else story.place
    if names[:1] != [hero]:
        complaints.append(f"The story begins with {names[:1]}, but was to be about {hero}.")
    if story.place is None or story.place != place:
        complaints.append(f"The story begins at {story.place}, but was to begin at {place}.")
    if len(re.findall(r"[.!?]\"?(?= |$)", story.body)) < MIN_SENTENCES:
        complaints.append(f"Fewer than {MIN_SENTENCES} sentences come before the ending.")
    return complaints + _cast_problems(story) + _ending_problems(story, hero)


def _names(story: ParsedStory) -> list[str]:
    """The characters that have a name; the others are "the fox" and so on."""
    return [name for name in story.characters if not name.startswith("the ")]


def _cast_problems(story: ParsedStory) -> list[str]:
    """Characters who come from nowhere, are too many, or change into another animal."""
    complaints = []
    if len(story.characters) > MAX_CHARACTERS:
        complaints.append(f"{len(story.characters)} characters are too many for one story.")
    # Who has a name is introduced with one kind.
    for name in _names(story):
        kinds = re.findall(
            rf"\b{name} the (?:[a-z]+ )?({_KIND})\b|\b({_KIND}) (?:called|named) {name}\b",
            story.body,
        )
        if not kinds:
            complaints.append(f"{name} is never introduced.")
        elif len({first or second for first, second in kinds}) > 1:
            complaints.append(f"{name} changes from one kind into another.")
    # Who has none is "a fox" before it is "the fox".
    body = without_by_names(story.body)
    others = dict.fromkeys(re.findall(rf"\b[Tt]he ({_KIND})\b", body))
    complaints += [
        f"The {kind} comes from nowhere." for kind in others if not is_introduced(kind, body)
    ]
    if len(others) >= MAX_CHARACTERS:
        complaints.append(f"{len(others)} others are too many for one story.")
    return complaints


def without_by_names(text: str) -> str:
    """The text with "Ines the cat" as "Ines", so that "the cat" is somebody else."""
    return re.sub(rf"\b({_NAME}) the (?:[a-z]+ )?(?:{_KIND})\b", r"\1", text)


def is_introduced(kind: str, body: str) -> bool:
    """Whether "a fox", or "a kind fox", comes before "the fox" first does.

    Args:
        kind: a kind of the lexicon, such as "fox".
        body: the story up to its ending.
    """
    first = re.search(rf"\b[Aa]n? (?:[a-z]+ )?{kind}\b", body)
    after = re.search(rf"\b[Tt]he {kind}\b", body)
    return first is not None and (after is None or first.start() < after.start())


def _ending_problems(story: ParsedStory, hero: str | None) -> list[str]:
    """What the ending says that the story before it does not bear out."""
    complaints = []
    # Everybody and everything in the ending sentence has to come before it too.
    if story.hero != hero:
        complaints.append(f"The ending is about {story.hero}, but the hero is {hero}.")
    if story.friend and not is_introduced(story.friend[4:], story.body):
        complaints.append(f"The ending names {story.friend}, who had no part in the story.")
    for place in story.ending_places:
        if place not in story.body:
            complaints.append(f"The ending is at {place}, where nobody went.")
    if story.thing and not re.search(rf"\b{story.thing}\b", story.body):
        complaints.append(f"The ending is about the {story.thing}, which nobody had.")
    # The problem that the story tells must be the one that the ending answers.
    problem = _first(story.body, _problems())
    if problem and story.ending not in ANSWERS[problem.kind]:
        complaints.append(f"The ending ({story.ending}) answers another problem ({problem.kind}).")
    thing = problem and problem.match.groupdict().get("T")
    if thing and story.thing and thing != story.thing:
        complaints.append(
            f"The problem was the {thing}, but the ending is about the {story.thing}."
        )
    return complaints


def is_coherent(text: str, opening: Opening | None = None) -> bool:
    """True when `problems` finds none."""
    return not problems(text, opening)


def openings(n: int, seed: int | str) -> list[Opening]:
    """First sentences whose pair of hero and place stands on no page of the Little Web.

    Args:
        n: how many; all are different.
        seed: any; other seeds give other openings.
    """
    by_prompt: dict[str, Opening] = {}
    number = 0
    while len(by_prompt) < n:
        rng = Rng(f"{seed}/openings/{number}")
        cast = draw_cast(rng, holdout_opening=True)
        prompt = Tale(rng, cast).lines[0].text
        by_prompt.setdefault(prompt, Opening(prompt, (cast.hero,), cast.place))
        number += 1
    return list(by_prompt.values())
