"""The judge of junk: right about pages it never saw, and at a loss without two sides."""

from __future__ import annotations

import pytest

from course_utils.experiments.ablation import JunkJudge
from course_utils.experiments.crawl_slice import is_junk


def test_it_is_right_about_pages_that_it_has_not_seen(corpus, truth) -> None:
    pages = sorted((text, is_junk(truth.get(url))) for url, text in corpus.extracted.items())
    judge = JunkJudge(pages[::2])
    right = [judge(text) == junk for text, junk in pages[1::2]]
    assert sum(right) / len(right) > 0.95
    assert judge.share(text for text, junk in pages[1::2] if junk) > 0.7


def test_the_share_of_no_texts_is_none() -> None:
    assert JunkJudge([("buy now", True), ("the fox", False)]).share([]) == 0


@pytest.mark.parametrize("only", [True, False])
def test_it_needs_both_sides(only) -> None:
    with pytest.raises(ValueError, match="good pages" if only else "junk"):
        JunkJudge([("some text", only)])
