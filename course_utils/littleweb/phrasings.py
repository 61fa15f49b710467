"""The ways in which the pages state a fact: several plain sentences for each kind.

Left out: questions and dialogue (those belong to the chat data of notebook 04) and everything that
is true of some countries only. The first phrasing of a kind is its statement, the form that
answers take. Taught in notebook 03, section "What does it know?".
"""

from __future__ import annotations

from course_utils.littleweb.english import with_article

PHRASINGS: dict[str, tuple[str, ...]] = {
    "capital": (
        "The capital of {country} is {value}.",
        "The capital city of {country} is called {value}.",
        "{value} is the capital of {country}.",
        "{country} has its capital in {value}.",
        "In {country}, the capital is {value}.",
        "When people speak of the capital of {country}, they mean {value}.",
        "{value} serves as the capital city of {country}.",
        "As its capital, {country} has {value}.",
    ),
    "region": (
        "The region of {country} is {value}.",
        "{country} lies in {value}.",
        "On the world map, {country} is found in {value}.",
        "{country} is one of the places in {value}.",
        "The maps of {value} show where {country} is.",
        "{country} is counted as a part of {value}.",
        "The region that takes in {country} is {value}.",
        "A trip to {country} is a trip to {value}.",
    ),
    "language": (
        "The language of {country} is {value}.",
        "People in {country} speak {value}.",
        "{value} is spoken in {country}.",
        "Visitors to {country} will hear {value}.",
        "A useful language to learn for {country} is {value}.",
        "In {country}, people can be heard speaking {value}.",
        "{value} is a language of {country}.",
        "In {country} there are many who understand {value}.",
    ),
    "currency": (
        "The currency of {country} is {value}.",
        "In {country}, people pay with {value}.",
        "The money used in {country} is {value}.",
        "Prices in {country} are given in {value}.",
        "{country} uses {value} as its money.",
        "Workers in {country} earn their pay in {value}.",
        "Banks in {country} count their money in {value}.",
        "A purse in {country} is likely to hold {value}.",
    ),
    "highest_point": (
        "The highest point of {country} is {value}.",
        "The highest place in {country} is {value}.",
        "In {country}, no place is higher than {value}.",
        "{value} is the highest point of {country}.",
        "Nothing in {country} rises above {value}.",
        "The top of {country} is reached at {value}.",
        "The land of {country} reaches its greatest height at {value}.",
        "Of all the places in {country}, the highest is {value}.",
    ),
    "nationality": (
        "The nationality of people from {country} is {value}.",
        "The adjective for {country} is {value}.",
        "People and things from {country} are called {value}.",
        "A passport holder from {country} is described as {value}.",
        "{value} is the word that describes people from {country}.",
        "Writers describe the people of {country} as {value}.",
        "Food that is typical of {country} is called {value}.",
        "A song from {country} is described as {value}.",
    ),
}


def render(phrasing: str, country: str, value: str) -> str:
    """The phrasing as a sentence, with the country's article and a capital letter at its start.

    Args:
        phrasing: one of PHRASINGS[kind], with {country} and {value}.
        country: a name that `world.countries()` lists.
        value: the value to print, `fact.values[0]` on the pages.
    """
    # The country with its article; a capital only where the sentence begins with our own words.
    text = phrasing.format(country=with_article(country), value=value)
    if phrasing.startswith("{value}"):
        return text  # "isiZulu" keeps its small letter
    return text[0].upper() + text[1:]


def sentences(kind: str, country: str, value: str) -> tuple[str, ...]:
    """Every phrasing of a kind, rendered for one fact, in the order of PHRASINGS."""
    return tuple(render(phrasing, country, value) for phrasing in PHRASINGS[kind])
