"""Text out of pages: letters, boilerplate, and pages that are hardly pages."""

from __future__ import annotations

import codecs
import gzip

import pytest
import webencodings

from course_utils.data_collection.archives.warc import Response
from course_utils.data_collection.clean.extract import (
    declared_charset,
    decode,
    extract,
    extract_by_hand,
    extract_page,
)
from course_utils.data_collection.clean.language import judge, language_of

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


@pytest.mark.parametrize(
    ("encoding", "header", "meta"),
    [
        ("utf-8", "utf-8", ""),
        ("utf-8", "", ""),
        ("utf-8", "iso-8859-1", "iso-8859-1"),  # both are wrong
        ("cp1252", "utf-8", ""),  # the header is wrong
        ("cp1252", "", "iso-8859-1"),
        ("cp1252", "", ""),
        ("cp1252", "no-such-charset", ""),
        ("utf-16", "", ""),
        ("utf-8-sig", "koi8-r", ""),
        ("shift_jis", "shift_jis", ""),
        ("koi8-r", "", "koi8-r"),
    ],
)
def test_letters_are_right_whatever_the_page_says(encoding: str, header: str, meta: str) -> None:
    letters = {"shift_jis": "日本語", "koi8-r": "Привет"}.get(encoding, "Curaçao – São Tomé")
    body = f'<meta charset="{meta}"><p>{letters}'.encode(encoding)
    assert letters in decode(body, f"text/html; charset={header}" if header else "text/html")


@pytest.mark.parametrize("label", sorted(webencodings.LABELS))
def test_every_label_of_the_standard_is_read_as_browsers_read_it(label: str) -> None:
    known = webencodings.lookup(label)
    if known.name in ("replacement", "x-user-defined"):
        return  # what browsers refuse to read, and what no text is written in
    (read_as,) = declared_charset(b"", f"text/html; charset={label}")
    wider = {"gbk": "gb18030"}.get(known.name, known.codec_info.name)
    assert codecs.lookup(read_as).name == codecs.lookup(wider).name


@pytest.mark.parametrize(
    ("label", "encoding", "letters"),
    [
        ("x-cp1251", "cp1251", "Привет"),
        ("windows-31j", "cp932", "日本語"),
        ("iso-8859-9", "cp1254", "İstanbul"),
        ("ascii", "cp1252", "“quoted”"),
    ],
)
def test_a_label_that_only_browsers_know_is_read(label: str, encoding: str, letters: str) -> None:
    body = f"<p>{letters}".encode(encoding)
    assert letters in decode(body, f"text/html; charset={label}")


def test_single_foreign_bytes_in_utf8_are_read_as_windows_letters() -> None:
    body = "Côte d’Ivoire and Åland and São Tomé ".encode() + "Curaçao".encode("cp1252")
    assert decode(body).endswith("São Tomé Curaçao")


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
        gzip.compress(b"packed twice"),
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
