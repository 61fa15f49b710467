"""The site stories: a small simulated world, told sentence by sentence.

A story starts from a cast with abilities and tempers, a place, a thing and a problem. Events
change who has what, who is stuck and how the hero feels; each sentence tells one event or state,
so each is explained by the world behind it. Left out: the sentences (wordings.py,
ways.py, deeds.py, travel.py) and reading a story back (parser.py). Taught
in notebook 03, section "What does it know?".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import cast as story_cast
from course_utils.littleweb.stories import deeds, lexicon, travel, ways
from course_utils.littleweb.stories.cast import Cast
from course_utils.littleweb.stories.problems import PROBLEMS
from course_utils.littleweb.stories.tale import LONGEST, OVER, SHORTEST, Tale
from course_utils.littleweb.truth.world_rules import slug

HOST = "http://stories.littleweb.test"
PAGES = {"tiny": 24, "laptop": 1_700, "gpu": 8_000}
HOLDOUT_EVERY = 7  # each seventh page has the holdout layout: no titles between its stories
MOST_TRIES = 2
FREE = {"high": ("climb", "fly"), "hole": ("dig",), "water": ("swim", "fly")}
ALONE = ("sad", "tired", "sad")  # moods of a hero whom the friend does not comfort


@dataclass(frozen=True)
class Story:
    """A finished story and what is true in it.

    Args:
        title: heading, not part of the text that is parsed.
        paragraphs: the story, three or four paragraphs.
        characters: names, the hero first.
        place: where it begins, such as "the old mill".
        thing: the noun that the story is about, or None.
        ending: a key of story_wordings.ENDINGS.
        role: the hero's role that it tells, of bias.ROLES, or None.
    """

    title: str
    paragraphs: tuple[str, ...]
    characters: tuple[str, ...]
    place: str
    thing: str | None
    ending: str
    role: str | None = None

    @property
    def text(self) -> str:
        """The story without its title."""
        return "\n\n".join(self.paragraphs)


def simulate(rng: Rng, cast: Cast | None = None) -> Story:
    """Run one story from its opening to its ending.

    Args:
        rng: the stream that decides everything.
        cast: who and what it is about; None draws one of those that stand on pages.
    """
    cast = cast or story_cast.draw(rng, heldout_opening=False)
    while True:
        tale = Tale(rng, cast)
        ending = rng.weighted(PLOTS, WEIGHTS)(tale)
        tale.end(ending)
        paragraphs = tale.paragraphs()
        # Very short and very long ones are drawn again.
        if SHORTEST <= sum(map(len, paragraphs)) <= LONGEST + OVER:
            return Story(
                tale.title(),
                paragraphs,
                tale.characters(),
                cast.place,
                tale.thing,
                ending,
                tale.role,
            )


def retrieve(tale: Tale) -> str:
    """The thing is lost; somebody who can get there may bring it back."""
    cause = tale.cast.cause
    spot = tale.rng.choice(lexicon.CAUSES[cause][1])
    tale.own_thing("treasure", "owns")
    tale.set_spot(spot, f"the {tale.thing}", "it")
    tale.words["goal"] = f"get the {tale.thing} back"
    tale.begin(PROBLEMS[cause])
    return "found" if _reach_target(tale, spot, friend=False) else "lost"


def rescue(tale: Tale) -> str:
    """The friend is stuck; somebody who can get there may free him or her."""
    able = tale.abilities("f")  # nobody gets stuck where their own ability would help
    spots = [spot for spot, ways_out in FREE.items() if not set(ways_out) & set(able)]
    spot = tale.rng.choice(spots)
    tale.set_spot(spot, tale.words["f"], tale.words["fhim"])
    tale.winner = "f"
    tale.words["goal"] = f"free {tale.words['f']}"
    tale.begin(PROBLEMS[f"stuck_{spot}"])
    return "freed" if _reach_target(tale, spot, friend=True) else "waiting"


def _reach_target(tale: Tale, spot: str, friend: bool) -> bool:
    """Tries ways until one works; each needs somebody who has its ability."""
    tale.feel("sad")
    open_ways = {name: way for name, way in ways.WAYS[spot].items() if way[2] or not friend}
    for number in range(MOST_TRIES):
        actor, name = _actor(tale, open_ways, friend, number)
        if actor is None:
            continue
        if tale.attempt(open_ways.pop(name), actor):
            return True
        tale.feel("comfort" if not friend else "tired")
    return False


def _actor(
    tale: Tale, open_ways: dict[str, ways.Way], friend: bool, number: int
) -> tuple[str | None, str]:
    """Who tries next, and how: hero or friend first, then a helper who is good at it."""
    able = [
        (letter, name)
        for letter in ("h" if friend else "hf")
        for name, way in open_ways.items()
        if not way[0] or way[0] in tale.abilities(letter)
    ]
    if able and (number == 0 or tale.helper_met):
        return tale.rng.choice(able)
    skilled = [name for name, way in open_ways.items() if way[0]]
    if not tale.helper_met and skilled:
        name = tale.rng.choice(skilled)
        tale.cast_helper(open_ways[name][0])
        tale.tell("meet", deeds.ASKING["meet"])
        tale.tell("plea", deeds.ASKING["plea"])
        if tale.willing("g"):
            tale.tell("yes", deeds.ASKING["yes"], optional=True)
            return "g", name
        tale.tell("no", deeds.ASKING["no"])
        return None, ""
    return tale.rng.choice(able) if able else (None, "")


def wish(tale: Tale) -> str:
    """The friend has the thing; asking, trading or helping may move it."""
    tale.own_thing("wish", "friend_owns")
    tale.begin(PROBLEMS["want"])
    tale.giver = "f"
    tale.words["goal"] = f"play with the {tale.thing}"
    if tale.try_ways(deeds.WANTING, "h", tale.helpfulness("f"), ALONE):
        return "shared"
    return "kept"


def accident(tale: Tale) -> str:
    """The hero breaks the friend's thing; telling, mending and forgiving follow."""
    tale.own_thing("accident", "friend_owns")
    tale.begin(PROBLEMS["break"])
    tale.words["goal"] = f"mend the {tale.thing}"
    tale.feel("sad")
    open_hearted = tale.helpfulness("h") > 0.6 or tale.rng.happens(0.3)
    tale.tell("confess", deeds.CONFESSING["tell" if open_hearted else "hide"])
    tale.tell("hurt", deeds.CONFESSING["hurt" if open_hearted else "caught"])
    if tale.try_ways(deeds.MENDING, "h", moods=ALONE):
        return "mended"
    forgives = tale.rng.happens(tale.helpfulness("f") + (0.1 if open_hearted else -0.3))
    return "broken" if forgives else "unforgiven"


def present(tale: Tale) -> str:
    """The hero makes something for the friend, if the missing material can be had."""
    tale.own_thing("gift", "")
    tale.words["m"] = lexicon.GIFTS[tale.thing]
    tale.begin(PROBLEMS["gift"])
    tale.words["goal"] = f"make the {tale.thing}"
    tale.tell("missing", PROBLEMS["missing"])
    if tale.try_ways(deeds.GETTING, "h", moods=ALONE):
        tale.tell("made", deeds.MAKING)
        return "given"
    return "not_given"


def journey(tale: Tale) -> str:
    """Both want to get to another place; an obstacle lies on the way."""
    tale.choose_goal()
    tale.begin(PROBLEMS["reach"])
    tale.words["goal"] = f"get to {tale.words['q']}"
    obstacle = tale.rng.choice(tuple(travel.OBSTACLES))
    tale.tell("obstacle", travel.OBSTACLES[obstacle])
    tale.feel("sad")
    return "reached" if tale.try_ways(travel.TRAVEL[obstacle], "h") else "turned_back"


def race(tale: Tale) -> str:
    """A race for a prize: somebody falls or rests, somebody helps or runs on."""
    rng = tale.rng
    tale.choose_goal()
    tale.own_thing("prize", "")
    tale.begin(PROBLEMS["race"])
    tale.words["goal"] = f"win the {tale.thing}"
    tale.tell("start", travel.RACING["start"])
    tale.tell("middle", travel.RACING["middle"])
    tale.feel("tired")
    ahead, behind = rng.choice((("h", "f"), ("f", "h")))
    event = rng.choice(("trip", "trip", "rest", "sprint", "even"))
    tale.act_as(ahead, behind)
    if event == "even":
        tale.tell("event", travel.RACING["even"])
        return "tied"
    if event != "sprint":
        tale.tell("event", travel.RACING[event])
    if event == "trip" and tale.willing(ahead):
        tale.tell("outcome", travel.RACING["help"])
        return "tied"
    tale.tell("outcome", travel.RACING["sprint" if event == "sprint" else "pass"])
    return "won" if ahead == "h" else "beaten"


PLOTS = (retrieve, rescue, wish, accident, present, journey, race)
WEIGHTS = (3.0, 2.0, 1.5, 1.5, 1.5, 1.5, 1.2)


def pages(seed: int | str, scale: str, start: int = 0) -> Iterator[Page]:
    """All pages of the site: eight to eleven stories each, all about one cast.

    Args:
        seed: of the whole Little Web.
        scale: "tiny", "laptop" or "gpu".
        start: number of the first one; a later round of pages starts where one ended.
    """
    if scale not in PAGES:
        raise ValueError(f"scale is {scale!r}; the Little Web knows {', '.join(PAGES)}.")
    count = PAGES[scale]
    heroes = {n: _page_slug(seed, n) for n in range(start, start + count)}
    for number in heroes:
        rng = Rng(f"{seed}/stories/{number}")
        cast = story_cast.draw(rng, heldout_opening=False)
        told = [simulate(rng, cast) for _ in range(rng.integer(8, 11))]
        holdout = number % HOLDOUT_EVERY == HOLDOUT_EVERY - 1
        paragraphs: list[str] = []
        for story in told:
            paragraphs += ([] if holdout else [story.title]) + list(story.paragraphs)
        near = {start + (number - start + step) % count for step in (1, 2, 3)}
        near.add(start + rng.below(count))
        yield Page(
            url=f"{HOST}/{number}/{heroes[number]}.html",
            site="stories",
            kind="story",
            title=told[0].title if holdout else f"{told[0].title}, and other stories",
            paragraphs=tuple(paragraphs),
            holdout=holdout,
            links=tuple(f"{HOST}/{n}/{heroes[n]}.html" for n in sorted(near - {number})),
            truth={"stories": tuple(told)},
        )


def _page_slug(seed: int | str, number: int) -> str:
    """The last part of a page's address, drawn apart so that links need no stories."""
    rng = Rng(f"{seed}/stories/{number}/address")
    return slug(f"{rng.choice(lexicon.LOOKS)} {rng.choice(lexicon.THINGS)}")
