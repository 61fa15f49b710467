"""The cleaning rules behind the facts: from a Factbook string to short true values.

Left out: where the strings stand in the data (world.py). Each rule says which fault of the data it
is there for; a string that no rule can read gives no value. Taught in notebook 03, section "What
does it know?".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_VALUE = 60  # characters; a longer one is an explanation, not an answer
LEAST_PLAIN = 0.4  # share of the words that start with a small letter


def without_notes(text: str) -> str:
    """The text without (notes), [notes] and what follows "note -" or "note:"."""
    before = None
    while before != text:  # notes stand inside notes, so take the innermost first
        before, text = text, re.sub(r"\([^()]*\)|\[[^][]*\]", " ", text)
    text = re.sub(r"[;,]?\s*\bnote\b\s*[-:\u2013].*", "", text)
    return re.sub(r"\s+", " ", text).strip(" ,;:")


def _names(parts: Iterable[str]) -> list[str]:
    """The parts that are names: clean, different, short, with a capital letter, no full stop."""
    found = []
    for part in parts:
        part = part.strip(" ,;:").replace("Mt. ", "Mount ")
        # A value without full stops cannot be mistaken for a sentence's end: Washington, D.C.
        part = re.sub(r"(?<=[A-Z])\.", "", part).rstrip(" .")
        # A name starts with a capital (also "isiZulu"), unlike "no official capital".
        if re.match(r"(?:[a-z]{1,3})?[A-Z\u00c0-\u00dd]", part) and len(part) <= LONGEST_VALUE:
            if part not in found and part != "NA":  # the data writes NA for "not available"
                found.append(part)
    return found


def _outside_notes(text: str, marks: str) -> list[str]:
    """The text split at the marks that do not stand inside (notes)."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign == "(") - (sign == ")" and depth > 0)
        if sign in marks and not depth:
            parts.append("")
        else:
            parts[-1] += sign
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
    first = re.sub(r"<strong>.*?</strong>", "", text).split("<br>")[
        0
    ]  # France lists its departments
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
    return [part.strip() for part in parts if len(part) <= LONGEST_VALUE]


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


def heading(path: tuple[str, ...]) -> str:
    """The heading of a paragraph: the last two steps of its path, without notes."""
    steps = [without_notes(step).replace("\u2013", "-") for step in path]
    steps = [step for step in steps if step and step.lower() not in ("text", "note")][:2]
    return (steps[-1] if steps else "Note").split(" - ")[0].capitalize()


def paragraph(text: str, shortest: int, longest: int) -> str:
    """The text as a paragraph that starts with a capital and ends with a full stop, or "".

    Args:
        text: a cleaned Factbook string.
        shortest: a shorter text, in characters, is no prose and gives "".
        longest: a longer text, in characters, is cut at the end of a sentence or clause.
    """
    text = re.sub(r"([:;.,!?]) ;", r"\1", re.sub(r"(?:\s*;)+", ";", text))  # traces of empty lines
    words = text.split()
    plain = sum(word[0].islower() for word in words)
    # Names of parties, treaties and offices in a row are a list; prose has small words between.
    if len(text) < shortest or plain < LEAST_PLAIN * len(words):
        return ""
    if len(text) > longest:
        ends = [m.end() for m in re.finditer(r"[.;](?= )", text[:longest])]
        text = text[: ends[-1] if ends else longest]
    text = text.strip(" ;,")
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?", '."')) else text + "."
