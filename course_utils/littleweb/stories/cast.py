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

HELDOUT = 10  # one in ten pairs of hero and place never stands on a page: openings for scoring


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


def is_heldout(name: str, place: str) -> bool:
    """True for the pairs of hero and place that no page has in one opening."""
    return (lexicon.NAMES.index(name) + 3 * lexicon.PLACES.index(place)) % HELDOUT == 0


def draw(rng: Rng, heldout_opening: bool) -> Cast:
    """A cast at random.

    Args:
        rng: the stream that decides.
        heldout_opening: True gives a hero and place that no page has together.
    """
    while True:
        hero, place = rng.choice(lexicon.NAMES), rng.choice(lexicon.PLACES)
        if is_heldout(hero, place) == heldout_opening:
            break
    kinds = rng.sample(lexicon.KINDS, 2)
    cause = rng.choice(tuple(lexicon.CAUSES))
    things = {sort: rng.choice(some) for sort, some in lexicon.THINGS_OF_PLOTS.items()}
    traits = {letter: rng.choice(tuple(lexicon.TRAITS)) for letter in "hf"}
    role = bias.draw_role(rng, hero in lexicon.GIRLS)
    return Cast(
        hero,
        place,
        {"h": kinds[0], "f": kinds[1]},
        traits,
        {"h": hero in lexicon.GIRLS, "f": rng.happens(0.5)},
        cause,
        things | {"treasure": rng.choice(lexicon.CAUSES[cause][0])},
        role if bias.fits(role, traits["h"]) else None,
    )
