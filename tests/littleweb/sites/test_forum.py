"""Tests of the forum: its threads, its invented people, its wrong answers."""

from __future__ import annotations

import ipaddress
import re
from itertools import combinations

import pytest

from course_utils.littleweb import smalltalk
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites import forum, mirror, people
from course_utils.littleweb.truth import world

PAGES = forum.pages(0, 120)


def strings(kind: str) -> list[str]:
    return [value for page in PAGES for k, value in page.truth["pii"] if k == kind]


def test_the_same_seed_gives_the_same_threads_and_another_seed_others():
    assert forum.pages(3, 10) == forum.pages(3, 10)
    assert forum.pages(3, 10) != forum.pages(4, 10)
    assert forum.pages(3, 10) == forum.pages(3, 20)[:10]


def test_every_listed_piece_of_personal_data_stands_in_the_text_that_often_and_in_that_order():
    for page in PAGES:
        place, left = {}, page.text
        starts = []
        for _, value in page.truth["pii"]:
            assert value in left
            starts.append(page.text.index(value, place.get(value, 0)))
            place[value] = starts[-1] + len(value)
        assert starts == sorted(starts)


def test_no_address_with_an_at_sign_is_left_unlisted():
    for page in PAGES:
        listed = [value for kind, value in page.truth["pii"] if kind == "email"]
        found = re.findall(r"[\w.+-]+@[\w.-]+\w", page.text)
        assert sorted(found) == sorted(value for value in listed if "@" in value)


def test_mail_goes_to_domains_that_are_kept_for_examples():
    assert strings("email")
    for value in strings("email"):
        assert re.search(r"\bexample\.(com|org|net)$", value.lower())


def test_telephone_numbers_are_in_ranges_that_are_never_connected():
    assert strings("phone")
    for value in strings("phone"):
        assert re.search(r"555\D?01\d\d$", value) or value.startswith("+44 20 7946 0")


def test_ip_addresses_are_kept_for_documentation():
    nets = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
    for value in strings("ip"):
        address = ipaddress.ip_address(value)
        assert any(address in ipaddress.ip_network(net) for net in nets)


def test_cards_are_published_test_numbers_with_a_fitting_check_digit():
    known = {*people.CARDS, *people.LONG_CARDS}
    assert all(people.luhn(number) for number in known)
    assert not people.luhn("4242424242424243")
    assert {re.sub(r"\D", "", value) for value in strings("card")} <= known


def test_holdout_shapes_appear_on_holdout_pages_only():
    usual = " ".join(page.text for page in PAGES if not page.holdout)
    odd = " ".join(page.text for page in PAGES if page.holdout)
    for sign in ("(at)", "2001:db8:", "+44 20 7946", "Dear forum"):
        assert sign in odd
        assert sign not in usual
    assert {page.truth["shape"] for page in PAGES if not page.holdout} == set(forum.SHAPES)


def test_wrong_answers_are_wrong_and_stand_in_the_text():
    wrong = [(page, claim) for page in PAGES for claim in page.truth["wrong"]]
    assert len(wrong) == len(PAGES) // forum.WRONG_EVERY + 1
    for page, (country, kind, said, true) in wrong:
        values = world.fact_table()[country, kind].values
        assert true == values[0]
        assert said not in values
        assert said in page.text


def test_look_alikes_are_no_personal_data():
    rng = Rng("decoys")
    said = [people.decoy(rng) for _ in range(300)]
    assert any("ISBN" in text for text in said) and any("version" in text for text in said)
    for text in said:
        assert "example." not in text and not re.search(r"\b555\D?01\d\d\b", text)
        assert not re.search(r"\b(192\.0\.2|198\.51\.100|203\.0\.113)\.", text)


def test_threads_are_no_near_copies_of_each_other():
    grams = [mirror.word_ngrams(page.text) for page in PAGES]
    closest = max(len(a & b) / len(a | b) for a, b in combinations(grams, 2))
    assert closest < 0.35


def test_threads_are_long_enough_and_leave_no_slot_unfilled():
    sizes = [len(page.text) for page in PAGES]
    assert 1_200 < sum(sizes) / len(sizes) < 3_000
    assert not [page.url for page in PAGES if re.search(r"\[[a-z]+\]|\{\w*\}", page.text)]


def test_every_slot_of_the_small_talk_can_be_filled():
    rng = Rng("talk")
    for _, questions, tips in smalltalk.TOPICS.values():
        for sentence in (*questions, *tips):
            assert "[" not in smalltalk.expand(sentence, rng)
    with pytest.raises(KeyError):
        smalltalk.expand("a [nothing]", rng)
