"""The challenges of notebook 01: how alike two texts are, and hiding e-mail addresses.

Reference answers and cases only; the steps that the course uses are in `data_collection`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from course_utils.challenges.base import Challenge, compare

WORDS_IN_A_ROW = 5
ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")


def jaccard(first: str, second: str) -> float:
    """How alike two texts are: the share of their runs of five words that both have.

    Args:
        first: words are what stands between spaces and line ends, in lower case.
        second: the same.

    Returns:
        Runs in both, divided by runs in either; 0.0 where neither has a run of five words.
    """
    one, two = _runs(first), _runs(second)
    return len(one & two) / len(one | two) if one | two else 0.0


def mask_emails(text: str) -> str:
    """The text with each e-mail address replaced by <EMAIL>, and nothing else changed."""
    return ADDRESS.sub("<EMAIL>", text)


def _runs(text: str) -> set[tuple[str, ...]]:
    words = text.lower().split()
    return {
        tuple(words[at : at + WORDS_IN_A_ROW]) for at in range(len(words) - WORDS_IN_A_ROW + 1)
    }


def _pairs() -> Iterator[tuple[str, str]]:
    text = "the fox and the owl walk to the lake at noon"
    yield text, text
    yield text, "a river runs from the hills down to the sea"
    yield "one two three four five six", "one two three four five seven"
    yield text, text.upper()
    yield "too short", "too short"
    yield "a b c d e a b c d e", "a b c d e"
    yield "a  b\nc d e", "a b c d e"
    yield "e d c b a", "a b c d e"
    draw = random.Random(0)
    for _ in range(20):
        words = draw.choices(("ash", "birch", "cedar"), k=40)
        changed = [word if draw.random() > 0.05 else "fir" for word in words]
        yield " ".join(words), " ".join(changed)


def _letters() -> Iterator[tuple[str]]:
    yield ("Write to ada@example.com today.",)
    yield ("No address here, only a price @ 5 dollars.",)
    yield ("ada@example.com and bob@example.org are two.",)
    yield ("First.Last+news@mail.example.com, please",)
    yield ("Ask ada_l-2@example.com.",)
    yield ("(bob@example.com)\nnext line @home",)
    yield ("An @ sign, a name@host without an ending, a@b",)
    draw = random.Random(0)
    for _ in range(20):
        name = "".join(draw.choices("abcxyz019._+-", k=draw.randint(3, 9)))
        yield (f"From x{name}1@sub.example.org: hello {name}",)


def _same_share(answer: object, expected: float) -> str | None:
    if isinstance(answer, bool) or not isinstance(answer, (int, float)):
        return f"Return a number from 0 to 1, not a {type(answer).__name__}."
    if abs(answer - expected) < 1e-9:
        return None
    if not 0 <= answer <= 1:
        return "A share is never below 0 or above 1."
    return "Make a set of runs of five words in lower case for each text; a run counts once."


def _same_text(answer: object, expected: str) -> str | None:
    if not isinstance(answer, str):
        return f"Return the text, not a {type(answer).__name__}."
    if answer == expected:
        return None
    if answer.count("<EMAIL>") < expected.count("<EMAIL>"):
        return "An address is still there."
    if answer.count("<EMAIL>") > expected.count("<EMAIL>"):
        return "Something was replaced that is no address."
    return "The right number of addresses was replaced, but text around them changed or was left."


CHALLENGES = (
    Challenge(
        "collection.jaccard",
        "Measure how alike two texts are",
        2,
        10,
        "A set comprehension makes the runs; & is what both have, | what either has.",
        compare(jaccard, _pairs, _same_share),
    ),
    Challenge(
        "collection.mask_emails",
        "Hide the e-mail addresses in a text",
        2,
        10,
        "re.sub with a name (letters, digits, . _ % + -), an @, and a host with a dot.",
        compare(mask_emails, _letters, _same_text),
    ),
)
