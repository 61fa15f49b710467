"""Tests of the HTML: readable by a real extractor, in every template and charset."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import trafilatura

from course_utils.littleweb import markup
from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites import atlas, factbook, foreign, forum, tutorials

MIXED = [*list(atlas.pages(0, "tiny")), *list(factbook.pages(0, "tiny")), *forum.pages(0, 60)]
MIXED += [*tutorials.pages(0, 15), *foreign.pages(0, 30)]


def word_f1(one: str, other: str) -> float:
    first, second = (Counter(re.findall(r"\w+", text)) for text in (one, other))
    return 2 * (first & second).total() / max(1, first.total() + second.total())


def rng_of(page: Page) -> Rng:
    return Rng(f"test/{page.url}")


def styles() -> dict[str, markup.PageStyle]:
    return {page.url: markup.draw_style(rng_of(page)) for page in MIXED}


def test_trafilatura_finds_the_main_text():
    scores = []
    for page in MIXED:
        source, _ = markup.render(page, rng_of(page))
        text = trafilatura.extract(source, include_comments=False, include_tables=False)
        scores.append(word_f1(text or "", page.text))
    assert sum(scores) / len(scores) >= 0.98
    assert min(scores) < 1, "a web on which extraction is perfect teaches nothing"


def test_every_template_fault_and_charset_is_drawn():
    drawn = [markup.draw_style(Rng(number)) for number in range(1_000)]
    assert {style.template for style in drawn} == set(markup.TEMPLATES)
    assert {style.charset for style in drawn} == set(markup.CHARSETS)
    assert {fault for style in drawn for fault in style.faults} == set(markup.FAULTS)
    share = sum(style.holdout for style in drawn) / len(drawn)
    assert 0.08 < share < 0.25


def test_rendering_draws_the_style_that_was_foretold():
    for page in MIXED[:40]:
        source, charset = markup.render(page, rng_of(page))
        style = markup.draw_style(rng_of(page))
        assert charset in (style.charset.header, "utf-8")
        assert (b"cookie-consent" in source) == ("cookies" in style.extras)


def test_the_same_stream_gives_the_same_bytes():
    for page in MIXED[:20]:
        assert markup.render(page, rng_of(page)) == markup.render(page, rng_of(page))


def page_drawn(wanted, text: str = "Ein Satz über Käse.") -> tuple[bytes, str | None]:
    page = Page("http://world.littleweb.test/x", "world", "foreign", "Käse", (text,), "de")
    for number in range(5_000):
        if wanted(markup.draw_style(Rng(number))):
            return markup.render(page, Rng(number))
    raise AssertionError("no seed draws such a style")


@pytest.mark.parametrize("charset", markup.CHARSETS)
def test_the_bytes_are_in_the_encoding_of_the_style(charset):
    source, claimed = page_drawn(lambda style: style.charset == charset)
    assert "über Käse" in re.sub(r"</?\w+>", "", source.decode(charset.encoding))
    assert claimed == charset.header
    assert (b'<meta charset="' in source) == bool(charset.meta)


def test_text_that_does_not_fit_a_charset_is_sent_as_utf_8():
    source, claimed = page_drawn(
        lambda style: style.charset.encoding == "windows-1252", "Łódź и Київ"
    )
    assert claimed == "utf-8"
    assert "Łódź" in re.sub(r"</?\w+>", "", source.decode("utf-8"))


def test_brackets_and_ampersands_in_a_text_are_escaped():
    source, _ = page_drawn(lambda style: not style.faults, "a < b & c > d")
    assert b"a &lt; b &amp; c &gt; d" in re.sub(rb"</?(em|b|strong)>", b"", source)


def test_a_program_keeps_its_lines():
    source, _ = page_drawn(lambda style: not style.faults, "if a:\n    b()")
    assert b"<pre><code>if a:\n    b()</code></pre>" in source


def test_few_pages_are_very_long():
    source, _ = page_drawn(lambda style: "long" in style.extras)
    assert len(source) > 140_000
