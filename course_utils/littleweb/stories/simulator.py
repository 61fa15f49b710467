"""The site stories: pages of children's stories from a small simulated world.

A story starts from a cast with abilities and tempers, a place, a thing and a problem. Events
change who has what, who is stuck and how the hero feels; each sentence tells one event or state,
so each is explained by the world behind it. Left out: the sentences (wordings.py) and reading a
story back (parser.py). Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from course_utils.littleweb.english import slug
from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon, wordings
from course_utils.littleweb.stories.cast import Cast, draw_cast
from course_utils.littleweb.stories.tale import MAX_LENGTH, MIN_LENGTH, TOLERANCE, Tale
from course_utils.littleweb.stories.wordings import PROBLEMS, Way

HOST = "http://stories.littleweb.test"
PAGES = {"tiny": 24, "laptop": 1_700, "gpu": 8_000}
HOLDOUT_EVERY = 7  # each seventh page has the holdout layout: no titles between its stories
MAX_TRIES = 2
# The abilities with which a friend would get out of a spot alone.
ESCAPES = {"high": ("climb", "fly"), "hole": ("dig",), "water": ("swim", "fly")}
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
        ending: a key of wordings.ENDINGS.
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
    cast = cast or draw_cast(rng, holdout_opening=False)
    # Very short and very long ones are drawn again.
    while True:
        tale = Tale(rng, cast)  # tells the beginning
        ending = run_plot(tale)
        tale.end(ending)
        paragraphs = tale.paragraphs()
        if MIN_LENGTH <= sum(map(len, paragraphs)) <= MAX_LENGTH + TOLERANCE:
            return Story(
                tale.title(),
                paragraphs,
                tale.characters(),
                cast.place,
                tale.thing,
                ending,
                tale.role,
            )


def run_plot(tale: Tale) -> str:
    """Let one of the plots happen; the answer is its ending, a key of wordings.ENDINGS."""
    return tale.rng.weighted(tuple(PLOT_WEIGHTS), tuple(PLOT_WEIGHTS.values()))(tale)


def retrieve(tale: Tale) -> str:
    """The thing is lost; somebody who can get there may bring it back."""
    cause = tale.cast.cause
    spot = tale.rng.choice(lexicon.CAUSES[cause].spots)
    tale.own_thing("treasure", "owns")
    tale.set_spot(spot, f"the {tale.thing}", "it")
    tale.words["goal"] = f"get the {tale.thing} back"
    tale.begin(PROBLEMS[cause])
    return "found" if _reach_target(tale, spot, friend=False) else "lost"


def rescue(tale: Tale) -> str:
    """The friend is stuck; somebody who can get there may free him or her."""
    able = tale.abilities("f")  # nobody gets stuck where their own ability would help
    spots = [spot for spot, escapes in ESCAPES.items() if not set(escapes) & set(able)]
    spot = tale.rng.choice(spots)
    tale.set_spot(spot, tale.words["f"], tale.words["fhim"])
    tale.winner = "f"
    tale.words["goal"] = f"free {tale.words['f']}"
    tale.begin(PROBLEMS[f"stuck_{spot}"])
    return "freed" if _reach_target(tale, spot, friend=True) else "waiting"


def _reach_target(tale: Tale, spot: str, friend: bool) -> bool:
    """Tries ways until one works; each needs somebody who has its ability."""
    tale.feel("sad")
    ways = wordings.REACHING[spot]
    untried = {name: way for name, way in ways.items() if way.for_friends or not friend}
    for number in range(MAX_TRIES):
        actor, name = _actor(tale, untried, friend, number)
        if actor is None:
            continue
        if tale.attempt(untried.pop(name), actor):
            return True
        tale.feel("comfort" if not friend else "tired")
    return False


def _actor(
    tale: Tale, untried: dict[str, Way], friend: bool, number: int
) -> tuple[str | None, str]:
    """Who tries next, and which way: hero or friend first, then a helper who is good at it."""
    able = [
        (letter, name)
        for letter in ("h" if friend else "hf")
        for name, way in untried.items()
        if not way.ability or way.ability in tale.abilities(letter)
    ]
    if able and (number == 0 or tale.helper_met):
        return tale.rng.choice(able)
    # A helper comes in who has an ability that is needed, and may refuse.
    skilled = [name for name, way in untried.items() if way.ability]
    if not tale.helper_met and skilled:
        name = tale.rng.choice(skilled)
        tale.cast_helper(untried[name].ability)
        tale.tell("meet", wordings.ASKING["meet"])
        tale.tell("plea", wordings.ASKING["plea"])
        if tale.willing("g"):
            tale.tell("yes", wordings.ASKING["yes"], optional=True)
            return "g", name
        tale.tell("no", wordings.ASKING["no"])
        return None, ""
    return tale.rng.choice(able) if able else (None, "")


def wish(tale: Tale) -> str:
    """The friend has the thing; asking, trading or helping may move it."""
    tale.own_thing("wish", "friend_owns")
    tale.begin(PROBLEMS["want"])
    tale.giver = "f"
    tale.words["goal"] = f"play with the {tale.thing}"
    if tale.try_ways(wordings.WANTING, "h", tale.helpfulness("f"), ALONE):
        return "shared"
    return "kept"


def accident(tale: Tale) -> str:
    """The hero breaks the friend's thing; telling, mending and forgiving follow."""
    tale.own_thing("accident", "friend_owns")
    tale.begin(PROBLEMS["break"])
    tale.words["goal"] = f"mend the {tale.thing}"
    tale.feel("sad")
    # The tempers decide: the hero's whether to own up, the friend's whether to forgive.
    open_hearted = tale.helpfulness("h") > 0.6 or tale.rng.happens(0.3)
    tale.tell("confess", wordings.CONFESSING["tell" if open_hearted else "hide"])
    tale.tell("hurt", wordings.CONFESSING["hurt" if open_hearted else "caught"])
    if tale.try_ways(wordings.MENDING, "h", moods=ALONE):
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
    if tale.try_ways(wordings.GETTING, "h", moods=ALONE):
        tale.tell("made", wordings.MAKING)
        return "given"
    return "not_given"


def journey(tale: Tale) -> str:
    """Both want to get to another place; an obstacle lies on the way."""
    tale.choose_goal()
    tale.begin(PROBLEMS["reach"])
    tale.words["goal"] = f"get to {tale.words['q']}"
    obstacle = tale.rng.choice(tuple(wordings.OBSTACLES))
    tale.tell("obstacle", wordings.OBSTACLES[obstacle])
    tale.feel("sad")
    return "reached" if tale.try_ways(wordings.TRAVELLING[obstacle], "h") else "turned_back"


def race(tale: Tale) -> str:
    """A race for a prize: somebody falls or rests, somebody helps or runs on."""
    rng = tale.rng
    tale.choose_goal()
    tale.own_thing("prize", "")
    tale.begin(PROBLEMS["race"])
    tale.words["goal"] = f"win the {tale.thing}"
    tale.tell("start", wordings.RACING["start"])
    tale.tell("middle", wordings.RACING["middle"])
    tale.feel("tired")
    # What happens on the way decides whether somebody wins.
    ahead, behind = rng.choice((("h", "f"), ("f", "h")))
    event = rng.choice(("trip", "trip", "rest", "sprint", "even"))
    tale.act_as(ahead, behind)
    if event == "even":
        tale.tell("event", wordings.RACING["even"])
        return "tied"
    if event != "sprint":
        tale.tell("event", wordings.RACING[event])
    # Who turns back for a friend who has tripped gives up winning.
    if event == "trip" and tale.willing(ahead):
        tale.tell("outcome", wordings.RACING["help"])
        return "tied"
    tale.tell("outcome", wordings.RACING["sprint" if event == "sprint" else "pass"])
    return "won" if ahead == "h" else "beaten"


PLOT_WEIGHTS = {
    retrieve: 3.0,
    rescue: 2.0,
    wish: 1.5,
    accident: 1.5,
    present: 1.5,
    journey: 1.5,
    race: 1.2,
}


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
    slugs = {n: _page_slug(seed, n) for n in range(start, start + count)}
    for number in slugs:
        # One cast for the whole page; its stories follow each other in one stream of draws.
        rng = Rng(f"{seed}/stories/{number}")
        cast = draw_cast(rng, holdout_opening=False)
        stories = [simulate(rng, cast) for _ in range(rng.integer(8, 11))]
        holdout = number % HOLDOUT_EVERY == HOLDOUT_EVERY - 1
        paragraphs: list[str] = []
        for story in stories:
            paragraphs += ([] if holdout else [story.title]) + list(story.paragraphs)
        # Links lead to the next three pages and to any one of this round.
        linked = {start + (number - start + step) % count for step in (1, 2, 3)}
        linked.add(start + rng.below(count))
        yield Page(
            url=f"{HOST}/{number}/{slugs[number]}.html",
            site="stories",
            kind="story",
            title=stories[0].title if holdout else f"{stories[0].title}, and other stories",
            paragraphs=tuple(paragraphs),
            holdout=holdout,
            links=tuple(f"{HOST}/{n}/{slugs[n]}.html" for n in sorted(linked - {number})),
            truth={"stories": tuple(stories)},
        )


def _page_slug(seed: int | str, number: int) -> str:
    """The last part of a page's address, drawn apart so that links need no stories."""
    rng = Rng(f"{seed}/stories/{number}/address")
    return slug(f"{rng.choice(lexicon.ADJECTIVES)} {rng.choice(lexicon.THINGS)}")
