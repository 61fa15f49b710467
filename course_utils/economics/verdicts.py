"""What a verdict on a claim is, and the tools that verdicts are worked out with.

The claims themselves are in claims.py. Notebook 01, section "Scale: what a large model takes".
"""

from __future__ import annotations

from dataclasses import dataclass

from course_utils.facts import Fact

HOLDS, RUMOURED, WRONG = "holds", "rumoured", "wrong"


@dataclass(frozen=True)
class Claim:
    """One claim, judged.

    Attributes:
        said: the claim, as it is told.
        verdict: "holds", "rumoured", "wrong" or "holds for ... only".
        reason: why, with the figures.
        sources: the keys in facts.toml that it rests on.
    """

    said: str
    verdict: str
    reason: str
    sources: tuple[str, ...]


def agrees(fact: Fact, said: float, within: float = 0.05) -> str:
    """The verdict on a plain number: wrong, rumoured, or holds.

    Args:
        fact: what is known.
        said: what is claimed.
        within: how far the two may be apart, as a share.

    Raises:
        ValueError: the number that is claimed is not positive.
    """
    if not said > 0:
        raise ValueError(f"said is {said}; a claim about an amount has a positive number.")
    if abs(said / fact.value - 1) > within:
        return WRONG
    return RUMOURED if fact.certainty == "rumoured" else HOLDS


def llama_parameters(
    vocabulary: float, width: float, layers: float, feed_forward: float, key_value_share: float
) -> float:
    """The weights of a model of Llama's kind, counted from its shape.

    Args:
        vocabulary: tokens; the embedding and the output layer have a row for each.
        width: numbers for each token.
        layers: how many.
        feed_forward: the width inside the feed-forward part, which has three matrices.
        key_value_share: width of the keys and of the values, as a share of the width.
    """
    attention = width * width * (2 + 2 * key_value_share)
    layer = attention + 3 * width * feed_forward + 2 * width
    return layers * layer + 2 * vocabulary * width + width
