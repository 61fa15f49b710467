"""What is wrong with an answer about attention: who is seen, rotary turns, what is copied.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree. The losses are in loss_mistakes.py, all else of notebook 03 is in mistakes.py.

Shape letters: T tokens, D head width.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from course_utils.challenges.answers import (
    INFINITE,
    NAN,
    TOLERANCE_32,
    Mistake,
    array,
    matching_mistake,
    near,
    number,
)


def of_window_attention(
    answer: object, expected: Tensor, q: Tensor, k: Tensor, window: int
) -> str | None:
    """For window_attention."""
    given = array(answer, tuple(expected.shape), finite=False)
    if isinstance(given, str):
        return given
    if np.isnan(given).all(axis=1).any():
        return (
            "In a row of nan every token was hidden, and a softmax over nothing is 0/0: a token "
            "sees itself, however narrow the window."
        )
    if not np.isfinite(given).all():
        return NAN if np.isnan(given).any() else INFINITE
    right = expected.numpy()
    if near(given, right):
        return None
    # A usual mistake, or else what the weights themselves show.
    return (
        matching_mistake(given, _wrong_windows(q.double(), k.double(), window), near)
        or _odd_weights(given, right)
        or "Each row is the softmax of q @ k.T / sqrt(D) over the tokens that its token sees."
    )


def _wrong_windows(q: Tensor, k: Tensor, window: int) -> list[Mistake]:
    """Other tokens seen than the right ones, and other weights of the right ones."""
    scores = q @ k.T / math.sqrt(q.size(1))
    places = torch.arange(len(q))
    back = places[:, None] - places  # how far before the row's token the column's stands
    masks = (
        (
            (back >= 0) & (back <= window),
            "The window is one too wide: with itself a token sees `window` tokens.",
        ),
        (
            (back >= 0) & (back < window - 1),
            "The window is one too narrow: with itself a token sees `window` tokens.",
        ),
        (back >= 0, "The window is missing: these are the weights over everything before."),
        (back < window, "A token sees none of those that come after it."),
        (back.abs() < window, "A token sees none of those that come after it."),
        (
            (back <= 0) & (back > -window),
            "This looks ahead: the window lies before a token, not after it.",
        ),
    )
    return [
        *_wrong_weights(q, k, (back >= 0) & (back < window)),
        *((lambda seen=seen: _weights(scores, seen), words) for seen, words in masks),
    ]


def _wrong_weights(q: Tensor, k: Tensor, seen: Tensor) -> list[Mistake]:
    raw, root = q @ k.T, math.sqrt(q.size(1))
    scores = raw / root
    return [
        (lambda: _weights(raw, seen), "The scores have to be divided by sqrt(D)."),
        (
            lambda: _weights(raw / root**2, seen),
            "The scores are divided by D: take its square root, sqrt(D).",
        ),
        (
            lambda: _weights(raw / math.sqrt(len(q)), seen),
            "The scores are divided by the root of T: it is the root of D, the width of a query.",
        ),
        (
            lambda: _weights(scores, seen, dim=0),
            "The softmax runs down the columns; each row sums to 1, so it runs along the rows.",
        ),
        (
            lambda: _weights(scores.T, seen),
            "Rows and columns of the scores are exchanged: a row belongs to the token that looks.",
        ),
        (
            lambda: (scores * seen).softmax(1),
            "A hidden score of 0 still weighs e^0 = 1: put minus infinity in its place.",
        ),
        (lambda: scores * seen, "These are scores; the softmax makes weights of them."),
    ]


def _weights(scores: Tensor, seen: Tensor, dim: int = 1) -> Tensor:
    return scores.masked_fill(~seen, -math.inf).softmax(dim)


def _odd_weights(given: np.ndarray, right: np.ndarray) -> str | None:
    """What weights show without knowing how they were made."""
    if np.triu(np.abs(given), 1).max() > TOLERANCE_32:
        return "A token sees none of those that come after it: their weights are 0."
    if np.abs(given[right == 0]).max(initial=0) > TOLERANCE_32:
        return "Tokens that stand before the window have weight 0."
    if not near(given.sum(axis=1), 1):
        return (
            "A row no longer sums to 1. Hide scores before the softmax; hidden afterwards, the "
            "weights that are left are too small."
        )
    return None


def of_relative_score(
    answer: object,
    expected: float,
    q: Tensor,
    k: Tensor,
    speeds: Tensor,
    distance: int,
) -> str | None:
    """For relative_score."""
    value = number(answer)
    if isinstance(value, str) or near(value, expected):
        return value if isinstance(value, str) else None
    return matching_mistake(value, _wrong_turns(expected, q, k, speeds, distance), near) or (
        "Turn the query's pairs (i, i + D/2) by distance * speeds[i]; then multiply with the key, "
        "add up, and divide by sqrt(D)."
    )


def _wrong_turns(
    expected: float, q: Tensor, k: Tensor, speeds: Tensor, distance: int
) -> list[Mistake]:
    q, k, speeds = q.double(), k.double(), speeds.double()
    angles, root = distance * speeds, math.sqrt(len(q))
    other_way = "The turn goes the wrong way: the query stands further on, so turn it forward"
    alike = "Nothing was turned, or both by the same angle: then the distance counts for nothing."
    one_off = "The angle is one step off: for a distance of 1 it is the speed itself."
    turned_by = (
        (-angles, f"{other_way}, or else the key back."),
        (0 * angles, alike),
        (2 * angles, "Both are turned, each by the whole distance: turn only one of them."),
        (speeds, "The angle is the distance times the speed, not the speed."),
        (angles + speeds, one_off),
        (angles - speeds, one_off),
        (
            distance * speeds[0].expand(len(speeds)),
            "Each pair has a speed of its own: pair i turns by distance * speeds[i].",
        ),
    )
    return [
        *((lambda by=by: _turned(q, by) @ k / root, words) for by, words in turned_by),
        *_wrong_pairs(q, k, angles),
        (lambda: expected * root, "The product has to be divided by sqrt(D)."),
        (lambda: expected / root, "The product is divided by D: take its square root, sqrt(D)."),
        (
            lambda: expected * math.sqrt(2),
            "The root is of D, the numbers of the query, not of its D/2 pairs.",
        ),
    ]


def _wrong_pairs(q: Tensor, k: Tensor, angles: Tensor) -> list[Mistake]:
    """Other pairs than the right ones, and pairs that are not turned as a whole."""
    root, half = math.sqrt(len(q)), len(angles)
    # Neighbours brought to where pairs (i, i + D/2) stand.
    beside, offered = (torch.cat([row[0::2], row[1::2]]) for row in (q, k))
    pairs = "These are pairs of neighbours, (0, 1), (2, 3); here i goes with i + D/2."
    sines = "Of the two sines of a pair one is subtracted and one is added."
    return [
        (lambda: _turned(beside, angles) @ offered / root, pairs),
        (lambda: _turned(beside, -angles) @ offered / root, pairs),
        (lambda: _turned(q, angles, signs=(1, 1)) @ k / root, sines),
        (lambda: _turned(q, angles, signs=(-1, -1)) @ k / root, sines),
        (
            lambda: torch.cat([_turned(q, angles)[:half], q[half:]]) @ k / root,
            "A turn changes both numbers of a pair.",
        ),
    ]


def _turned(row: Tensor, angles: Tensor, signs: tuple[int, int] = (-1, 1)) -> Tensor:
    """A row whose pairs (i, i + D/2) are turned, with these signs of the two sines."""
    first, second = row.chunk(2)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat(
        [first * cos + signs[0] * second * sin, second * cos + signs[1] * first * sin]
    )


def of_copying_score(
    answer: object, expected: float, weights: Tensor, ids: Sequence[int]
) -> str | None:
    """For copying_score."""
    value = number(answer, finite=False)
    if isinstance(value, str) or near(value, expected):
        return value if isinstance(value, str) else None
    # place -> the earlier places of the same token, where there are any
    before = {
        here: earlier
        for here, token in enumerate(ids)
        if (earlier := [place for place in range(here) if ids[place] == token])
    }
    if not before:
        return "No token of this row has stood before: return 0.0."
    if not math.isfinite(value):
        return NAN if math.isnan(value) else INFINITE
    known = [
        *_wrong_looks(weights.tolist(), before),
        *_wrong_means(expected * len(before), ids, before),
    ]
    return matching_mistake(value, known, near) or (
        "For each place whose token stood before, add up weights[here, earlier + 1] over all "
        "earlier places; then take the mean over those places."
    )


def _wrong_looks(weights: list[list[float]], before: dict[int, list[int]]) -> list[Mistake]:
    """Looks at other places than the right ones."""

    def mean(look: Callable[[int, list[int]], float]) -> float:
        return sum(look(here, earlier) for here, earlier in before.items()) / len(before)

    return [
        (
            lambda: mean(lambda here, earlier: sum(weights[here][at] for at in earlier)),
            "These are looks at the earlier place itself; take the place right after it.",
        ),
        (
            lambda: mean(lambda here, earlier: sum(weights[here][at - 1] for at in earlier if at)),
            "These are looks at the token before the earlier place; take the one after it.",
        ),
        (
            lambda: mean(lambda here, earlier: weights[here][earlier[-1] + 1]),
            "Only the latest earlier place counts here; all of them count together.",
        ),
        (
            lambda: mean(lambda here, earlier: weights[here][earlier[0] + 1]),
            "Only the first earlier place counts here; all of them count together.",
        ),
        (
            lambda: mean(lambda here, earlier: max(weights[here][at + 1] for at in earlier)),
            "Only the strongest look counts here; add up those at all followers.",
        ),
        (
            lambda: mean(
                lambda here, earlier: sum(weights[here][at + 1] for at in earlier if at + 1 < here)
            ),
            "The place itself is left out; where it follows an earlier one, it counts too.",
        ),
        (
            lambda: mean(lambda here, earlier: sum(weights[at + 1][here] for at in earlier)),
            "Rows look and columns are looked at: weights[here, earlier + 1], not the reverse.",
        ),
    ]


def _wrong_means(total: float, ids: Sequence[int], before: dict[int, list[int]]) -> list[Mistake]:
    """The right looks, divided by something else than the number of places that count."""
    return [
        (lambda: total, "This is the sum; divide by the number of places that count."),
        (
            lambda: total / len(ids),
            "The mean is over places whose token has stood before, not over all places.",
        ),
        (
            lambda: total / sum(map(len, before.values())),
            "A place counts once, however often its token stood before: add up its looks first.",
        ),
        (
            lambda: total / sum(ids.count(token) > 1 for token in ids),
            "A place whose token only comes again later does not count.",
        ),
    ]
