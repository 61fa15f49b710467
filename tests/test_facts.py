"""Figures about real models: complete, dated, sourced, and told in one plain line."""

import re
from datetime import date

import pytest

from course_utils import facts

ENTRY = {
    "value": 3,
    "unit": "tokens",
    "date": "2020-05",
    "source": "Someone 2020",
    "title": "A title",
    "certainty": "reported",
    "note": "A note.",
}
# Figures from before the age of transformers, each by name: any other date so early is a slip.
OLDER = {"coast_runners_percent": date(2016, 12, 21)}


def test_there_are_figures_for_the_notebooks_to_quote():
    assert len(facts.load()) >= 25


@pytest.mark.parametrize("fact", facts.load().values(), ids=lambda fact: fact.key)
def test_every_figure_is_positive_dated_and_from_a_named_source(fact):
    assert fact.value > 0
    assert fact.certainty in facts.CERTAINTIES
    first = OLDER.get(fact.key, date(2017, 1, 1))
    assert first <= facts.parse_date(fact.key, fact.date) <= date.today()
    assert fact.title
    assert fact.unit
    assert fact.note.endswith(".")
    if "arXiv" in fact.source:
        assert re.search(r"\d{4}, arXiv:\d{4}\.\d{5}$", fact.source)


def test_an_arxiv_number_is_of_the_month_of_its_date_or_before():
    for fact in facts.load().values():
        if found := re.search(r"arXiv:(\d\d)(\d\d)\.", fact.source):
            submitted = date(2000 + int(found[1]), int(found[2]), 1)
            assert submitted <= facts.parse_date(fact.key, fact.date), fact.key


def test_a_figure_is_told_in_one_plain_line():
    expected = "300 billion tokens (reported, Brown et al. 2020, arXiv:2005.14165)"
    assert facts.text("gpt3_training_tokens") == expected


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (15_600_000_000_000, "15.6 trillion"),
        (117_000_000, "117 million"),
        (30_840_000, "30.84 million"),
        (128_256, "128,256"),
        (3.94, "3.94"),
        (20, "20"),
        (3.8e25, "3.8 × 10^25"),
    ],
)
def test_numbers_are_written_as_people_say_them(value, said):
    assert facts.number(value) == said


def test_a_rumour_is_called_a_rumour():
    assert "(rumoured, " in facts.text("gpt4_parameters")


def test_a_wrong_key_names_the_nearest_ones():
    with pytest.raises(LookupError, match="gpt3_parameters"):
        facts.get("gpt3_parameter")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"certainty": "sure"}, "certainty is 'sure'"),
        ({"date": "last May"}, "'last May'"),
        ({"date": "2020-13"}, "month"),
        ({"source": " "}, "source"),
        ({"value": "three"}, "value is 'three'"),
        ({"colour": "red"}, ": colour"),
    ],
)
def test_a_bad_entry_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        facts.parse("key", ENTRY | change)


def test_an_entry_without_a_source_is_refused():
    with pytest.raises(ValueError, match=": source"):
        facts.parse("key", {name: ENTRY[name] for name in ENTRY if name != "source"})
