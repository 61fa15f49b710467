"""What is masked, what is not, and that nothing else changes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from course_utils.data_collection.clean.privacy import is_card, mask


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("email", "ada@example.com"),
        ("email", "ada.b+news@mail.example.co.uk"),
        ("email", "ada (at) example (dot) org"),
        ("email", "ada at example dot org"),
        ("phone", "555-0132"),
        ("phone", "(202) 555-0143"),
        ("phone", "+1-312-555-0187"),
        ("phone", "312.555.0101"),
        ("phone", "+44 1632 960123"),
        ("phone", "01632 960123"),
        ("phone", "+49 (0)40 / 66 96 91 23"),
        ("phone", "+49 (0)30-23125\u2013123"),
        ("phone", "+49 30 \u2013 2 31 25 67"),
        ("phone", "+33.199001234"),  # as registries write it
        ("phone", "01 99 00 12 34"),
        ("phone", "400-055-0143"),
        ("ip", "192.0.2.74"),
        ("ip", "2001:db8::8a2e:370:7334"),
        ("card", "4111 1111 1111 1111"),
        ("card", "4111-1111-1111-1111"),
        ("card", "5555555555554444"),
        ("iban", "GB82 WEST 1234 5698 7654 32"),
        ("iban", "DE89370400440532013000"),
        ("iban", "BE68 5390 0754 7034"),
    ],
)
def test_what_points_to_a_person_is_masked_to_the_letter(kind: str, found: str) -> None:
    text, spans = mask(f"Write to {found}, or come by.")
    assert text == f"Write to <{kind.upper()}>, or come by."
    assert [(span.kind, span.text) for span in spans] == [(kind, found)]


@pytest.mark.parametrize(
    "text",
    [
        "The church was built in 1392 and sold on 07/04/2017 for $1,250,000.",
        "Korea was unified under the Koryo (918-1392).",
        "I am still on version 4.18.1.22 and went from v7.13.6.15.",
        "The book has ISBN 978-0-77-260127-2.",
        "print(word[::-1]) at 08:04:12, ratio 3:4:5",
        "Card 4111 1111 1111 1112 fails the check.",
        "Meet me at the harbour dot the i and cross the t.",
        "An address like 999.10.0.1 is none, nor is 10.0.0.",
        "It covers 1 234 567 890 km and 12.5.2024 is a date.",
        "It rose by +100 or +1.25, from -40 to +120 \u00b0C, says +972 Magazine.",
        "The mean was +0.75 (95% CI), and the third came in at +1.03,4 (3).",
        "Sent at 10:04 UTC +0200 and at 12:04 GMT +1000 to all.",
        "Sent at UTC +2 2026-05-06 10:00 to all.",
        "The town has +20 000 000 people at +51.5073509, -0.1277583.",
        "It grew by +10.5 12.3 14.1 16.2 and by +2 0 1 3 5 8 13 21 34 percent.",
        "A year has 365.2422 days, a dose 300-1500 mg, the row 100 200 3000.",
        "The account GB82 WEST 1234 5698 7654 33 fails the check.",
        "+" + "1234567890" * 3,
    ],
)
def test_what_only_looks_private_stays(text: str) -> None:
    assert mask(text) == (text, ())


def test_spans_stand_where_they_say_and_masks_change_nothing_else() -> None:
    text = "a@example.com, 555-0132; 192.0.2.1 and 4111 1111 1111 1111. a@example.com"
    masked, spans = mask(text)
    assert [text[span.start : span.end] for span in spans] == [span.text for span in spans]
    assert masked == "<EMAIL>, <PHONE>; <IP> and <CARD>. <EMAIL>"
    assert mask(masked) == (masked, ())


def test_the_card_check_knows_published_test_numbers() -> None:
    good = ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117"]
    assert all(map(is_card, good))
    assert not any(is_card(number[:-1] + str((int(number[-1]) + 1) % 10)) for number in good)


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python a call runs through."""
    count, before = 0, sys.gettrace()

    def trace(frame: FrameType, event: str, value: object) -> Callable:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_twice_as_many_masks_are_twice_the_work_and_not_four_times() -> None:
    def work(masks: int) -> int:
        page = " ".join(f"a{n}@example.com 555-0132 192.0.2.1" for n in range(masks))
        return lines_run(lambda: mask(page))

    few, many = work(100), work(200)
    assert 1.9 * few < many < 2.1 * few


def test_a_long_text_without_end_is_searched_in_time() -> None:
    assert mask("a" * 300_000)[1] == ()
    assert mask("1 2" * 50_000 + "a.b-" * 50_000)[0]
