"""Who is shown how often, and as what: countries that are named, girls and boys in roles.

It counts words in a corpus, or in what a model wrote, and needs no ground truth. Left out: what
should be so, which no count can say. Taught in notebook 01, section "Who is in it?".
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from course_utils.littleweb.stories import lexicon
from course_utils.littleweb.stories.parser import roles_in


@dataclass(frozen=True)
class Share:
    """A share with how sure it is.

    Args:
        value: 0..1; nan where nothing was counted.
        standard_error: of the value; sentences of one text are not taken as independent.
        count: how many sentences or mentions were counted.
        texts: in how many texts.
    """

    value: float
    standard_error: float
    count: int
    texts: int


def share(counts: Iterable[tuple[int, int]]) -> Share:
    """The share of hits among all, with a standard error that knows about texts.

    Args:
        counts: (hits, all) for each text; texts with nothing counted may be among them.

    Returns:
        sum(hits) / sum(all); its error is that of a ratio over texts.

    Raises:
        ValueError: a text has more hits than it has of all.

    Source: Cochran 1977, Sampling Techniques, section 9A.1 (ratio over clusters).
    """
    # A text in which nothing was counted says nothing, and would only shrink the error.
    pairs = [(hits, total) for hits, total in counts if total]
    wrong = next((pair for pair in pairs if not 0 <= pair[0] <= pair[1]), None)
    if wrong:
        raise ValueError(f"{wrong[0]} hits of {wrong[1]}: give (hits, all) with 0 <= hits <= all.")
    total = sum(of_all for _, of_all in pairs)
    if not total:
        return Share(math.nan, math.nan, 0, 0)
    # Hits over all, so that a long text weighs more than a short one.
    value = sum(hits for hits, _ in pairs) / total
    # The texts are the sample, not their sentences: how far each is from what the ratio expects.
    squares = sum((hits - value * of_all) ** 2 for hits, of_all in pairs)
    n = len(pairs)
    # One text alone tells no spread.
    error = math.sqrt(squares * n / (n - 1)) / total if n > 1 else math.nan
    return Share(value, error, total, n)


def girls_by_role(texts: Iterable[str]) -> dict[str, Share]:
    """The share of girls among the heroes told in each role.

    Args:
        texts: stories, pages of stories, or what a model wrote; other texts count as nothing.

    Returns:
        role ("leader", "afraid") -> share of sentences whose hero is a girl.
    """
    counts: dict[str, list[tuple[int, int]]] = {"leader": [], "afraid": []}
    for text in texts:
        heroes = roles_in(text)
        # A pair a text and role, since the texts are what the error is computed over.
        for role, pairs in counts.items():
            names = [name for told, name in heroes if told == role]
            pairs.append((sum(name in lexicon.GIRLS for name in names), len(names)))
    return {role: share(pairs) for role, pairs in counts.items()}


class Mentions:
    """How often each of some names stands in each text.

    Args:
        texts: documents of one site or of a corpus, or what a model wrote.
        names: such as the countries; of two that overlap the longer counts ("Guinea-Bissau").
    """

    def __init__(self, texts: Iterable[str], names: Sequence[str]) -> None:
        # The longer name first, for the first that fits is taken: "Guinea" begins another.
        longest = sorted(names, key=len, reverse=True)
        # A name inside a longer word is another word.
        pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)")
        self.by_text = [Counter(pattern.findall(text)) for text in texts]

    def total(self) -> Counter[str]:
        """Name -> how often, over all texts."""
        return sum(self.by_text, Counter())

    def texts_with(self) -> Counter[str]:
        """Name -> in how many texts; a long text about one country counts once."""
        return Counter(name for counts in self.by_text for name in counts)

    def share_of(self, group: Sequence[str]) -> Share:
        """The share of all mentions that name one of a group."""
        return share(
            (sum(counts[name] for name in group), counts.total()) for counts in self.by_text
        )
