"""What is wrong with an answer about what is kept in memory: the cache, its turns, the weights.

Each public function takes the answer, the right answer and the arguments, and gives None when the
two agree. The choice of tokens is in mistakes.py, sureness and search in truth_mistakes.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from course_utils.challenges.answers import (
    TOLERANCE,
    Mistake,
    array,
    kind,
    matching_mistake,
    number,
    plain,
    whole_numbers,
)
from course_utils.inference.exercises.reference import Arrays


def of_kv_cache_step(answer: object, expected: Arrays, *case: np.ndarray) -> str | None:
    """For kv_cache_step."""
    if not isinstance(answer, (list, tuple)) or len(answer) != 3:
        return "Return three arrays: the longer keys, the longer values, what the token gathers."
    try:
        arrays = [np.asarray(plain(part), dtype=float) for part in answer]
    except (TypeError, ValueError):
        return "Return three arrays of numbers; one of yours holds something else."
    names = ("keys", "values", "gathered vector")
    # The shapes first: they tell of a row that is missing.
    for name, mine, right in zip(names, arrays, expected, strict=True):
        if mine.shape != right.shape:
            return (
                f"The {name} have shape {mine.shape}, expected {right.shape}: the old rows, then "
                "the new one."
                if name != names[2]
                else f"What is gathered has shape {mine.shape}, expected {right.shape}."
            )
    for name, mine, right in zip(names[:2], arrays, expected, strict=False):
        if not np.allclose(mine, right, rtol=TOLERANCE, atol=TOLERANCE):
            return f"The {name} are not the old rows with the new one behind them."
    gathered, right = arrays[2], expected[2]
    if np.allclose(gathered, right, rtol=TOLERANCE, atol=TOLERANCE):
        return None
    if not np.isfinite(gathered).all():
        return "Subtract the largest score before exp, so that nothing overflows."
    return _of_gathered(gathered, expected, case) or (
        "The cache is right; the weights are softmax(keys · query / sqrt(D)) over all T + 1 "
        "tokens, the new one among them."
    )


def _of_gathered(
    gathered: np.ndarray, expected: Arrays, case: tuple[np.ndarray, ...]
) -> str | None:
    """Which slip in the attention gives this, where the cache is right."""
    keys, values, query, root = expected[0], expected[1], case[2], math.sqrt(len(case[2]))

    def attended(keys: np.ndarray, values: np.ndarray, scale: float) -> np.ndarray:
        weights = np.exp(keys @ query / scale)
        return weights / weights.sum() @ values

    known = [
        (
            lambda: attended(case[0], case[1], root),
            "The new token is missing: it listens to itself too, over all T + 1 tokens.",
        ),
        (lambda: attended(keys, values, 1.0), "The scores have to be divided by sqrt(D)."),
        (
            lambda: attended(keys, values, len(query)),
            "The scores are divided by D: take its square root, sqrt(D).",
        ),
        (lambda: attended(keys, keys, root), "What is gathered are the values, not the keys."),
        (lambda: keys @ query / root @ values, "The scores are no weights before the softmax."),
    ]
    return matching_mistake(gathered, known, np.allclose)


def of_cache_eviction(
    answer: object,
    expected: tuple[list[int], int],
    lengths: Sequence[int],
    room: int,
    cached: Sequence[int],
) -> str | None:
    """For cache_eviction."""
    if not isinstance(answer, (list, tuple)) or len(answer) != 2:
        return "Return two things: the list of turns that stay, and how many tokens are read."
    kept = whole_numbers(answer[0], "turns")
    read = number(answer[1], "how many tokens are read, one number,")
    problem = next((part for part in (kept, read) if isinstance(part, str)), None)
    if problem:
        return problem
    if kept != expected[0]:
        return _of_kept(kept, expected[0], lengths, room)
    if read == expected[1]:
        return None
    return _of_read(read, expected, lengths, cached)


def _of_kept(kept: list[int], expected: list[int], lengths: Sequence[int], room: int) -> str:
    """Why other turns stay than these."""
    last = len(lengths) - 1
    if sorted(kept) == expected:
        return "The turns stay in the order in which they were said."
    if len(set(kept)) < len(kept) or not all(0 <= turn <= last for turn in kept):
        return f"The turns have the numbers 0 to {last}; each stays once or not at all."
    if 0 not in kept:
        return "Turn 0 is the system turn: it always stays."
    if last not in kept:
        return f"Turn {last} is the question to be answered: it always stays."
    total = sum(lengths[turn] for turn in kept)
    if total > room:
        return f"Together these turns have {total} tokens, and there is room for {room}."
    others = sorted(kept)[1:]
    if others != list(range(others[0], last + 1)):
        return (
            "There is a hole: an older turn stays although a newer one is gone. Where a turn does "
            "not fit, everything older goes too."
        )
    if others[0] % 2 == 0:
        return "It begins with an answer whose question is gone: the two go together."
    return "More turns fit: room may be filled to the last token."


def _of_read(
    read: float, expected: tuple[list[int], int], lengths: Sequence[int], cached: Sequence[int]
) -> str:
    """Why another number of tokens is read than this."""
    kept, right = expected
    every = sum(lengths[turn] for turn in kept)
    again = [turn for turn in kept if turn not in cached]
    known = [
        (
            lambda: every - right,
            "These are the tokens that need not be read; asked are the others.",
        ),
        (
            lambda: every,
            "All that stays is read here. Where it begins like the cache, the cache serves.",
        ),
        (
            lambda: sum(lengths[turn] for turn in again),
            "Some of these turns are cached, but a turn before them is gone: they stand elsewhere "
            "now, behind other tokens, so they are read again.",
        ),
        (
            lambda: lengths[-1],
            "More than the question is read: what is not cached, or stands behind what changed.",
        ),
        (lambda: len(kept), "Asked are tokens, not turns: add up their lengths."),
        (lambda: len(again), "Asked are tokens, not turns: add up their lengths."),
        (
            lambda: sum(lengths) - sum(lengths[turn] for turn in cached),
            "A turn that does not stay is not read either.",
        ),
    ]
    return matching_mistake(read, known) or (
        "The turns are right. Go along them and the cached ones while both are the same; from the "
        "first difference on every token is read."
    )


def of_int8_weights(
    answer: object, expected: Arrays, weights: np.ndarray, group: int
) -> str | None:
    """For int8_weights."""
    if not isinstance(answer, (list, tuple)) or len(answer) != 3:
        return "Return three arrays: the codes, the scales, the weights that come out of both."
    # Whole numbers of eight bits: that is what saves the memory.
    form = str(getattr(answer[0], "dtype", "")).split(".")[-1]
    if form != "int8":
        what = f"of {form}" if form else kind(answer[0])
        return f"The codes are {what}; store them as int8, one byte each: .astype(np.int8)."
    shapes = [tuple(part.shape) for part in expected]
    arrays = [array(part, shape) for part, shape in zip(answer, shapes, strict=True)]
    for name, shape, mine in zip(("codes", "scales", "weights"), shapes, arrays, strict=True):
        if isinstance(mine, str):
            return f"Of the {name}, shape {shape}: {mine}"
    codes, scales, restored = arrays
    if not np.allclose(scales, expected[1], rtol=TOLERANCE, atol=TOLERANCE):
        return _of_scales(scales, expected[1], weights, group)
    if not (codes == expected[0]).all():
        return _of_codes(codes, expected[1], weights, group)
    if np.allclose(restored, expected[2], rtol=TOLERANCE, atol=TOLERANCE):
        return None
    if np.allclose(restored, weights):
        return "These are the weights as they were. What comes out are the codes times the scales."
    return "What comes out is each code times the scale of its group."


def _of_scales(scales: np.ndarray, right: np.ndarray, weights: np.ndarray, group: int) -> str:
    """Which slip gives these scales."""
    groups = weights.reshape(len(weights), -1, group)  # (R, C / group, group)
    largest = np.abs(groups).max(-1)
    known: list[Mistake] = [
        (
            lambda: np.full_like(right, np.abs(weights).max() / 127),
            "All share one scale here, that of the largest weight in the table. Each group has "
            "its own.",
        ),
        (
            lambda: np.broadcast_to(np.abs(weights).max(1, keepdims=True) / 127, right.shape),
            "Each row has one scale here; each group in it has its own.",
        ),
        (lambda: groups.max(-1) / 127, "The largest weight may be below 0: take absolute values."),
        (
            lambda: largest / 128,
            "The largest weight has the code 127: 128 is none of int8, and turns into -128.",
        ),
        (
            lambda: (groups.max(-1) - groups.min(-1)) / 255,
            "This spreads the codes from the smallest weight to the largest. Here 0 stays 0: the "
            "largest absolute value gets 127.",
        ),
        (lambda: np.where(largest == 0, 0, 127 / np.where(largest == 0, 1, largest)), INVERSE),
        (lambda: np.where(largest == 0, 1, largest / 127), "A group of zeros has the scale 0."),
        (lambda: largest, "A scale is the largest absolute value of the group, divided by 127."),
    ]
    return matching_mistake(scales, known, np.allclose) or (
        "A scale is the largest absolute value of its group, divided by 127; a group are the "
        "weights that stand side by side in a row."
    )


INVERSE = "It is upside down: a code times the scale gives the weight."


def _of_codes(codes: np.ndarray, scales: np.ndarray, weights: np.ndarray, group: int) -> str:
    """Which slip gives these codes, where the scales are right."""
    steps = np.repeat(np.where(scales == 0, 1, scales), group, axis=1)
    exact = weights / steps
    known: list[Mistake] = [
        (lambda: np.trunc(exact), "int8 alone cuts the decimals off: round to the nearest first."),
        (lambda: np.floor(exact), "Round to the nearest whole number, not always down."),
        (lambda: np.abs(np.round(exact)), "The sign is lost: codes go from -127 to 127."),
        (
            lambda: np.round(exact * 128 / 127).astype(int).astype(np.int8),
            "128 is none of int8, and turns into -128: the largest weight has the code 127.",
        ),
        (lambda: 0 * exact, "All codes are 0: divide by the scale before you round."),
    ]
    return matching_mistake(codes, known, np.array_equal) or (
        "A code is the weight divided by the scale of its group, rounded to the nearest."
    )
