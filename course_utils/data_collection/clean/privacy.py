"""Masks what points to a person: e-mail addresses, phone numbers, IP addresses, cards, accounts.

A mask such as <EMAIL> stands where the thing stood, so that the sentence keeps its shape.
Left out: names, postal addresses, dates of birth, and most numbers of telephones without a
country's code; no pattern finds those reliably.
Taught in notebook 01, section "What must not be learnt".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-z]{2,24}\b", re.I)
# somebody (at) example (dot) org, somebody at example dot org
SPELT_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}(?:\s?[\[({<]\s?(?:at|@)\s?[\])}>]\s?|\s(?:at|@)\s(?=[\w-]+(?:\s?dot|\.)))"
    r"(?:[\w-]{1,63}(?:\.|\s?[\[({<]\s?(?:dot|\.)\s?[\])}>]\s?|\sdot\s))+[a-z]{2,24}\b",
    re.I,
)
SPELT_SIGN = re.compile(r"\b(?:at|dot)\b\s?[\])}>]|\sdot\s|\s@\s|[\[({<]\s?@", re.I)
SPELT_PARTS = ("dot", *"@])}>")  # one of these is in whatever SPELT_SIGN finds
DIGIT = re.compile(r"\d")
CARD = re.compile(r"(?<![\w.-])[2-6]\d{3}(?:[ .-]?\d){9,15}(?![\w-])")
IP4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
VERSION = re.compile(r"(?:version|release|build|firmware|update|section|chapter)\s?$", re.I)
IP6 = re.compile(r"(?<![\w:])[0-9a-f]{1,4}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![\w:])", re.I)
# What may stand between two digits of a number with its country's code.
GAP = r"\)?(?:[ .\xa0\u200b]|[ \xa0]?[/\u2013-][ \xa0]?)?\(?"
PHONE = re.compile(
    r"(?<![\w.+-])(?:"
    # Countries' codes begin with 1 to 9; 1 is followed by an area, which begins with 2 to 9.
    r"\+(?:1[ .-]?\(?[2-9]\d{2}\)?[ .-]?\d{3}[ .-]?\d{4}"  # +1-202-555-0143
    rf"|[2-9](?:{GAP}\d){{7,14}})(?!,\d)"  # +44 1632 960123
    r"|(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]{0,2}[2-9]\d{2}[ .-]\d{4}"  # (202) 555-0143
    r"|(?:1-)?\d{3}-\d{3}-\d{4}"  # 400-081-2017
    r"|0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,4}"  # 01632 960123
    r"|0\d(?:[ .]\d\d){4}"  # 01 99 00 12 34
    r"|[2-9]\d{2}-\d{4}"  # 555-0143
    r")(?![\w-]|\.\d)"
)
# What is written like the number of a telephone, and is none.
NO_PHONE = re.compile(
    r"\d{3}-(?:1\d{3}|20\d{2}|[1-9]\d00)"  # years, 918-1392, or a range, 300-1500
    r"|\+\d{1,3}(?:[ .\xa0]\d{3})*[ .\xa0]000"  # an amount, +20 000 000
    r"|\+\d+\.\d{1,7}"  # a decimal, +51.5073509
    r"|\+\d+\.\d+[ -]\d+\.\d.*"  # several, +10.5 12.3 14.1
    r"|\+\d.*(?:19|20)\d\d-[01]\d-[0-3]\d.*"  # a date behind a time zone, +2 2026-05-06
)
SINGLE_DIGIT, MAX_SINGLE_DIGITS = re.compile(r"(?<!\d)\d(?!\d)"), 2  # +2 0 1 3 5 8 13 is none
# In groups of four or without spaces; letters alone stand in the first group only, a bank's name.
IBAN = re.compile(
    r"\b[A-Z]{2}\d{2}(?:[ \xa0]?[A-Z0-9]{4})(?:[ \xa0]?(?=[A-Z]*\d)[A-Z0-9]{4}){1,6}"
    r"(?:[ \xa0]?(?=[A-Z]*\d)[A-Z0-9]{1,3})?\b"
)
MIN_IBAN, MAX_IBAN = 15, 34  # signs without spaces


@dataclass(frozen=True, order=True)
class Span:
    """Where something private stands in a text.

    Args:
        start, end: positions in the unmasked text, end not included.
        kind: "email", "phone", "ip", "card" or "iban".
        text: what stood there.
    """

    start: int
    end: int
    kind: str
    text: str


def is_card(digits: str) -> bool:
    """Whether a number passes the check that the last digit of every payment card makes true.

    Args:
        digits: 13 to 19 digits.

    Source: Luhn 1960, ISO/IEC 7812-1.
    """
    total = 0
    for place, digit in enumerate(reversed([int(d) for d in digits])):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0 and len(set(digits)) > 1


def is_iban(text: str) -> bool:
    """Whether a text passes the check of international bank account numbers.

    Args:
        text: country, two check digits and the account, with or without spaces.

    Source: ISO 13616-1.
    """
    code = re.sub(r"\s", "", text)
    if not MIN_IBAN <= len(code) <= MAX_IBAN:
        return False
    # The first four signs go to the end, and letters count from A = 10 on.
    return int("".join(str(int(sign, 36)) for sign in code[4:] + code[:4])) % 97 == 1


def is_ip(text: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_card(match: re.Match[str]) -> bool:
    return is_card(re.sub(r"\D", "", match.group()))


def _is_ip(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 12) : match.start()]
    return is_ip(match.group()) and not VERSION.search(before)


def _is_phone(match: re.Match[str]) -> bool:
    text = match.group()
    if text.startswith("+") and len(SINGLE_DIGIT.findall(text)) > MAX_SINGLE_DIGITS:
        return False
    return not NO_PHONE.fullmatch(text)


def _is_iban(match: re.Match[str]) -> bool:
    return is_iban(match.group())


def _searches(text: str) -> Iterator[tuple[str, Iterator[re.Match[str]]]]:
    """The patterns that can match at all; most texts hold no @ and few digits."""
    if "@" in text:
        yield "email", EMAIL.finditer(text)
    lower = text.lower()
    if any(sign in lower for sign in SPELT_PARTS) and SPELT_SIGN.search(text):
        yield "email", SPELT_EMAIL.finditer(text)
    digits = DIGIT.search(text)
    if digits:
        yield "iban", filter(_is_iban, IBAN.finditer(text))
        yield "card", filter(_is_card, CARD.finditer(text))
        yield "ip", filter(_is_ip, IP4.finditer(text))
    if "::" in text or text.count(":") >= 7:
        yield "ip", filter(_is_ip, IP6.finditer(text))
    if digits:
        yield "phone", filter(_is_phone, PHONE.finditer(text))


def find(text: str) -> list[Span]:
    """What is private in a text, from left to right, nothing overlapping.

    Of two finds that overlap the one of the surer kind stays: e-mail, IBAN, card, IP address,
    phone.
    """
    spans: list[Span] = []
    for kind, matches in _searches(text):
        beside, place = [], 0
        for match in matches:
            # Both run from left to right, so a span that ends before this match is done with.
            while place < len(spans) and spans[place].end <= match.start():
                place += 1
            if place == len(spans) or match.end() <= spans[place].start:
                beside.append(Span(match.start(), match.end(), kind, match.group()))
        spans = sorted([*spans, *beside])  # two sorted runs, which are only merged
    return spans


def mask(text: str) -> tuple[str, tuple[Span, ...]]:
    """Puts <EMAIL>, <PHONE>, <IP>, <CARD> or <IBAN> in the place of what is private.

    Args:
        text: a document's text.

    Returns:
        The masked text, and what stood there.
    """
    spans = find(text)
    pieces, at = [], 0
    for span in spans:
        pieces += [text[at : span.start], f"<{span.kind.upper()}>"]
        at = span.end
    return "".join([*pieces, text[at:]]), tuple(spans)
