"""Bytes to letters: charsets that are announced, wrongly or not, and bytes that are no text."""

from __future__ import annotations

import codecs
import random

import pytest
import webencodings

from course_utils.data_collection.clean.letters import declared_charset, decode, is_text


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


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1252", "koi8-r"])
@pytest.mark.parametrize("bad", [b"\xff", b"\xe9 ", b"\xe2\x80"])
def test_a_bad_byte_does_not_turn_a_page_of_utf8_into_its_label(label: str, bad: bytes) -> None:
    body = "<p>Curaçao, São Tomé und Åland – ".encode() + bad + b"</p>"
    assert "Curaçao, São Tomé und Åland – " in decode(body, f"text/html; charset={label}")


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("iso-8859-1", "<p>cafÃ© and cafÃ© © · · ·</p>"),  # encoded twice by its writer
        ("iso-8859-1", "<p>São</p>"),
        ("koi8-r", "<p>Всё ещё её ёлка</p>"),
        ("windows-1251", "<p>Её «ёлка» № 1</p>"),
        ("windows-1256", "<p>كتاب، بيت؛ باب؟</p>"),
        ("shift_jis", "<p>日本語の港</p>"),
        ("gbk", "<p>中文的港口</p>"),
    ],
)
def test_a_page_in_the_charset_of_its_label_is_read_by_it(label: str, text: str) -> None:
    assert decode(text.encode(label), f"text/html; charset={label}") == text


@pytest.mark.parametrize("size", [300, 1_000, 100_000])
def test_random_bytes_are_no_text(size: int) -> None:
    assert not any(is_text(random.Random(seed).randbytes(size)) for seed in range(100))


@pytest.mark.parametrize(
    "body",
    [b"<p>a \x01 b</p>", b"<p>\x1b[1mbold\x1b[0m\x0c</p>", "<p>Åland</p>".encode("cp1252")]
    + ["日本語".encode("shift_jis"), "Привет".encode("koi8-r"), "中文".encode("gb18030")],
)
def test_a_text_with_a_control_character_or_in_an_old_charset_is_a_text(body: bytes) -> None:
    assert is_text(body)
