"""What a setting may be: each check refuses a wrong value in a sentence that names the setting.

A configuration calls them when it is made, so that a typing error is told at once and not by what
it spoils later. Leaves out how settings fit together: each configuration knows that itself. No
section teaches it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real


def whole(name: str, value: object, least: int = 0, hint: str = "") -> None:
    """Refuses what is no whole number from `least` up.

    Args:
        name: of the setting, as it is written in code.
        value: what was given; NumPy's whole numbers will do, True and 3.0 will not.
        least: the smallest that is allowed.
        hint: a sentence on what the number does.

    Raises:
        ValueError: with the name, the value and what can be given.
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise _refusal(name, value, f"use a whole number from {least} up", hint)


def number(
    name: str,
    value: object,
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    hint: str = "",
) -> None:
    """Refuses what is no finite number within the bounds; NaN is none.

    Args:
        name: of the setting, as it is written in code.
        value: what was given; NumPy's numbers will do, True will not.
        least: the smallest that is allowed.
        above: instead of `least`: the first that is too small.
        most: the largest that is allowed.
        hint: a sentence on what the number does.

    Raises:
        ValueError: with the name, the value and what can be given.
    """
    real = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    high_enough = real and (least is None or value >= least) and (above is None or value > above)
    if not high_enough or (most is not None and value > most):
        raise _refusal(name, value, f"use a finite number{_bounds(least, above, most)}", hint)


def share(name: str, value: object, hint: str = "") -> None:
    """Refuses what is no number from 0 to 1."""
    number(name, value, least=0, most=1, hint=hint)


def choice(name: str, value: object, choices: Sequence[object]) -> None:
    """Refuses what is not among the choices."""
    if value not in choices:
        raise _refusal(name, value, f"use {' or '.join(map(repr, choices))}", "")


def flag(name: str, value: object) -> None:
    """Refuses what is neither True nor False."""
    if not isinstance(value, bool):
        raise _refusal(name, value, "use True or False", "")


def kind(name: str, value: object, wanted: type) -> None:
    """Refuses what is not made by `wanted`, such as TransformerConfig."""
    if not isinstance(value, wanted):
        raise _refusal(name, value, f"use a {wanted.__name__}(...)", "")


def _bounds(least: float | None, above: float | None, most: float | None) -> str:
    """The bounds of a number in words, such as " from 0 to 1"."""
    low = "" if least is None else f" from {least:g}"
    low += "" if above is None else f" above {above:g}"
    if most is None:
        return low if least is None else f"{low} up"
    return f"{low} to {most:g}" if above is None else f"{low} and up to {most:g}"


def _refusal(name: str, value: object, advice: str, hint: str) -> ValueError:
    return ValueError(f"{name} is {value!r}; {advice}." + (f"\n{hint}" if hint else ""))
