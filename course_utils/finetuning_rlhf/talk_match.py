"""Whether a reply to small talk says what one of the fitting replies says.

It does with the same words, case and marks aside; or with at least SAME_TALK of the content words
of one fitting reply, a "not" where that has one and nowhere else, and at most OTHER_TALK of its
own content words from outside of all fitting replies, for those speak of something else, another
intent as a rule. What the user said is no content of its own: a name may be said back. Left out:
length, form, and what is never said in small talk (judge.py). Taught in notebook 04, section "The
judge".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

SAME_TALK, OTHER_TALK = 0.6, 0.5  # shares of content words: at least, at most
_NEGATIONS = frozenset("no not never none nothing nobody without".split())
# Words that carry no sense of their own; what negates is none of them.
_COMMON = frozenset(
    "a about all also am an and any are as at be been but by can could did do does for from had "
    "has have how i if in is it its just like may me might must my of on or our please shall she "
    "should so some than that the their them then there these they this those to too very was we "
    "were what when where which who why will with would you your yours".split()
)


def says_what_fits(reply: str, fitting: Sequence[str], heard: Sequence[str] = ()) -> bool:
    """Whether a reply says what one of the fitting replies says, by the rule in the head.

    Args:
        reply: what was said.
        fitting: replies that fit.
        heard: what the user has said so far.
    """
    said = words(reply)
    if any(said == words(one) for one in fitting):
        return True
    # What no fitting reply says, and the user did not say either, is something else.
    own = _content(reply) - set(words(" ".join(heard)))
    if len(own - _content(" ".join(fitting))) > OTHER_TALK * len(own):
        return False
    return any(_says(set(said), _content(one)) for one in fitting)


def words(text: str) -> list[str]:
    """The words of a text in small letters, without marks; "don't" as "do not"."""
    plain = text.replace("\u2019", "'").casefold()
    for short, whole in (("won't", "will not"), ("can't", "can not"), ("cannot", "can not")):
        plain = re.sub(rf"\b{short}\b", whole, plain)
    return re.findall(r"\w+", re.sub(r"'(?:s|m|re|ve|ll|d)\b", "", plain.replace("n't", " not")))


def _content(text: str) -> set[str]:
    """Those words of a text that carry its sense."""
    return set(words(text)) - _COMMON


def _says(said: set[str], wanted: set[str]) -> bool:
    """Whether most of the wanted words were said, and denied where they are denied."""
    denies = bool(_NEGATIONS & said) == bool(_NEGATIONS & wanted)
    return bool(wanted) and denies and len(wanted & said) >= SAME_TALK * len(wanted)
