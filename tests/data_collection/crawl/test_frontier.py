"""The to-do list of a crawl: each page once, traps left out with a reason."""

from __future__ import annotations

from course_utils.data_collection.crawl.config import CrawlConfig
from course_utils.data_collection.crawl.frontier import Frontier

HOST = "http://a.littleweb.test"


def frontier(**settings: int) -> Frontier:
    return Frontier(CrawlConfig(**settings), ("*.littleweb.test",))


def urls(one: Frontier) -> list[str]:
    return [visit.url for visit in one.next_round()]


def test_a_page_is_given_out_once_and_in_the_order_of_addresses() -> None:
    waiting = frontier()
    for name in ("b", "a", "b"):
        waiting.offer(f"{HOST}/{name}", 0)
    assert urls(waiting) == [f"{HOST}/a", f"{HOST}/b"]
    waiting.offer(f"{HOST}/a", 1)
    assert urls(waiting) == []


def test_what_is_left_out_is_kept_with_its_reason() -> None:
    waiting = frontier(max_depth=1)
    waiting.offer("http://elsewhere.test/", 0)
    waiting.offer(f"{HOST}/picture.png", 0)
    waiting.offer(f"{HOST}/deep", 2)
    assert urls(waiting) == []
    assert {reason: len(those) for reason, those in waiting.skipped.items() if those} == {
        "other host": 1,
        "not a page": 1,
        "too many links away": 1,
    }


def test_a_redirect_that_comes_back_is_a_loop() -> None:
    waiting = frontier()
    waiting.offer(f"{HOST}/a", 0, (f"{HOST}/a", f"{HOST}/b"))
    assert urls(waiting) == []
    assert [reason for reason, those in waiting.skipped.items() if those] == ["redirect loop"]


def test_pages_of_one_shape_that_only_link_to_each_other_come_to_an_end() -> None:
    waiting = frontier(max_pages_per_pattern=3)
    given, page = [], f"{HOST}/day/1"
    waiting.offer(page, 0)
    while batch := urls(waiting):
        given += batch
        number = int(batch[0].rsplit("/", 1)[1]) + 1
        waiting.offer(f"{HOST}/day/{number}", 0, found_on=batch[0])
    assert len(given) == 1 + 3
    assert waiting.skipped["too many pages of one shape"] == {f"{HOST}/day/5"}


def test_a_page_that_the_sitemap_lists_is_never_endless() -> None:
    waiting = frontier(max_pages_per_pattern=1)
    listed = tuple(f"{HOST}/day/{number}" for number in range(5))
    waiting.listed(listed)
    assert urls(waiting) == sorted(listed)
