"""The slice in four forms: closed, as dirty as the crawl, and nothing of the exam in the texts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from course_utils.data_collection.clean import privacy
from course_utils.experiments import crawl_slice
from course_utils.experiments.crawl_slice import FORMS, Slice


@pytest.fixture(scope="module")
def part(corpus, truth) -> Slice:
    return crawl_slice.cut(corpus, truth, countries=6)


def test_each_form_has_fewer_bytes_than_the_form_before(part) -> None:
    sizes = [sum(map(len, part.texts[form])) for form in FORMS]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(FORMS)


def test_the_raw_form_has_the_crawls_share_of_junk(part) -> None:
    assert part.junk == pytest.approx(part.web_junk, abs=0.05)
    assert part.junk > 0.05


def test_the_raw_form_is_what_extraction_gave(part, corpus) -> None:
    assert set(part.texts["raw"]) <= set(corpus.extracted.values())
    assert len(part.texts["raw"]) == len(part.pages)


def test_filtering_leaves_no_page_that_the_filters_dropped(part, corpus) -> None:
    steps = {each.document.url: each.step for each in corpus.dropped}
    left = [url for url in part.pages if steps.get(url) not in ("language", "quality")]
    assert part.texts["filtered"] == [corpus.extracted[url] for url in left]


def test_a_page_comes_with_all_its_copies(part, corpus, truth) -> None:
    copies = {url for url in corpus.extracted if truth[url].copy_of in part.pages}
    assert copies and copies <= set(part.pages)


def test_held_out_texts_stand_in_no_form(part) -> None:
    assert part.holdout
    for texts in part.texts.values():
        assert not set(part.holdout) & set(texts)


def test_the_clean_form_holds_no_private_data_and_no_copy(part) -> None:
    assert not any(privacy.find(text) for text in part.texts["clean"])
    assert len(set(part.texts["clean"])) == len(part.texts["clean"])


def test_the_judge_learns_from_pages_outside_the_slice(part, corpus) -> None:
    assert {junk for _, junk in part.others} == {True, False}
    inside = {corpus.extracted[url] for url in part.pages}
    assert not inside & {text for text, _ in part.others}


def test_the_same_crawl_gives_the_same_slice(part, corpus, truth) -> None:
    turned = replace(corpus, extracted=dict(reversed(corpus.extracted.items())))
    assert crawl_slice.cut(turned, truth, countries=6) == part


def test_a_corpus_that_was_loaded_is_refused(corpus, truth) -> None:
    with pytest.raises(ValueError, match="0 extracted pages"):
        crawl_slice.cut(replace(corpus, extracted={}), truth)
