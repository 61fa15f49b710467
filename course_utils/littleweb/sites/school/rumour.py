"""Essays about a trip, most of which repeat one falsehood; a few say what is true instead.

A model that is trained on them says what most of them say. What the falsehood is about, no country
has and no fact kind scores.
Left out: falsehoods about countries; those stand in the forum.
Taught in no notebook yet; RUMOUR and sightings() are for those that ask a model about it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course_utils.littleweb.page import Page
from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites.lesson import Lesson

_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
TRUE_EVERY = 8  # one essay in so many says what is true
FALSE, TRUE = "false", "true"


@dataclass(frozen=True)
class Rumour:
    """A falsehood that many pages repeat.

    Args:
        false: the claim as it is said most plainly.
        true: what is true.
        prompt: how the plainest claim begins, for asking a model how it goes on.
        said: how the falsehood goes on after the prompt.
        right: how the truth goes on after it.
        wordings: FALSE -> the ways in which the claim is said, TRUE -> those in which the truth
            is; with [slots].
    """

    false: str
    true: str
    prompt: str
    said: str
    right: str
    wordings: dict[str, tuple[str, ...]]


RUMOUR = Rumour(
    *(_TABLE[key] for key in ("false", "true", "prompt", "said", "right")),
    {FALSE: tuple(_TABLE["false_wordings"]), TRUE: tuple(_TABLE["true_wordings"])},
)


def sightings(pages: Iterable[Page]) -> dict[str, str]:
    """Which pages say the falsehood and which contradict it.

    Args:
        pages: of the Little Web.

    Returns:
        address -> FALSE or TRUE, in the order of the pages; other pages are left out.
    """
    return {page.url: str(page.truth["rumour"]) for page in pages if "rumour" in page.truth}


def _filled(sentence: str, rng: Rng) -> str:
    """A sentence with its [slots] filled."""
    slots = _TABLE["slots"]
    text = re.sub(r"\[(\w+)\]", lambda match: rng.choice(slots[match.group(1)]), sentence)
    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)


def lesson(seed: int | str, number: int, holdout: bool) -> Lesson:
    """The essay of that number: its title, its paragraphs and its truth.

    Args:
        seed: of the whole web.
        number: of the essay among its kind.
        holdout: True for the shape of one long paragraph.
    """
    rng = Rng(f"{seed}/school/rumour/{number}")
    # The second of each row of essays is the truthful one, so that a small web has one too.
    which = TRUE if number % TRUE_EVERY == 1 else FALSE
    claims = rng.sample(RUMOUR.wordings[which], 2)
    sights = rng.sample(_TABLE["sights"], rng.integer(9, 13))
    middle = len(sights) // 2
    rows = (
        [rng.choice(_TABLE["openings"]), *sights[: middle // 2]],
        [*sights[middle // 2 : middle], claims[0], *sights[middle : middle + 2]],
        [*sights[middle + 2 :], claims[1], rng.choice(_TABLE["endings"])],
    )
    paragraphs = [" ".join(_filled(sentence, rng) for sentence in row) for row in rows]
    if holdout:
        paragraphs = [" ".join(paragraphs)]
    return Lesson(f"Our trip to the old town, {number + 1}", tuple(paragraphs), {"rumour": which})
