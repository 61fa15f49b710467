"""English for names and things: "a" or "an", "the" where a country's name takes it, and addresses.

Left out: sentences (phrasings.py, stories/). Taught in no notebook.
"""

from __future__ import annotations

import re
import unicodedata

# Names of groups, plurals and titles take "the" inside a sentence: "the Netherlands".
_ARTICLE = re.compile(
    r"(?:.* "
    r")?(?:Islands|Netherlands|Philippines|Maldives|Comoros|Seychelles|Republic|Emirates|Kingdom"
    r"|States|Bank|Strip|See|Territory)$|(?:Isle|Federated States|Republic|Democratic "
    r"Republic) of "
)


def with_a(words: str) -> str:
    """The words with "a" or "an" before them."""
    vowel = words[0] in "aeiou" or words.startswith("honest")  # by sound, not by letter
    return f"{'an' if vowel else 'a'} {words}"


def with_article(country: str) -> str:
    """A country's name inside a sentence: "the Netherlands", "the Gambia", "France"."""
    # A "The" that belongs to the name becomes small inside a sentence.
    if country.startswith("The "):
        return "the " + country[4:]
    return f"the {country}" if _ARTICLE.match(country) else country


def slug(name: str) -> str:
    """Lower-case ASCII letters and digits of a name, joined by hyphens: "cote-d-ivoire"."""
    # Accents go by taking letters apart; whatever else is no ASCII letter becomes a hyphen.
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
