"""A step that fails on a page loses that page, and says so loudly enough for a test to fail."""

from __future__ import annotations

import pytest

from course_utils.data_collection import steps
from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.document import Document, Dropped, from_page
from course_utils.data_collection.failures import PageFailure
from course_utils.data_collection.pipeline import collect
from course_utils.data_collection.steps import PipelineState

from .pages import prose

GOOD = [f"http://good.test/{number}" for number in range(3)]
ODD = "http://odd.test/"


def pages() -> list[Response]:
    """Three good pages, and one whose body is a mistake of the program that made it."""
    good = [Response(url, 200, {}, f"<p>{prose(n)}</p>".encode()) for n, url in enumerate(GOOD)]
    return [good[0], Response(ODD, 200, {}, "no bytes"), *good[1:]]


def test_a_page_on_which_a_step_fails_is_dropped_and_the_run_goes_on() -> None:
    with pytest.warns(PageFailure, match=rf"extract failed on 1 page\(s\).*{ODD}"):
        corpus = collect(pages())
    assert [document.url for document in corpus.documents] == GOOD
    (gone,) = corpus.dropped
    assert (gone.document.url, gone.step) == (ODD, "extract")
    assert gone.reason == "failed with TypeError"
    (problem,) = corpus.problems
    assert problem.startswith(f"{ODD}: extract failed with TypeError (")
    assert "in letters.py, line " in problem


def test_a_mistake_in_the_program_is_an_error_where_warnings_are() -> None:
    with pytest.raises(PageFailure, match="TypeError"):
        collect(pages())


def test_a_filter_that_fails_drops_what_it_failed_on_and_counts_it() -> None:
    state = PipelineState()
    state.documents = [from_page(url, prose(n)) for n, url in enumerate(GOOD)]
    texts = iter([None, "too odd", ZeroDivisionError("by zero")])

    def judge(text: str) -> str | None:
        verdict = next(texts)
        if isinstance(verdict, Exception):
            raise verdict
        return verdict

    with pytest.warns(PageFailure, match="quality failed on 1 page"):
        state.filter("quality", judge)
    assert [document.url for document in state.documents] == GOOD[:1]
    assert [gone.reason for gone in state.dropped] == ["too odd", "failed with ZeroDivisionError"]
    assert "(by zero)" in state.problems[0]


def test_a_text_that_cannot_be_masked_is_kept_nowhere() -> None:
    state = PipelineState()
    bad = Document("0" * 16, ODD, b"ada@example.com", "odd")  # bytes, where a text belongs
    state.documents = [from_page(GOOD[0], "ada@example.com"), bad]
    state.dropped = [Dropped(bad, "quality", "too odd")]
    with pytest.warns(PageFailure, match="privacy failed on 2 page"):
        steps._mask(state)
    assert [document.text for document in state.documents] == ["<EMAIL>"]
    assert [gone.document.text for gone in state.dropped] == ["", ""]
    assert [gone.reason for gone in state.dropped] == ["too odd", "failed with TypeError"]


def test_an_error_of_the_caller_is_no_failure_of_a_page() -> None:
    def stop(url: str) -> None:
        raise KeyError(url)

    with pytest.raises(KeyError):
        collect(pages()[:1], on_page=stop)
