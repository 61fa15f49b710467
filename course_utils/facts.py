"""Figures about real models, each with its source and how sure it is; the data is facts.toml.

Leaves out figures that this course measures itself (report.py). Quoted in every notebook.
"""

from __future__ import annotations

import difflib
import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from types import MappingProxyType

CERTAINTIES = ("measured", "reported", "estimated", "rumoured")
"""Measured in a published experiment; reported by the makers; estimated by calculation; heard."""

_FILE = Path(__file__).with_name("facts.toml")
_SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


@dataclass(frozen=True)
class Fact:
    """One figure.

    Attributes:
        key: its name in facts.toml.
        value: the number, in units (3e11, not 300).
        unit: what is counted.
        date: when the source appeared: "2020", "2020-05" or "2020-05-28".
        source: who said so, with the arXiv number where there is one.
        title: the title of the paper or page.
        certainty: one of CERTAINTIES.
        note: what a reader should know before using the figure.
    """

    key: str
    value: float
    unit: str
    date: str
    source: str
    title: str
    certainty: str
    note: str


def get(key: str) -> Fact:
    """The figure of that name.

    Raises:
        LookupError: there is none; the message names the nearest.
    """
    facts = load()
    if key in facts:
        return facts[key]
    # A typo is likelier than a figure that is missing.
    near = difflib.get_close_matches(key, facts, n=3, cutoff=0.4)
    raise LookupError(
        f"facts.toml has no figure {key!r}. "
        + (f"The nearest are: {', '.join(near)}." if near else "facts.load() lists them all.")
    )


def text(key: str) -> str:
    """The figure in one line: "300 billion tokens (reported, Brown et al. 2020, arXiv:...)"."""
    fact = get(key)
    return f"{number(fact.value)} {fact.unit} ({fact.certainty}, {fact.source})"


def number(value: float) -> str:
    """A number as people say it: 300 billion, 128,256, 3.94."""
    # Beyond the words that people use, a power of ten.
    if abs(value) >= 1e15:
        digits, exponent = f"{value:.2e}".split("e")
        return f"{float(digits):g} × 10^{int(exponent)}"
    # The largest word that fits, with four digits at most.
    for scale, word in _SCALES:
        if abs(value) >= scale:
            return f"{value / scale:.4g} {word}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


@functools.cache
def load() -> Mapping[str, Fact]:
    """All figures by key, checked."""
    entries = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return MappingProxyType({key: parse(key, entry) for key, entry in entries.items()})


def parse(key: str, entry: Mapping[str, object]) -> Fact:
    """One entry of the file as a Fact.

    Raises:
        ValueError: a field is missing, unknown, empty, of the wrong type, or not a date.
    """
    # Exactly the fields of Fact: a field that is misspelled must not be lost in silence.
    wanted = {field.name for field in fields(Fact)} - {"key"}
    if set(entry) != wanted:
        differs = ", ".join(sorted(set(entry) ^ wanted))
        raise ValueError(f"[{key}] in facts.toml: missing or unknown field: {differs}.")
    # Each field for itself, so that the message names it.
    value = entry["value"]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"[{key}] in facts.toml: value is {value!r}, but must be a number.")
    for name in wanted - {"value"}:
        if not isinstance(entry[name], str) or not entry[name].strip():
            raise ValueError(f"[{key}] in facts.toml: {name} must be a text that is not empty.")
    if entry["certainty"] not in CERTAINTIES:
        raise ValueError(
            f"[{key}] in facts.toml: certainty is {entry['certainty']!r}, "
            f"but must be one of {', '.join(CERTAINTIES)}."
        )
    # The date is read here only to see that it is one.
    parse_date(key, entry["date"])
    return Fact(key=key, **entry)


def parse_date(key: str, written: str) -> date:
    """The date, with the first month or day where the file leaves it open."""
    # The pattern first, because fromisoformat takes other spellings of a date too.
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", written):
        raise ValueError(f"[{key}] in facts.toml: {written!r} is not like 2020-05-28 or 2020-05.")
    # One "-01" for each part left open.
    return date.fromisoformat(written + "-01" * (2 - written.count("-")))
