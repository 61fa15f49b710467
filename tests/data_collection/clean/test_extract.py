"""Text out of pages: letters, boilerplate, and pages that are hardly pages."""

from __future__ import annotations

import gzip

import pytest

from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.clean.extract import (
    extract,
    extract_by_hand,
    extract_page,
)
from course_utils.data_collection.clean.language import judge, language_of
from course_utils.data_collection.clean.letters import NO_XML, xml_letters

SENTENCE = "The harbour of the old town lies behind a long wall of grey stone and sand."
PAGE = f"""<html><head><title>t</title><script>var x = 1;</script></head><body>
<nav><a href="/">Home</a> <a href="/about">About us and others</a></nav>
<article><h1>The title</h1><p>{SENTENCE}</p><p>It is <b>not</b> deep, yet ships come in.</p>
<pre><code>for row in range(3):
    print(row)</code></pre></article>
<footer><p>Copyright of this page and all the others by nobody at all.</p></footer>
</body></html>"""


def page(body: bytes, kind: str = "text/html") -> Response:
    return Response("http://a.test/", 200, {"content-type": kind}, body)


@pytest.mark.parametrize("by", [extract_page, extract_by_hand])
def test_menus_scripts_and_footers_are_left_out(by) -> None:
    text = by(PAGE)
    assert SENTENCE in text
    assert "It is not deep" in text
    for other in ("About us", "Copyright", "var x"):
        assert other not in text


def test_paragraphs_are_parted_by_an_empty_line_and_the_title_is_left_out() -> None:
    assert extract(page(PAGE.encode())).startswith(f"{SENTENCE}\n\nIt is not deep")


def test_a_program_keeps_its_lines_and_indents() -> None:
    assert "for row in range(3):\n    print(row)" in extract(page(PAGE.encode()))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   \n ",
        b"<div><div><span></span></div></div>",
        b"<html><head></head><body></body></html>",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        b"\x00\x01\x02\x03" * 5_000,
        gzip.compress(b"packed twice", mtime=0),
        b"<!-- only a comment -->",
        b'<?xml version="1.0" encoding="utf-8"?>',
    ],
)
def test_what_has_no_text_gives_none(body: bytes) -> None:
    assert extract(page(body)) == ""


@pytest.mark.parametrize("tag", ["div", "b", "ul><li", "table><tr><td"])
def test_ten_thousand_nested_tags_are_survived(tag: str) -> None:
    body = f"<{tag}>" * 10_000 + f"<p>{SENTENCE}</p>"
    assert isinstance(extract(page(body.encode())), str)


def test_a_page_of_one_endless_word_is_survived() -> None:
    assert len(extract(page(b"<p>" + b"x" * 2_000_000))) <= 2_000_000


def test_languages_are_told_apart() -> None:
    assert language_of(SENTENCE) == "en"
    assert judge("Le port de la vieille ville se trouve derrière un long mur.") == (
        "language is fr, not en"
    )
    assert judge(SENTENCE) is None
    assert language_of("1234 !!! ???") == "und"


CONTROLS = [
    "&#27;",
    "&#x1B;",
    "&#12",
    "&#0;",
    "&#65534;",
    "\x1b",
    "\x0c",
    "\x00",
    "\ufffe",
    "\uffff",
]


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("by", [extract_page, extract_by_hand])
def test_what_no_xml_can_hold_costs_itself_and_no_word(by, control: str) -> None:
    text = by(f"<p>{control}{SENTENCE} {control} It is deep.</p><pre>a {control} b\n  c d</pre>")
    assert f"{SENTENCE} It is deep." in " ".join(text.split())
    assert text.split()[-4:] == ["a", "b", "c", "d"]
    assert not NO_XML.search(text)


@pytest.mark.parametrize(
    "reference", ["&#9;", "&#10;", "&#13;", "&#32;", "&#65;", "&#233;", "&#x1F600;"]
)
def test_a_reference_to_any_other_letter_stays_that_letter(reference: str) -> None:
    assert xml_letters(reference) == reference


PROGRAM = "#include <stdio.h>\n\nint main(void) {\n    if (a<b && c>d) return 1;\n}"


def test_plain_text_is_no_html() -> None:
    said = page(f"{PROGRAM}\n\f\nThe second\x1b page &amp; <p> more.\n".encode(), "text/plain")
    assert extract(said) == f"{PROGRAM}\n\nThe second page &amp; <p> more."
    assert extract(page(PROGRAM.encode(), "Text/Plain; charset=utf-8")) == PROGRAM


@pytest.mark.parametrize("start", ["<!DOCTYPE html>", "\n<HTML lang='en'>"])
def test_html_that_is_called_plain_text_is_html_all_the_same(start: str) -> None:
    body = f"{start}<body><p>{SENTENCE}</p></body></html>".encode()
    assert extract(page(body, "text/plain")) == SENTENCE


@pytest.mark.parametrize("empty", ["", " \n", "<!-- nothing -->", '<?xml version="1.0"?>', "\x00"])
def test_the_way_by_hand_finds_nothing_on_an_empty_page(empty: str) -> None:
    assert extract_by_hand(empty) == extract_page(empty) == ""


@pytest.mark.parametrize("by", [extract_page, extract_by_hand])
def test_a_page_that_begins_as_xml_with_a_charset_is_read(by) -> None:
    declared = '<?xml version="1.0" encoding="iso-8859-1"?>\n<!DOCTYPE html>\n'
    assert SENTENCE in by(f"{declared}<html><body><p>{SENTENCE}</p></body></html>")
