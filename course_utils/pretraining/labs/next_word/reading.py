"""What the next-word lab reads off its network: a map, a verdict on convergence, guesses.

It trains nothing (training.py) and draws nothing (lab.js). Notebook 03, section
"Guess the next word". V words, D numbers a word vector.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import torch

from course_utils.pretraining.next_word import NextWordNetwork

SURE = 0.9  # converged: every right word has a higher probability than this
OFTEN_SAID = 30  # the epoch at which this network is often said to converge
LONGEST_QUESTION = 7  # words of a question that are looked at


class WordMap:
    """A flat map of the word vectors whose two axes never change, so that what moves is learning.

    Across: the direction in which the first epoch pulls the followed word. Up: of the directions
    at a right angle to that one, the one in which the words differ most. Both are taken from the
    network as it is now.

    Args:
        network: with its first weights.
        word: the followed one.

    Attributes:
        plane: (2, D) the two directions, orthonormal.
        start: (V, 2) where the words stand at the start.
    """

    def __init__(self, network: NextWordNetwork, word: str) -> None:
        self._row = network.words.index(word)
        vectors = network.embedding.weight.detach().clone()
        # Across: against the gradient of the followed word's vector.
        (slopes,) = torch.autograd.grad(network.loss(), [network.embedding.weight])
        across = -slopes[self._row] / slopes[self._row].norm()
        # Up: the first principal direction of what is left at a right angle to it.
        self._middle = vectors.mean(0)
        spread = vectors - self._middle
        rest = spread - torch.outer(spread @ across, across)
        up = torch.linalg.svd(rest)[2][0]
        up = up * torch.sign(up[up.abs().argmax()])  # a direction and its opposite are as good
        self.plane = torch.stack([across, up])
        self._first = vectors[self._row]
        self.start = self.places(network)

    def places(self, network: NextWordNetwork) -> np.ndarray:
        """Where every word stands now, (V, 2)."""
        return ((network.embedding.weight.detach() - self._middle) @ self.plane.T).numpy()

    def moved(self, network: NextWordNetwork) -> float:
        """How far the followed word is from where it began, measured in all D directions."""
        return float((network.embedding.weight.detach()[self._row] - self._first).norm())


def verdict(converged_at: int | None, epochs: int, right: Sequence[float], recipe: str) -> str:
    """Whether a run has converged, when, and how that compares with what is often said.

    Args:
        converged_at: the first epoch with all right words above SURE, or None.
        epochs: trained so far.
        right: the probability of each example's right word now.
        recipe: the run's settings in words.
    """
    if converged_at is None:
        words = (
            f"Not yet converged: the least likely right word has {100 * min(right):.1f} %; every "
            f"one must be above {100 * SURE:.0f} %."
        )
        passed = f" Epoch {OFTEN_SAID}, which is often named for it, has passed."
        return words + passed if epochs > OFTEN_SAID else words
    away = converged_at - OFTEN_SAID
    order = f"{abs(away)} epochs {'later' if away > 0 else 'earlier'} than that"
    return (
        f"Converged at epoch {converged_at} ({recipe}): the first with every right word above "
        f"{100 * SURE:.0f} %. Epoch {OFTEN_SAID} is often named; measured here: "
        f"{order if away else 'the very same'}."
    )


def answers(network: NextWordNetwork, question: str) -> tuple[list[dict], str]:
    """The network's guess after every two neighbours of a sentence, and what that shows.

    Args:
        network: looks at two words.
        question: any text; its last LONGEST_QUESTION words are looked at.

    Returns:
        Rows with "words", "guess", "sure" (0..1, or None if it is not a number) and "seen" (the
        pair stood in the training text); and a sentence about them, or about what is wrong with
        the question, and then there are no rows.
    """
    words = re.findall(r"\w+", question.lower())[-LONGEST_QUESTION:]
    if len(words) < 2:
        return [], "Write at least two words: this network guesses from two."
    if unknown := [word for word in words if word not in network.words]:
        known = ", ".join(network.words)
        return [], f"It has never met the word {unknown[0][:30]!r}. It knows only: {known}."
    seen = {context for context, _ in network.examples}
    rows = []
    for pair in zip(words[:-1], words[1:], strict=True):
        guess, sure = next(iter(network.predict(*pair).items()))
        sure = sure if math.isfinite(sure) else None
        rows.append({"words": " ".join(pair), "guess": guess, "sure": sure, "seen": pair in seen})
    return rows, _about(rows)


def _about(rows: Sequence[dict]) -> str:
    new = [row["sure"] for row in rows if not row["seen"]]
    if not new:
        return "Every two neighbours here stood in its text. Put the words in another order."
    if None in new:
        return "Its guesses are not numbers any more. Reset it."
    return (
        f"Never seen: {len(new)} of {len(rows)} pairs. There it is {100 * sum(new) / len(new):.0f}"
        " % sure on average, and nothing in its text supports any answer."
    )
