"""Lessons: what every kind of them hands to its site, and how a site makes pages of them.

Left out: what stands in a lesson (school/, copybook/). Taught in no notebook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from course_utils.littleweb.page import Page

HOLDOUT_EVERY = 8  # of each kind


class Lesson(NamedTuple):
    """One page's content.

    Args:
        title: heading of the page.
        paragraphs: the main text, in order.
        truth: what the page's `truth` holds.
    """

    title: str
    paragraphs: tuple[str, ...]
    truth: dict[str, object]


class LessonSite(NamedTuple):
    """A site whose pages are lessons of several kinds.

    Args:
        name: of the site, as in "http://school.littleweb.test".
        kinds: makes the lesson of a seed, a number and the holdout's shape, for each kind.
        order: one round of kinds, which comes again and again.
    """

    name: str
    kinds: Mapping[str, Callable[[int | str, int, bool], Lesson]]
    order: tuple[str, ...]

    def pages(self, seed: int | str, count: int, start: int = 0) -> list[Page]:
        """Pages in the order of their numbers.

        Args:
            seed: of the whole web.
            count: how many pages.
            start: number of the first one; a later round starts where one ended.
        """
        return [self._page(seed, number) for number in range(start, start + count)]

    def _page(self, seed: int | str, number: int) -> Page:
        """The page of that number."""
        turn, place = divmod(number, len(self.order))
        kind = self.order[place]
        # The page's number among those of its kind, which go through their tables in order.
        own = turn * self.order.count(kind) + self.order[:place].count(kind)
        holdout = own % HOLDOUT_EVERY == HOLDOUT_EVERY - 1
        title, paragraphs, truth = self.kinds[kind](seed, own, holdout)
        return Page(
            url=f"http://{self.name}.littleweb.test/{kind}/{own}.html", site=self.name, kind=kind,
            title=title, paragraphs=paragraphs, holdout=holdout, truth=truth,
        )  # fmt: skip
