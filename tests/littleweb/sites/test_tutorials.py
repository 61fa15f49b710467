"""Tests of the tutorials: what a page says a program prints is what it prints."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations

import pytest

from course_utils.littleweb.sites import mirror, tutorials

PAGES = tutorials.pages(0, 91)


def test_real_python_prints_what_the_pages_say():
    programs = "\n".join(p for page in PAGES[:25] for p in page.truth["programs"])
    done = subprocess.run(
        [sys.executable, "-I", "-c", programs], capture_output=True, text=True, check=True
    )
    said = "\n".join(page.truth["output"] for page in PAGES[:25])
    assert done.stdout.rstrip("\n") == said


def test_every_page_shows_its_programs_and_their_output():
    for page in PAGES:
        for program in page.truth["programs"]:
            assert program in page.paragraphs
            assert tutorials.run(program) in page.paragraphs


def test_a_program_reaches_no_file_and_no_module():
    for bad in ("open('x')", "import os", "eval('1')"):
        with pytest.raises((NameError, ImportError)):
            tutorials.run(bad)


def test_every_family_is_taught_and_no_two_pages_are_near_copies():
    assert len({page.title for page in PAGES}) == len(PAGES)
    grams = [mirror.word_ngrams(page.text) for page in PAGES]
    assert max(len(a & b) / len(a | b) for a, b in combinations(grams, 2)) < 0.5


def test_no_brace_is_left_unfilled_in_the_prose():
    for page in PAGES:
        prose = [text for text in page.paragraphs[::5] if "\n" not in text]
        assert not [text for text in prose if "{" in text]
