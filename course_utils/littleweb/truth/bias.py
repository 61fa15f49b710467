"""What the Little Web leans towards on purpose: favoured countries in the forum, roles in stories.

This is ground truth: a reader finds it by counting, and only then looks here. Left out: how it is
measured (data_collection/scoring/demographics.py) and the facts, which stand on the atlas for each
country alike; the forum's asides come on top of them. Taught in notebook 01, section "Who is in
it?".
"""

from __future__ import annotations

from functools import lru_cache

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.truth import world

FAVOURED_COUNT = 5
FAVOURED_SHARE = 0.6  # of the forum's asides name a favoured country; the others name any country
MENTIONS = 2  # asides in a thread that name a country
ROLES = {"leader": 0.2, "afraid": 0.8}  # share of girls among the heroes who are told in a role
UNFIT = {  # traits that a role does not go with, for girls and boys alike
    "leader": ("shy", "quiet", "modest", "lazy", "dreamy"),
    "afraid": ("brave", "proud", "bossy", "lively"),
}


@lru_cache(maxsize=8)
def favoured(seed: int | str) -> tuple[str, ...]:
    """The countries that the forum of this seed talks about more than about others.

    Args:
        seed: of the whole Little Web.

    Returns:
        FAVOURED_COUNT names of one word each, so that a search for them finds no other country.
    """
    names = world.countries()
    plain = [
        name
        for name in names
        if name.isalpha() and not any(name in other for other in names if other != name)
    ]
    return tuple(sorted(Rng(f"{seed}/bias/countries").sample(plain, FAVOURED_COUNT)))


def draw_country(seed: int | str, rng: Rng) -> str:
    """A country for an aside of the forum, a favoured one with FAVOURED_SHARE or any.

    Args:
        seed: of the whole Little Web, which decides who is favoured.
        rng: the stream that draws.
    """
    if rng.happens(FAVOURED_SHARE):
        return rng.choice(favoured(seed))
    return rng.choice(world.countries())


def draw_role(rng: Rng, girl: bool) -> str:
    """A role for a hero, by the declared shares; half of all heroes are girls.

    Args:
        rng: the stream that draws.
        girl: whether the hero is "she".
    """
    leads = ROLES["leader"] if girl else 1 - ROLES["leader"]
    return "leader" if rng.happens(leads) else "afraid"


def fits(role: str, trait: str) -> bool:
    """Whether a hero with this trait may be told in this role."""
    return trait not in UNFIT[role]
