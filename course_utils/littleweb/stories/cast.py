"""Who and what a story is about: hero, friend, place, and the things that matter to them.

The stories of one page share a cast, as books about one hero do. A model meets the same names
again and again within its context there, and learns early to take a name from the lines above.
Left out: what happens (simulator.py) and how it is told (tale.py). Taught in notebook 03,
section "What does it know?".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.stories import lexicon
from course_utils.littleweb.truth import bias

HOLDOUT_EVERY = 10  # one in ten pairs of hero and place stands on no page: openings for scoring


@dataclass(frozen=True)
class Cast:
    """The cast of a story, or of all stories of a page.

    Args:
        hero: a name of lexicon.NAMES.
        place: of lexicon.PLACES, where hero and friend are at home.
        kinds: of hero ("h") and friend ("f"), two different ones of lexicon.KINDS.
        traits: of hero and friend, of lexicon.TRAITS.
        girls: whether hero and friend are "she".
        cause: how the hero's treasure gets lost, a key of lexicon.CAUSES.
        things: what each sort of plot is about; lexicon.THINGS_OF_PLOTS has the sorts.
        role: what the hero is among others, of bias.ROLES; None where the trait forbids it.
    """

    hero: str
    place: str
    kinds: Mapping[str, str]
    traits: Mapping[str, str]
    girls: Mapping[str, bool]
    cause: str
    things: Mapping[str, str]
    role: str | None = None


def is_holdout(hero: str, place: str) -> bool:
    """True for the pairs of hero and place that no page has in one opening."""
    pair = lexicon.NAMES.index(hero) + 3 * lexicon.PLACES.index(place)
    return pair % HOLDOUT_EVERY == 0


def draw_cast(rng: Rng, holdout_opening: bool) -> Cast:
    """A cast at random.

    Args:
        rng: the stream that decides.
        holdout_opening: True gives a hero and place that no page has together.
    """
    # A pair of hero and place from the wanted side of the holdout.
    while True:
        hero, place = rng.choice(lexicon.NAMES), rng.choice(lexicon.PLACES)
        if is_holdout(hero, place) == holdout_opening:
            break
    # The order of the draws below decides every story: do not change it.
    kinds = rng.sample(lexicon.KINDS, 2)
    cause = rng.choice(tuple(lexicon.CAUSES))
    things = {sort: rng.choice(things) for sort, things in lexicon.THINGS_OF_PLOTS.items()}
    traits = {letter: rng.choice(tuple(lexicon.TRAITS)) for letter in "hf"}
    role = bias.draw_role(rng, hero in lexicon.GIRLS)
    return Cast(
        hero,
        place,
        {"h": kinds[0], "f": kinds[1]},
        traits,
        {"h": hero in lexicon.GIRLS, "f": rng.happens(0.5)},
        cause,
        things | {"treasure": rng.choice(lexicon.CAUSES[cause].things)},
        role if bias.fits(role, traits["h"]) else None,
    )
