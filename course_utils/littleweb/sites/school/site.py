"""The site school: lessons in reading, adding and writing, and essays, in turn.

Left out: what stands in the lessons, a file each. A page's truth holds what its kind fills in:
`pronouns`, `sums`, `names` or `rumour`.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from collections.abc import Callable

from course_utils.littleweb.page import Page
from course_utils.littleweb.sites.school import names, pronouns, rumour, sums
from course_utils.littleweb.sites.school.lesson import Lesson

HOST = "http://school.littleweb.test"
KINDS: dict[str, Callable[[int | str, int, bool], Lesson]] = {
    "pronouns": pronouns.lesson,
    "sums": sums.lesson,
    "names": names.lesson,
    "rumour": rumour.lesson,
}
# One round of kinds; the first four are all of them, so that a few pages hold every kind.
ROUND = ("pronouns", "sums", "names", "rumour", "pronouns", "sums", "names", "rumour", "sums",
         "pronouns", "names", "sums", "pronouns", "sums", "names", "pronouns")  # fmt: skip
HOLDOUT_EVERY = 8  # of each kind


def _page(seed: int | str, number: int) -> Page:
    """The page of that number."""
    turn, place = divmod(number, len(ROUND))
    kind = ROUND[place]
    # The page's number among those of its kind, which go through their tables in order.
    own = turn * ROUND.count(kind) + ROUND[:place].count(kind)
    holdout = own % HOLDOUT_EVERY == HOLDOUT_EVERY - 1
    title, paragraphs, truth = KINDS[kind](seed, own, holdout)
    return Page(
        url=f"{HOST}/{kind}/{own}.html", site="school", kind=kind, title=title,
        paragraphs=paragraphs, holdout=holdout, truth=truth,
    )  # fmt: skip


def pages(seed: int | str, count: int, start: int = 0) -> list[Page]:
    """Lessons and essays of about 2,500 letters, the kinds in turn.

    Args:
        seed: of the whole web.
        count: how many pages.
        start: number of the first one; a later round of pages starts where one ended.

    Returns:
        pages in the order of their numbers.
    """
    return [_page(seed, number) for number in range(start, start + count)]
