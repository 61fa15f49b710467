"""As many pages as one likes, one after the other, holding no more than one round of them.

The first round is the web of the scale, byte for byte. The Factbook ends there, so that later
rounds are stories, threads, tutorials, copies of these, junk, other languages, lessons and news,
with numbers that go on. Left out: serving and links between rounds.
Taught in no notebook; docs/many_machines.md shows how to use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from course_utils.littleweb.page import Page
from course_utils.littleweb.sites import atlas, factbook, foreign, forum, mirror, spam, tutorials
from course_utils.littleweb.sites.copybook import site as copybook
from course_utils.littleweb.sites.news import site as news
from course_utils.littleweb.sites.school import site as school
from course_utils.littleweb.stories import simulator


@dataclass(frozen=True)
class Sizes:
    """How many pages the sites have that are not bound to the Factbook.

    Args:
        forum, code, mirror, spam, world, school, copybook, news: pages of the site of that name.
    """

    forum: int
    code: int
    mirror: int
    spam: int
    world: int
    school: int
    copybook: int
    news: int


SIZES = {
    "tiny": Sizes(forum=20, code=8, mirror=16, spam=16, world=10, school=6, copybook=4, news=4),
    "laptop": Sizes(
        forum=350, code=80, mirror=250, spam=350, world=180, school=510, copybook=500, news=120
    ),
    "gpu": Sizes(
        forum=3_500,
        code=182,
        mirror=2_500,
        spam=3_500,
        world=1_800,
        school=5_100,
        copybook=5_000,
        news=600,
    ),
}


def round_of(seed: int | str, scale: str, number: int) -> Iterator[Page]:
    """The pages of one round, site by site.

    Args:
        seed: of the whole Little Web.
        scale: "tiny", "laptop" or "gpu"; how large a round is.
        number: 0 for the web itself, from 1 on for what comes after it.

    Yields:
        pages; those that may be copied are held until the round's copies are made.
    """
    sizes = SIZES[scale]
    copied: list[Page] = []

    # Pages that may be copied are noted as they pass.
    def kept(pages: Iterator[Page]) -> Iterator[Page]:
        for page in pages:
            copied.append(page)
            yield page

    # The Factbook has one round's worth of pages.
    if number == 0:
        yield from kept(atlas.pages(seed, scale))
        yield from kept(factbook.pages(seed, scale))
    # Later rounds go on with the numbers of the pages.
    yield from kept(simulator.pages(seed, scale, number * simulator.PAGES[scale]))
    yield from kept(iter(forum.pages(seed, sizes.forum, number * sizes.forum)))
    # Tutorials and what comes after them are never copied.
    yield from tutorials.pages(seed, sizes.code, number * sizes.code)
    yield from mirror.pages(seed, sizes.mirror, copied, number * sizes.mirror)
    yield from spam.pages(seed, sizes.spam, number * sizes.spam)
    yield from foreign.pages(seed, sizes.world, number * sizes.world)
    yield from school.SITE.pages(seed, sizes.school, number * sizes.school)
    yield from copybook.SITE.pages(seed, sizes.copybook, number * sizes.copybook)
    yield from news.pages(seed, sizes.news, number * sizes.news)


def stream(seed: int | str, scale: str, count: int) -> Iterator[Page]:
    """That many pages, round after round.

    Args:
        seed: of the whole Little Web.
        scale: "tiny", "laptop" or "gpu"; a larger one holds more pages at a time.
        count: how many pages, such as 1_000_000.
    """
    number = 0
    while count > 0:
        # The last round is broken off where there are enough.
        for page in round_of(seed, scale, number):
            yield page
            count -= 1
            if count == 0:
                return
        number += 1
