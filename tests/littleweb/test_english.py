"""Tests of articles and addresses, on names worked out by hand."""

import pytest

from course_utils.littleweb.english import slug, with_a, with_article


@pytest.mark.parametrize(
    ("words", "phrase"),
    [("fox", "a fox"), ("owl", "an owl"), ("honest mole", "an honest mole")],
)
def test_the_article_goes_by_the_sound(words, phrase):
    assert with_a(words) == phrase


@pytest.mark.parametrize(
    ("country", "phrase"),
    [
        ("France", "France"),
        ("Netherlands", "the Netherlands"),
        ("The Gambia", "the Gambia"),
        ("Isle of Man", "the Isle of Man"),
        ("Dominica", "Dominica"),
        ("Dominican Republic", "the Dominican Republic"),
    ],
)
def test_some_countries_take_an_article(country, phrase):
    assert with_article(country) == phrase


def test_an_address_has_small_letters_digits_and_hyphens_only():
    assert slug("Côte d'Ivoire") == "cote-d-ivoire"
