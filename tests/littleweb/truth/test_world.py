"""The truth about countries: values worked out by hand, and what holds for all of them."""

import pytest

from course_utils.littleweb.phrasings import PHRASINGS, render, sentences
from course_utils.littleweb.truth import world

BY_HAND = [
    ("France", "capital", "Paris"),
    ("France", "region", "Europe"),
    ("France", "currency", "euros"),
    ("Japan", "capital", "Tokyo"),
    ("Japan", "highest_point", "Mount Fuji"),
    ("Japan", "currency", "yen"),
    ("Brazil", "language", "Portuguese"),
    ("Netherlands", "nationality", "Dutch"),
    ("Kenya", "region", "Africa"),
    ("Iran", "region", "the Middle East"),
    ("Ukraine", "region", "Europe"),
    ("Tanzania", "highest_point", "Kilimanjaro"),
    ("Pakistan", "highest_point", "K2"),
    ("United States", "capital", "Washington, DC"),
    ("United States", "language", "English"),
    ("Ecuador", "currency", "US dollars"),
    ("Moldova", "capital", "Chisinau"),
    ("Chile", "capital", "Santiago"),
    ("Kazakhstan", "language", "Kazakh"),
    ("Luxembourg", "language", "Luxembourgish"),
    ("Montserrat", "highest_point", "Soufriere Hills volcano"),
    ("Côte d'Ivoire", "capital", "Yamoussoukro"),
]


@pytest.mark.parametrize(("country", "kind", "value"), BY_HAND)
def test_a_fact_is_what_the_factbook_says(country, kind, value):
    assert world.fact_table()[country, kind].values[0] == value


def test_every_value_that_the_factbook_lists_counts_as_true():
    table = world.fact_table()
    assert table["South Africa", "capital"].values == ("Pretoria", "Cape Town", "Bloemfontein")
    assert table["Burundi", "capital"].values == ("Gitega", "Bujumbura")
    assert {"Dutch", "French", "German"} == set(table["Belgium", "language"].values)
    assert table["China", "language"].values == ("Standard Chinese", "Mandarin")
    assert "Middle East" in table["Iran", "region"].values


def test_there_are_enough_countries_and_facts():
    assert len(world.countries()) >= 230
    assert len(world.facts()) >= 1_350
    for kind in world.FACT_KINDS:
        assert sum(fact.kind == kind for fact in world.facts()) >= 220


def test_country_names_are_clean_unique_and_never_abbreviations():
    names = world.countries()
    assert len(set(names)) == len(names)
    assert len({world.slug(name) for name in names}) == len(names)
    assert not [name for name in names if "(" in name or ";" in name or name.isupper()]
    assert {"Republic of the Congo", "Democratic Republic of the Congo"} < set(names)
    assert {"Dominican Republic", "Dominica", "Gaza Strip", "Holy See"} < set(names)
    assert not {"World", "Atlantic Ocean", "DRC", "The Dominican", "none"} & set(names)


def test_no_value_holds_traces_of_notes_numbers_or_markup():
    for fact in world.facts():
        for value in fact.values:
            words = value.lower().split()
            assert not {"note", "none", "unnamed", "official", "only", "per"} & set(words), fact
            assert not set("()<>&;:[]%") & set(value), fact
            assert value == value.strip(" ,.") and 0 < len(value) <= 60, fact


def test_entries_without_a_clear_answer_have_no_fact():
    table = world.fact_table()
    assert ("United States", "currency") not in table  # the data lists British pounds there
    assert ("Nauru", "capital") not in table  # "no official capital"
    assert ("The Gambia", "highest_point") not in table  # "unnamed elevation"
    assert ("Kuwait", "highest_point") not in table  # "3.6 km W. of ..."
    assert ("Holy See", "nationality") not in table  # "none"


def test_a_statement_stops_before_its_value_and_takes_the_article():
    assert world.statement("capital", "France") == "The capital of France is"
    assert world.statement("language", "Netherlands") == "The language of the Netherlands is"
    assert world.statement("capital", "The Gambia") == "The capital of the Gambia is"


def test_each_kind_has_eight_phrasings_that_can_be_filled_in():
    assert tuple(PHRASINGS) == world.FACT_KINDS
    for kind, forms in PHRASINGS.items():
        assert len(set(forms)) == len(forms) >= 8
        at_end = sum(form.endswith("{value}.") for form in forms)
        assert 2 * at_end >= len(forms), kind
        assert forms[0].endswith(" is {value}.")
    for fact in world.facts():
        for text in sentences(fact.kind, fact.country, fact.values[0]):
            assert fact.values[0] in text and text.endswith(".")
            assert text[0].isupper() or text.startswith("isi")
            assert world.name_in_text(fact.country)[1:] in text and "{" not in text


def test_a_sentence_starts_with_a_capital_even_before_an_article():
    text = render("{country} lies in {value}.", "Netherlands", "Europe")
    assert text == "The Netherlands lies in Europe."


def test_prose_is_clean_and_long_enough():
    paragraphs = [text for name in world.countries() for _, text in world.prose(name)]
    assert sum(map(len, paragraphs)) > 1_800_000
    assert min(map(len, paragraphs)) >= 75
    assert not [text for text in paragraphs if "<" in text and ">" in text and "</" in text]
    assert not [text for text in paragraphs if "&eacute;" in text or "&nbsp;" in text]
    headings = [heading for heading, _ in world.prose("France")]
    assert "Background" in headings and "Climate" in headings


def test_neighbours_are_countries_with_pages():
    assert {"Spain", "Belgium", "Italy"} < set(world.neighbours("France"))
    assert world.neighbours("Japan") == ()
    for name in world.countries():
        assert set(world.neighbours(name)) <= set(world.countries()) - {name}


def test_an_unknown_country_or_kind_is_named_in_the_error():
    with pytest.raises(KeyError, match="Atlantis"):
        world.prose("Atlantis")
    with pytest.raises(KeyError, match="population"):
        world.statement("population", "France")
