"""What is wrong with an answer to a challenge of notebook 01, in words that fit the mistake.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from course_utils.challenges.answers import (
    Mistake,
    close,
    kind,
    matching_mistake,
    number,
    numbers,
    plain,
)
from course_utils.data_collection.exercises.reference import WORDS_IN_A_ROW


def of_robots_allowed(
    answer: object, expected: bool, rules: Sequence[tuple[str, str]], path: str
) -> str | None:
    """For robots_allowed."""
    if not isinstance(plain(answer), (bool, int)):
        return f"Return True or False, not {kind(answer)}."
    if bool(answer) == expected:
        return None
    # Which rules are about this path, and which of them is the longest.
    fitting = [(word, start) for word, start in rules if start and path.startswith(start)]
    if not fitting:
        return _of_no_rule(rules, path)
    if len({word for word, _ in fitting}) == 1:
        return f"The path begins with {fitting[0][1]}, and that rule says {fitting[0][0]}."
    length = max(len(start) for _, start in fitting)
    longest = [(word, start) for word, start in fitting if len(start) == length]
    if len({word for word, _ in longest}) == 2:
        return f"Two rules about {longest[0][1]} are equally long: then allow counts."
    word, start = longest[0]
    return (
        f"More than one rule fits. The longest decides, wherever it stands in the list: {word} "
        f"{start}."
    )


def _of_no_rule(rules: Sequence[tuple[str, str]], path: str) -> str:
    starts = [start for _, start in rules if start]
    if any(start in path for start in starts):
        return "A rule is about the paths that begin with it; this one has it further back."
    if any(path.lower().startswith(start.lower()) for start in starts):
        return "Capitals count in a path: this is another folder than that of the rule."
    if rules and not starts:
        return "A rule with nothing after it is about no page; it does not close the whole site."
    return "No rule fits this path, and what is not closed is open."


def of_precision_recall(
    answer: object, expected: tuple[float, float], dropped: set[str], junk: set[str]
) -> str | None:
    """For precision_recall."""
    shares = numbers(answer, 2, "shares")
    if isinstance(shares, str):
        both = "Return two numbers, the precision and the recall"
        listed = isinstance(plain(answer), (list, tuple))
        return f"{both}. {shares}" if listed else f"{both}, not {kind(answer)}."
    if close(shares, list(expected)):
        return None
    # Shares of nothing, then shares of the wrong thing.
    hits, (precision, recall) = len(dropped & junk), expected
    if not dropped and close(shares[1], recall):
        return "Nothing was dropped, so nothing was dropped by mistake: the precision is 1.0."
    if not junk and close(shares[0], precision):
        return "There is no junk, so none was missed: the recall is 1.0."
    if max(shares) > 1:
        return "A share is never above 1: divide the pages in both sets by how many there are."
    shared = hits / len(dropped | junk)
    known = matching_mistake(
        shares,
        [
            (lambda: [recall, precision], "The two are swapped: the precision comes first."),
            (lambda: [shared, shared], "Do not divide by the pages in either set."),
            (lambda: [1 - precision, 1 - recall], "These are the shares of mistakes."),
        ],
    )
    return (known + " " if known else "") + (
        "Precision is a share of what was dropped, recall is a share of the junk."
    )


def of_jaccard(answer: object, expected: float, first: str, second: str) -> str | None:
    """For jaccard."""
    value = number(answer, "a number from 0 to 1")
    if isinstance(value, str) or close(value, expected):
        return value if isinstance(value, str) else None
    if close(value, 100 * expected):
        return "This is in percent. A share is never below 0 or above 1."
    if not _runs(first) and not _runs(second):
        return "Neither text has five words in a row, so they share no run: 0.0."
    known = matching_mistake(value, _of_runs(first, second))
    if known:
        return known
    if not 0 <= value <= 1:
        return "A share is never below 0 or above 1. A run that stands twice counts once."
    return "Make a set of runs of five words in lower case for each text; a run counts once."


def _of_runs(first: str, second: str) -> list[Mistake]:
    runs, others = _runs(first), _runs(second)
    both, sizes = len(runs & others), (len(runs), len(others))
    divide = "Divide by the runs in either text (|), not by "
    # Runs or words made in another way, as the reader may have made them.
    other_ways = [
        (_runs, {"lower": False}, "FOX and fox are one word here: make both texts lower case."),
        (_runs, {"mark": " "}, "Line ends and double spaces part words too: plain split()."),
        (
            _runs,
            {"short": 1},
            "The last run of five words is missing in each text.",
        ),
        (_words, {}, "These are single words. Compare runs of five words, in their order."),
    ]
    known = [
        (lambda way=way, given=given: _share(way(first, **given), way(second, **given)), words)
        for way, given, words in other_ways
    ]
    # The right runs, divided by something else.
    known += [
        (lambda: both / min(sizes), divide + "those of the shorter text."),
        (lambda: both / max(sizes), divide + "those of one text."),
        (lambda: 2 * both / sum(sizes), divide + "the runs of both added up."),
        (lambda: both / sum(sizes), divide + "the runs of both added up."),
        (lambda: 1 - both / len(runs | others), "This is how different they are: 1 is for alike."),
    ]
    # Runs of another length.
    for length in (3, 4, 6):
        known.append(
            (
                lambda length=length: _share(_runs(first, length), _runs(second, length)),
                f"These are runs of {length} words. Make runs of five words.",
            )
        )
    return known


def _share(runs: set, others: set) -> float:
    return len(runs & others) / len(runs | others)


def _words(text: str) -> set[str]:
    return set(text.lower().split())


def _runs(
    text: str,
    length: int = WORDS_IN_A_ROW,
    lower: bool = True,
    mark: str | None = None,
    short: int = 0,
) -> set[tuple[str, ...]]:
    words = (text.lower() if lower else text).split(mark)
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1 - short)}


def of_mask_emails(answer: object, expected: str, _text: str) -> str | None:
    """For mask_emails."""
    if not isinstance(answer, str):
        return f"Return the text, not {kind(answer)}."
    if answer == expected:
        return None
    # Too many masks, too few, or one over too much or too little.
    if answer.count("<EMAIL>") > expected.count("<EMAIL>"):
        return "Something was replaced that is no address: its host needs a dot and an ending."
    if answer.count("<EMAIL>") < expected.count("<EMAIL>"):
        if answer.count("@") > expected.count("@"):
            return "An address is still there."
        return "The address is gone, and <EMAIL> does not stand in its place."
    if answer.split() == expected.split():
        return "Spaces and line ends have to stay as they were."
    if re.search(r"[\w.%+-]<EMAIL>", answer):
        return "Part of the name is still there: it may hold letters, digits and . _ % + -."
    if re.search(r"<EMAIL>[\w-]*\.\w", answer):
        return "Part of the host is still there: it may have several dots, and hyphens."
    if answer.lower() == expected.lower():
        return "The rest of the text has to stay as it was, capitals among it."
    return "What stands around the address is not part of it: a full stop, a comma or a bracket."
