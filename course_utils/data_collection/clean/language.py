"""Keeps the pages of one language.

Left out: pages in two languages, and languages that the identifier does not know.
Taught in notebook 01, section "Garbage in, garbage out".
"""

from __future__ import annotations

import py3langid

LANGUAGE = "en"
ENOUGH_LETTERS = 600  # the identifier is sure long before, and each letter costs time


def language_of(text: str) -> str:
    """The ISO 639-1 code of a text's most likely language, "und" where there are no words.

    Source: Lui and Baldwin 2012, langid.py; here through py3langid.
    """
    if not any(letter.isalpha() for letter in text):
        return "und"
    return str(py3langid.classify(text[:ENOUGH_LETTERS])[0])


def judge(text: str, language: str = LANGUAGE) -> str | None:
    """None for a text to keep, or why it is dropped.

    Args:
        text: a document's text.
        language: the code of the language to keep.
    """
    likely = language_of(text)
    return None if likely == language else f"language is {likely}, not {language}"
