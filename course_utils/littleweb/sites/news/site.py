"""The site news: local news and a counting game, in turn.

The mix gives the site no share: its pages are crawled, cleaned and kept, the tokenizer is trained
on them, and no model is.
Left out: what stands on the pages, a file each.
Taught in notebook 01, section "Crawl: fetch a page, read its links, fetch those".
"""

from __future__ import annotations

from collections.abc import Iterable

from course_utils.littleweb.page import Page
from course_utils.littleweb.sites.news import articles, counts
from course_utils.littleweb.sites.news.articles import Question

KINDS = (articles.page, counts.page)


def pages(seed: int | str, count: int, start: int = 0) -> list[Page]:
    """Articles and pages of the counting game, in turn.

    Args:
        seed: of the whole web.
        count: how many pages.
        start: number of the first one; a later round of pages starts where one ended.

    Returns:
        pages in the order of their numbers.
    """
    return [
        KINDS[number % len(KINDS)](seed, number // len(KINDS))
        for number in range(start, start + count)
    ]


def questions(web_pages: Iterable[Page]) -> list[Question]:
    """What the articles among some pages answer, three questions each.

    Args:
        web_pages: such as `LittleWeb(seed, scale).pages()`; other pages are passed over.
    """
    return [
        Question(question, answer, page.url)
        for page in web_pages
        for question, answer in page.truth.get("facts", ())
        if page.site == "news"
    ]
