"""Reading a story back: its characters, place and ending, and whether they agree.

The reader knows the lexicon and the forms of openings, problems and endings, nothing else; so a
story that a model wrote is read like one of the simulator's own. Left out: taste, and whether a
story was copied from the corpus (pretraining/evaluate.py). Taught in notebook 03, section "What
does it know?".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import cast as story_cast
from course_utils.littleweb.stories import lexicon
from course_utils.littleweb.stories.grammar import choices
from course_utils.littleweb.stories.problems import PROBLEMS
from course_utils.littleweb.stories.tale import Tale
from course_utils.littleweb.stories.wordings import ENDINGS

FEWEST_SENTENCES = 6  # before the ending; a shorter story skips the problem or the attempts
MOST_CHARACTERS = 3
_NAME = "|".join(lexicon.NAMES)
_KIND = "|".join(lexicon.KINDS)
_PLACE = "|".join(lexicon.PLACES)
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
        ending: a key of story_wordings.ENDINGS, or None when no ending sentence is found.
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


def _pattern(wording: str) -> str:
    """The regular expression of a wording; {h}, {f}, {T}, {p} and {q} become groups."""
    out, named = [], set()
    for number, piece in enumerate(re.split(r"\[([^]]*)\]", wording)):
        if number % 2:
            out.append("(?:" + "|".join(map(re.escape, choices(piece))) + ")")
            piece = ""
        for place, part in enumerate(re.split(r"\{(\w+\+?)\}", piece)):
            key = part.rstrip("+")
            if place % 2 == 0:
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
    return re.sub(r"\\\{(\w+)\\\}", lambda mark: _FILLS[mark.group(1)], "".join(out))


@lru_cache(maxsize=1)
def _endings() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (kind, re.compile(_pattern(text))) for kind, texts in ENDINGS.items() for text in texts
    )


@lru_cache(maxsize=1)
def _problems() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (kind, re.compile(_pattern(text)))
        for kind, texts in PROBLEMS.items()
        if kind in ANSWERS
        for text in texts
    )


def _first(text: str, patterns: tuple) -> tuple[str, re.Match[str]] | None:
    """The match that starts first, with its kind."""
    found = [(kind, match) for kind, pattern in patterns if (match := pattern.search(text))]
    return min(found, key=lambda pair: pair[1].start(), default=None)


def parse(text: str) -> ParsedStory:
    """Read a story; what comes after its ending sentence is left aside.

    Args:
        text: a story with or without its title; a model may have written on after the end.

    Returns:
        What the text itself says; None for what is missing.
    """
    text = re.sub(r"\A(?:[^.!?\n]+\n+)", "", text.strip())  # a title has no full stop
    text = re.sub(r"\s+", " ", text)
    found = _first(text, _endings())
    body = text[: found[1].start()] if found else text
    told = text[: found[1].end()] if found else text
    cast = re.findall(rf"\b(?:{_NAME}|[Tt]he (?:{_KIND}))\b", without_by_names(told))
    names = tuple(dict.fromkeys(re.sub("^The ", "the ", name) for name in cast))
    opening = re.search(_PLACE, re.split(r"(?<=[.!?]) ", text)[0])
    place = opening.group() if opening else None
    if not found:
        return ParsedStory(names, place, None, body=body)
    groups = found[1].groupdict()
    places = tuple(groups[key].lower() for key in "pq" if groups.get(key))
    return ParsedStory(
        names, place, found[0], groups.get("h"), groups.get("f"), groups.get("T"), places, body
    )


def problems(text: str, opening: Opening | None = None) -> list[str]:
    """What does not hold together in a story, one sentence each; none means coherent.

    Args:
        text: the story, its opening sentence included.
        opening: what the story was asked to be about; None takes the story's own first sentence.
    """
    story = parse(text)
    if story.ending is None:
        return ["No sentence says what became of the goal."]
    found = []
    people = [one for one in story.characters if not one.startswith("the ")]
    hero = opening.characters[0] if opening else next(iter(people), None)
    place = opening.place if opening else story.place
    if people[:1] != [hero]:
        found.append(f"The story begins with {people[:1]}, but was to be about {hero}.")
    if story.place is None or story.place != place:
        found.append(f"The story begins at {story.place}, but was to begin at {place}.")
    if len(re.findall(r"[.!?]\"?(?= |$)", story.body)) < FEWEST_SENTENCES:
        found.append(f"Fewer than {FEWEST_SENTENCES} sentences come before the ending.")
    return found + _cast_problems(story) + _ending_problems(story, hero)


def _cast_problems(story: ParsedStory) -> list[str]:
    """Characters who come from nowhere, are too many, or change into another animal."""
    found = []
    if len(story.characters) > MOST_CHARACTERS:
        found.append(f"{len(story.characters)} characters are too many for one story.")
    for name in [one for one in story.characters if not one.startswith("the ")]:
        kinds = re.findall(
            rf"\b{name} the (?:[a-z]+ )?({_KIND})\b|\b({_KIND}) (?:called|named) {name}\b",
            story.body,
        )
        if not kinds:
            found.append(f"{name} is never introduced.")
        elif len({first or second for first, second in kinds}) > 1:
            found.append(f"{name} changes from one kind into another.")
    body = without_by_names(story.body)
    kinds = dict.fromkeys(re.findall(rf"\b[Tt]he ({_KIND})\b", body))
    found += [f"The {one} comes from nowhere." for one in kinds if not is_introduced(one, body)]
    if len(kinds) >= MOST_CHARACTERS:
        found.append(f"{len(kinds)} others are too many for one story.")
    return found


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
    found = []
    if story.hero != hero:
        found.append(f"The ending is about {story.hero}, but the hero is {hero}.")
    if story.friend and not is_introduced(story.friend[4:], story.body):
        found.append(f"The ending names {story.friend}, who had no part in the story.")
    for place in story.ending_places:
        if place not in story.body:
            found.append(f"The ending is at {place}, where nobody went.")
    if story.thing and not re.search(rf"\b{story.thing}\b", story.body):
        found.append(f"The ending is about the {story.thing}, which nobody had.")
    problem = _first(story.body, _problems())
    if problem and story.ending not in ANSWERS[problem[0]]:
        found.append(f"The ending ({story.ending}) answers another problem ({problem[0]}).")
    thing = problem and problem[1].groupdict().get("T")
    if thing and story.thing and thing != story.thing:
        found.append(f"The problem was the {thing}, but the ending is about the {story.thing}.")
    return found


def is_coherent(text: str, opening: Opening | None = None) -> bool:
    """True when `problems` finds none."""
    return not problems(text, opening)


def openings(n: int, seed: int | str) -> list[Opening]:
    """First sentences whose pair of hero and place stands on no page of the Little Web.

    Args:
        n: how many; all are different.
        seed: any; other seeds give other openings.
    """
    found: dict[str, Opening] = {}
    number = 0
    while len(found) < n:
        rng = Rng(f"{seed}/openings/{number}")
        cast = story_cast.draw(rng, heldout_opening=True)
        prompt = Tale(rng, cast).lines[0][1]
        found.setdefault(prompt, Opening(prompt, (cast.hero,), cast.place))
        number += 1
    return list(found.values())
