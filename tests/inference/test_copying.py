"""Copied runs: as long as the suffix array says, where they stand, and what they cover."""

from __future__ import annotations

import pytest

from course_utils.data_collection.document import Document, from_page
from course_utils.inference.copying import Pages, mean_shares, replies_by_sort
from course_utils.inference.engine import Engine
from course_utils.littleweb.rng import Rng
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.overlap import longest_runs
from course_utils.tokenization.fast import FastTokenizer


def pages(*texts: str) -> list[Document]:
    return [from_page(f"http://a.test/{number}", text) for number, text in enumerate(texts)]


def test_the_longest_runs_are_the_suffix_arrays() -> None:
    rng = Rng("copying")
    words = "a b c d e".split()
    made = lambda n: " ".join(rng.choice(words) for _ in range(n))  # noqa: E731
    corpus = [made(rng.integer(0, 40)) for _ in range(30)]
    texts = [made(rng.integer(0, 25)) for _ in range(40)]
    index = Pages(pages(*corpus))
    found = [index.copied(text) for text in texts]
    assert [each.longest for each in found] == longest_runs(texts, corpus)
    # each run stands in the text and on its page
    for text, each in zip(texts, found, strict=True):
        page = corpus[int(each.url[-2:].strip("/"))] if each.url else ""
        assert f" {each.run} " in f" {page} " and f" {each.run} " in f" {text} "


def test_a_run_is_found_with_its_page_and_ends_where_the_page_ends() -> None:
    index = Pages(pages("the cat sat", "on the mat it sat", "down"))
    copied = index.copied("so the cat sat on the mat today")
    assert (copied.run, copied.longest, copied.url) == ("the cat sat", 3, "http://a.test/0")
    assert copied.words == 8 and copied.share == 3 / 8


def test_coverage_by_hand() -> None:
    index = Pages(pages("a b c d", "c d e f", "x"))
    copied = index.copied("a b c d e f g", piece=3)
    # page 0 covers a b c d, page 1 covers c d e f; together six words of seven
    assert copied.one_page == pytest.approx(4 / 7) and copied.anywhere == pytest.approx(6 / 7)
    nothing = index.copied("a x b x c", piece=3)
    assert (nothing.longest, nothing.one_page, nothing.anywhere) == (1, 0, 0)


def test_a_text_shorter_than_a_piece_is_one_where_a_page_has_it() -> None:
    index = Pages(pages("it is Paris now", "Rome"))
    assert index.copied("is Paris").one_page == 1
    assert index.copied("is Rome").one_page == 0


def test_one_text_leaves_nothing_behind_for_the_next() -> None:
    index = Pages(pages("a b c a b", "b c a"))
    alone = Pages(pages("a b c a b", "b c a")).copied("c a b")
    index.copied("a b c a")
    assert index.copied("c a b") == alone
    assert index.copied("") == index.copied("  ")
    assert (index.copied("").longest, index.copied("").share) == (0, 0)
    assert index.copied("unheard of").url == ""


def test_a_copied_page_is_all_copied_and_a_page_without_words_does_no_harm() -> None:
    index = Pages(pages("", "one two three four five six seven", ""))
    whole = index.copied("one two three four five six seven")
    assert (whole.share, whole.one_page, whole.anywhere) == (1, 1, 1)


def test_means_over_several_texts() -> None:
    index = Pages(pages("a b c d"))
    found = [index.copied(text, piece=2) for text in ("a b x y", "x y a x")]
    assert mean_shares(found) == {
        "longest run": (2 / 4 + 1 / 4) / 2, "from one page": 0.25, "from all pages": 0.25,
    }  # fmt: skip
    with pytest.raises(ValueError, match="no texts"):
        mean_shares([])


def test_replies_come_in_sorts_and_a_model_that_knows_nothing_is_never_right() -> None:
    random = Transformer(TransformerConfig(261, 16, 1, 2, 24, context_tokens=256))
    engine = Engine(random, FastTokenizer())
    sorts = replies_by_sort(engine, 0, ["a b c " * 40], every=200, stories=2)
    assert list(sorts) == ["wrong answers", "its stories", "unread stories"]
    assert len(sorts["wrong answers"]) > 2 and len(sorts["its stories"]) == 2
    assert len(sorts["unread stories"][0].split()) == 70


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="no documents"):
        Pages([])
    with pytest.raises(ValueError, match="piece is 0"):
        Pages(pages("a")).copied("a", piece=0)
