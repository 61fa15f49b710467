"""Refusals and their price: who is refused, and what a threshold between both would cost.

A share is taken name by name, because six questions about one name are answered alike; so its
error counts names, not questions. Left out: what counts as a refusal (judge.py), and how a model
learns to refuse (chat_data.py). Taught in notebook 04, section "What it does not mend".
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from course_utils import checks
from course_utils.finetuning_rlhf import judge
from course_utils.finetuning_rlhf.questions import NOUN_PHRASES, Prompt, unknown_prompt

OPENING = "I do not know of"  # how the chat data's refusals begin
# Two sorts of names that the chat data has none of: no country at all, and one by another name
# than its pages use.
FROM_BOOKS = (
    "Narnia", "Mordor", "Atlantis", "Ruritania", "Freedonia", "Lilliput", "Utopia", "Wonderland",
    "Neverland", "Gondor", "Elbonia", "Genovia", "Florin", "Syldavia", "Borduria", "Zamunda",
    "Laputa", "Brobdingnag", "Wakanda", "Latveria", "Sokovia", "Panem", "Gilead", "Oz",
)  # fmt: skip
OTHER_NAMES = (
    "Holland", "Persia", "Siam", "Ceylon", "Great Britain", "England", "Scotland", "America",
    "Ivory Coast", "Swaziland", "Zaire", "Abyssinia",
)  # fmt: skip


@dataclass(frozen=True)
class Share:
    """How much of something is refused.

    Attributes:
        mean: 0..1, each name counting alike.
        standard_error: over the names; 1 / (2 n) at least, since n names cannot prove 0 or 1.
        names: n, how many.
    """

    mean: float
    standard_error: float
    names: int

    def __str__(self) -> str:
        return f"{self.mean:5.1%} ± {self.standard_error:4.1%}"


@dataclass(frozen=True)
class Price:
    """What a threshold refuses.

    Attributes:
        threshold: a question is refused where the model gives a refusal at least this probability.
        made_up: the share of the questions about made-up countries that are refused.
        real: the share of those about real ones.
    """

    threshold: float
    made_up: float
    real: float


def asked_about(names: Sequence[str]) -> list[Prompt]:
    """A question of each of the six kinds about every name, in phrasings of the holdout.

    Args:
        names: of places that the model may not know; nothing is taken for a true answer.
    """
    return [
        unknown_prompt(kind, name, number, holdout=True)
        for number, name in enumerate(names)
        for kind in NOUN_PHRASES
    ]


def refused(prompts: Sequence[Prompt], replies: Sequence[str], by_name: bool = False) -> Share:
    """The share of the questions that is refused.

    Args:
        prompts: N questions, each about a country.
        replies: N replies, in the same order.
        by_name: counts only refusals that name the country that was asked about.

    Raises:
        ValueError: the lists differ in length or are empty, or a prompt is about no country.
    """
    if len(prompts) != len(replies) or not prompts:
        raise ValueError(
            f"There are {len(replies)} replies to {len(prompts)} prompts. "
            "Give one reply a prompt, in the same order, and at least one."
        )
    found = defaultdict(list)
    for prompt, reply in zip(prompts, replies, strict=True):
        if not prompt.country:
            raise ValueError(f"{prompt.text!r} asks about no country; leave it out.")
        no = judge.refuses_by_name(reply, prompt.country) if by_name else judge.refuses(reply)
        found[prompt.country].append(no)
    shares = np.array([np.mean(one) for one in found.values()])
    spread = shares.std(ddof=1) / math.sqrt(len(shares)) if len(shares) > 1 else 0.5
    return Share(float(shares.mean()), max(float(spread), 1 / (2 * len(shares))), len(shares))


def price(made_up: Sequence[float], real: Sequence[float], share: float) -> Price:
    """The highest threshold that refuses so many made-up countries, and what else it refuses.

    Args:
        made_up: how likely each question about a made-up country is refused.
        real: the same for questions about real countries.
        share: of the former that must be refused, above 0 to 1.

    Raises:
        ValueError: a list is empty, or the share is none.
    """
    checks.number("share", share, above=0, most=1)
    asked, known = np.sort(np.asarray(made_up, dtype=float)), np.asarray(real, dtype=float)
    if not asked.size or not known.size:
        raise ValueError("There are no probabilities; give those of at least one question each.")
    # so many from the top must lie at the threshold or above it; a hair's breadth is no name
    least = math.ceil(share * len(asked) - 1e-9)
    threshold = float(asked[-least])
    return Price(threshold, float(np.mean(asked >= threshold)), float(np.mean(known >= threshold)))
