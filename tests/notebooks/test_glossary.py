"""Every word that the notebooks set in italics is explained where the glossary says."""

from __future__ import annotations

import glossary
import minutes
import pytest
from glossary import Entry
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

KNOWN = glossary.entries()
WORDS = 45  # of an entry; it is a glossary and no second course


def test_every_word_in_italics_is_explained_or_listed_as_emphasis() -> None:
    assert glossary.unexplained(glossary.all_prose(), KNOWN) == []


def test_every_entry_names_the_section_that_introduces_it() -> None:
    assert glossary.misplaced(glossary.all_prose(), KNOWN) == []


def test_every_row_of_the_page_is_an_entry_in_alphabetical_order_with_a_link_that_leads() -> None:
    lines = glossary.PAGE.read_text(encoding="utf-8").splitlines()
    assert len(KNOWN) == sum(line.startswith("| ") for line in lines) - 2 > 90
    terms = [entry.term.lower() for entry in KNOWN]
    assert terms == sorted(terms)
    for entry in KNOWN:
        target = (glossary.PAGE.parent / entry.link).resolve()
        assert target.exists() and target.name.startswith(entry.number), entry


def test_an_entry_is_a_sentence_or_two() -> None:
    for each in KNOWN:
        assert each.meaning.endswith(".") and len(each.meaning.split()) <= WORDS, each
        assert each.meaning.count(". ") <= 1, each


def test_no_term_is_listed_as_emphasis_too() -> None:
    assert not glossary.emphasis() & set().union(*(entry.forms for entry in KNOWN))


@pytest.mark.parametrize("name", sorted(p.name for p in minutes.NOTEBOOKS.glob("0*.ipynb")))
def test_the_head_of_a_notebook_links_to_both_pages(name: str) -> None:
    head = glossary.files.read(minutes.NOTEBOOKS / name).cells[0].source
    for page in ("glossary", "mathematics"):
        assert f"(../docs/{page}.md)" in head
        assert (minutes.NOTEBOOKS / f"../docs/{page}.md").exists()


def entry(term: str, number: str, section: str) -> Entry:
    return Entry(term, "It is.", number, "../notebooks/x.ipynb", section)


def small() -> list[glossary.Section]:
    cells = [
        new_markdown_cell("# Title\n\nAn *apple pie* and `*code*`."),
        new_markdown_cell("## 1. One\n\n*A sentence that opens.*\n\nTwo *pears*, **stressed**."),
        new_code_cell("'*no prose*'"),
        new_markdown_cell(
            "## 2. Two\n\n**Go** · *difficulty 1 of 3 · about 7 minutes* · *Apple\npie*"
        ),
    ]
    return list(glossary.prose(new_notebook(cells=cells), "01"))


def test_italics_are_found_and_sentences_code_and_frames_are_not() -> None:
    assert [part.italics for part in small()] == [("apple pie",), ("pears",), ("apple pie",)]
    assert small()[1].bold == ("stressed",)


def test_a_new_word_and_an_entry_in_the_wrong_place_are_named() -> None:
    known = [entry("apple pie", "01", "2"), entry("pear, pears", "01", "1")]
    assert glossary.unexplained(small(), known) == []
    assert len(glossary.unexplained(small(), known[:1])) == 1
    (wrong,) = glossary.misplaced(small(), known)
    assert wrong.startswith("apple pie: 01 2")
    assert glossary.misplaced(small(), [entry("apple pie", "01", "front"), *known[1:]]) == []


def test_two_entries_that_share_a_word_take_two_sections() -> None:
    two = [entry("apple pie (to eat)", "01", "front"), entry("apple pie (order)", "01", "2")]
    assert glossary.misplaced(small(), two) == []
    assert len(glossary.misplaced(small(), [two[0], entry("apple pie (order)", "01", "1")])) == 1


def test_a_word_that_is_marked_nowhere_has_to_stand_in_the_text() -> None:
    assert glossary.misplaced(small(), [entry("sentence", "01", "1")]) == []
    assert len(glossary.misplaced(small(), [entry("sentence", "01", "2")])) == 1
