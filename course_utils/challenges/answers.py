"""Read a reader's answer: a number, a list, an array, and the mistake that gives that answer.

An answer may be plain Python, NumPy or a tensor, and all of them are read alike. What is right is
said by each stage's file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Integral

import numpy as np

TOLERANCE = 1e-6
TOLERANCE_32 = 1e-4  # where a tensor of float32 is computed with, as torch makes them
NAN = "nan is 'not a number': it comes of 0/0 or inf - inf, and spoils all that it meets."
INFINITE = "inf is what a number becomes that is too large: after exp, log of 0, or 1/0."

# What a mistake would have given, computed when it is asked for, and the words that name it.
Mistake = tuple[Callable[[], object], str]


def kind(answer: object) -> str:
    """What an answer is, in the words of a message: "a dict", "an array of shape (2, 3)"."""
    if answer is None:
        return "None"
    shape = getattr(answer, "shape", None)
    if isinstance(shape, tuple):
        what = "a tensor" if hasattr(answer, "detach") else "an array"
        return f"{what} of shape {tuple(shape)}"
    name = type(answer).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def plain(answer: object) -> object:
    """The answer without its wrapping: a tensor or an array as numbers and lists of Python."""
    return answer.tolist() if hasattr(answer, "tolist") else answer


def number(answer: object, what: str = "one number", finite: bool = True) -> float | str:
    """The answer as a number, or the sentence that says why it is none.

    Args:
        answer: what the reader's function gave.
        what: what it should have been, such as "a number from 0 to 1".
        finite: refuse nan and inf too.
    """
    value = plain(answer)
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return f"Return {what}, not {kind(answer)}."
    value = float(value)
    if finite and not math.isfinite(value):
        return NAN if math.isnan(value) else INFINITE
    return value


def numbers(
    answer: object, count: int, unit: str = "tokens", finite: bool = True
) -> list[float] | str:
    """The answer as a list of so many numbers, or the sentence that says why it is none.

    Args:
        answer: what the reader's function gave.
        count: how many numbers are right.
        unit: what there are so many of.
        finite: refuse nan and inf too.
    """
    # A list at all, of numbers only, of so many, and finite.
    values = plain(answer)
    wanted = f"a list of {count} numbers"
    if not isinstance(values, (list, tuple)):
        return f"Return {wanted}, not {kind(answer)}."
    read = [number(value, finite=False) for value in values]
    for value, as_number in zip(values, read, strict=True):
        if isinstance(as_number, str):
            return f"Return {wanted}; there is {kind(value)} in yours."
    if len(read) != count:
        return f"There are {count} {unit}, and the list has {len(read)} numbers."
    if finite and not all(map(math.isfinite, read)):
        return NAN if any(map(math.isnan, read)) else INFINITE
    return read


def whole_numbers(answer: object, unit: str) -> list[int] | str:
    """The answer as a list of any length, or the sentence that says why it is none.

    Args:
        answer: what the reader's function gave.
        unit: what the whole numbers are, such as "token ids".
    """
    values = plain(answer)
    if not isinstance(values, (list, tuple)):
        return f"Return a list of {unit}, not {kind(answer)}."
    read = [plain(value) for value in values]
    for value, bare in zip(values, read, strict=True):
        if isinstance(bare, bool) or not isinstance(bare, Integral):
            return f"Return a list of {unit}, whole numbers; there is {kind(value)} in yours."
    return [int(bare) for bare in read]


def array(answer: object, shape: tuple[int, ...], finite: bool = True) -> np.ndarray | str:
    """The answer as an array of this shape, or the sentence that says why it is none.

    Args:
        answer: what the reader's function gave; a list of tensors is read too.
        shape: the right one.
        finite: refuse nan and inf too.
    """
    # Each row of a list may be wrapped on its own.
    values = plain(answer)
    if isinstance(values, (list, tuple)):
        values = [plain(row) for row in values]
    try:
        read = np.asarray(values)
    except (TypeError, ValueError):
        read = np.asarray(None)
    if read.dtype.kind not in "biuf":  # nothing but numbers; a text of digits is none
        return f"Return arrays of numbers; there is {type(answer).__name__} in yours."
    if read.shape != shape:
        return f"Expected shape {shape}, and got {read.shape}."
    if finite and not np.isfinite(read).all():
        return NAN if np.isnan(read).any() else INFINITE
    return read.astype(float)


def close(first: object, second: object) -> bool:
    """Whether two numbers, or two lists of numbers, agree but for the last digits."""
    if isinstance(first, Sequence) and isinstance(second, Sequence):
        return len(first) == len(second) and all(map(close, first, second))
    return math.isclose(first, second, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def near(first: object, second: object) -> bool:
    """Whether two numbers, or two arrays of one shape, agree as far as float32 goes."""
    return np.allclose(first, second, rtol=TOLERANCE_32, atol=TOLERANCE_32)


def matching_mistake(
    answer: object, mistakes: Sequence[Mistake], alike: Callable = close
) -> str | None:
    """The words of the first mistake that would have given this very answer, or None."""
    for wrong_answer, words in mistakes:
        try:
            if alike(answer, wrong_answer()):
                return words
        except (ArithmeticError, ValueError, IndexError, TypeError):
            continue  # this mistake gives no answer here
    return None
